"""The compiled walk along the path of optima: running sums that lose nothing to cancellation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import two_sum
from roundlot.theory.arrays import FloatArray, IntArray

# Free scores are added afresh once they have fallen this far below what they were.
FADED = 2.0**-36


@compiled
def _add(sums: FloatArray, k: int, value: float) -> None:
    sums[0, k], error = two_sum(sums[0, k], value)
    sums[1, k] += error


class Moving(NamedTuple):
    """What moves: an item gets a constant, then ``slope / r`` at levels ``r``, then a constant.

    ``slopes (n,)``; ``enter (n,)`` and ``leave (n,)``, the levels below which it is free, infinite
    where it is from the beginning, and at which it stops; ``ends (2, n)``, what it gets before and
    after; ``costs (2, n)``, ``Σ a²/p`` then.
    """

    slopes: FloatArray
    enter: FloatArray
    leave: FloatArray
    ends: FloatArray
    costs: FloatArray


@compiled
def _afresh(items: Moving, level: float) -> float:
    """Scores of the items that are free just below a level."""
    high, low = 0.0, 0.0
    for i in range(items.slopes.size):
        if items.leave[i] < level <= items.enter[i]:
            high, error = two_sum(high, items.slopes[i])
            low += error
    return high + low


@compiled
def walk(
    items: Moving, order: IntArray, levels: FloatArray, held: float, cost: float, sums: FloatArray
) -> None:
    """Writes what is held and what is free between events, level by level downwards.

    Args:
        items: ``n`` of them.
        order: ``(K,)``, events in falling order of their level: item ``i`` enters (``i``) or
            leaves (``n + i``); levels: ``(K,)``.
        held, cost: what never moves gets, and costs.
        sums: ``(6, K + 1)``, as pairs of high and low parts: draws held, scores free, costs held;
            column ``k`` after ``k`` events.
    """
    n = items.slopes.size
    now = np.zeros((2, 3))
    now[0, 0], now[0, 2] = held, cost
    for i in range(n):
        if items.enter[i] == np.inf:
            _add(now, 1, items.slopes[i])
        else:
            _add(now, 0, items.ends[0, i])
            _add(now, 2, items.costs[0, i])
    for k in range(3):
        sums[2 * k, 0], sums[2 * k + 1, 0] = now[0, k], now[1, k]
    peak = now[0, 1]
    for event in range(order.size):
        item = order[event] % n
        leaving = order[event] // n
        sign = 1.0 if leaving else -1.0
        _add(now, 0, sign * items.ends[leaving, item])
        _add(now, 1, -sign * items.slopes[item])
        _add(now, 2, sign * items.costs[leaving, item])
        peak = max(peak, now[0, 1])
        last = event + 1 == order.size or levels[event + 1] < levels[event]
        if last and now[0, 1] + now[1, 1] < FADED * peak:
            now[0, 1] = _afresh(items, levels[event])
            now[1, 1] = 0.0
            peak = now[0, 1]
        for k in range(3):
            sums[2 * k, event + 1] = now[0, k]
            sums[2 * k + 1, event + 1] = now[1, k]

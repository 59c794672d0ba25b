"""How many rounds: worst rounds at a few distances, straight lines between them, in closed form.

The worst round ``φ(a)`` is concave in the squared distance ``a``, so the lines are below it. On a
line ``a⁺ = α a + β`` a gap ``a − a⁺`` shrinks by ``α`` a round, which counts rounds as a smooth
function of the values at the ends.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.arrays import FloatArray

RATIO = 8.0  # of neighbouring distances, at most
MOST = 100_000  # rounds


def distances(target: float, initial: float) -> FloatArray:
    """Ascending squared distances from ``target`` to ``initial``."""
    pieces = max(1, math.ceil(math.log(initial / target) / math.log(RATIO)))
    return np.geomspace(target, initial, pieces + 1)


def rounds_between(before: FloatArray, after: FloatArray) -> tuple[float, FloatArray]:
    """Rounds from the last to the first of ascending distances, and how ``after`` changes them.

    Infinite, with derivatives 0, where a round does not come nearer.
    """
    gaps, widths = before - after, np.diff(before)
    by_gap = np.zeros_like(gaps)
    if not np.all(gaps > 0.0):
        return math.inf, by_gap
    total = 0.0
    for k, width in enumerate(widths):
        low, high = float(gaps[k]), float(gaps[k + 1])
        rate = 1.0 - (high - low) / width
        if not 0.0 < rate < 1.0 - 1e-12:
            if rate <= 0.0:
                continue  # one round reaches the lower end
            total += width / low
            by_gap[k] -= width / low**2
            continue
        slowness = -1.0 / math.log(rate)
        ratio = math.log(high / low)
        by_rate = ratio * slowness**2 / rate
        total += ratio * slowness
        by_gap[k] += -slowness / low + by_rate / width
        by_gap[k + 1] += slowness / high - by_rate / width
    return total, -by_gap


def whole_rounds(before: FloatArray, after: FloatArray) -> int:
    """The least whole number of rounds along the lines; ``MOST`` if there are more."""
    value, target = float(before[-1]), float(before[0])
    for count in range(MOST):
        if value <= target:
            return count
        reached = float(np.interp(value, before, after))
        if reached >= value:
            return MOST
        value = reached
    return MOST

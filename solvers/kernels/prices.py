"""Compiled row problems: a processor's own price, given the price of each of its entries.

At prices ``π`` and an own price ``λ >= 0`` an entry has ``p = clip(a / √(π + λ), l, u)``.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray

SMALLEST_PRICE = 2.0**-1022
ROW_STEPS = 2200


@compiled(inline=True)
def entry(a: float, low: float, high: float, price: float) -> float:
    """``clip(a / √price, l, u)``; ``u`` where the price vanishes and ``a`` does not."""
    return min(max(a / math.sqrt(max(price, SMALLEST_PRICE)), low), high)


@compiled
def write_block(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, prices: FloatArray, out: FloatArray
) -> None:
    """``clip(a / √π, l, u)`` of a block of rows, all flat."""
    for i in range(scores.size):
        out[i] = entry(scores[i], floor[i], ceiling[i], prices[i])


@compiled
def row_pieces(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, prices: FloatArray, own: float
) -> tuple[float, float, float]:
    """``(held, free, slope)``: clipped entries, the others, and their ``Σ a κ^(-3/2)``."""
    held, free, slope = 0.0, 0.0, 0.0
    for s in range(scores.size):
        kappa = max(prices[s] + own, SMALLEST_PRICE)
        p = scores[s] / math.sqrt(kappa)
        if p >= ceiling[s]:
            held += ceiling[s]
        elif p <= floor[s]:
            held += floor[s]
        else:
            free += p
            slope += p / kappa
    return held, free, slope


@compiled(inline=True)
def next_price(
    price: float, low: float, high: float, held: float, free: float, slope: float, cap: float
) -> float:
    """The next trial of a price whose draws ``held + free`` should come to ``cap``.

    The free draws are taken as ``α (price + β)^(-1/2)``, which is exact for one common price and
    monotone from the left without clipping; outside the bracket it is halved, in logarithms.
    """
    step = -1.0
    if slope > 0.0 and cap > held:
        ratio = free / (cap - held)
        step = price + (free / slope) * (ratio - 1.0) * (ratio + 1.0)
    if low < step < high:
        return step
    if high == np.inf:
        return max(4.0 * price, SMALLEST_PRICE)
    if low == 0.0:
        return high * 0.0625
    return math.sqrt(low) * math.sqrt(high)


@compiled
def row_price(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    cap: float,
    start: float,
) -> float:
    """The own price at which a row that is over its cap without one just meets it."""
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = _first_guess(scores, prices, cap)
    for _ in range(ROW_STEPS):
        held, free, slope = row_pieces(scores, floor, ceiling, prices, price)
        over = held + free - cap
        if abs(over) <= 2.0 * UNIT * cap:
            return price
        if over > 0.0:
            low = price
        else:
            high = price
        step = next_price(price, low, high, held, free, slope, cap)
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


@compiled
def _first_guess(scores: FloatArray, prices: FloatArray, cap: float) -> float:
    """At or left of the root when nothing is clipped: three bounds from below."""
    total, dearest, best = 0.0, 0.0, 0.0
    for s in range(scores.size):
        if scores[s] > 0.0:
            total += scores[s]
            dearest = max(dearest, prices[s])
            best = max(best, (scores[s] / cap) ** 2 - prices[s])
    guess = max(best, (total / cap) ** 2 - dearest)
    return guess if guess > 0.0 else (total / cap) ** 2 * 2.0**-20


@compiled
def node_price(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    own: FloatArray,
    cap: float,
    start: float,
) -> float:
    """The least price of a set of rows at which their draws are within its cap; 0 if slack.

    ``own`` are prices the rows have already: a row pays the larger of its own and the set's.
    """
    held, free, slope = node_pieces(scores, floor, ceiling, prices, own, 0.0)
    if held + free <= cap:
        return 0.0
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = (scores.sum() / cap) ** 2
    for _ in range(ROW_STEPS):
        held, free, slope = node_pieces(scores, floor, ceiling, prices, own, price)
        over = (held - cap) + free
        if abs(over) <= 2.0 * UNIT * cap:
            return price
        if over > 0.0:
            low = price
        else:
            high = price
        step = next_price(price, low, high, held, free, slope, cap)
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


@compiled
def node_pieces(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    own: FloatArray,
    price: float,
) -> tuple[float, float, float]:
    """``(held, free, slope)`` of a set of rows; rows that pay more on their own are held."""
    held, held_low, free, free_low, slope = 0.0, 0.0, 0.0, 0.0, 0.0
    for v in range(own.size):
        fixed, moving, steep = row_pieces(
            scores[v], floor[v], ceiling[v], prices[v], max(own[v], price)
        )
        if own[v] > price:
            fixed, moving, steep = fixed + moving, 0.0, 0.0
        held, error = two_sum(held, fixed)
        held_low += error
        free, error = two_sum(free, moving)
        free_low += error
        slope += steep
    return held + held_low, free + free_low, slope

"""What rows and groups pay on their own, given the price of each of their entries.

At prices ``π`` and an own price ``λ >= 0`` an entry has ``p = clip(a / √(π + λ), l, u)``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray, IntArray

SMALLEST_PRICE = 2.0**-1022  # the smallest normal number: no quotient by its root overflows
ROW_STEPS = 2200  # bisection in logarithms ends in fewer: there are 2046 powers of two
SLACK, OWN = -1, -2  # who governs a row where no group does: nobody, or its own cap


class Entries(NamedTuple):
    """What sets probabilities: of a row ``(S,)``, or of rows ``(n, S)``."""

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    prices: FloatArray


@compiled(inline=True)
def row(entries: Entries, v: int) -> Entries:
    """One row of several."""
    return Entries(entries.scores[v], entries.floor[v], entries.ceiling[v], entries.prices[v])


@compiled(inline=True)
def rows(entries: Entries, first: int, last: int) -> Entries:
    """The rows ``[first, last)``."""
    return Entries(
        entries.scores[first:last],
        entries.floor[first:last],
        entries.ceiling[first:last],
        entries.prices[first:last],
    )


@compiled(inline=True)
def entry(a: float, low: float, high: float, price: float) -> float:
    """``clip(a / √price, l, u)``; ``u`` where the price vanishes and ``a`` does not."""
    return min(max(a / math.sqrt(max(price, SMALLEST_PRICE)), low), high)


@compiled
def price_block(
    base: FloatArray, rates: FloatArray, costs: FloatArray, start: int, out: FloatArray
) -> None:
    """``π_vs = base_s + Σ_k rate_k cost_kvs`` of the rows from ``start``."""
    for v in range(out.shape[0]):
        for s in range(out.shape[1]):
            out[v, s] = base[s]
    for k in range(rates.size):
        if rates[k] > 0.0:
            rate, flat = rates[k], out.reshape(-1)
            cost = costs[k, start : start + out.shape[0]].reshape(-1)
            for i in range(flat.size):
                flat[i] += rate * cost[i]


@compiled
def own_prices(
    entries: Entries, caps: FloatArray, own: FloatArray, governor: IntArray, out: FloatArray
) -> None:
    """Probabilities of a block and the prices of its processors' caps; ``own`` is a warm start."""
    scores, floor, ceiling, prices = entries
    _write_flat(
        scores.reshape(-1),
        floor.reshape(-1),
        ceiling.reshape(-1),
        prices.reshape(-1),
        out.reshape(-1),
    )
    width = scores.shape[1]
    for v in range(caps.size):
        total = 0.0
        for s in range(width):
            total += out[v, s]
        governor[v] = SLACK
        if total <= caps[v]:
            own[v] = 0.0
            continue
        own[v] = row_price(row(entries, v), caps[v], own[v])
        governor[v] = OWN
        for s in range(width):
            out[v, s] = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + own[v])


@compiled
def _write_flat(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, prices: FloatArray, out: FloatArray
) -> None:
    for i in range(scores.size):
        out[i] = entry(scores[i], floor[i], ceiling[i], prices[i])


@compiled
def tree_prices(
    entries: Entries,
    nodes: IntArray,
    node_caps: FloatArray,
    node_prices: FloatArray,
    paid: FloatArray,
    governor: IntArray,
) -> None:
    """Raises what rows pay to what the caps above them ask, finest first.

    ``nodes (M, 2)`` are ranges of rows; ``paid (V,)`` enters as the processors' own prices.
    """
    for m in range(node_caps.size):
        first, last = nodes[m]
        price = node_price(
            rows(entries, first, last), paid[first:last], node_caps[m], node_prices[m]
        )
        node_prices[m] = price
        for v in range(first, last):
            if price > paid[v]:
                paid[v] = price
                governor[v] = m


@compiled
def write_rows(entries: Entries, paid: FloatArray, start: int, stop: int, out: FloatArray) -> None:
    """Probabilities of the rows from ``start`` to ``stop`` at all that they pay."""
    scores, floor, ceiling, prices = entries
    for v in range(start, stop):
        for s in range(out.shape[1]):
            out[v, s] = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + paid[v])


@compiled
def row_pieces(entries: Entries, own: float) -> tuple[float, float, float]:
    """``(held, free, slope)``: clipped entries, the others, and their ``Σ a κ^(-3/2)``."""
    scores, floor, ceiling, prices = entries
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
def row_price(entries: Entries, cap: float, start: float) -> float:
    """The own price at which a row that is over its cap without one just meets it."""
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = _first_guess(entries.scores, entries.prices, cap)
    for _ in range(ROW_STEPS):
        held, free, slope = row_pieces(entries, price)
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
def node_price(entries: Entries, own: FloatArray, cap: float, start: float) -> float:
    """The least price of a set of rows at which their draws are within its cap; 0 if slack.

    ``own`` are prices the rows have already: a row pays the larger of its own and the set's.
    """
    held, free, slope = node_pieces(entries, own, 0.0)
    if held + free <= cap:
        return 0.0
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = (entries.scores.sum() / cap) ** 2
    for _ in range(ROW_STEPS):
        held, free, slope = node_pieces(entries, own, price)
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
def node_pieces(entries: Entries, own: FloatArray, price: float) -> tuple[float, float, float]:
    """``(held, free, slope)`` of a set of rows; rows that pay more on their own are held."""
    held, held_low, free, free_low, slope = 0.0, 0.0, 0.0, 0.0, 0.0
    for v in range(own.size):
        fixed, moving, steep = row_pieces(row(entries, v), max(own[v], price))
        if own[v] > price:
            fixed, moving, steep = fixed + moving, 0.0, 0.0
        held, error = two_sum(held, fixed)
        held_low += error
        free, error = two_sum(free, moving)
        free_low += error
        slope += steep
    return held + held_low, free + free_low, slope

"""What rows and groups pay on their own, given the price of each of their entries.

At prices ``π`` and an own price ``λ >= 0`` an entry has ``p = clip(a / √(π + λ), l, u)``. Limits on
sums are given as their *rooms*, what the floors leave of them: ``Σ (p − l)`` is held against
``c − Σ l``. Entries at their floors add exactly nothing to it, so that a room may be any number of
powers of ten below the cap. What rounding leaves in doubt is some units of the free entries' ``p``.

Prices of entries may be negative, as they are where lower limits pay for draws: at ``π + λ <= 0``
an entry is at its ceiling, and one whose score is 0 there too, but for ``π + λ = 0``, where it is
at its floor.
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
    """``clip(a / √price, l, u)``; ``u`` where the price vanishes and ``a`` does not, or below 0."""
    wanted = a / math.sqrt(max(price, SMALLEST_PRICE))
    wanted = math.inf if price < 0.0 else wanted
    return min(max(wanted, low), high)


@compiled
def price_block(
    base: FloatArray, rates: FloatArray, costs: FloatArray, start: int, out: FloatArray
) -> None:
    """``π_vs = base_s + Σ_k rate_k cost_kvs`` of the rows from ``start``; rates of any sign."""
    for v in range(out.shape[0]):
        for s in range(out.shape[1]):
            out[v, s] = base[s]
    for k in range(rates.size):
        if rates[k] != 0.0:
            rate, flat = rates[k], out.reshape(-1)
            cost = costs[k, start : start + out.shape[0]].reshape(-1)
            for i in range(flat.size):
                flat[i] += rate * cost[i]


@compiled
def own_prices(
    entries: Entries, rooms: FloatArray, own: FloatArray, governor: IntArray, out: FloatArray
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
    for v in range(rooms.size):
        total = 0.0
        for s in range(width):
            total += out[v, s] - floor[v, s]
        governor[v] = SLACK
        if total <= rooms[v]:
            own[v] = 0.0
            continue
        own[v] = row_price(row(entries, v), rooms[v], own[v])
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
    node_rooms: FloatArray,
    node_prices: FloatArray,
    paid: FloatArray,
    governor: IntArray,
) -> None:
    """Raises what rows pay to what the caps above them ask, finest first.

    ``nodes (M, 2)`` are ranges of rows; ``paid (V,)`` enters as the processors' own prices.
    """
    for m in range(node_rooms.size):
        first, last = nodes[m]
        price = node_price(
            rows(entries, first, last), paid[first:last], node_rooms[m], node_prices[m]
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
    """``(Σ (p − l), Σ_free p, Σ_free p / κ)``: free entries are those that are not clipped."""
    scores, floor, ceiling, prices = entries
    gained, free, slope = 0.0, 0.0, 0.0
    for s in range(scores.size):
        kappa = prices[s] + own
        p = entry(scores[s], floor[s], ceiling[s], kappa)
        gained += p - floor[s]
        if floor[s] < p < ceiling[s]:
            free += p
            slope += p / max(kappa, SMALLEST_PRICE)
    return gained, free, slope


@compiled(inline=True)
def next_price(
    price: float, low: float, high: float, over: float, free: float, slope: float
) -> float:
    """The next trial of a price at which draws are ``over`` what they should come to.

    The free draws are taken as ``α (price + β)^(-1/2)``, which is exact for one common price and
    monotone from the left without clipping; outside the bracket it is halved, in logarithms.
    """
    step, left = -1.0, free - over
    if slope > 0.0 and left > 0.0:
        ratio = free / left
        step = price + (free / slope) * (ratio - 1.0) * (ratio + 1.0)
    if low < step < high:
        return step
    if high == np.inf:
        return max(4.0 * price, SMALLEST_PRICE)
    if low == 0.0:
        return high * 0.0625
    return math.sqrt(low) * math.sqrt(high)


@compiled
def row_price(entries: Entries, room: float, start: float) -> float:
    """The own price at which a row that is over its cap without one just meets it."""
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = _first_guess(entries, room)
    for _ in range(ROW_STEPS):
        gained, free, slope = row_pieces(entries, price)
        over = gained - room
        if abs(over) <= 2.0 * UNIT * max(room, free):
            return price
        if over > 0.0:
            low = price
        else:
            high = price
        step = next_price(price, low, high, over, free, slope)
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


@compiled
def _first_guess(entries: Entries, room: float) -> float:
    """At or left of the root when no ceiling is met: three bounds from below."""
    scores, floor, _, prices = entries
    total, least, dearest, best = 0.0, room, -np.inf, 0.0
    for s in range(scores.size):
        if scores[s] > 0.0:
            total += scores[s]
            least += floor[s]
            dearest = max(dearest, prices[s])
            best = max(best, (scores[s] / (room + floor[s])) ** 2 - prices[s])
    if total == 0.0:
        return SMALLEST_PRICE
    guess = max(best, (total / least) ** 2 - dearest)
    return guess if guess > 0.0 else (total / least) ** 2 * 2.0**-20


@compiled
def node_price(entries: Entries, own: FloatArray, room: float, start: float) -> float:
    """The least price of a set of rows at which their draws are within its cap; 0 if slack.

    ``own`` are prices the rows have already: a row pays the larger of its own and the set's.
    """
    gained, free, slope = node_pieces(entries, own, 0.0)
    if gained <= room:
        return 0.0
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        least = room + entries.floor.sum()
        price = max((entries.scores.sum() / least) ** 2, SMALLEST_PRICE)
    for _ in range(ROW_STEPS):
        gained, free, slope = node_pieces(entries, own, price)
        over = gained - room
        if abs(over) <= 2.0 * UNIT * max(room, free):
            return price
        if over > 0.0:
            low = price
        else:
            high = price
        step = next_price(price, low, high, over, free, slope)
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


@compiled
def node_pieces(entries: Entries, own: FloatArray, price: float) -> tuple[float, float, float]:
    """:func:`row_pieces` of a set of rows; rows that pay more on their own are not free."""
    gained, low, free, slope = 0.0, 0.0, 0.0, 0.0
    for v in range(own.size):
        part, moving, steep = row_pieces(row(entries, v), max(own[v], price))
        gained, error = two_sum(gained, part)
        low += error
        if own[v] <= price:
            free += moving
            slope += steep
    return gained + low, free, slope

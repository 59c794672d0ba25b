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

from roundlot.solvers.kernels.blocks import row_totals
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray, IntArray

SMALLEST_PRICE = 2.0**-1022  # the smallest normal number: no quotient by its root overflows
ROW_STEPS = 2200  # bisection in logarithms ends in fewer: there are 2046 powers of two
BLOCK_ROWS = 128  # rows of a block: some arrays of it stay in the cache
SEVERAL = 16  # rows that are faster by blocks
SLACK, OWN = -1, -2  # who governs a row where no group does: nobody, or its own cap


class Entries(NamedTuple):
    """What sets probabilities, of rows ``(n, S)``."""

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    prices: FloatArray


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
def write_flat(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    out: FloatArray,
    gains: FloatArray,
) -> None:
    """Writes :func:`entry` of flat arrays, and what it is above the floor."""
    for i in range(scores.size):
        out[i] = entry(scores[i], floor[i], ceiling[i], prices[i])
        gains[i] = out[i] - floor[i]


@compiled
def own_prices(
    entries: Entries,
    rooms: FloatArray,
    own: FloatArray,
    governor: IntArray,
    out: FloatArray,
    gains: FloatArray,
    totals: FloatArray,
) -> None:
    """Probabilities of a block and the prices of its processors' caps; ``own`` is a warm start.

    ``gains`` are probabilities less floors, ``totals`` their sums by rows, as flat arrays.
    """
    scores, floor, ceiling, prices = entries
    write_flat(
        scores.reshape(-1),
        floor.reshape(-1),
        ceiling.reshape(-1),
        prices.reshape(-1),
        out.reshape(-1),
        gains,
    )
    width = scores.shape[1]
    row_totals(gains, width, totals)
    for v in range(rooms.size):
        governor[v] = SLACK
        if totals[v] <= rooms[v]:
            own[v] = 0.0
            continue
        own[v] = row_price(entries, v, rooms[v], own[v])
        governor[v] = OWN
        totals[v] = 0.0
        for s in range(width):
            out[v, s] = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + own[v])
            gains[v * width + s] = out[v, s] - floor[v, s]
            totals[v] += gains[v * width + s]


@compiled
def tree_prices(
    entries: Entries,
    nodes: IntArray,
    node_rooms: FloatArray,
    node_prices: FloatArray,
    paid: FloatArray,
    governor: IntArray,
    totals: FloatArray,
    first: int,
) -> None:
    """Raises what rows pay to what the caps of nodes ask that have no row in common.

    ``nodes (M, 2)`` are ranges of rows, the ``first`` of many; ``paid (V,)`` and ``totals (V,)``,
    what is drawn above the floors, enter as the nodes below have left them.
    """
    for m in range(node_rooms.size):
        low, high = nodes[m]
        if not is_over(totals[low:high], node_rooms[m]):
            node_prices[m] = 0.0
            continue
        some = rows(entries, low, high)
        node_prices[m] = node_price(
            some, paid[low:high], totals[low:high], node_rooms[m], node_prices[m]
        )
        raise_paid(
            some,
            node_prices[m],
            first + m,
            paid[low:high],
            governor[low:high],
            totals[low:high],
        )


@compiled
def is_over(totals: FloatArray, room: float) -> bool:
    """Whether sums of rows come to more than a room."""
    gained, low = 0.0, 0.0
    for v in range(totals.size):
        gained, error = two_sum(gained, totals[v])
        low += error
    return gained + low > room


@compiled
def raise_paid(
    entries: Entries,
    price: float,
    node: int,
    paid: FloatArray,
    governor: IntArray,
    totals: FloatArray,
) -> None:
    """Lets the rows of a node pay its price, where that is more than what they pay."""
    scores, floor, ceiling, prices = entries
    for v in range(paid.size):
        if price > paid[v]:
            paid[v] = price
            governor[v] = node
            totals[v] = 0.0
            for s in range(scores.shape[1]):
                p = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + price)
                totals[v] += p - floor[v, s]


@compiled
def write_block(
    entries: Entries, paid: FloatArray, full: FloatArray, out: FloatArray, gains: FloatArray
) -> None:
    """Probabilities of a block at all that its rows pay; ``full`` is a flat block to work in."""
    scores, floor, ceiling, prices = entries
    width = scores.shape[1]
    for v in range(paid.size):
        for s in range(width):
            full[v * width + s] = prices[v, s] + paid[v]
    write_flat(
        scores.reshape(-1), floor.reshape(-1), ceiling.reshape(-1), full, out.reshape(-1), gains
    )


@compiled
def row_pieces(entries: Entries, v: int, own: float) -> tuple[float, float, float]:
    """``(Σ (p − l), Σ_free p, Σ_free p / κ)``: free entries are those that are not clipped.

    The row is told by its number: a view of it would be counted in and out each time.
    """
    scores, floor, ceiling, prices = entries
    gained, free, slope = 0.0, 0.0, 0.0
    for s in range(scores.shape[1]):
        low, high, kappa = floor[v, s], ceiling[v, s], prices[v, s] + own
        p = entry(scores[v, s], low, high, kappa)
        gained += p - low
        if low < p < high:
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
def row_price(entries: Entries, v: int, room: float, start: float) -> float:
    """The own price at which a row that is over its cap without one just meets it."""
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = _first_guess(entries, v, room)
    for _ in range(ROW_STEPS):
        gained, free, slope = row_pieces(entries, v, price)
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
def _first_guess(entries: Entries, v: int, room: float) -> float:
    """At or left of the root when no ceiling is met: three bounds from below."""
    scores, floor, _, prices = entries
    total, least, dearest, best = 0.0, room, -np.inf, 0.0
    for s in range(scores.shape[1]):
        a = scores[v, s]
        if a > 0.0:
            total += a
            least += floor[v, s]
            dearest = max(dearest, prices[v, s])
            best = max(best, (a / (room + floor[v, s])) ** 2 - prices[v, s])
    if total == 0.0:
        return SMALLEST_PRICE
    guess = max(best, (total / least) ** 2 - dearest)
    return guess if guess > 0.0 else (total / least) ** 2 * 2.0**-20


@compiled
def node_price(
    entries: Entries, own: FloatArray, totals: FloatArray, room: float, start: float
) -> float:
    """The price of a set of rows, over its cap without one, at which their draws are just within.

    ``own`` are prices the rows have already, ``totals`` what they draw above their floors at them:
    a row pays the larger of its own and the set's.
    """
    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = first_price(entries, room)
    for _ in range(ROW_STEPS):
        pieces = node_pieces(entries, own, totals, price)
        over = pieces[0] - room
        if abs(over) <= 2.0 * UNIT * max(room, pieces[1]):
            return price
        if over > 0.0:
            low = price
        else:
            high = price
        step = next_price(price, low, high, over, pieces[1], pieces[2])
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


@compiled
def first_price(entries: Entries, room: float) -> float:
    """Where all entries would be free."""
    scores, held = 0.0, room
    for v in range(entries.scores.shape[0]):
        for s in range(entries.scores.shape[1]):
            scores += entries.scores[v, s]
            held += entries.floor[v, s]
    return max((scores / held) ** 2, SMALLEST_PRICE)


@compiled
def node_pieces(
    entries: Entries, own: FloatArray, totals: FloatArray, price: float
) -> tuple[float, float, float]:
    """:func:`row_pieces` of a set of rows; rows that pay more on their own are not free."""
    if own.size >= SEVERAL:
        return _wide_pieces(entries, own, totals, price)
    gained, low, free, slope = 0.0, 0.0, 0.0, 0.0
    for v in range(own.size):
        part = totals[v]
        if own[v] <= price:
            part, moving, steep = row_pieces(entries, v, price)
            free += moving
            slope += steep
        gained, error = two_sum(gained, part)
        low += error
    return gained + low, free, slope


@compiled
def _wide_pieces(
    entries: Entries, own: FloatArray, totals: FloatArray, price: float
) -> tuple[float, float, float]:
    """The same of many rows, block by block."""
    width = entries.scores.shape[1]
    full, gains = np.empty(BLOCK_ROWS * width), np.empty(BLOCK_ROWS * width)
    p, sums = np.empty((BLOCK_ROWS, width)), np.empty(BLOCK_ROWS)
    paid = np.empty(BLOCK_ROWS)
    gained, low, free, slope = 0.0, 0.0, 0.0, 0.0
    for start in range(0, own.size, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, own.size)
        size, block = (stop - start) * width, rows(entries, start, stop)
        for v in range(start, stop):
            paid[v - start] = price
        write_block(block, paid[: stop - start], full[:size], p[: stop - start], gains[:size])
        row_totals(gains[:size], width, sums[: stop - start])
        for v in range(start, stop):
            if own[v] > price:
                for s in range(width):
                    p[v - start, s] = -1.0  # not free
            part = totals[v] if own[v] > price else sums[v - start]
            gained, error = two_sum(gained, part)
            low += error
        moving, steep = _free_pieces(
            p[: stop - start].reshape(-1),
            block.floor.reshape(-1),
            block.ceiling.reshape(-1),
            full[:size],
        )
        free += moving
        slope += steep
    return gained + low, free, slope


@compiled(sums="any order")
def _free_pieces(
    p: FloatArray, floor: FloatArray, ceiling: FloatArray, full: FloatArray
) -> tuple[float, float]:
    free, slope = 0.0, 0.0
    for i in range(p.size):
        kappa = full[i] if full[i] > SMALLEST_PRICE else SMALLEST_PRICE
        moving = p[i] if (p[i] > floor[i]) & (p[i] < ceiling[i]) else 0.0
        free += moving
        slope += moving / kappa
    return free, slope

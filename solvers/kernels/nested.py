"""What nested groups with caps and floors ask of their rows, given the price of each entry.

Rows lie in groups, groups in groups of the next level; the sum of each is between a floor and a
cap, both beside the floors of the entries. A group whose rows would come to more or less pays, or
is paid, until it meets its limit; groups inside it keep theirs. What a row pays beside the prices
``π`` of its entries is told as a pair ``(r, t)``: an entry pays ``κ = (π − r) + t``, to its own
last digits also where ``r`` takes nearly all of ``π``. An entry with a score of 0 is at its floor
where ``κ > 0``, at its ceiling where ``κ < 0``, and anywhere between at ``κ = 0``: there groups
take the share ``θ`` of what could come beside.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.kernels.blocks import add_priced, copy, row_totals, tile
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.even import ask_evenly
from roundlot.solvers.kernels.nest import FILLED, FREE, Asked, Nest
from roundlot.solvers.kernels.newton import Tables
from roundlot.solvers.kernels.prices import (
    BLOCK_ROWS,
    OWN,
    ROW_STEPS,
    SLACK,
    SMALLEST_PRICE,
    Entries,
    next_price,
    write_flat,
)
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray


@compiled(inline=True)
def row_drawn(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    v: int,
    ref: float,
    t: float,
) -> tuple[float, float, float, float]:
    """``Σ (p − l)`` of a row at least and at most, ``Σ_free p`` and ``Σ_free p / κ``.

    Tables and not a record of them: it would be counted in and out for each row.
    """
    low, more, free, slope = 0.0, 0.0, 0.0, 0.0
    for s in range(scores.shape[1]):
        least, most, a = floor[v, s], ceiling[v, s], scores[v, s]
        kappa = (prices[v, s] - ref) + t
        if kappa > 0.0:
            wanted = a / math.sqrt(max(kappa, SMALLEST_PRICE))
            if wanted >= most:
                low += most - least
            elif wanted > least:
                low += wanted - least
                free += wanted
                slope += wanted / max(kappa, SMALLEST_PRICE)
        elif kappa < 0.0 or a > 0.0:
            low += most - least
        else:
            more += most - least
    return low, low + more, free, slope


@compiled
def rows_drawn(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    rooms: FloatArray,
    first: int,
    last: int,
    ref: float,
    t: float,
) -> tuple[float, float, float, float]:
    """The same of some rows, each within its room."""
    least, most, free, slope, lost, missed = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for v in range(first, last):
        low, high, moving, steep = row_drawn(scores, floor, ceiling, prices, v, ref, t)
        room = rooms[v]
        if low >= room:
            low = high = room
            moving = steep = 0.0
        least, error = two_sum(least, low)
        lost += error
        most, error = two_sum(most, min(high, room))
        missed += error
        free, slope = free + moving, slope + steep
    return least + lost, most + missed, free, slope


@compiled
def drawn(
    entries: Entries,
    rooms: FloatArray,
    nest: Nest,
    level: int,
    m: int,
    ref: float,
    t: float,
    scratch: FloatArray,
) -> tuple[float, float, float, float]:
    """What a group of a higher level comes to at ``(r, t)`` by the limits inside it alone.

    At least and at most, what is free of it and its slope. ``scratch`` is ``(L + 1, 6)``.
    """
    scores, least, most, prices = entries
    for k in range(level + 1):
        scratch[k, :] = 0.0
    start, stop = nest.starts[m], nest.stops[m]
    finest = _finest_of(nest, start)
    for v in range(start, stop):
        low, high, free, slope = rows_drawn(scores, least, most, prices, rooms, v, v + 1, ref, t)
        _add(scratch, 0, low, high, free, slope)
        k, node = 0, finest
        while k < level and nest.stops[node] == v + 1:
            low, high = scratch[k, 0] + scratch[k, 4], scratch[k, 1] + scratch[k, 5]
            free, slope = scratch[k, 2], scratch[k, 3]
            cap, floor = nest.caps[node], nest.floors[node]
            if low >= cap or high <= floor:
                free, slope = 0.0, 0.0
            low, high = max(min(low, cap), floor), max(min(high, cap), floor)
            scratch[k, :] = 0.0
            if k == 0:
                finest += 1
            k, node = k + 1, nest.parents[node]
            _add(scratch, k, low, high, free, slope)
    found = scratch[level]
    return found[0] + found[4], found[1] + found[5], found[2], found[3]


@compiled
def _add(scratch: FloatArray, k: int, low: float, high: float, free: float, slope: float) -> None:
    scratch[k, 0], error = two_sum(scratch[k, 0], low)
    scratch[k, 4] += error
    scratch[k, 1], error = two_sum(scratch[k, 1], high)
    scratch[k, 5] += error
    scratch[k, 2] += free
    scratch[k, 3] += slope


@compiled
def _finest_of(nest: Nest, v: int) -> int:
    """The finest group that a row is in."""
    low, high = nest.levels[0], nest.levels[1] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if nest.starts[middle] <= v:
            low = middle
        else:
            high = middle - 1
    return int(low)


@compiled
def least_price(
    floor: FloatArray, ceiling: FloatArray, prices: FloatArray, start: int, stop: int
) -> float:
    """The least ``π`` of what can move; infinite of none."""
    found = np.inf
    for v in range(start, stop):
        for s in range(prices.shape[1]):
            if ceiling[v, s] > floor[v, s] and prices[v, s] < found:
                found = prices[v, s]
    return found


@compiled
def one_price(scores: FloatArray, first: int, last: int, target: float) -> float:
    """Where all entries of some rows would be free."""
    total = 0.0
    for v in range(first, last):
        for s in range(scores.shape[1]):
            total += scores[v, s]
    return max((total / target) ** 2, SMALLEST_PRICE) if target > 0.0 else 1.0


@compiled
def rows_met(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    rooms: FloatArray,
    first: int,
    last: int,
    target: float,
    start: float,
) -> tuple[float, float, float, int]:
    """``(r, t, θ, kind)`` at which some rows come to ``target``; ``start`` is a guess at ``t``."""
    ref = least_price(floor, ceiling, prices, first, last)
    if ref == np.inf:
        return 0.0, 0.0, 0.0, FREE
    price, low, high, looked = start, 0.0, np.inf, False
    if price <= 0.0:
        price = ref if ref > 0.0 else one_price(scores, first, last, target)
    for _ in range(ROW_STEPS):
        gained, _, free, slope = rows_drawn(
            scores, floor, ceiling, prices, rooms, first, last, ref, price
        )
        over = gained - target
        if abs(over) <= 2.0 * UNIT * max(target, free):
            return ref, price, 0.0, FREE
        low, high = (price, high) if over > 0.0 else (low, price)
        step = next_price(price, low, high, over, free, slope)
        if is_steep(step, low, high, slope) and not looked:
            looked = True
            least, most, _, _ = rows_drawn(
                scores, floor, ceiling, prices, rooms, first, last, ref, 0.0
            )
            if target > most:
                return rows_beyond(scores, floor, ceiling, prices, rooms, first, last, target)
            if target >= least:
                return ref, 0.0, part_of(target, least, most), FILLED
        if abs(step - price) <= UNIT * price or not low < step < high:
            return ref, step, 0.0, FREE
        price = step
    return ref, price, 0.0, FREE


@compiled(inline=True)
def is_steep(step: float, low: float, high: float, slope: float) -> bool:
    """Whether a price falls so fast that what it comes to at 0 may not be enough."""
    return low == 0.0 and (slope == 0.0 or not 0.0625 * high < step < high)


@compiled(inline=True)
def part_of(target: float, least: float, most: float) -> float:
    """Which part of the way from ``least`` to ``most`` a target is."""
    return min(1.0, max(0.0, (target - least) / (most - least))) if most > least else 0.0


@compiled
def rows_beyond(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    rooms: FloatArray,
    first: int,
    last: int,
    target: float,
) -> tuple[float, float, float, int]:
    """The same where all that is free at the least price is not enough."""
    refs = np.unique(prices[first:last].copy().reshape(-1))
    low, high = 0, refs.size - 1
    while low < high:
        middle = (low + high) // 2
        _, most, _, _ = rows_drawn(
            scores, floor, ceiling, prices, rooms, first, last, refs[middle], 0.0
        )
        low, high = (low, middle) if target <= most else (middle + 1, high)
    ref = refs[low]
    least, most, _, _ = rows_drawn(scores, floor, ceiling, prices, rooms, first, last, ref, 0.0)
    if target >= least or low == 0:
        return ref, 0.0, part_of(target, least, most), FILLED
    bottom, top = 0.0, ref - refs[low - 1]
    for _ in range(ROW_STEPS):
        middle_price = 0.5 * (bottom + top)
        if not bottom < middle_price < top:
            break
        found, _, _, _ = rows_drawn(
            scores, floor, ceiling, prices, rooms, first, last, ref, middle_price
        )
        bottom, top = (middle_price, top) if found > target else (bottom, middle_price)
    return ref, top, 0.0, FREE


@compiled
def group_met(
    entries: Entries,
    rooms: FloatArray,
    nest: Nest,
    level: int,
    m: int,
    target: float,
    start: float,
    scratch: FloatArray,
) -> tuple[float, float, float, int]:
    """:func:`rows_met` of a group of groups, each within its own limits."""
    first, last = nest.starts[m], nest.stops[m]
    ref = least_price(entries.floor, entries.ceiling, entries.prices, first, last)
    if ref == np.inf:
        return 0.0, 0.0, 0.0, FREE
    price, low, high, looked = start, 0.0, np.inf, False
    if price <= 0.0:
        price = ref if ref > 0.0 else one_price(entries.scores, first, last, target)
    for _ in range(ROW_STEPS):
        gained, _, free, slope = drawn(entries, rooms, nest, level, m, ref, price, scratch)
        over = gained - target
        if abs(over) <= 2.0 * UNIT * max(target, free):
            return ref, price, 0.0, FREE
        low, high = (price, high) if over > 0.0 else (low, price)
        step = next_price(price, low, high, over, free, slope)
        if is_steep(step, low, high, slope) and not looked:
            looked = True
            least, most, _, _ = drawn(entries, rooms, nest, level, m, ref, 0.0, scratch)
            if target > most:
                return group_beyond(entries, rooms, nest, level, m, target, scratch)
            if target >= least:
                return ref, 0.0, part_of(target, least, most), FILLED
        if abs(step - price) <= UNIT * price or not low < step < high:
            return ref, step, 0.0, FREE
        price = step
    return ref, price, 0.0, FREE


@compiled
def group_beyond(
    entries: Entries,
    rooms: FloatArray,
    nest: Nest,
    level: int,
    m: int,
    target: float,
    scratch: FloatArray,
) -> tuple[float, float, float, int]:
    """:func:`rows_beyond` of a group of groups."""
    refs = np.unique(entries.prices[nest.starts[m] : nest.stops[m]].copy().reshape(-1))
    low, high = 0, refs.size - 1
    while low < high:
        middle = (low + high) // 2
        most = drawn(entries, rooms, nest, level, m, refs[middle], 0.0, scratch)[1]
        low, high = (low, middle) if target <= most else (middle + 1, high)
    ref = refs[low]
    least, most, _, _ = drawn(entries, rooms, nest, level, m, ref, 0.0, scratch)
    if target >= least or low == 0:
        return ref, 0.0, part_of(target, least, most), FILLED
    bottom, top = 0.0, ref - refs[low - 1]
    for _ in range(ROW_STEPS):
        middle_price = 0.5 * (bottom + top)
        if not bottom < middle_price < top:
            break
        found = drawn(entries, rooms, nest, level, m, ref, middle_price, scratch)[0]
        bottom, top = (middle_price, top) if found > target else (bottom, middle_price)
    return ref, top, 0.0, FREE


@compiled
def nested_prices(
    tables: Tables,
    nest: Nest,
    base: FloatArray,
    rates: FloatArray,
    asked: Asked,
    prices: FloatArray,
    p: FloatArray,
) -> None:
    """Writes what groups and rows ask, what entries pay in all, and probabilities ``p (V, S)``.

    ``asked`` holds guesses: what groups asked before. An entry without a score between its bounds
    is said to pay infinitely much: its price cannot tell what it gets.
    """
    scores, floor, ceiling, rooms = tables.scores, tables.floor, tables.ceiling, tables.rooms
    scratch, depth = np.zeros((nest.levels.size, 6)), nest.levels.size - 1
    free = np.full(len(p), np.inf)  # rooms of rows while these are looked at one by one
    totals, row_governor = asked.totals, asked.row_governor
    _for_nothing(tables, base, rates, asked.totals, prices, p)
    entries = Entries(scores, floor, ceiling, prices)
    for level in range(depth):
        _add_up(nest, rooms, level, asked)
    for level in range(depth - 1, 0, -1):
        for m in range(nest.levels[level], nest.levels[level + 1]):
            _ask_group(entries, rooms, nest, level, m, asked, scratch)
    if depth == 0:
        _ask_rows(scores, floor, ceiling, prices, rooms, free, p, asked, 0, len(p), -1)
        return
    starts, stops, parents, caps, floors = (
        nest.starts,
        nest.stops,
        nest.parents,
        nest.caps,
        nest.floors,
    )
    group, governor, kind, sums = asked.group, asked.governor, asked.kind, asked.sums
    done = np.zeros(nest.levels[1], dtype=np.bool_)
    if base[0] > 0.0 and (base == base[0]).all() and not rates.any():
        left = ask_evenly(tables, nest, asked, base[0], prices, p, done)
        for v in left:
            m = _finest_of(nest, v)
            _ask_rows(scores, floor, ceiling, prices, rooms, free, p, asked, v, v + 1, m)
    for m in range(nest.levels[1]):
        if done[m]:
            continue
        above = parents[m]
        ref = t = share = 0.0
        who = SLACK
        if above >= 0:
            ref, t, share, who = group[above, 0], group[above, 1], group[above, 2], governor[above]
        least = most = sums[m]
        if who != SLACK:
            least, most, _, _ = rows_drawn(
                scores, floor, ceiling, prices, rooms, starts[m], stops[m], ref, t
            )
        target, bound = aimed(least, most, share, caps[m], floors[m])
        how = 0
        if bound:
            warm = group[m, 1] if kind[m] == FREE else 0.0
            ref, t, share, how = rows_met(
                scores, floor, ceiling, prices, rooms, starts[m], stops[m], target, warm
            )
            who = m
        elif share > 0.0:
            share = part_of(target, least, most)
        group[m, 0], group[m, 1], group[m, 2] = ref, t, share
        governor[m], kind[m] = who, how
        for v in range(starts[m], stops[m]):
            if who == SLACK and totals[v] <= rooms[v]:
                row_governor[v] = SLACK
            else:
                _ask_rows(scores, floor, ceiling, prices, rooms, free, p, asked, v, v + 1, m)


@compiled(inline=True)
def aimed(least: float, most: float, share: float, cap: float, floor: float) -> tuple[float, bool]:
    """What a group is to come to, and whether its own limit says so."""
    target = least
    if share > 0.0:
        low, high = max(min(least, cap), floor), max(min(most, cap), floor)
        target = low + share * (high - low)
    if least > cap:
        return cap, True
    if target < floor or most < target:
        return max(floor, target), True
    return target, False


@compiled
def _for_nothing(
    tables: Tables,
    base: FloatArray,
    rates: FloatArray,
    totals: FloatArray,
    prices: FloatArray,
    p: FloatArray,
) -> None:
    """Prices, and probabilities where no group and no row asks anything; sums of rows."""
    count, width = tables.scores.shape
    tiled, gains = np.empty(BLOCK_ROWS * width), np.empty(BLOCK_ROWS * width)
    tile(base, tiled)
    for start in range(0, count, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, count)
        size = (stop - start) * width
        flat = prices[start:stop].reshape(-1)
        copy(tiled[:size], flat)
        add_priced(rates, tables.costs, start, stop, flat)
        write_flat(
            tables.scores[start:stop].reshape(-1),
            tables.floor[start:stop].reshape(-1),
            tables.ceiling[start:stop].reshape(-1),
            flat,
            p[start:stop].reshape(-1),
            gains[:size],
        )
        row_totals(gains[:size], width, totals[start:stop])


@compiled
def _add_up(nest: Nest, rooms: FloatArray, level: int, asked: Asked) -> None:
    """What the groups of a level come to for nothing."""
    sums, totals, starts, stops = asked.sums, asked.totals, nest.starts, nest.stops
    children, caps, floors, parents = nest.children, nest.caps, nest.floors, nest.parents
    for m in range(nest.levels[level], nest.levels[level + 1]):
        total, low = 0.0, 0.0
        if level == 0:
            for v in range(starts[m], stops[m]):
                total, error = two_sum(total, min(totals[v], rooms[v]))
                low += error
        else:
            child, last = children[m], nest.levels[level]
            while child < last and parents[child] == m:
                part = max(min(sums[child], caps[child]), floors[child])
                total, error = two_sum(total, part)
                low += error
                child += 1
        sums[m] = total + low


@compiled
def _ask_group(
    entries: Entries,
    rooms: FloatArray,
    nest: Nest,
    level: int,
    m: int,
    asked: Asked,
    scratch: FloatArray,
) -> None:
    """What a group of groups asks of what is inside it, from what is asked of the group."""
    parent, ref, t, share, governor = nest.parents[m], 0.0, 0.0, 0.0, SLACK
    if parent >= 0:
        ref, t, share = asked.group[parent, 0], asked.group[parent, 1], asked.group[parent, 2]
        governor = asked.governor[parent]
    least = most = asked.sums[m]
    if governor != SLACK:
        least, most, _, _ = drawn(entries, rooms, nest, level, m, ref, t, scratch)
    target, bound = aimed(least, most, share, nest.caps[m], nest.floors[m])
    kind = 0
    if bound:
        warm = asked.group[m, 1] if asked.kind[m] == FREE else 0.0
        ref, t, share, kind = group_met(entries, rooms, nest, level, m, target, warm, scratch)
        governor = m
    elif share > 0.0:
        share = part_of(target, least, most)
    asked.group[m, 0], asked.group[m, 1], asked.group[m, 2] = ref, t, share
    asked.governor[m], asked.kind[m] = governor, kind


@compiled
def _ask_rows(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    rooms: FloatArray,
    free: FloatArray,
    p: FloatArray,
    asked: Asked,
    first: int,
    last: int,
    m: int,
) -> None:
    """What rows of a group, −1 of none, ask; their probabilities and all that they pay."""
    row, totals, who, group = asked.row, asked.totals, asked.row_governor, asked.group
    governor = SLACK if m < 0 else asked.governor[m]
    for v in range(first, last):
        if governor == SLACK and totals[v] <= rooms[v]:
            who[v] = SLACK
            continue
        ref = t = share = 0.0
        if governor != SLACK:
            ref, t, share = group[m, 0], group[m, 1], group[m, 2]
        least, most, _, _ = row_drawn(scores, floor, ceiling, prices, v, ref, t)
        warm = row[v, 1] if who[v] == OWN else 0.0
        who[v] = governor
        if least > rooms[v]:
            ref, t, share, _ = rows_met(
                scores, floor, ceiling, prices, free, v, v + 1, rooms[v], warm
            )
            who[v] = OWN
        elif share > 0.0 and most > least:
            share = share * (min(most, rooms[v]) - least) / (most - least)
        row[v, 0], row[v, 1], row[v, 2] = ref, t, share
        total = 0.0
        for s in range(scores.shape[1]):
            low, high, a = floor[v, s], ceiling[v, s], scores[v, s]
            kappa = (prices[v, s] - ref) + t
            if kappa > 0.0:
                out = min(max(a / math.sqrt(max(kappa, SMALLEST_PRICE)), low), high)
            elif kappa < 0.0 or a > 0.0:
                out = high
            else:
                out, kappa = low + share * (high - low), np.inf
            p[v, s], prices[v, s] = out, kappa
            total += out - low
        totals[v] = total

"""Nested groups where every entry pays the same before groups ask anything: no root is drawn twice.

An entry is then ``clip(a x, l, u)`` with one ``x = 1 / √κ`` for all of a group, so that what the
group comes to is linear in ``x`` between the points at which entries reach their bounds. What a
group inside its limits comes to needs no price of its own, and one at a limit comes to that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.blocks import plain_sum, row_totals
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.crew import in_pieces, pieces
from roundlot.solvers.kernels.nest import FREE, Asked, Nest
from roundlot.solvers.kernels.newton import Tables
from roundlot.solvers.kernels.prices import BLOCK_ROWS, OWN, SLACK, SMALLEST_PRICE
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

STEPS = 24  # Newton's to one price; three are usual, and a slower search takes over
SUMS = 512  # of groups that are added plainly


class Come(NamedTuple):
    """What rows and groups come to, ``(V,)`` and ``(M,)``, and how much of it is free."""

    rows: FloatArray
    free_rows: FloatArray
    groups: FloatArray
    free_groups: FloatArray


def even_sums(tables: Tables, nest: Nest, price: float, come: Come) -> tuple[float, float]:
    """``Σ (p − l)`` and ``Σ_free p`` at one price ``> 0`` of all entries; writes ``come``."""
    root = math.sqrt(max(price, SMALLEST_PRICE))

    def work(rows: slice) -> None:
        _even_rows(tables, root, come.rows, come.free_rows, rows.start, rows.stop)

    in_pieces(work, pieces(len(come.rows)))
    depth = nest.levels.size - 1
    for level in range(depth):
        _even_groups(nest, level, come)
    if depth == 0:
        return _total(come.rows), _total(come.free_rows)
    top = slice(int(nest.levels[depth - 1]), int(nest.levels[depth]))
    return _total(come.groups[top]), _total(come.free_groups[top])


@compiled
def _total(values: FloatArray) -> float:
    total, low = 0.0, 0.0
    for start in range(0, values.size, SUMS):
        part = plain_sum(values[start : min(start + SUMS, values.size)])
        total, error = two_sum(total, part)
        low += error
    return total + low


@compiled
def _even_rows(
    tables: Tables, root: float, rows: FloatArray, free: FloatArray, first: int, last: int
) -> None:
    width = tables.scores.shape[1]
    gains, moving = np.empty(BLOCK_ROWS * width), np.empty(BLOCK_ROWS * width)
    for start in range(first, last, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, last)
        size = (stop - start) * width
        _even_entries(
            tables.scores[start:stop].reshape(-1),
            tables.floor[start:stop].reshape(-1),
            tables.ceiling[start:stop].reshape(-1),
            root,
            gains[:size],
            moving[:size],
        )
        row_totals(gains[:size], width, rows[start:stop])
        row_totals(moving[:size], width, free[start:stop])
        _cap_rows(tables.rooms[start:stop], rows[start:stop], free[start:stop])


@compiled
def _even_entries(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    root: float,
    gains: FloatArray,
    moving: FloatArray,
) -> None:
    for i in range(scores.size):
        p = min(max(scores[i] / root, floor[i]), ceiling[i])
        gains[i] = p - floor[i]
        moving[i] = p if (p > floor[i]) & (p < ceiling[i]) else 0.0


@compiled
def _cap_rows(rooms: FloatArray, rows: FloatArray, free: FloatArray) -> None:
    for v in range(rooms.size):
        over = rows[v] >= rooms[v]
        free[v] = 0.0 if over else free[v]
        rows[v] = rooms[v] if over else rows[v]


@compiled
def _even_groups(nest: Nest, level: int, come: Come) -> None:
    """The same of a level from what is below it."""
    rows, free_rows, sums, free_sums = come
    starts, stops, children = nest.starts, nest.stops, nest.children
    caps, floors, parents = nest.caps, nest.floors, nest.parents
    below = nest.levels[level]
    for m in range(nest.levels[level], nest.levels[level + 1]):
        total, low, free = 0.0, 0.0, 0.0
        if level == 0:
            for v in range(starts[m], stops[m]):
                total, error = two_sum(total, rows[v])
                low += error
                free += free_rows[v]
        else:
            child = children[m]
            while child < below and parents[child] == m:
                total, error = two_sum(total, sums[child])
                low += error
                free += free_sums[child]
                child += 1
        total += low
        held = (total <= floors[m]) | (total >= caps[m])
        sums[m] = max(min(total, caps[m]), floors[m])
        free_sums[m] = 0.0 if held else free


@compiled
def ask_evenly(
    tables: Tables,
    nest: Nest,
    asked: Asked,
    price: float,
    prices: FloatArray,
    p: FloatArray,
    done: BoolArray,
) -> IntArray:
    """What finest groups ask of which no other group asks anything; what their rows get and pay.

    All entries pay ``price > 0`` already. Marks groups that are ``done (M,)``: of others the price
    was not found soon, or is not looked for. Gives rows in groups that are done whose own price was
    not found soon.
    """
    starts, stops, group, kind = nest.starts, nest.stops, asked.group, asked.kind
    which, wanted = _at_limits(nest, asked, done)
    found = np.empty(which.size)
    for i in range(which.size):
        found[i] = group[which[i], 1] if kind[which[i]] == FREE else 0.0
    _even_prices(tables, tables.rooms, starts[which], stops[which], wanted, found)
    for m in range(nest.levels[1]):
        if done[m]:
            kind[m], asked.governor[m] = 0, SLACK
            group[m, 0] = group[m, 1] = group[m, 2] = 0.0
    for i in range(which.size):
        m = which[i]
        done[m] = found[i] > 0.0
        if done[m]:
            kind[m], asked.governor[m] = FREE, m
            group[m, 0], group[m, 1], group[m, 2] = price, found[i], 0.0
    over = _write_even_groups(tables, nest, asked, done, prices, p)
    own, own_rooms = np.empty(over.size), np.empty(over.size)
    for i in range(over.size):
        v = over[i]
        own[i] = asked.row[v, 1] if asked.row_governor[v] == OWN else 0.0
        own_rooms[i] = tables.rooms[v]
    _even_prices(tables, np.full(p.shape[0], np.inf), over, over + 1, own_rooms, own)
    return _write_even_rows(tables, asked, price, over, own, prices, p)


@compiled
def _at_limits(nest: Nest, asked: Asked, done: BoolArray) -> tuple[IntArray, FloatArray]:
    """Finest groups that come to too much or too little, and what they are to come to.

    Marks the others of which nothing is asked as done.
    """
    parents, caps, floors = nest.parents, nest.caps, nest.floors
    sums, governor = asked.sums, asked.governor
    count = nest.levels[1]
    which, wanted, k = np.empty(count, dtype=np.int64), np.empty(count), 0
    for m in range(count):
        done[m] = False
        if parents[m] >= 0 and governor[parents[m]] != SLACK:
            continue
        done[m] = floors[m] <= sums[m] <= caps[m]
        if not done[m]:
            which[k], wanted[k] = m, max(min(sums[m], caps[m]), floors[m])
            k += 1
    return which[:k], wanted[:k]


@compiled
def _even_prices(
    tables: Tables,
    rooms: FloatArray,
    firsts: IntArray,
    lasts: IntArray,
    wanted: FloatArray,
    found: FloatArray,
) -> None:
    """Prices of all entries at which runs of rows come to what is wanted, each within its room.

    ``found`` holds guesses, or 0; then prices, or −1 where they are not found soon: perhaps none is
    low enough.
    """
    scores, floor, ceiling = tables.scores, tables.floor, tables.ceiling
    width = scores.shape[1]
    for i in range(found.size):
        target, x, low, high = wanted[i], 0.0, 0.0, np.inf
        if found[i] > 0.0:
            x = 1.0 / math.sqrt(found[i])
        else:  # where all entries would be free
            total, least = 0.0, target
            for v in range(firsts[i], lasts[i]):
                for s in range(width):
                    total += scores[v, s]
                    least += floor[v, s]
            x = least / total if total > 0.0 else np.inf
        found[i] = -1.0
        for _ in range(STEPS if x < np.inf else 0):
            gained, lost, slope = 0.0, 0.0, 0.0
            for v in range(firsts[i], lasts[i]):
                row, steep = 0.0, 0.0
                for s in range(width):
                    free, bottom, top = scores[v, s] * x, floor[v, s], ceiling[v, s]
                    row += min(max(free, bottom), top) - bottom
                    steep += scores[v, s] if (free > bottom) & (free < top) else 0.0
                held = row >= rooms[v]
                gained, error = two_sum(gained, rooms[v] if held else row)
                lost += error
                slope += 0.0 if held else steep
            over = gained + lost - target
            met = abs(over) <= 2.0 * UNIT * max(target, slope * x)
            low, high = (low, x) if over > 0.0 else (x, high)
            step = x - over / slope if slope > 0.0 else -1.0
            if not low < step < high:
                step = 4.0 * x if high == np.inf else 0.5 * (low + high)
            if met or abs(step - x) <= UNIT * x:
                price = 1.0 / (x * x)
                found[i] = price if SMALLEST_PRICE < price < np.inf else -1.0
                break
            x = step


@compiled
def _write_even_groups(
    tables: Tables, nest: Nest, asked: Asked, done: BoolArray, prices: FloatArray, p: FloatArray
) -> IntArray:
    """Rows of groups that are done; gives those that are over their own rooms, without prices."""
    scores, floor, ceiling, rooms = tables.scores, tables.floor, tables.ceiling, tables.rooms
    group, kind, totals, row, who = (
        asked.group,
        asked.kind,
        asked.totals,
        asked.row,
        asked.row_governor,
    )
    starts, stops, width = nest.starts, nest.stops, p.shape[1]
    over, k = np.empty(p.shape[0], dtype=np.int64), 0
    for m in range(nest.levels[1]):
        if not done[m]:
            continue
        paid, root = group[m, 1], math.sqrt(group[m, 1])
        for v in range(starts[m], stops[m]):
            if kind[m]:
                total = 0.0
                for s in range(width):
                    out = min(max(scores[v, s] / root, floor[v, s]), ceiling[v, s])
                    p[v, s] = out
                    total += out - floor[v, s]
                totals[v] = total
            if totals[v] > rooms[v]:
                over[k] = v
                k += 1
            elif kind[m]:
                for s in range(width):
                    prices[v, s] = paid
                row[v, 0], row[v, 1], row[v, 2], who[v] = group[m, 0], paid, 0.0, m
            else:
                who[v] = SLACK
    return over[:k]


@compiled
def _write_even_rows(
    tables: Tables,
    asked: Asked,
    price: float,
    over: IntArray,
    own: FloatArray,
    prices: FloatArray,
    p: FloatArray,
) -> IntArray:
    """Rows at their own prices; gives those without one."""
    scores, floor, ceiling = tables.scores, tables.floor, tables.ceiling
    totals, row, who = asked.totals, asked.row, asked.row_governor
    left, k = np.empty(over.size, dtype=np.int64), 0
    for i in range(over.size):
        v = over[i]
        if own[i] < 0.0:
            left[k] = v
            k += 1
            continue
        total, root = 0.0, math.sqrt(own[i])
        for s in range(p.shape[1]):
            out = min(max(scores[v, s] / root, floor[v, s]), ceiling[v, s])
            p[v, s], prices[v, s] = out, own[i]
            total += out - floor[v, s]
        row[v, 0], row[v, 1], row[v, 2] = price, own[i], 0.0
        totals[v], who[v] = total, OWN
    return left[:k]

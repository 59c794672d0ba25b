"""One pass of a dual: probabilities, their sums, variances and the Hessian at given prices.

Coordinates are the total, the models and the cost rows, ``1 + S + K`` of them, and of joint duals
one more for every layer of roots and model (see `joint`). Sums are of what is above the floors,
``A (p − l)``, and every cap is a room, ``c − Σ l``: right sides are compared with them without
cancellation, however little floors leave. Prices of coordinates may be negative (see `prices`).
Rows go through in blocks that stay in cache; only trees of caps need the prices of all entries at
once. Sums of pieces of rows, which threads share, are added in their order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.blocks import (
    PAIR,
    accumulate,
    accumulate_product,
    add,
    add_priced,
    clear,
    copy,
    dot_rows,
    fold,
    pair_dots,
    tile,
)
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.crew import PIECE_ROWS, in_pieces, pieces
from roundlot.solvers.kernels.joint import (
    Layers,
    add_crosses,
    add_moments,
    add_variances,
    moment_direction,
)
from roundlot.solvers.kernels.prices import (
    BLOCK_ROWS,
    OWN,
    SMALLEST_PRICE,
    Entries,
    is_over,
    next_price,
    node_pieces,
    node_price,
    own_prices,
    raise_paid,
    rows,
    tree_prices,
    write_block,
)
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray, IntArray, read_only_view

# What a pass over a piece does: all; up to the prices of rows; from there on.
ALL, PRICES, SUMS = 0, 1, 2
# Numbers in the Hessians of all pieces together, about: more rows in a piece where there are many.
MOST = 1 << 23
# Rows that the first guess of the price of a large node looks at.
SAMPLE = 1 << 11
STEPS = 200  # to the price of a large node; a handful are usual


class Tables(NamedTuple):
    """What a program does not change: tables ``(V, S)``, costs ``(K, V, S)``, the tree's nodes
    ``(M, 2)``, which are ranges of rows; and what floors leave of the caps of the rows ``(V,)`` and
    of the nodes ``(M,)``, above 0, or infinite where there is no cap."""

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    rooms: FloatArray
    costs: FloatArray
    nodes: IntArray
    node_rooms: FloatArray


class Paid(NamedTuple):
    """What is paid on top of ``base`` and ``rates``; warm starts and results.

    ``own (V,)`` for the processors' caps, ``nodes (M,)`` for the tree's; ``rows (V,)`` in all;
    ``governor (V,)`` whose cap sets that: a node, the row's own, or nobody's.
    """

    own: FloatArray
    nodes: FloatArray
    rows: FloatArray
    governor: IntArray


class Pass(NamedTuple):
    """What a pass writes: prices and probabilities of entries, sums ``A (p − l)`` of ``(D,)``, and
    the Hessian of sums and variances.

    The first two are ``(V, S)``, or of no row: prices if there are no nodes, probabilities if
    besides they are not wanted.
    """

    prices: FloatArray
    probabilities: FloatArray
    sums: FloatArray
    hessian: FloatArray


class Part(NamedTuple):
    """What a piece of rows adds: sums ``(D,)``, what they lost, likewise ``(R, S)`` variances."""

    sums: FloatArray
    low: FloatArray
    variances: FloatArray
    lost: FloatArray
    hessian: FloatArray


class Scratch(NamedTuple):
    """Room for a block of rows: tables, flat blocks, sums of rows, a few numbers.

    ``moved (1 + K, n S)`` adds up blocks: slopes, and slopes times what each cost row counts.
    """

    prices: FloatArray
    probabilities: FloatArray
    tiled: FloatArray
    gains: FloatArray
    slopes: FloatArray
    spare: FloatArray
    other: FloatArray
    ratios: FloatArray
    totals: FloatArray
    few: FloatArray
    direction: FloatArray
    moved: FloatArray


def no_layers(models: int) -> Layers:
    """No variances: the duals of sums."""
    return Layers(np.zeros((0, 0, models)), np.zeros((0, models)))


def evaluate(
    tables: Tables,
    base: FloatArray,
    rates: FloatArray,
    paid: Paid,
    out: Pass,
    curved: bool,
    layers: Layers | None = None,
) -> None:
    """Everything Newton needs at prices ``base (S,)`` and ``rates (K,)``, and of ``layers``.

    ``out.sums`` has ``1 + S + K`` entries, ``out.hessian`` as many rows and one more for every
    variance. Without ``curved`` the Hessian is left out.
    """
    count, width = tables.scores.shape
    layers = no_layers(width) if layers is None else layers
    size = out.hessian.shape[0]
    parts = pieces(count, max(PIECE_ROWS, count * size * size // MOST))
    totals = np.empty(count if tables.node_rooms.size else 0)
    roots = read_only_view(layers.roots)

    def work(piece: slice, stage: int) -> Part:
        part = no_part(out.sums.size, layers.variances.shape, size)
        ends = piece.start, piece.stop
        evaluate_rows(tables, roots, base, rates, paid, out, part, totals, *ends, curved, stage)
        return part

    if tables.node_rooms.size == 0:
        found = in_pieces(lambda piece: work(piece, ALL), parts)
    else:
        in_pieces(lambda piece: work(piece, PRICES), parts)
        every = Entries(tables.scores, tables.floor, tables.ceiling, out.prices)
        _pay_nodes(every, tables, paid, totals)
        found = in_pieces(lambda piece: work(piece, SUMS), parts)
        if curved:
            _take_nodes(every, tables, roots, paid, out.probabilities, found[0].hessian)
    _merge(found, layers, out)
    complete(width, out.hessian)


def no_part(sums: int, variances: tuple[int, ...], size: int) -> Part:
    return Part(
        sums=np.zeros(sums),
        low=np.zeros(sums),
        variances=np.zeros(variances),
        lost=np.zeros(variances),
        hessian=np.zeros((size, size)),
    )


def _merge(parts: list[Part], layers: Layers, out: Pass) -> None:
    """Adds what pieces found, in their order."""
    out.hessian[:, :] = parts[0].hessian
    totals = [[part.sums, part.low] for part in parts], [[p.variances, p.lost] for p in parts]
    for found, into in zip(totals, (out.sums, layers.variances), strict=True):
        high, low = found[0]
        for more, lost in found[1:]:
            high, error = two_sums(high, more)
            low = low + (lost + error)
        into[...] = high + low
    for part in parts[1:]:
        out.hessian[:, :] += part.hessian


def two_sums(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(s, e)`` with ``s + e = x + y`` exactly, entry by entry."""
    total = x + y
    shadow = total - x
    return total, (x - (total - shadow)) + (y - shadow)


def _pay_nodes(every: Entries, tables: Tables, paid: Paid, totals: FloatArray) -> None:
    """What caps of nodes ask of their rows, finest first."""
    nodes, node_rooms = tables.nodes, tables.node_rooms
    ends = np.flatnonzero(nodes[1:, 0] < nodes[:-1, 1]) + 1  # a level starts again from the left
    ends = np.concatenate(([0], ends, [len(nodes)]))
    for first, last in pairwise(ends.tolist()):
        large = nodes[first:last, 1] - nodes[first:last, 0] > PIECE_ROWS
        if large.any():
            for m in range(first, last):
                _pay_node(every, tables, paid, totals, m)
            continue
        starts = np.searchsorted(nodes[first:last, 0], [p.start for p in pieces(len(totals))])
        cuts = np.unique(np.append(starts, last - first)) + first

        def work(piece: slice) -> None:
            tree_prices(
                every,
                nodes[piece],
                node_rooms[piece],
                paid.nodes[piece],
                paid.rows,
                paid.governor,
                totals,
                piece.start,
            )

        in_pieces(work, [slice(low, high) for low, high in pairwise(cuts.tolist())])


def _pay_node(every: Entries, tables: Tables, paid: Paid, totals: FloatArray, m: int) -> None:
    """The same of a node of many rows."""
    first, last = tables.nodes[m].tolist()
    room = float(tables.node_rooms[m])
    if not is_over(totals[first:last], room):
        paid.nodes[m] = 0.0
        return
    parts = [slice(first + p.start, first + p.stop) for p in pieces(last - first)]
    start = float(paid.nodes[m])
    price = start if start > 0.0 else _sampled_price(every, paid, totals, first, last, room)
    price = _large_price(every, paid, totals, parts, room, price)
    paid.nodes[m] = price

    def work(piece: slice) -> None:
        raise_paid(
            some_rows(every, piece),
            price,
            m,
            paid.rows[piece],
            paid.governor[piece],
            totals[piece],
        )

    in_pieces(work, parts)


def some_rows(entries: Entries, piece: slice) -> Entries:
    """Some rows of several."""
    scores, floor, ceiling, prices = entries
    return Entries(scores[piece], floor[piece], ceiling[piece], prices[piece])


def _sampled_price(
    every: Entries, paid: Paid, totals: FloatArray, first: int, last: int, room: float
) -> float:
    """Of a node whose rows are every k-th of another's, with its part of the room."""
    some = slice(first, last, max(1, (last - first) // SAMPLE))
    scores, floor, ceiling, prices = (np.ascontiguousarray(x[some]) for x in every)
    entries = Entries(
        read_only_view(scores), read_only_view(floor), read_only_view(ceiling), prices
    )
    own, held = np.ascontiguousarray(paid.rows[some]), np.ascontiguousarray(totals[some])
    part = room * (len(own) / (last - first))
    return float(node_price(entries, own, held, part, 0.0)) if is_over(held, part) else 0.0


def _large_price(
    every: Entries,
    paid: Paid,
    totals: FloatArray,
    parts: list[slice],
    room: float,
    start: float,
) -> float:
    """As :func:`node_price`, piece by piece."""

    low, high, price = 0.0, np.inf, start
    if price <= 0.0:
        price = SMALLEST_PRICE
    for _ in range(STEPS):
        found = _large_pieces(every, paid, totals, parts, price)
        gained, rest, free, slope = 0.0, 0.0, 0.0, 0.0
        for part, moving, steep in found:
            gained, error = two_sum(gained, part)
            rest, free, slope = rest + error, free + moving, slope + steep
        over = gained + rest - room
        if abs(over) <= 2.0 * UNIT * max(room, free):
            return price
        low, high = (price, high) if over > 0.0 else (low, price)
        step = float(next_price(price, low, high, over, free, slope))
        if abs(step - price) <= UNIT * price or not low < step < high:
            return step
        price = step
    return price


def _large_pieces(
    every: Entries, paid: Paid, totals: FloatArray, parts: list[slice], price: float
) -> list[tuple[float, float, float]]:
    def work(piece: slice) -> tuple[float, float, float]:
        return node_pieces(some_rows(every, piece), paid.rows[piece], totals[piece], price)

    return in_pieces(work, parts)


@compiled
def evaluate_rows(
    tables: Tables,
    roots: FloatArray,
    base: FloatArray,
    rates: FloatArray,
    paid: Paid,
    out: Pass,
    part: Part,
    totals: FloatArray,
    first: int,
    last: int,
    curved: bool,
    stage: int,
) -> None:
    """The rows from ``first`` to ``last``; at stage ``PRICES`` their sums go to ``totals``."""
    count, width = tables.scores.shape
    size = BLOCK_ROWS * width
    scratch = Scratch(
        np.empty((BLOCK_ROWS, width)),
        np.empty((BLOCK_ROWS, width)),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(BLOCK_ROWS),
        np.empty(max(tables.costs.shape[0], PAIR)),
        np.empty(part.hessian.shape[0]),
        np.zeros((1 + tables.costs.shape[0] if curved else 0, size)),
    )
    priced, kept = out.prices.shape[0] == count, out.probabilities.shape[0] == count
    tile(base, scratch.tiled)
    for start in range(first, last, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, last)
        prices, p = scratch.prices[: stop - start], scratch.probabilities[: stop - start]
        if priced:
            prices = out.prices[start:stop]
        if kept:
            p = out.probabilities[start:stop]
        block = Entries(
            tables.scores[start:stop], tables.floor[start:stop], tables.ceiling[start:stop], prices
        )
        gains = scratch.gains[: p.size]
        if stage == SUMS:
            write_block(block, paid.rows[start:stop], scratch.spare[: p.size], p, gains)
        else:
            flat = prices.reshape(-1)
            copy(scratch.tiled[: p.size], flat)
            add_priced(rates, tables.costs, start, stop, flat)
            sums = scratch.totals[: stop - start]
            if stage == PRICES:
                sums = totals[start:stop]
            own_prices(
                block,
                tables.rooms[start:stop],
                paid.own[start:stop],
                paid.governor[start:stop],
                p,
                gains,
                sums,
            )
            copy(paid.own[start:stop], paid.rows[start:stop])
        if stage != PRICES:
            add_block(block, tables.costs, roots, paid, p, start, curved, scratch, part)
    add_moved(scratch.moved, width, part.hessian)


@compiled
def add_block(
    block: Entries,
    costs: FloatArray,
    roots: FloatArray,
    paid: Paid,
    p: FloatArray,
    start: int,
    curved: bool,
    scratch: Scratch,
    part: Part,
) -> None:
    """Adds the sums of a block, its variances, and its part of the Hessian's lower triangle."""
    stop, width = start + p.shape[0], p.shape[1]
    flat, spare = p.reshape(-1), scratch.spare[: p.size]
    gains, slopes = scratch.gains[: p.size], scratch.slopes[: p.size]
    if curved:
        entry_slopes(block, paid.rows[start:stop], p, slopes)
        accumulate(scratch.moved[0], slopes)
        for k in range(costs.shape[0]):
            accumulate_product(scratch.moved[1 + k], slopes, costs[k, start:stop].reshape(-1))
        _add_costs(slopes, costs, start, stop, 1 + width, scratch.few, part.hessian)
    for r in range(roots.shape[0]):
        ratio = scratch.ratios[: p.size]
        a = roots[r, start:stop].reshape(-1)
        add_variances(a, flat, width, ratio, spare, part.variances[r], part.lost[r])
        if curved:
            at = 1 + width + costs.shape[0] + r * width
            other = scratch.other[: p.size]
            add_moments(slopes, ratio, width, at, other, spare, part.hessian)
            add_crosses(other, flat, costs, roots, start, stop, r, spare, part.hessian)
    dot_rows(gains, costs, start, stop, costs.shape[0], scratch.few)
    for k in range(costs.shape[0]):
        add(part.sums, part.low, 1 + width + k, scratch.few[k])
    fold(gains, stop - start, width)
    for s in range(width):
        add(part.sums, part.low, 0, gains[s])
        add(part.sums, part.low, 1 + s, gains[s])
    if not curved:
        return
    for v in range(start, stop):
        if paid.governor[v] == OWN:
            steep = slopes[(v - start) * width : (v - start + 1) * width]
            clear(scratch.direction)
            row_direction(steep, costs, v, scratch.direction)
            moment_direction(steep, p[v - start], roots, v, scratch.direction)
            take_direction(scratch.direction, part.hessian)


@compiled
def _add_costs(
    slopes: FloatArray,
    costs: FloatArray,
    start: int,
    stop: int,
    at: int,
    few: FloatArray,
    out: FloatArray,
) -> None:
    """Adds a block's ``Σ slope A Aᵀ`` of cost rows, two by four, to the lower triangle."""
    count = costs.shape[0]
    for k in range(0, count, 2):
        x, y = _flat(costs, k, start, stop), _flat(costs, k + 1, start, stop)
        for other in range(0, min(k + 2, count), 4):
            a, b = _flat(costs, other, start, stop), _flat(costs, other + 1, start, stop)
            c, d = _flat(costs, other + 2, start, stop), _flat(costs, other + 3, start, stop)
            pair_dots(slopes, x, y, a, b, c, d, few)
            for i in range(min(4, count - other)):
                out[at + k, at + other + i] += few[i]
                if k + 1 < count:
                    out[at + k + 1, at + other + i] += few[4 + i]


@compiled
def _flat(tables: FloatArray, k: int, start: int, stop: int) -> FloatArray:
    """Some rows of the ``k``-th table, or of the last."""
    return tables[min(k, tables.shape[0] - 1), start:stop].reshape(-1)


@compiled
def add_moved(moved: FloatArray, width: int, out: FloatArray) -> None:
    """Adds ``Σ slope A Aᵀ`` of models, with models and with cost rows."""
    for k in range(moved.shape[0]):
        fold(moved[k], moved.shape[1] // width, width)
        for s in range(width):
            out[width + k if k else 1 + s, 1 + s] += moved[k, s]


@compiled
def entry_slopes(entries: Entries, paid: FloatArray, p: FloatArray, out: FloatArray) -> None:
    """Writes ``−dp/dπ = p / (2 κ)`` of free entries, 0 of clipped ones, flat."""
    _, floor, ceiling, prices = entries
    width = p.shape[1]
    for v in range(paid.size):
        for s in range(width):
            out[v * width + s] = prices[v, s] + paid[v]
    _slopes(p.reshape(-1), floor.reshape(-1), ceiling.reshape(-1), out)


@compiled
def _slopes(p: FloatArray, floor: FloatArray, ceiling: FloatArray, out: FloatArray) -> None:
    for i in range(p.size):
        price = out[i] if out[i] > SMALLEST_PRICE else SMALLEST_PRICE
        steep = 0.5 * p[i] / price
        out[i] = steep if (p[i] > floor[i]) & (p[i] < ceiling[i]) else 0.0


@compiled
def _take_nodes(
    every: Entries,
    tables: Tables,
    roots: FloatArray,
    paid: Paid,
    probabilities: FloatArray,
    out: FloatArray,
) -> None:
    """Subtracts what binding nodes take from the Hessian."""
    width = probabilities.shape[1]
    steep, direction = np.empty(width), np.empty(out.shape[0])
    for m in range(tables.nodes.shape[0]):
        if paid.nodes[m] == 0.0:
            continue
        clear(direction)
        for v in range(tables.nodes[m, 0], tables.nodes[m, 1]):
            if paid.governor[v] == m:
                one, p = rows(every, v, v + 1), probabilities[v : v + 1]
                entry_slopes(one, paid.rows[v : v + 1], p, steep)
                row_direction(steep, tables.costs, v, direction)
                moment_direction(steep, p[0], roots, v, direction)
        take_direction(direction, out)


@compiled
def row_direction(slopes: FloatArray, costs: FloatArray, v: int, out: FloatArray) -> None:
    """Adds ``Σ_s slope_s A_s`` of one row to ``out``, the total first."""
    width = slopes.size
    for s in range(width):
        out[0] += slopes[s]
        out[1 + s] += slopes[s]
        for k in range(costs.shape[0]):
            out[1 + width + k] += slopes[s] * costs[k, v, s]


@compiled
def take_direction(direction: FloatArray, out: FloatArray) -> None:
    """Subtracts ``u uᵀ / u_0``: what a binding cap takes from the Hessian."""
    if direction[0] <= 0.0:
        return
    for i in range(1, direction.size):
        share = direction[i] / direction[0]
        for j in range(1, i + 1):
            out[i, j] -= share * direction[j]


@compiled
def complete(width: int, hessian: FloatArray) -> None:
    """What follows from the blocks' parts: the total's row, the upper triangle."""
    for s in range(width):
        hessian[1 + s, 0] = hessian[1 + s, 1 + s]
        for t in range(width):
            if t != s:
                hessian[1 + s, 0] += hessian[max(1 + s, 1 + t), min(1 + s, 1 + t)]
        hessian[0, 0] += hessian[1 + s, 0]
    for k in range(1 + width, hessian.shape[0]):
        for s in range(width):
            hessian[k, 0] += hessian[k, 1 + s]
    for i in range(hessian.shape[0]):
        for j in range(i):
            hessian[j, i] = hessian[i, j]

"""One pass of the dual: probabilities, their sums and the Hessian at given prices.

Coordinates are the total, the models and the cost rows, ``1 + S + K`` of them. Sums are of what is
above the floors, ``A (p − l)``, and every cap is a room, ``c − Σ l``: right sides are compared with
them without cancellation, however little floors leave. Prices of coordinates may be negative (see
`prices`). Rows go through in blocks that stay in cache; only trees of caps need the prices of all
entries at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.prices import (
    OWN,
    SMALLEST_PRICE,
    Entries,
    own_prices,
    price_block,
    rows,
    tree_prices,
    write_rows,
)
from roundlot.solvers.kernels.sums import two_sum
from roundlot.theory.arrays import FloatArray, IntArray

BLOCK_ROWS = 64


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
    their Hessian ``(D, D)``.

    The first two are ``(V, S)``, or a block of rows if there are no nodes and the probabilities
    are not wanted.
    """

    prices: FloatArray
    probabilities: FloatArray
    sums: FloatArray
    hessian: FloatArray


class Scratch(NamedTuple):
    """Room for parts: low parts of sums ``(D,)``, a row, three blocks, a direction ``(D,)``."""

    low: FloatArray
    columns: FloatArray
    gains: FloatArray
    slopes: FloatArray
    weighted: FloatArray
    direction: FloatArray


@compiled
def evaluate(
    tables: Tables, base: FloatArray, rates: FloatArray, paid: Paid, out: Pass, curved: bool
) -> None:
    """Everything Newton needs at prices ``base (S,)`` and ``rates (K,)``.

    Without ``curved`` the Hessian is left out.
    """
    count, width = tables.scores.shape
    size = out.sums.size
    out.sums[:] = 0.0
    out.hessian[:, :] = 0.0
    scratch = Scratch(
        np.zeros(size),
        np.empty(max(width, 1)),
        np.empty((BLOCK_ROWS, width)),
        np.empty((BLOCK_ROWS, width)),
        np.empty((BLOCK_ROWS, width)),
        np.empty(size),
    )
    whole = out.prices.shape[0] == count
    for start in range(0, count, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, count)
        at = start if whole else 0
        prices, p = out.prices[at : at + stop - start], out.probabilities[at : at + stop - start]
        price_block(base, rates, tables.costs, start, prices)
        block = Entries(
            tables.scores[start:stop], tables.floor[start:stop], tables.ceiling[start:stop], prices
        )
        own_prices(
            block, tables.rooms[start:stop], paid.own[start:stop], paid.governor[start:stop], p
        )
        paid.rows[start:stop] = paid.own[start:stop]
        if tables.node_rooms.size == 0:
            _add_block(block, tables.costs, paid, p, start, curved, scratch, out)
    if tables.node_rooms.size > 0:
        every = Entries(tables.scores, tables.floor, tables.ceiling, out.prices)
        tree_prices(every, tables.nodes, tables.node_rooms, paid.nodes, paid.rows, paid.governor)
        for start in range(0, count, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, count)
            write_rows(every, paid.rows, start, stop, out.probabilities)
            block, p = rows(every, start, stop), out.probabilities[start:stop]
            _add_block(block, tables.costs, paid, p, start, curved, scratch, out)
        if curved:
            _take_nodes(every, tables, paid, scratch, out)
    complete(width, scratch.low, out.sums, out.hessian)


@compiled
def _add_block(
    block: Entries,
    costs: FloatArray,
    paid: Paid,
    p: FloatArray,
    start: int,
    curved: bool,
    scratch: Scratch,
    out: Pass,
) -> None:
    gains = scratch.gains[: p.shape[0]]
    subtract(p.reshape(-1), block.floor.reshape(-1), gains.reshape(-1))
    add_sums(gains, costs, start, scratch.columns, out.sums, scratch.low)
    if not curved:
        return
    stop = start + p.shape[0]
    steep = scratch.slopes[: p.shape[0]]
    entry_slopes(block, paid.rows[start:stop], p, steep)
    add_block_hessian(steep, costs, start, scratch, out.hessian)
    for v in range(start, stop):
        if paid.governor[v] == OWN:
            scratch.direction[:] = 0.0
            row_direction(steep[v - start], costs, v, scratch.direction)
            take_direction(scratch.direction, out.hessian)


@compiled
def _take_nodes(every: Entries, tables: Tables, paid: Paid, scratch: Scratch, out: Pass) -> None:
    for m in range(tables.nodes.shape[0]):
        scratch.direction[:] = 0.0
        for v in range(tables.nodes[m, 0], tables.nodes[m, 1]):
            if paid.governor[v] == m:
                steep = scratch.slopes[:1]
                entry_slopes(
                    rows(every, v, v + 1), paid.rows[v : v + 1], out.probabilities[v : v + 1], steep
                )
                row_direction(steep[0], tables.costs, v, scratch.direction)
        take_direction(scratch.direction, out.hessian)


@compiled
def entry_slopes(entries: Entries, paid: FloatArray, p: FloatArray, out: FloatArray) -> None:
    """``−dp/dπ = p / (2 κ)`` of free entries, 0 of clipped ones."""
    _, floor, ceiling, prices = entries
    for v in range(paid.size):
        for s in range(p.shape[1]):
            free = floor[v, s] < p[v, s] < ceiling[v, s]
            price = max(prices[v, s] + paid[v], SMALLEST_PRICE)
            out[v, s] = 0.5 * p[v, s] / price if free else 0.0


@compiled
def subtract(p: FloatArray, floor: FloatArray, out: FloatArray) -> None:
    for i in range(p.size):
        out[i] = p[i] - floor[i]


@compiled(sums="any order")
def _dot(x: FloatArray, y: FloatArray) -> float:
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@compiled
def _add(sums: FloatArray, low: FloatArray, at: int, value: float) -> None:
    sums[at], error = two_sum(sums[at], value)
    low[at] += error


@compiled
def add_sums(
    gains: FloatArray,
    costs: FloatArray,
    start: int,
    columns: FloatArray,
    sums: FloatArray,
    low: FloatArray,
) -> None:
    """Adds a block's ``[Σ z, Σ_v z_vs, Σ cost_k z]``, ``z = p − l``, to compensated sums."""
    width = gains.shape[1]
    columns[:width] = 0.0
    for v in range(gains.shape[0]):
        for s in range(width):
            columns[s] += gains[v, s]
    for s in range(width):
        _add(sums, low, 0, columns[s])
        _add(sums, low, 1 + s, columns[s])
    for k in range(costs.shape[0]):
        cost = costs[k, start : start + gains.shape[0]]
        _add(sums, low, 1 + width + k, _dot(cost.reshape(-1), gains.reshape(-1)))


@compiled
def add_block_hessian(
    slopes: FloatArray, costs: FloatArray, start: int, scratch: Scratch, out: FloatArray
) -> None:
    """Adds a block's ``Σ slope A Aᵀ`` to the lower triangle; the row of the total comes later."""
    width = slopes.shape[1]
    columns = scratch.columns
    for s in range(width):
        column = 0.0
        for v in range(slopes.shape[0]):
            column += slopes[v, s]
        out[1 + s, 1 + s] += column
    for k in range(costs.shape[0]):
        at = 1 + width + k
        product = scratch.weighted[: slopes.shape[0]]
        cost = costs[k, start : start + slopes.shape[0]]
        columns[:width] = 0.0
        for v in range(slopes.shape[0]):
            for s in range(width):
                product[v, s] = slopes[v, s] * cost[v, s]
                columns[s] += product[v, s]
        for s in range(width):
            out[at, 1 + s] += columns[s]
        for other in range(k + 1):
            cost = costs[other, start : start + slopes.shape[0]]
            out[at, 1 + width + other] += _dot(product.reshape(-1), cost.reshape(-1))


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
def complete(width: int, low: FloatArray, sums: FloatArray, hessian: FloatArray) -> None:
    """What follows from the blocks' parts: whole sums, the total's row, the upper triangle."""
    for i in range(sums.size):
        sums[i] += low[i]
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

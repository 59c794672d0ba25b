"""Sums over rows of nested groups, and what they fall by per price, from what groups ask."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.blocks import PAIR
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.nest import FREE, Asked, Nest
from roundlot.solvers.kernels.newton import (
    Paid,
    Part,
    Scratch,
    Tables,
    add_block,
    add_moved,
    complete,
    row_direction,
    take_direction,
)
from roundlot.solvers.kernels.prices import BLOCK_ROWS, SMALLEST_PRICE, Entries
from roundlot.theory.arrays import FloatArray


@compiled
def nested_sums(
    tables: Tables,
    nest: Nest,
    asked: Asked,
    prices: FloatArray,
    p: FloatArray,
    curved: bool,
    part: Part,
) -> None:
    """Adds ``A (p − l)``, ``1 + S + K``, and, if ``curved``, what it falls by per price.

    ``prices`` are all that entries pay.
    """
    count, width = p.shape
    size = BLOCK_ROWS * width
    roots = np.zeros((0, 0, width))
    paid = Paid(asked.totals, asked.totals, np.zeros(count), asked.row_governor)
    scratch = Scratch(
        np.empty((0, width)),
        np.empty((0, width)),
        np.empty(0),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(0),
        np.empty(max(tables.costs.shape[0], PAIR)),
        np.empty(part.hessian.shape[0]),
        np.zeros((1 + tables.costs.shape[0] if curved else 0, size)),
    )
    for start in range(0, count, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, count)
        block = Entries(
            tables.scores[start:stop],
            tables.floor[start:stop],
            tables.ceiling[start:stop],
            prices[start:stop],
        )
        some = p[start:stop]
        _gains(some.reshape(-1), block.floor.reshape(-1), scratch.gains)
        add_block(block, tables.costs, roots, paid, some, start, curved, scratch, part)
    add_moved(scratch.moved, width, part.hessian)
    if curved:
        _take_groups(tables, nest, asked, prices, p, part.hessian)
    complete(width, part.hessian)


@compiled
def _gains(p: FloatArray, floor: FloatArray, out: FloatArray) -> None:
    for i in range(p.size):
        out[i] = p[i] - floor[i]


@compiled
def _take_groups(
    tables: Tables, nest: Nest, asked: Asked, prices: FloatArray, p: FloatArray, out: FloatArray
) -> None:
    """Subtracts what groups that meet a limit take from the Hessian: their sums stay.

    Where entries without a score take up what moves, these are the mean ``c`` of the rows of ``A``
    they count in: all that moves does so beside them, ``Σ h (a − c)(a − c)ᵀ``.
    """
    floor, ceiling, costs, width = tables.floor, tables.ceiling, tables.costs, p.shape[1]
    kind, governor, starts, stops = asked.kind, asked.row_governor, nest.starts, nest.stops
    size = out.shape[0]
    direction, mean, steep = np.zeros(size), np.zeros(size), np.zeros(width)
    for m in range(kind.size):
        if not kind[m]:
            continue
        direction[:] = 0.0
        mean[:] = 0.0
        filled = 0
        for v in range(starts[m], stops[m]):
            if governor[v] != m:
                continue
            for s in range(width):
                low, high, kappa, q = floor[v, s], ceiling[v, s], prices[v, s], p[v, s]
                steep[s] = 0.5 * q / max(kappa, SMALLEST_PRICE) if low < q < high else 0.0
                if kappa == np.inf and high > low:
                    filled += 1
                    mean[1 + s] += 1.0
                    for k in range(costs.shape[0]):
                        mean[1 + width + k] += costs[k, v, s]
            row_direction(steep, costs, v, direction)
        if kind[m] == FREE or not filled:
            take_direction(direction, out)
            continue
        for i in range(1, size):
            for j in range(1, i + 1):
                one, other = mean[i] / filled, mean[j] / filled
                out[i, j] += direction[0] * one * other - direction[i] * other - direction[j] * one

"""One pass of the joint dual: probabilities, sums, variances and the Hessian at given prices.

Beside the coordinates of `newton`, the total, the models and the cost rows, there is one for every
layer of roots and model: ``Σ_v a² (1/p − 1)``. An entry's probability is ``clip(√M/√κ, l, u)`` with
``M = Σ_r μ_rs a_rvs²``; where it is not clipped, ``δp = w (Σ_r (a_r/p)² δμ_r − δκ)``, ``w = p/2κ``,
so a variance is a row of ``A`` whose entries are ``−(a/p)²``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.newton import (
    BLOCK_ROWS,
    Paid,
    Pass,
    Scratch,
    Tables,
    add_block_hessian,
    add_sums,
    complete,
    entry_slopes,
    row_direction,
    subtract,
    take_direction,
)
from roundlot.solvers.kernels.prices import (
    OWN,
    Entries,
    own_prices,
    price_block,
    rows,
    tree_prices,
    write_rows,
)
from roundlot.solvers.kernels.sums import RUN, two_sum
from roundlot.theory.arrays import FloatArray

TINY = 2.0**-1000  # in place of p = 0, where a root is 0 too


class Layers(NamedTuple):
    """Roots ``(R, V, S)`` of second moments, and the variances ``(R, S)`` that a pass writes."""

    roots: FloatArray
    variances: FloatArray


@compiled
def weigh(roots: FloatArray, multipliers: FloatArray, out: FloatArray) -> None:
    """Writes ``√(Σ_r μ_rs a_rvs²)``; ``multipliers (R, S)``."""
    layers, count, width = roots.shape
    factors = np.sqrt(multipliers)
    for v in range(count):
        for s in range(width):
            if layers == 1:
                out[v, s] = roots[0, v, s] * factors[0, s]
                continue
            top = 0.0
            for r in range(layers):
                top = max(top, roots[r, v, s] * factors[r, s])
            total = 0.0
            if top > 0.0:
                for r in range(layers):
                    part = roots[r, v, s] * factors[r, s] / top
                    total += part * part
            out[v, s] = top * np.sqrt(total)


@compiled
def evaluate_joint(
    tables: Tables,
    layers: Layers,
    base: FloatArray,
    rates: FloatArray,
    paid: Paid,
    out: Pass,
    curved: bool,
) -> None:
    """As `newton.evaluate`, with variances; ``tables.scores`` are what :func:`weigh` writes.

    ``out.sums`` has ``1 + S + K`` entries, ``out.hessian`` as many rows and ``R S`` more.
    """
    count, width = tables.scores.shape
    size = out.hessian.shape[0]
    out.sums[:] = 0.0
    out.hessian[:, :] = 0.0
    layers.variances[:, :] = 0.0
    lost = np.zeros(layers.variances.shape)
    scratch = Scratch(
        np.zeros(out.sums.size),
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
            _add_block(block, tables, layers, lost, paid, p, start, curved, scratch, out)
    if tables.node_rooms.size > 0:
        every = Entries(tables.scores, tables.floor, tables.ceiling, out.prices)
        tree_prices(every, tables.nodes, tables.node_rooms, paid.nodes, paid.rows, paid.governor)
        for start in range(0, count, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, count)
            write_rows(every, paid.rows, start, stop, out.probabilities)
            block, p = rows(every, start, stop), out.probabilities[start:stop]
            _add_block(block, tables, layers, lost, paid, p, start, curved, scratch, out)
        if curved:
            _take_nodes(every, tables, layers, paid, scratch, out)
    layers.variances[:, :] += lost
    complete(width, scratch.low, out.sums, out.hessian)


@compiled
def _add_block(
    block: Entries,
    tables: Tables,
    layers: Layers,
    lost: FloatArray,
    paid: Paid,
    p: FloatArray,
    start: int,
    curved: bool,
    scratch: Scratch,
    out: Pass,
) -> None:
    gains = scratch.gains[: p.shape[0]]
    subtract(p.reshape(-1), block.floor.reshape(-1), gains.reshape(-1))
    add_sums(gains, tables.costs, start, scratch.columns, out.sums, scratch.low)
    _add_variances(layers, lost, p, start)
    if not curved:
        return
    stop = start + p.shape[0]
    steep = scratch.slopes[: p.shape[0]]
    entry_slopes(block, paid.rows[start:stop], p, steep)
    add_block_hessian(steep, tables.costs, start, scratch, out.hessian)
    _add_moments(steep, p, tables.costs, layers.roots, start, out.hessian)
    for v in range(start, stop):
        if paid.governor[v] == OWN:
            scratch.direction[:] = 0.0
            row_direction(steep[v - start], tables.costs, v, scratch.direction)
            _moment_direction(steep[v - start], p[v - start], layers.roots, v, scratch.direction)
            take_direction(scratch.direction, out.hessian)


@compiled
def _take_nodes(
    every: Entries, tables: Tables, layers: Layers, paid: Paid, scratch: Scratch, out: Pass
) -> None:
    for m in range(tables.nodes.shape[0]):
        scratch.direction[:] = 0.0
        for v in range(tables.nodes[m, 0], tables.nodes[m, 1]):
            if paid.governor[v] == m:
                steep, p = scratch.slopes[:1], out.probabilities[v : v + 1]
                entry_slopes(rows(every, v, v + 1), paid.rows[v : v + 1], p, steep)
                row_direction(steep[0], tables.costs, v, scratch.direction)
                _moment_direction(steep[0], p[0], layers.roots, v, scratch.direction)
        take_direction(scratch.direction, out.hessian)


@compiled
def _add_variances(layers: Layers, lost: FloatArray, p: FloatArray, start: int) -> None:
    """Adds a block's ``Σ a (a/p) (1 − p)`` to compensated sums."""
    width = p.shape[1]
    parts = np.zeros(width)
    for r in range(layers.roots.shape[0]):
        parts[:] = 0.0
        for v in range(p.shape[0]):
            for s in range(width):
                a = layers.roots[r, start + v, s]
                parts[s] += a * (a / max(p[v, s], TINY)) * (1.0 - p[v, s])
        for s in range(width):
            layers.variances[r, s], error = two_sum(layers.variances[r, s], parts[s])
            lost[r, s] += error


@compiled
def _add_moments(
    slopes: FloatArray,
    p: FloatArray,
    costs: FloatArray,
    roots: FloatArray,
    start: int,
    out: FloatArray,
) -> None:
    """Adds a block's part of the rows of variances to the lower triangle of the Hessian."""
    width, depth, dear = p.shape[1], roots.shape[0], costs.shape[0]
    first = 1 + width + dear
    cross, own = np.zeros(width), np.zeros(width)
    for r in range(depth):
        cross[:] = 0.0
        own[:] = 0.0
        for v in range(p.shape[0]):
            for s in range(width):
                ratio = roots[r, start + v, s] / max(p[v, s], TINY)
                square = ratio * ratio
                part = slopes[v, s] * square
                cross[s] += part
                own[s] += part * square
        for s in range(width):
            at = first + r * width + s
            out[at, 1 + s] -= cross[s]
            out[at, at] += own[s]
        if depth > 1 or dear > 0:
            _add_crosses(slopes, p, costs, roots, start, r, out)


@compiled
def _add_crosses(
    slopes: FloatArray,
    p: FloatArray,
    costs: FloatArray,
    roots: FloatArray,
    start: int,
    r: int,
    out: FloatArray,
) -> None:
    """The same of layer ``r`` with cost rows, and with the layers before it."""
    width = p.shape[1]
    first = 1 + width + costs.shape[0]
    for v in range(p.shape[0]):
        for s in range(width):
            if slopes[v, s] > 0.0:
                ratio = roots[r, start + v, s] / p[v, s]
                at, part = first + r * width + s, slopes[v, s] * ratio * ratio
                for k in range(costs.shape[0]):
                    out[at, 1 + width + k] -= part * costs[k, start + v, s]
                for other in range(r):
                    ratio = roots[other, start + v, s] / p[v, s]
                    out[at, first + other * width + s] += part * ratio * ratio


@compiled
def _moment_direction(
    slopes: FloatArray, p: FloatArray, roots: FloatArray, v: int, out: FloatArray
) -> None:
    """Adds ``−Σ_s slope_s (a_s/p_s)²`` of one row to the coordinates of variances."""
    width = p.size
    first = out.size - roots.shape[0] * width
    for s in range(width):
        if slopes[s] > 0.0:
            for r in range(roots.shape[0]):
                ratio = roots[r, v, s] / p[s]
                out[first + r * width + s] -= slopes[s] * ratio * ratio


@compiled
def variance_sums(scores: FloatArray, probabilities: FloatArray, out: FloatArray) -> None:
    """Writes ``(S,)``, ``Σ_v a² (1−p)/p`` of each model; infinite if ``p = 0 < a``."""
    width = scores.shape[1]
    low, parts = np.zeros(width), np.zeros(width)
    out[:] = 0.0
    for start in range(0, scores.shape[0], RUN):
        parts[:] = 0.0
        for v in range(start, min(start + RUN, scores.shape[0])):
            for s in range(width):
                a, p = scores[v, s], probabilities[v, s]
                if a > 0.0:
                    parts[s] += (a / p) * a * (1.0 - p) if p > 0.0 else np.inf
        for s in range(width):
            if parts[s] == np.inf or out[s] == np.inf:
                out[s] = np.inf
            else:
                out[s], error = two_sum(out[s], parts[s])
                low[s] += error
    for s in range(width):
        if out[s] < np.inf:
            out[s] += low[s]


@compiled
def excess_terms(block: Entries, probabilities: FloatArray, scale: float, slack: float) -> float:
    """Above ``Σ (M/p + κ p − F(κ))`` of some rows, ``F(κ) = min_{l <= p <= u} M/p + κ p``.

    ``√M`` is ``block.scores * scale``, ``κ`` are the prices; both, and their roots, are off by at
    most ``slack``, relatively. Infinite where ``p = 0 < M``.
    """
    scores, floor, ceiling, prices = block
    total, low = 0.0, 0.0
    for v in range(scores.shape[0]):
        part = 0.0
        for s in range(scores.shape[1]):
            root, p, kappa = scores[v, s] * scale, probabilities[v, s], prices[v, s]
            floor_, ceiling_ = floor[v, s], ceiling[v, s]
            if root == 0.0:
                part += max(0.0, p - floor_) * kappa
                continue
            if p <= 0.0:
                return np.inf
            paid, drawn = np.sqrt(kappa) * np.sqrt(p), root / np.sqrt(p)
            if root <= np.sqrt(kappa) * floor_:
                at = (root / p) * (root / floor_)
                term = max(0.0, p - floor_) * max(0.0, kappa * (1.0 + slack) - at * (1.0 - slack))
            elif root >= np.sqrt(kappa) * ceiling_:
                at = (root / p) * (root / ceiling_)
                term = max(0.0, ceiling_ - p) * max(0.0, at * (1.0 + slack) - kappa * (1.0 - slack))
            else:
                term = (abs(drawn - paid) + slack * (drawn + paid)) ** 2
            part += term + slack * slack * (drawn * drawn + paid * paid)
        total, error = two_sum(total, part)
        low += error
    return total + low

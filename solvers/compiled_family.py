"""One pass of the dual: probabilities, their sums and the Hessian at given prices.

Coordinates are the total, the models and the cost rows, ``1 + S + K`` of them. Rows go through in
blocks that stay in cache; only trees of caps need the prices of all entries at once.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.compiled_rows import (
    SMALLEST_PRICE,
    entry,
    node_price,
    row_price,
    write_block,
)
from roundlot.solvers.compiled_sums import two_sum
from roundlot.solvers.compiling import compiled, compiled_in_any_order
from roundlot.theory.limits import IntArray
from roundlot.theory.problem import FloatArray

BLOCK_ROWS = 64
SLACK, OWN = -1, -2


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
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    caps: FloatArray,
    prices: FloatArray,
    own: FloatArray,
    governor: IntArray,
    out: FloatArray,
) -> None:
    """Probabilities of a block and the prices of its processors' caps; ``own`` is a warm start."""
    write_block(
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
        own[v] = row_price(scores[v], floor[v], ceiling[v], prices[v], caps[v], own[v])
        governor[v] = OWN
        for s in range(width):
            out[v, s] = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + own[v])


@compiled
def tree_prices(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
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
            scores[first:last],
            floor[first:last],
            ceiling[first:last],
            prices[first:last],
            paid[first:last],
            node_caps[m],
            node_prices[m],
        )
        node_prices[m] = price
        for v in range(first, last):
            if price > paid[v]:
                paid[v] = price
                governor[v] = m


@compiled
def _slopes(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    paid: FloatArray,
    p: FloatArray,
    out: FloatArray,
) -> None:
    """``−dp/dπ = p / (2 κ)`` of free entries, 0 of clipped ones."""
    for v in range(paid.size):
        for s in range(p.shape[1]):
            free = floor[v, s] < p[v, s] < ceiling[v, s]
            price = max(prices[v, s] + paid[v], SMALLEST_PRICE)
            out[v, s] = 0.5 * p[v, s] / price if free else 0.0


@compiled_in_any_order
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
    p: FloatArray,
    costs: FloatArray,
    start: int,
    scratch: FloatArray,
    sums: FloatArray,
    low: FloatArray,
) -> None:
    """Adds a block's ``[Σ p, Σ_v p_vs, Σ cost_k p]`` to compensated sums."""
    width = p.shape[1]
    scratch[:width] = 0.0
    for v in range(p.shape[0]):
        for s in range(width):
            scratch[s] += p[v, s]
    for s in range(width):
        _add(sums, low, 0, scratch[s])
        _add(sums, low, 1 + s, scratch[s])
    for k in range(costs.shape[0]):
        _add(
            sums,
            low,
            1 + width + k,
            _dot(costs[k, start : start + p.shape[0]].reshape(-1), p.reshape(-1)),
        )


@compiled
def add_hessian(
    slopes: FloatArray,
    costs: FloatArray,
    start: int,
    scratch: FloatArray,
    weighted: FloatArray,
    out: FloatArray,
) -> None:
    """Adds a block's ``Σ slope A Aᵀ`` to the lower triangle; the row of the total comes later."""
    width = slopes.shape[1]
    for s in range(width):
        column = 0.0
        for v in range(slopes.shape[0]):
            column += slopes[v, s]
        out[1 + s, 1 + s] += column
    for k in range(costs.shape[0]):
        row = 1 + width + k
        product = weighted[: slopes.shape[0]]
        cost = costs[k, start : start + slopes.shape[0]]
        scratch[:width] = 0.0
        for v in range(slopes.shape[0]):
            for s in range(width):
                product[v, s] = slopes[v, s] * cost[v, s]
                scratch[s] += product[v, s]
        for s in range(width):
            out[row, 1 + s] += scratch[s]
        for other in range(k + 1):
            rest = costs[other, start : start + slopes.shape[0]]
            out[row, 1 + width + other] += _dot(product.reshape(-1), rest.reshape(-1))


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
def evaluate(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    caps: FloatArray,
    costs: FloatArray,
    nodes: IntArray,
    node_caps: FloatArray,
    base: FloatArray,
    rates: FloatArray,
    own: FloatArray,
    node_prices: FloatArray,
    paid: FloatArray,
    governor: IntArray,
    table: FloatArray,
    design: FloatArray,
    curved: bool,
    sums: FloatArray,
    hessian: FloatArray,
) -> None:
    """Everything Newton needs at prices ``base (S,)`` and ``rates (K,)``.

    ``own``, ``node_prices`` are warm starts and results; ``paid (V,)`` what rows pay besides;
    ``table`` and ``design`` are ``(V, S)``, or a block of rows if there are no nodes and the
    probabilities are not wanted. Without ``curved`` the Hessian is left out.
    """
    rows, width = scores.shape
    size = sums.size
    low = np.zeros(size)
    sums[:] = 0.0
    hessian[:, :] = 0.0
    scratch = np.empty(max(width, 1))
    slopes = np.empty((BLOCK_ROWS, width))
    weighted = np.empty((BLOCK_ROWS, width))
    direction = np.empty(size)
    whole = table.shape[0] == rows
    for start in range(0, rows, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, rows)
        at = start if whole else 0
        prices, p = table[at : at + stop - start], design[at : at + stop - start]
        price_block(base, rates, costs, start, prices)
        own_prices(
            scores[start:stop],
            floor[start:stop],
            ceiling[start:stop],
            caps[start:stop],
            prices,
            own[start:stop],
            governor[start:stop],
            p,
        )
        paid[start:stop] = own[start:stop]
        if node_caps.size == 0:
            _finish_block(
                scores, floor, ceiling, costs, prices, paid, governor, p, start, stop, curved,
                scratch, slopes, weighted, direction, sums, low, hessian,
            )  # fmt: skip
    if node_caps.size > 0:
        tree_prices(scores, floor, ceiling, table, nodes, node_caps, node_prices, paid, governor)
        for start in range(0, rows, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, rows)
            for v in range(start, stop):
                for s in range(width):
                    design[v, s] = entry(
                        scores[v, s], floor[v, s], ceiling[v, s], table[v, s] + paid[v]
                    )
            _finish_block(
                scores, floor, ceiling, costs, table[start:stop], paid, governor,
                design[start:stop], start, stop, curved,
                scratch, slopes, weighted, direction, sums, low, hessian,
            )  # fmt: skip
        if curved:
            _take_nodes(
                scores, floor, ceiling, costs, table, paid, governor, design, nodes, slopes,
                direction, hessian,
            )  # fmt: skip
    for i in range(size):
        sums[i] += low[i]
    for s in range(width):
        hessian[1 + s, 0] = hessian[1 + s, 1 + s]
        for t in range(width):
            if t != s:
                hessian[1 + s, 0] += hessian[max(1 + s, 1 + t), min(1 + s, 1 + t)]
        hessian[0, 0] += hessian[1 + s, 0]
    for k in range(1 + width, size):
        for s in range(width):
            hessian[k, 0] += hessian[k, 1 + s]
    for i in range(size):
        for j in range(i):
            hessian[j, i] = hessian[i, j]


@compiled
def _finish_block(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    costs: FloatArray,
    prices: FloatArray,
    paid: FloatArray,
    governor: IntArray,
    p: FloatArray,
    start: int,
    stop: int,
    curved: bool,
    scratch: FloatArray,
    slopes: FloatArray,
    weighted: FloatArray,
    direction: FloatArray,
    sums: FloatArray,
    low: FloatArray,
    hessian: FloatArray,
) -> None:
    add_sums(p, costs, start, scratch, sums, low)
    if not curved:
        return
    steep = slopes[: stop - start]
    _slopes(
        scores[start:stop],
        floor[start:stop],
        ceiling[start:stop],
        prices,
        paid[start:stop],
        p,
        steep,
    )
    add_hessian(steep, costs, start, scratch, weighted, hessian)
    for v in range(start, stop):
        if governor[v] == OWN:
            direction[:] = 0.0
            row_direction(steep[v - start], costs, v, direction)
            take_direction(direction, hessian)


@compiled
def _take_nodes(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    costs: FloatArray,
    table: FloatArray,
    paid: FloatArray,
    governor: IntArray,
    design: FloatArray,
    nodes: IntArray,
    slopes: FloatArray,
    direction: FloatArray,
    hessian: FloatArray,
) -> None:
    for m in range(nodes.shape[0]):
        direction[:] = 0.0
        for v in range(nodes[m, 0], nodes[m, 1]):
            if governor[v] == m:
                one = slice(v, v + 1)
                _slopes(
                    scores[one], floor[one], ceiling[one], table[one], paid[one], design[one],
                    slopes[:1],
                )  # fmt: skip
                row_direction(slopes[0], costs, v, direction)
        take_direction(direction, hessian)

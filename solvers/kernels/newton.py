"""What one pass of the dual adds up: sums of probabilities, and the Hessian.

Coordinates are the total, the models and the cost rows, ``1 + S + K`` of them.
"""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.family_prices import OWN
from roundlot.solvers.kernels.prices import SMALLEST_PRICE
from roundlot.solvers.kernels.sums import two_sum
from roundlot.theory.arrays import FloatArray, IntArray


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
def add_block(
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
def take_nodes(
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
    for k in range(1 + width, sums.size):
        for s in range(width):
            hessian[k, 0] += hessian[k, 1 + s]
    for i in range(sums.size):
        for j in range(i):
            hessian[j, i] = hessian[i, j]

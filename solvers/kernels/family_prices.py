"""What rows and nodes pay at given prices of the total, the models and the costs."""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.prices import entry, node_price, row_price, write_block
from roundlot.theory.arrays import FloatArray, IntArray

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
def write_rows(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    prices: FloatArray,
    paid: FloatArray,
    start: int,
    stop: int,
    out: FloatArray,
) -> None:
    """Probabilities of the rows from ``start`` to ``stop`` at all that they pay."""
    for v in range(start, stop):
        for s in range(out.shape[1]):
            out[v, s] = entry(scores[v, s], floor[v, s], ceiling[v, s], prices[v, s] + paid[v])

"""One pass of the dual: probabilities, their sums and the Hessian at given prices.

Rows go through in blocks that stay in cache; only trees of caps need the prices of all entries at
once.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.family_prices import (
    own_prices,
    price_block,
    tree_prices,
    write_rows,
)
from roundlot.solvers.kernels.newton import add_block, complete, take_nodes
from roundlot.theory.arrays import FloatArray, IntArray

BLOCK_ROWS = 64


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
            add_block(
                scores, floor, ceiling, costs, prices, paid, governor, p, start, stop, curved,
                scratch, slopes, weighted, direction, sums, low, hessian,
            )  # fmt: skip
    if node_caps.size > 0:
        tree_prices(scores, floor, ceiling, table, nodes, node_caps, node_prices, paid, governor)
        for start in range(0, rows, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, rows)
            write_rows(scores, floor, ceiling, table, paid, start, stop, design)
            add_block(
                scores, floor, ceiling, costs, table[start:stop], paid, governor,
                design[start:stop], start, stop, curved,
                scratch, slopes, weighted, direction, sums, low, hessian,
            )  # fmt: skip
        if curved:
            take_nodes(
                scores, floor, ceiling, costs, table, paid, governor, design, nodes, slopes,
                direction, hessian,
            )  # fmt: skip
    complete(width, low, sums, hessian)

"""Compiled greedy choice for the graph cut: a choice costs one column, and gains are up to date.

The cut is not monotone: a gain may be negative. Every point has to go somewhere, so such a choice
is made all the same, and counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.partition.facility_loops import next_block


@compiled
def deal_by_cut(
    units: Any, sums: Any, weight: float, room: Any, turns: bool, owner: Any, values: Any
) -> int:
    """Fill ``owner`` ``(n,)``, which starts at −1, and ``values`` ``(J,)``, which start at 0.

    ``room`` is used up. Gives how many choices made their block worse.
    """
    n_blocks, n = room.size, sums.size
    inside = np.zeros((n_blocks, n), np.int64)
    negative, j = 0, -1
    for _ in range(min(n, room.sum())):
        j = next_block(values, room, turns, j)
        most, chosen = -np.inf, -1
        for point in range(n):
            if owner[point] < 0:
                twice = 2 * inside[j, point] + units[point, point]
                gain = sums[point] - weight * twice
                if gain > most:
                    most, chosen = gain, point
        owner[chosen] = j
        values[j] += most
        negative += most < 0.0
        room[j] -= 1
        for u in range(n):
            inside[j, u] += units[chosen, u]
    return negative

"""Compiled greedy choice in whole units: facility location, lazily and plainly, and the graph cut.

A gain of facility location only falls while its block grows, so what it was is an upper bound on
what it is. A queue per block is ordered by (bound, then lower index); its first entry, once brought
up to date and still first, is what a look at every point would choose, ties included.

The cut is not monotone: a gain may be negative. Every point has to go somewhere, so such a choice
is made all the same, and counted. A choice costs one column, and gains are up to date.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.solvers.kernels.compiling import compiled


@compiled
def gain_of(units: Any, offsets: Any, rows: Any, point: int, best: Any) -> Any:
    """What the block whose points are served by ``best`` gains from one more point."""
    total = np.int64(0)
    if offsets.size == 0:
        column = units[point * best.size : (point + 1) * best.size]
        for u in range(best.size):
            total += max(column[u] - best[u], 0)
        return total
    for place in range(offsets[point], offsets[point + 1]):
        total += max(units[place] - best[rows[place]], 0)
    return total


@compiled
def take(units: Any, offsets: Any, rows: Any, point: int, best: Any) -> None:
    """Serve every point by the new one where it is nearer."""
    if offsets.size == 0:
        column = units[point * best.size : (point + 1) * best.size]
        for u in range(best.size):
            best[u] = max(best[u], column[u])
        return
    for place in range(offsets[point], offsets[point + 1]):
        u = rows[place]
        best[u] = max(best[u], units[place])


@compiled
def next_block(values: Any, room: Any, turns: bool, last: int) -> int:
    """The least served block with room, the first of equals; or the next one in turn."""
    n_blocks = room.size
    if turns:
        block: int = (last + 1) % n_blocks
        while room[block] == 0:
            block = (block + 1) % n_blocks
        return block
    block = -1
    for j in range(n_blocks):
        if room[j] > 0 and (block < 0 or values[j] < values[block]):
            block = j
    return block


@compiled
def deal_lazily(
    units: Any, offsets: Any, rows: Any, sums: Any, room: Any, turns: bool, best: Any, owner: Any
) -> int:
    """Fill ``owner`` ``(n,)``, which starts at −1, and ``best`` ``(J, n)``, which starts at 0.

    ``room`` ``(J,)`` is used up. Gives how many gains were computed.
    """
    n_blocks, n = best.shape
    bound, item = np.empty((n_blocks, n), np.int64), np.empty((n_blocks, n), np.int32)
    stamp = np.zeros((n_blocks, n), np.int32)
    left = np.full(n_blocks, n)
    values, sizes = np.zeros(n_blocks, np.int64), np.zeros(n_blocks, np.int32)
    order = np.argsort(-sums, kind="mergesort")
    for j in range(n_blocks):
        for k in range(n):
            bound[j, k], item[j, k] = sums[order[k]], order[k]
    computed, j = 0, -1
    for _ in range(min(n, room.sum())):
        j = next_block(values, room, turns, j)
        while True:
            point = item[j, 0]
            if owner[point] >= 0:
                left[j] -= 1
                bound[j, 0], item[j, 0] = bound[j, left[j]], item[j, left[j]]
            elif stamp[j, point] == sizes[j]:
                break
            else:
                bound[j, 0] = gain_of(units, offsets, rows, point, best[j])
                stamp[j, point] = sizes[j]
                computed += 1
            _sink(bound[j], item[j], left[j])
        owner[point] = j
        take(units, offsets, rows, point, best[j])
        values[j] += bound[j, 0]
        sizes[j] += 1
        room[j] -= 1
    return computed


@compiled
def deal_plainly(
    units: Any, offsets: Any, rows: Any, sums: Any, room: Any, turns: bool, best: Any, owner: Any
) -> int:
    """As :func:`deal_lazily`, computing every gain every time."""
    n_blocks, n = best.shape
    values = np.zeros(n_blocks, np.int64)
    computed, j = 0, -1
    for _ in range(min(n, room.sum())):
        j = next_block(values, room, turns, j)
        most: Any = np.int64(-1)
        chosen = -1
        for point in range(n):
            if owner[point] < 0:
                gain = gain_of(units, offsets, rows, point, best[j])
                computed += 1
                if gain > most:
                    most, chosen = gain, point
        owner[chosen] = j
        take(units, offsets, rows, chosen, best[j])
        values[j] += most
        room[j] -= 1
    return computed


@compiled
def _sink(bound: Any, item: Any, size: int) -> None:
    """Put the first entry of a heap where it belongs."""
    if size == 0:
        return
    gain, point, place = bound[0], item[0], 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            bound[other] > bound[child]
            or (bound[other] == bound[child] and item[other] < item[child])
        ):
            child = other
        if bound[child] < gain or (bound[child] == gain and item[child] > point):
            break
        bound[place], item[place] = bound[child], item[child]
        place = child
    bound[place], item[place] = gain, point


@compiled
def serving_gains(units: Any, offsets: Any, rows: Any, levels: Any, out: Any) -> None:
    """``out[v] = Σ_u (sim(u, v) − t_u)₊`` for levels ``t`` ``(n,)``."""
    for point in range(out.size):
        out[point] = gain_of(units, offsets, rows, point, levels)


@compiled
def served_counts(units: Any, offsets: Any, rows: Any, chosen: Any, levels: Any, out: Any) -> None:
    """``out[u]``: how many of the chosen points are nearer to ``u`` than its level."""
    out[:] = 0
    for point in chosen:
        if offsets.size == 0:
            column = units[point * levels.size : (point + 1) * levels.size]
            for u in range(levels.size):
                out[u] += column[u] > levels[u]
        else:
            for place in range(offsets[point], offsets[point + 1]):
                if units[place] > levels[rows[place]]:
                    out[rows[place]] += 1


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

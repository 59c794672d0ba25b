"""Edge colouring with at most one colour more than the largest degree."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from roundlot.solvers.graphs.graph import IntArray

Table = list[list[int]]


def edge_colours(nodes: int, edges: IntArray, order: IntArray) -> IntArray:
    """``(m,)``, a colour in ``0 .. max degree`` of every edge; edges that meet differ.

    Edges are coloured in the given order, each by one fan and one alternating path.

    Source: Misra, Gries, A constructive proof of Vizing's theorem (1992).
    """
    degree = np.bincount(edges.ravel(), minlength=nodes).max(initial=0)
    # at[u][c] is the neighbour that u's edge of colour c leads to, or -1.
    at: Table = [[-1] * (int(degree) + 1) for _ in range(nodes)]
    for k in order:
        _colour_edge(at, int(edges[k, 0]), int(edges[k, 1]))
    colours = np.empty(len(edges), dtype=np.int64)
    for k, (a, b) in enumerate(edges):
        colours[k] = at[int(a)].index(int(b))
    return colours


def _colour_edge(at: Table, u: int, v: int) -> None:
    fan = _fan(at, u, v)
    c, d = at[u].index(-1), at[fan[-1]].index(-1)
    _invert_path(at, u, d, c)
    # After the inversion d is free at u; it is free at some prefix's end, too.
    end = _shortest_prefix(at, u, fan, d)
    _rotate(at, u, fan[: end + 1], d)


def _fan(at: Table, u: int, v: int) -> list[int]:
    """Neighbours of u, each joined by a colour that is free at the one before; maximal."""
    fan, inside = [v], {v}
    while True:
        last = at[fan[-1]]
        following = (w for c, w in enumerate(at[u]) if w >= 0 and last[c] < 0 and w not in inside)
        w = next(following, -1)
        if w < 0:
            return fan
        fan.append(w)
        inside.add(w)


def _invert_path(at: Table, u: int, d: int, c: int) -> None:
    """Swap colours d and c on the path that leaves u by d; afterwards d is free at u."""
    path, colour, node = [u], d, u
    while at[node][colour] >= 0:
        node = at[node][colour]
        path.append(node)
        colour = c if colour == d else d
    links = list(pairwise(path))
    for k, (a, b) in enumerate(links):
        colour = d if k % 2 == 0 else c
        at[a][colour] = at[b][colour] = -1
    for k, (a, b) in enumerate(links):
        colour = c if k % 2 == 0 else d
        at[a][colour], at[b][colour] = b, a


def _shortest_prefix(at: Table, u: int, fan: list[int], d: int) -> int:
    """The first fan node at which d is free, while the nodes before still make a fan."""
    for k, node in enumerate(fan):
        if at[node][d] < 0:
            return k
        if k + 1 < len(fan) and at[node][at[u].index(fan[k + 1])] >= 0:
            break
    raise AssertionError("a maximal fan has a prefix that ends where d is free")


def _rotate(at: Table, u: int, fan: list[int], d: int) -> None:
    """Give every edge of the fan the colour of the next one, and the last one d."""
    colours = [at[u].index(node) for node in fan[1:]]
    for node, colour in zip(fan[1:], colours, strict=True):
        at[u][colour] = at[node][colour] = -1
    for node, colour in zip(fan, [*colours, d], strict=True):
        at[u][colour], at[node][colour] = node, u

"""Colourings of links with the fewest colours there are: of bipartite and of complete graphs.

A bipartite graph has as many matchings as its largest degree, whatever it is otherwise; a complete
one of ``n`` nodes has ``n − 1`` for even ``n`` and ``n`` for odd.

Source: König, Über Graphen und ihre Anwendung (1916); the round-robin tournament of Kirkman (1847).
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import IntArray


def fewest_colours(graph: Graph, order: IntArray) -> IntArray | None:
    """``(m,)``, a colour for every link, the fewest possible; None of graphs of another kind.

    Args:
        graph: any graph with links.
        order: ``(m,)``, in which the links of a bipartite graph are coloured.
    """
    n = graph.n_nodes
    if 2 * graph.n_edges == n * (n - 1):
        return _tournament(graph)
    return _bipartite(graph, order) if is_bipartite(graph) else None


def is_bipartite(graph: Graph) -> bool:
    """Whether every link joins one of two sides to the other."""
    near: list[list[int]] = [[] for _ in range(graph.n_nodes)]
    for a, b in graph.edges.tolist():
        near[a].append(b)
        near[b].append(a)
    side = [-1] * graph.n_nodes
    for root in range(graph.n_nodes):
        if side[root] >= 0:
            continue
        side[root], waiting = 0, [root]
        while waiting:
            node = waiting.pop()
            for other in near[node]:
                if side[other] == side[node]:
                    return False
                if side[other] < 0:
                    side[other] = 1 - side[node]
                    waiting.append(other)
    return True


def _tournament(graph: Graph) -> IntArray:
    """Nodes on a circle, one in its middle if they are even: round ``k`` plays ``a + b = k``."""
    n = graph.n_nodes
    a, b = graph.edges.T
    if n % 2:
        return np.asarray((a + b) % n, dtype=np.int64)
    circle = n - 1  # the last node is the middle, against a with 2a = k
    return np.asarray(np.where(b == circle, 2 * a, a + b) % circle, dtype=np.int64)


def _bipartite(graph: Graph, order: IntArray) -> IntArray:
    """Each link in turn: a colour free at both ends, after two colours are swapped on one path."""
    # at[u][c] is the neighbour that u's link of colour c leads to, or -1.
    at = [[-1] * graph.max_degree for _ in range(graph.n_nodes)]
    for k in order.tolist():
        u, v = (int(end) for end in graph.edges[k])
        c, d = at[u].index(-1), at[v].index(-1)
        if c != d:
            _swap_path(at, v, c, d)  # it ends on v's side or leaves u's unreached: no odd cycles
        at[u][c], at[v][c] = v, u
    colours = [at[int(a)].index(int(b)) for a, b in graph.edges]
    return np.array(colours, dtype=np.int64)


def _swap_path(at: list[list[int]], start: int, c: int, d: int) -> None:
    """Swap colours c and d along the path that leaves ``start`` by c; then c is free there."""
    path, colour = [start], c
    while at[path[-1]][colour] >= 0:
        path.append(at[path[-1]][colour])
        colour = d if colour == c else c
    for node in path:
        at[node][c], at[node][d] = at[node][d], at[node][c]

"""A graph as a union of matchings: links that can all be used at the same time.

Matchings are the colours of an edge colouring, at most one more than the largest degree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.exact_colouring import fewest_colours
from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import entries_of
from roundlot.theory.random_streams import GRAPH_COLOURS

Table = list[list[int]]
TRIES, EDGES = 50, 20_000  # so many orders of the links, or so many links coloured in all


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition:
    """A graph's links, each in exactly one of ``M`` matchings.

    Attributes:
        graph: what was decomposed.
        matching: ``(m,)`` int64, the matching of every row of ``graph.edges``, from 0; read-only.

    Raises:
        InvalidProblemError: two links of a matching share a node, or a matching is empty.
    """

    graph: Graph
    matching: IntArray = field(repr=False)

    def __post_init__(self) -> None:
        matching = np.array(self.matching, dtype=np.int64)
        if matching.shape != (self.graph.n_edges,) or matching.min(initial=0) < 0:
            raise InvalidProblemError(
                f"there are {self.graph.n_edges} links and matchings for {matching.size}; name one "
                "for every link, from 0"
            )
        matching.flags.writeable = False
        object.__setattr__(self, "matching", matching)
        _refuse_empty(matching)
        _refuse_shared_ends(self.graph, matching)

    @property
    def n_matchings(self) -> int:
        """``M``, how many matchings."""
        return int(self.matching.max(initial=-1)) + 1

    @cached_property
    def matchings(self) -> tuple[IntArray, ...]:
        """For every matching its links, ``(k, 2)`` indices of nodes."""
        return tuple(self.graph.edges[self.matching == j] for j in range(self.n_matchings))

    @cached_property
    def partners(self) -> IntArray:
        """``(M, n)``, whom a matching links a node with; −1 where it misses the node."""
        table = np.full((self.n_matchings, self.graph.n_nodes), -1, dtype=np.int64)
        for j, links in enumerate(self.matchings):
            table[j, links[:, 0]], table[j, links[:, 1]] = links[:, 1], links[:, 0]
        table.flags.writeable = False
        return table

    @cached_property
    def laplacians(self) -> FloatArray:
        """``(M, n, n)``, the Laplacian of every matching, of all nodes; ``L_j² = 2 L_j``."""
        n = self.graph.n_nodes
        stack = np.zeros((self.n_matchings, n, n))
        (a, b), j = self.graph.edges.T, self.matching
        stack[j, a, a] = stack[j, b, b] = 1.0
        stack[j, a, b] = stack[j, b, a] = -1.0
        stack.flags.writeable = False
        return stack

    def laplacian(self, weights: npt.ArrayLike) -> FloatArray:
        """``(n, n)``, ``Σ_j w_j L_j`` for ``weights (M,)``."""
        return self.graph.laplacian(np.asarray(weights, dtype=np.float64)[self.matching])


def decompose(
    graph: Any, matchings: Iterable[Any] | None = None, *, seed: int = 0
) -> Decomposition:
    """A graph as at most ``max degree + 1`` matchings, by the colouring of Misra and Gries.

    Bipartite graphs get as many as their largest degree, complete ones ``n − 1`` or, for odd ``n``,
    ``n``: no decomposition has fewer.

    Args:
        graph: what ``Graph.of`` accepts.
        matchings: your own, lists of pairs of node names or indices; checked, and used as given.
        seed: of the order in which links are coloured; a few orders are tried, for fewer matchings.

    Raises:
        InvalidProblemError: matchings that are none, or miss a link, or have one that is not there.

    Source: Misra, Gries, A constructive proof of Vizing's theorem (1992).
    """
    found = Graph.of(graph)
    if matchings is not None:
        return Decomposition(
            graph=found, matching=_numbered(found, entries_of(matchings, "matchings: give a list"))
        )
    if found.n_edges == 0:
        raise InvalidProblemError("the graph has no links; there is nothing to decompose")
    return Decomposition(graph=found, matching=_fewest(found, GRAPH_COLOURS.generator(seed)))


def _fewest(graph: Graph, random: np.random.Generator) -> IntArray:
    few = fewest_colours(graph, random.permutation(graph.n_edges))
    if few is not None:
        return _largest_first(few)
    best: IntArray | None = None
    for _ in range(max(1, min(TRIES, EDGES // graph.n_edges))):
        colours = edge_colours(graph.n_nodes, graph.edges, random.permutation(graph.n_edges))
        _, colours = np.unique(colours, return_inverse=True)
        if best is None or colours.max() < best.max():
            best = colours.astype(np.int64)
        if best.max() + 1 == graph.max_degree:
            break
    assert best is not None
    return _largest_first(best)


def _largest_first(colours: IntArray) -> IntArray:
    order = np.argsort(-np.bincount(colours), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[colours]


def _numbered(graph: Graph, matchings: Sequence[Any]) -> IntArray:
    """The matching of every edge, from lists of pairs by name or index."""
    index: dict[Any, int] = {node: k for k, node in enumerate(graph.nodes)}
    place = {(int(a), int(b)): k for k, (a, b) in enumerate(graph.edges)}
    number = np.full(graph.n_edges, -1, dtype=np.int64)
    for j, links in enumerate(matchings):
        for pair in entries_of(links, "matchings: give a list of links for each"):
            named = entries_of(pair, "matchings: give a link as a pair of nodes")
            ends = tuple(sorted(_index(graph, index, end) for end in named))
            if ends not in place:
                raise InvalidProblemError(f"matching {j} has the link {pair}; the graph has not")
            if number[place[ends]] >= 0:
                raise InvalidProblemError(f"the link {pair} is in two matchings; keep it in one")
            number[place[ends]] = j
    if (number < 0).any():
        a, b = graph.edges[int(np.argmin(number))]
        raise InvalidProblemError(
            f"no matching has the link {graph.nodes[a]} to {graph.nodes[b]}; add it to one"
        )
    return number


def _index(graph: Graph, index: dict[Any, int], end: Any) -> int:
    if str(end) in index:
        return index[str(end)]
    raise InvalidProblemError(f"a matching names the node {end}; the graph has no such node")


def _refuse_empty(matching: IntArray) -> None:
    missing = np.setdiff1d(np.arange(matching.max(initial=-1) + 1), matching)
    if missing.size:
        raise InvalidProblemError(f"matching {missing[0]} has no link; leave it out")


def _refuse_shared_ends(graph: Graph, matching: IntArray) -> None:
    ends = np.concatenate([graph.edges[:, 0], graph.edges[:, 1]])
    keys = np.concatenate([matching, matching]) * graph.n_nodes + ends
    found, count = np.unique(keys, return_counts=True)
    if (count > 1).any():
        j, node = divmod(int(found[np.argmax(count)]), graph.n_nodes)
        raise InvalidProblemError(
            f"matching {j} links node {graph.nodes[node]} twice; links of a matching share no node"
        )


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

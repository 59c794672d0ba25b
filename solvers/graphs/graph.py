"""The graph of workers: who can exchange models with whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import AnyArray, FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import MOST_NAME, entries_of, require_seen
from roundlot.theory.positions import by_position, fields_by_position
from roundlot.theory.text import plural

if TYPE_CHECKING:
    import networkx


PAIRS = "graph: give a link as a pair of nodes"


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class Graph:
    """An undirected graph without loops or double edges. It need not be connected.

    Attributes:
        nodes: ``n`` names, all different.
        edges: ``(m, 2)`` int64, indices of nodes, the smaller first, in order; read-only.
        positions: ``(n, 2)``, where to draw the nodes; None if nobody said.
        name: what to call it.

    Raises:
        InvalidProblemError: no node, a name twice or one that
            a terminal obeys, an edge to itself, twice, or to no node.
    """

    nodes: tuple[str, ...]
    edges: IntArray
    positions: FloatArray | None = field(default=None, repr=False)
    name: str = "graph"

    def __post_init__(self) -> None:
        nodes = tuple(
            require_seen(str(node), f"node {at}", most=MOST_NAME)
            for at, node in enumerate(entries_of(self.nodes, "nodes: give a list of names"))
        )
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "name", require_seen(str(self.name), "the name of the graph"))
        object.__setattr__(self, "edges", _checked_edges(nodes, self.edges))
        if self.positions is not None:
            object.__setattr__(self, "positions", _checked_positions(self.positions, len(nodes)))

    @classmethod
    def of(cls, source: Any, *, name: str = "graph") -> Graph:
        """A graph from a NetworkX graph, an adjacency matrix ``(n, n)`` or pairs of nodes.

        Pairs may name their nodes by anything; whole numbers are put in order, other names keep
        the order of their appearance. The entries of an adjacency matrix are 0 or not.

        Raises:
            InvalidProblemError: as the record; or a directed or multi-graph, a matrix that is not
                symmetric.
        """
        if isinstance(source, Graph):
            return source
        if hasattr(source, "is_directed") and hasattr(source, "edges"):
            return cls(**_from_networkx(source), name=name)
        if isinstance(source, np.ndarray) and source.ndim == 2 and source.shape[1] != 2:
            return cls(**_from_adjacency(source), name=name)
        if (
            isinstance(source, np.ndarray)
            and source.shape == (2, 2)
            and not source[[0, 1], 1].all()
        ):
            raise InvalidProblemError(
                "a 2 x 2 array could be pairs or an adjacency matrix; give pairs as a list"
            )
        return cls(**_from_pairs(source), name=name)

    def __repr__(self) -> str:
        return (
            f"Graph({self.name!r}, {self.n_nodes} {plural(self.n_nodes, 'node')}, "
            f"{self.n_edges} {plural(self.n_edges, 'edge')})"
        )

    @property
    def n_nodes(self) -> int:
        """How many workers."""
        return len(self.nodes)

    @property
    def n_edges(self) -> int:
        """How many links."""
        return len(self.edges)

    @cached_property
    def degrees(self) -> IntArray:
        """``(n,)``, how many links every node has."""
        return np.bincount(self.edges.ravel(), minlength=self.n_nodes).astype(np.int64)

    @property
    def max_degree(self) -> int:
        """The largest degree; 0 without edges."""
        return int(self.degrees.max())

    @cached_property
    def components(self) -> IntArray:
        """``(n,)``, which connected component every node is in, counted from 0."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        links = coo_array(
            (np.ones(self.n_edges), (self.edges[:, 0], self.edges[:, 1])),
            shape=(self.n_nodes, self.n_nodes),
        )
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    @property
    def is_connected(self) -> bool:
        """Whether every worker reaches every other."""
        return not self.components.any()

    def require_connected(self) -> None:
        """Refuse a graph in which some workers never hear of others.

        Raises:
            InvalidProblemError: names a node of every kind: isolated, or cut off.
        """
        if self.n_nodes < 2:
            raise InvalidProblemError("the graph has one node; mixing needs at least two")
        alone = np.flatnonzero(self.degrees == 0)
        if alone.size:
            raise InvalidProblemError(
                f"node {self.nodes[alone[0]]} has no link, so that no matching reaches it: link it "
                "or leave it out"
            )
        if not self.is_connected:
            other = int(np.flatnonzero(self.components)[0])
            raise InvalidProblemError(
                f"the graph is not connected: no path from {self.nodes[0]} to {self.nodes[other]} "
                f"({self.components.max() + 1} components); link them or treat each alone"
            )

    def adjacency(self) -> FloatArray:
        """``(n, n)``, 1 where there is a link."""
        matrix = np.zeros((self.n_nodes, self.n_nodes))
        matrix[self.edges[:, 0], self.edges[:, 1]] = 1.0
        return matrix + matrix.T

    @by_position()
    def laplacian(self, weights: npt.ArrayLike) -> FloatArray:
        """``(n, n)``, the Laplacian with a weight for every edge, ``(m,)``."""
        w, n, (a, b) = np.asarray(weights, dtype=np.float64), self.n_nodes, self.edges.T
        matrix = np.zeros((n, n))
        matrix[a, b] = matrix[b, a] = -w
        matrix[np.arange(n), np.arange(n)] = np.bincount(a, w, n) + np.bincount(b, w, n)
        return matrix

    def to_networkx(self) -> networkx.Graph:
        """The same as a NetworkX graph, with the nodes' names."""
        import networkx

        graph = networkx.Graph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from((self.nodes[a], self.nodes[b]) for a, b in self.edges)
        return graph


def _checked_edges(nodes: Sequence[str], edges: npt.ArrayLike) -> IntArray:
    if not nodes:
        raise InvalidProblemError("the graph has no nodes")
    if len(set(nodes)) != len(nodes):
        twice = next(node for k, node in enumerate(nodes) if node in nodes[:k])
        raise InvalidProblemError(f"node {twice} is there twice; names must differ")
    table = numbers_or_nan(edges, "edges")
    table = table.reshape(0, 2) if table.size == 0 else table
    if table.ndim != 2 or table.shape[1] != 2:
        raise InvalidProblemError(f"edges have shape {table.shape}; give pairs of indices (m, 2)")
    if not np.array_equal(table, np.trunc(table)) or table.min(initial=0) < 0:
        raise InvalidProblemError("edges must be whole indices of nodes, from 0")
    if table.max(initial=0) >= len(nodes):
        raise InvalidProblemError(
            f"an edge ends at node index {int(table.max())}; there are {len(nodes)} nodes"
        )
    ends: IntArray = np.sort(table.astype(np.int64), axis=1)
    _refuse_loops(nodes, ends)
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    _refuse_doubles(nodes, ends)
    ends.flags.writeable = False
    return ends


def _refuse_loops(nodes: Sequence[str], edges: IntArray) -> None:
    loops = np.flatnonzero(edges[:, 0] == edges[:, 1])
    if loops.size:
        raise InvalidProblemError(
            f"node {nodes[edges[loops[0], 0]]} is linked to itself; leave such links out, a worker "
            "has its own model anyway"
        )


def _refuse_doubles(nodes: Sequence[str], edges: IntArray) -> None:
    doubles = np.flatnonzero((edges[1:] == edges[:-1]).all(axis=1))
    if doubles.size:
        a, b = edges[doubles[0]]
        raise InvalidProblemError(f"the link {nodes[a]} to {nodes[b]} is there twice; give it once")


def _checked_positions(positions: npt.ArrayLike, nodes: int) -> FloatArray:
    table = numbers_or_nan(positions, "positions")
    if table.shape != (nodes, 2) or not np.isfinite(table).all():
        raise InvalidProblemError(f"positions must be finite ({nodes}, 2), not {table.shape}")
    table.flags.writeable = False
    return table


def _from_networkx(source: Any) -> dict[str, Any]:
    if source.is_directed() or source.is_multigraph():
        raise InvalidProblemError(
            "the graph is directed or has parallel links; give networkx.Graph(graph), where every "
            "link goes both ways, once"
        )
    return _from_pairs(list(source.edges), list(source.nodes))


def _from_adjacency(matrix: AnyArray) -> dict[str, Any]:
    if matrix.shape[0] != matrix.shape[1]:
        raise InvalidProblemError(f"the adjacency matrix has shape {matrix.shape}; it is square")
    linked = matrix != 0
    if not np.array_equal(linked, linked.T):
        a, b = (int(k) for k in np.argwhere(linked != linked.T)[0])
        raise InvalidProblemError(
            f"the adjacency matrix is not symmetric: {a} to {b}, and not back; links go both ways"
        )
    edges = np.argwhere(np.triu(linked))
    return {"nodes": tuple(map(str, range(len(matrix)))), "edges": edges}


def _from_pairs(pairs: Iterable[Any], nodes: Sequence[Any] | None = None) -> dict[str, Any]:
    listed = [
        tuple(entries_of(p.tolist() if isinstance(p, np.ndarray) else p, PAIRS))
        for p in entries_of(pairs, "graph: give a list of links")
    ]
    if any(len(pair) != 2 for pair in listed):
        raise InvalidProblemError("links are pairs of nodes; one has not two ends")
    if not all(isinstance(end, Hashable) for pair in listed for end in pair):
        raise InvalidProblemError("graph: an end of a link is a list; name it by a text or number")
    names = list(dict.fromkeys([*(nodes or []), *(end for pair in listed for end in pair)]))
    if nodes is None and all(isinstance(node, int) for node in names):
        names.sort()
    number = {node: k for k, node in enumerate(names)}
    edges = np.array([[number[a], number[b]] for a, b in listed], dtype=np.int64)
    return {"nodes": tuple(map(str, names)), "edges": edges}

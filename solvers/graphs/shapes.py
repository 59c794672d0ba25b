"""Graphs by name: the ones papers use, and families to draw from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.matchings import Decomposition, decompose
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import GRAPH_LINKS

#: The eight workers of MATCHA, figure 1, and the matchings of its public code (graph 0).
PAPER8 = (
    ((1, 5), (6, 7), (0, 4), (2, 3)),
    ((1, 7), (3, 6)),
    ((1, 0), (3, 7), (5, 6)),
    ((1, 2), (7, 0)),
    ((3, 1),),
)
#: Graphs that `shape` makes by name.
SHAPES = ("paper8", "ring", "path", "star", "complete", "torus", "erdos-renyi", "geometric")
#: Those of them that are drawn, with a mean degree.
RANDOM = ("erdos-renyi", "geometric")
_MOST_TRIES = 200  # draws until one is connected


def shape(name: str, nodes: int = 8, *, degree: float = 4.0, seed: int = 0) -> Graph:
    """A connected graph by its name.

    Args:
        name: one of ``SHAPES``; "paper8" has its own eight nodes.
        nodes: how many; a torus takes the most even grid of that many.
        degree: the mean degree that "erdos-renyi" and "geometric" aim at.
        seed: of the random ones; drawn again until connected.

    Raises:
        InvalidProblemError: an unknown name, too few nodes, or a degree at which none of many
            draws is connected.
    """
    require_choice(name, "graph", SHAPES)
    if name == "paper8":
        pairs = [pair for links in PAPER8 for pair in links]
        return Graph(nodes=tuple("01234567"), edges=np.array(pairs), name=name)
    least = 3 if name in ("ring", "torus") else 2
    if not isinstance(nodes, int) or nodes < least:
        raise InvalidProblemError(f"nodes is {nodes!r}; {name} needs at least {least}")
    if name in RANDOM:
        return _drawn(name, nodes, degree, seed)
    return _REGULAR[name](nodes)


def shape_matchings(name: str, graph: Graph, *, seed: int = 0) -> Decomposition:
    """The matchings a shape is known with (paper8), or those that ``decompose`` finds."""
    return decompose(graph, PAPER8 if name == "paper8" else None, seed=seed)


def _circle(nodes: int) -> Any:
    angle = 2 * np.pi * np.arange(nodes) / nodes
    return np.column_stack([np.sin(angle), np.cos(angle)])


def _named(nodes: int, edges: Any, name: str, positions: Any) -> Graph:
    names = tuple(map(str, range(nodes)))
    return Graph(nodes=names, edges=np.array(edges), positions=positions, name=name)


def _ring(nodes: int) -> Graph:
    edges = [(k, (k + 1) % nodes) for k in range(nodes)]
    return _named(nodes, edges, "ring", _circle(nodes))


def _path(nodes: int) -> Graph:
    line = np.column_stack([np.arange(nodes), np.zeros(nodes)])
    return _named(nodes, [(k, k + 1) for k in range(nodes - 1)], "path", line)


def _star(nodes: int) -> Graph:
    rays = np.vstack([np.zeros((1, 2)), _circle(nodes - 1)])
    return _named(nodes, [(0, k) for k in range(1, nodes)], "star", rays)


def _complete(nodes: int) -> Graph:
    edges = [(a, b) for a in range(nodes) for b in range(a + 1, nodes)]
    return _named(nodes, edges, "complete", _circle(nodes))


def _torus(nodes: int) -> Graph:
    rows = max(r for r in range(1, math.isqrt(nodes) + 1) if nodes % r == 0)
    columns = nodes // rows
    if rows < 3:
        raise InvalidProblemError(
            f"{nodes} nodes make no torus of at least 3 rows; take 9, 12, 15, 16, ... or a ring"
        )
    right = [
        (r * columns + c, r * columns + (c + 1) % columns) for r, c in np.ndindex(rows, columns)
    ]
    down = [(r * columns + c, (r + 1) % rows * columns + c) for r, c in np.ndindex(rows, columns)]
    places = np.array([(c, -r) for r, c in np.ndindex(rows, columns)], dtype=float)
    return _named(nodes, right + down, "torus", places)


_REGULAR: dict[str, Callable[[int], Graph]] = {
    "ring": _ring,
    "path": _path,
    "star": _star,
    "complete": _complete,
    "torus": _torus,
}


def _drawn(name: str, nodes: int, degree: float, seed: int) -> Graph:
    if not 0 < degree <= nodes - 1:
        raise InvalidProblemError(f"degree is {degree:g}; it must be above 0, at most {nodes - 1}")
    random = GRAPH_LINKS.generator(seed)
    for _ in range(_MOST_TRIES):
        places = random.random((nodes, 2))
        if name == "geometric":
            # The square's border costs links: ask for a radius that reaches degree without it.
            apart = np.linalg.norm(places[:, None] - places[None], axis=2)
            linked = apart < math.sqrt(degree / (math.pi * (nodes - 1)))
        else:
            linked = random.random((nodes, nodes)) < degree / (nodes - 1)
        graph = _named(
            nodes,
            np.argwhere(np.triu(linked, 1)),
            name,
            places if name == "geometric" else None,
        )
        if graph.n_edges and graph.is_connected:
            return graph
    raise InvalidProblemError(
        f"none of {_MOST_TRIES} draws of {name} with {nodes} nodes and mean degree {degree:g} is "
        f"connected; ask for a degree of at least {math.log(nodes) + 2:.1f}"
    )

"""A graph with its matchings, budget and training: from a name, a table or a TOML setup."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from roundlot import fleet
from roundlot.setup import Choice, Number, Section, Setup, Whole, key, section
from roundlot.setup.fields import text
from roundlot.setup.reading import closest, existing_file, read_text
from roundlot.solvers import graphs
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.solvers.graphs import Decomposition, Graph

RANDOM = ("erdos-renyi", "geometric")
PAPER_NODES = 8
_ENDS = 2  # of a link: its first columns


@dataclass(frozen=True, kw_only=True)
class GraphSection(Section, table="graph"):
    """Where the graph comes from: one of ``shape``, ``edges`` and ``adjacency``."""

    shape: str | None = key(None, Choice(lambda: graphs.SHAPES))
    nodes: int = key(8, Whole(low=2, high=100_000), "Nodes of a shape.")
    degree: float = key(4.0, Number(low=0.0, above=True), "Mean degree of a random shape.")
    edges: str | None = key(None, text)
    adjacency: str | None = key(None, text)
    fleet: str | None = key(None, text)
    matchings: str | None = key(None, text)


@dataclass(frozen=True, kw_only=True)
class LinkSection(Section, table="links"):
    """How often links may be used."""

    budget: float = key(
        0.5, Number(low=0.0, above=True, high=1.0), "Share of the matchings in a round."
    )
    method: str = key(
        "auto",
        Choice(lambda: graphs.LINK_METHODS),
        "auto, exact, cutting planes, direct, uniform, clarabel or scs.",
    )
    mixing: str = key(
        "search", Choice(lambda: graphs.MIXINGS), "search, closed form or nonnegative."
    )


@dataclass(frozen=True, kw_only=True)
class TrainingSection(Section, table="training"):
    """The training whose rate is asked for."""

    smoothness: float = key(1.0, Number(low=0.0, above=True), "L of the workers.")
    step: float | None = key(
        None, Number(low=0.0, above=True), "Step size: asks for the proved rate."
    )
    variance: float = key(0.0, Number(low=0.0), "σ² of a worker's gradient.")
    dissimilarity: float = key(0.0, Number(low=0.0), "ζ², mean ‖∇F_i − ∇F‖² at most.")
    value: float = key(1.0, Number(low=0.0), "F(x̄_0) − F_inf.")
    rounds: int = key(1000, Whole(low=1), "Rounds of the rate.")
    order: str = key("step then mix", Choice(lambda: graphs.ORDERS))


@dataclass(frozen=True, kw_only=True, eq=False)
class GraphSetup(Setup):
    """What to decompose and to optimise; ``build`` makes the graph."""

    seed: int = key(0, Whole(low=0))
    graph: GraphSection = section(GraphSection)
    links: LinkSection = section(LinkSection)
    training: TrainingSection = section(TrainingSection)

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """The same with some keys changed, such as ``links.budget``; checked again."""
        changed = super().replaced(changes)
        for place in changes:
            if place.startswith("graph."):
                changed._require_taken(place.removeprefix("graph."))
        return changed

    def build(self) -> Decomposition:
        """The connected graph with its matchings.

        Raises:
            InvalidProblemError: a file or graph that is malformed, or a graph in pieces.
        """
        graph, matchings = self._graph()
        if self.graph.shape == "paper8" and self.graph.matchings is None:
            return graphs.shape_matchings("paper8", graph)
        if self.graph.matchings is not None:
            matchings = read_edges(self._path(self.graph.matchings))[1]
            if matchings is None:
                raise InvalidProblemError("the table of matchings needs a third column, matching")
        return graphs.as_decomposition(graph, matchings, seed=self.seed)

    def _require_taken(self, item: str) -> None:
        """That the graph has a size or degree to choose, if it was chosen."""
        given, value = self.graph, getattr(self.graph, item)
        taken = {
            "nodes": given.shape not in (None, "paper8") or (given.shape and value == PAPER_NODES),
            "degree": given.shape in RANDOM,
        }
        if not taken.get(item, True):
            raise InvalidProblemError(
                f"{item} is {value:g}, but {given.shape or self.name} has its own; leave it out"
            )

    def _graph(self) -> tuple[Graph, list[Any] | None]:
        given = self.graph
        if sum(source is not None for source in (given.shape, given.edges, given.adjacency)) != 1:
            raise InvalidProblemError("[graph] needs one of the keys shape, edges and adjacency")
        if given.edges is not None:
            return read_edges(self._path(given.edges))
        if given.adjacency is not None:
            return read_adjacency(self._path(given.adjacency)), None
        nodes, names = given.nodes, None
        if given.fleet is not None:
            names = self._clients(given.fleet)
            nodes = len(names)
        assert given.shape is not None
        graph = graphs.shape(given.shape, nodes, degree=given.degree, seed=self.seed)
        if names is not None and graph.n_nodes == len(names):
            graph = replace(graph, nodes=names)
        return graph, None

    def _clients(self, source: str) -> tuple[str, ...]:
        """The names of a fleet's clients; ``speech-commands`` is the shipped fleet."""
        shipped = source in (fleet.SHIPPED, "default")  # its name of before
        setup = fleet.read_setup(fleet.SHIPPED if shipped else self._path(source))
        clients = tuple(str(client) for client in setup.fleet.clients)
        return clients[: self.graph.nodes]

    def _path(self, name: str) -> Path:
        return self.folder / name


def load_graph(source: str | Path) -> GraphSetup:
    """A setup from a shape's name, a CSV of links or of adjacency, or a TOML file.

    Raises:
        InvalidProblemError: no such name or file, or one that is malformed.
    """
    place = Path(source)
    if str(source) in graphs.SHAPES:
        return GraphSetup.of({"graph": {"shape": str(source)}}, name=str(source))
    if place.suffix == ".csv":
        table = "adjacency" if is_adjacency(place) else "edges"
        document = {"graph": {table: place.name}}
        return GraphSetup.of(document, folder=place.parent, name=place.stem)
    if place.suffix != ".toml":
        raise InvalidProblemError(
            f"no graph is called {source}; {closest(str(source), graphs.SHAPES)}, or a .csv or "
            ".toml file"
        )
    return GraphSetup.load(place)


def read_edges(path: str | Path) -> tuple[Graph, list[list[tuple[str, str]]] | None]:
    """A graph from a CSV of links, and its matchings if there is a third column.

    The first line names the columns, whatever their names but those of nodes; a row is the two ends
    of a link and, if you like, the matching it is in.

    Raises:
        InvalidProblemError: no rows, a row with too few or too many cells, an empty name; a first
            line that is a link; a link twice or to itself.
    """
    place, rows = _rows(path, "the table of links")
    width = len(rows[0])
    if width not in (_ENDS, _ENDS + 1):
        raise InvalidProblemError(
            f"the table of links {place} has {width} columns; give from, to and, if you like, "
            "matching"
        )
    groups: dict[str, list[tuple[str, str]]] = {}
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != width or not all(row):
            raise InvalidProblemError(f"{place}, line {line}: give {width} cells, none empty")
        groups.setdefault(row[_ENDS] if width > _ENDS else "", []).append((row[0], row[1]))
    pairs = [pair for group in groups.values() for pair in group]
    ends = {end for pair in pairs for end in pair}
    first = rows[0][:_ENDS]
    if not ends.isdisjoint(first) or all(map(_is_number, first)):
        raise InvalidProblemError(
            f"the first line of {place}, {','.join(rows[0])}, is a link; put a line from,to"
            f"{',matching' if width > _ENDS else ''} above it"
        )
    graph = graphs.Graph.of(_in_order(pairs), name=place.stem)
    return graph, list(groups.values()) if width > _ENDS else None


def read_adjacency(path: str | Path) -> Graph:
    """A graph from a CSV of numbers, square and symmetric; 0 is no link. Names may be on top.

    Raises:
        InvalidProblemError: not square or symmetric, a cell that is no number, a loop.
    """
    place, rows = _rows(path, "the adjacency table")
    names: tuple[str, ...] | None = None
    if not all(_is_number(cell) for cell in rows[0]) or len(rows) == len(rows[0]) + 1:
        names, rows = tuple(rows[0]), rows[1:]
    if any(len(row) != len(rows) for row in rows) or (names and len(names) != len(rows)):
        raise InvalidProblemError(f"the adjacency table {place} is not square")
    if not all(_is_number(cell) for row in rows for cell in row):
        raise InvalidProblemError(f"the adjacency table {place} has a cell that is no number")
    matrix = np.array([[float(cell) for cell in row] for row in rows])
    if matrix.shape[0] < 3:
        raise InvalidProblemError(f"the adjacency table {place} has fewer than 3 nodes; list links")
    graph = graphs.Graph.of(matrix, name=place.stem)
    return graphs.Graph(nodes=names or graph.nodes, edges=graph.edges, name=place.stem)


def is_adjacency(path: str | Path) -> bool:
    """Whether a CSV looks like a square table rather than a list of links."""
    _, rows = _rows(path, "the graph")
    return len(rows[0]) > _ENDS and len(rows) - len(rows[0]) in (0, 1) and _is_number(rows[-1][0])


def _in_order(pairs: list[tuple[str, str]]) -> list[tuple[object, object]]:
    """Whole numbers as such, so that 10 comes after 9."""
    if all(end.isdecimal() for pair in pairs for end in pair):
        return [(int(a), int(b)) for a, b in pairs]
    return list(pairs)


def _rows(path: str | Path, what: str) -> tuple[Path, list[list[str]]]:
    place = existing_file(path, what)
    lines = csv.reader(read_text(place, what).splitlines())
    rows = [[cell.strip() for cell in row] for row in lines if row]
    if len(rows) < 2:
        raise InvalidProblemError(f"{what} {place} has no rows below its first line")
    return place, rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

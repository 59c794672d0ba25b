"""A graph with its matchings, budget and training, from a name, a CSV file or a TOML setup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundlot.fleet.documents import parsed_toml
from roundlot.fleet.files import closest, existing_file, read_text
from roundlot.fleet.values import read_section, text, whole
from roundlot.graphs.reading import is_adjacency, read_adjacency, read_edges
from roundlot.graphs.sections import GraphSection, LinkSection, TrainingSection
from roundlot.solvers.graphs import SHAPES, Decomposition, Graph, shape, shape_matchings
from roundlot.solvers.graphs.optimising import as_decomposition
from roundlot.theory import InvalidProblemError

_SECTIONS: dict[str, type[Any]] = {
    "graph": GraphSection,
    "links": LinkSection,
    "training": TrainingSection,
}
RANDOM = ("erdos-renyi", "geometric")
PAPER_NODES = 8
_KEYS = ("name", "seed", *_SECTIONS)


@dataclass(frozen=True, kw_only=True)
class GraphSetup:
    """What to decompose and to optimise; ``build`` makes the graph."""

    name: str
    seed: int
    graph: GraphSection
    links: LinkSection
    training: TrainingSection
    folder: Path

    def replaced(self, changes: Mapping[str, Any]) -> GraphSetup:
        """The same with some keys changed, such as ``links.budget``; checked again."""
        document: dict[str, dict[str, Any]] = {}
        plain: dict[str, Any] = {}
        for name, value in changes.items():
            section, dot, item = name.partition(".")
            if dot:
                document.setdefault(section, {})[item] = value
            else:
                plain[name] = value
        for section, values in document.items():
            checked = read_section(_SECTIONS[section], values, section)
            given = {item: getattr(checked, item) for item in values}
            plain[section] = replace(getattr(self, section), **given)
        changed = replace(self, **plain)
        for item in document.get("graph", {}):
            changed._require_taken(item)
        return changed

    def build(self) -> Decomposition:
        """The connected graph with its matchings.

        Raises:
            InvalidProblemError: a file or graph that is malformed, or a graph in pieces.
        """
        graph, matchings = self._graph()
        if self.graph.shape == "paper8" and self.graph.matchings is None:
            return shape_matchings("paper8", graph)
        if self.graph.matchings is not None:
            matchings = read_edges(self._path(self.graph.matchings))[1]
            if matchings is None:
                raise InvalidProblemError("the table of matchings needs a third column, matching")
        return as_decomposition(graph, matchings, seed=self.seed)

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
        graph = shape(given.shape, nodes, degree=given.degree, seed=self.seed)
        if names is not None and graph.n_nodes == len(names):
            graph = replace(graph, nodes=names)
        return graph, None

    def _clients(self, source: str) -> tuple[str, ...]:
        """The names of a fleet's clients; ``default`` is the shipped fleet."""
        from roundlot.fleet import default_setup, load_setup

        setup = default_setup() if source == "default" else load_setup(self._path(source))
        clients = tuple(str(client) for client in setup.fleet.clients)
        return clients[: self.graph.nodes]

    def _path(self, name: str) -> Path:
        return self.folder / name


def load_graph(source: str | Path) -> GraphSetup:
    """A setup from a shape's name, a CSV of links or of adjacency, or a TOML file.

    Raises:
        InvalidProblemError: no such name or file, or one that is malformed.
    """
    if str(source) in SHAPES:
        return _plain(str(source), GraphSection(shape=str(source)), Path())
    place = Path(source)
    if place.suffix == ".csv":
        if is_adjacency(place):
            return _plain(place.stem, GraphSection(adjacency=place.name), place.parent)
        return _plain(place.stem, GraphSection(edges=place.name), place.parent)
    if place.suffix != ".toml":
        raise InvalidProblemError(
            f"no graph is called {source}; {closest(str(source), SHAPES)}, or a .csv or .toml file"
        )
    return _read(existing_file(place, "the setup"))


def _plain(name: str, graph: GraphSection, folder: Path) -> GraphSetup:
    return GraphSetup(
        name=name,
        seed=0,
        graph=graph,
        links=LinkSection(),
        training=TrainingSection(),
        folder=folder,
    )


def _read(place: Path) -> GraphSetup:
    document = parsed_toml(read_text(place, "the setup"), f"the setup {place}")
    unknown = [name for name in document if name not in _KEYS]
    if unknown:
        raise InvalidProblemError(
            f"the setup {place} has no key {unknown[0]!r}; {closest(unknown[0], _KEYS)}"
        )
    sections = {
        name: read_section(kind, document.get(name, {}), name) for name, kind in _SECTIONS.items()
    }
    return GraphSetup(
        name=text(document.get("name", place.stem), "name"),
        seed=whole(low=0)(document.get("seed", 0), "seed"),
        folder=place.parent,
        **sections,
    )

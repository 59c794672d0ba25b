"""A graph with its matchings, budget and training: from a name, a table or a TOML setup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from roundlot import fleet
from roundlot.fleet.delimited import TEXT_KINDS
from roundlot.fleet.links import (
    is_adjacency,
    read_adjacency,
    read_edges,
    read_link_table,
    read_traffic,
)
from roundlot.setup import Choice, Number, Section, Setup, Whole, key, section
from roundlot.setup.fields import text
from roundlot.setup.reading import closest, existing_file
from roundlot.solvers import graphs
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.solvers.graphs import Decomposition, Graph, LinkLimits

PAPER_NODES = 8
USUAL = 0.5  # of the matchings, where nothing is said


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


def _traffic(value: Any, place: str) -> float | str:
    """A number above 0, or the name of a table."""
    if isinstance(value, str):
        return text(value, place)
    return Number(low=0.0, above=True)(value, place)


@dataclass(frozen=True, kw_only=True)
class LinkSection(Section, table="links"):
    """How often links may be used."""

    budget: float | None = key(
        None,
        Number(low=0.0, above=True, high=1.0),
        "Share of the matchings in a round; 0.5, or all if there is another limit.",
    )
    cost_budget: float | None = key(
        None,
        Number(low=0.0, above=True),
        "Most that the links of a round cost, in expectation: a table of links has a column cost.",
    )
    seconds: float | None = key(
        None,
        Number(low=0.0, above=True),
        "Most seconds of a round, in expectation: a table of links has a column time.",
    )
    cap: float | None = key(
        None,
        Number(low=0.0, above=True, high=1.0),
        "How often a link may be used at most; or a column cap in the table of links.",
    )
    traffic: float | str | None = key(
        None,
        _traffic,
        "Most links a node uses in a round, in expectation: a number, or a table node,traffic.",
    )
    method: str = key(
        "auto",
        Choice(lambda: graphs.LINK_METHODS),
        "auto, exact, cutting planes, direct, uniform, clarabel or scs.",
    )
    mixing: str = key(
        "search",
        Choice(lambda: graphs.MIXINGS),
        "search, closed form, nonnegative or per matching.",
    )
    tries: int = key(
        1, Whole(low=1, high=10_000), "Decompositions to try; the least ρ of them is kept."
    )

    @property
    def limited(self) -> bool:
        """Whether there is a limit beside the budget, but for those of single links."""
        return any(x is not None for x in (self.cost_budget, self.seconds, self.cap, self.traffic))


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
                raise InvalidProblemError("the table of matchings needs a column matching")
        if matchings is not None and self.links.tries > 1:
            raise InvalidProblemError(
                f"tries is {self.links.tries}, but the matchings are given; leave one of them out"
            )
        return graphs.as_decomposition(graph, matchings, seed=self.seed)

    def limits(self, graph: Graph) -> LinkLimits | None:
        """Costs, seconds, caps and traffic of the links of the graph that `build` made.

        Raises:
            InvalidProblemError: a limit without the numbers it is of, or twice.
        """
        given, edges = self.links, self.graph.edges
        numbers = {} if edges is None else read_link_table(self._path(edges)).numbers
        for word, limit, column in (
            ("cost_budget", given.cost_budget, "cost"),
            ("seconds", given.seconds, "time"),
        ):
            if limit is not None and column not in numbers:
                raise InvalidProblemError(
                    f"{word} is {limit:g}, but the links of {self.name} have no {column}s; give a "
                    f"table of links with a column {column}"
                )
        if given.cap is not None and "cap" in numbers:
            raise InvalidProblemError(
                f"cap is {given.cap:g}, but the table of links has a column cap; leave one out"
            )
        if not numbers and not given.limited:
            return None
        traffic = given.traffic
        return graphs.LinkLimits.of(
            graph,
            costs=numbers.get("cost"),
            cost_budget=given.cost_budget,
            times=numbers.get("time"),
            seconds=given.seconds,
            caps=numbers.get("cap", given.cap),
            traffic=read_traffic(self._path(traffic)) if isinstance(traffic, str) else traffic,
        )

    def budget(self, limits: LinkLimits | None) -> float:
        """The share of the matchings: 0.5 if nothing is said, or all if there is another limit."""
        if self.links.budget is not None:
            return self.links.budget
        return 1.0 if limits is not None and limits.binds else USUAL

    def _require_taken(self, item: str) -> None:
        """That the graph has a size or degree to choose, if it was chosen."""
        given, value = self.graph, getattr(self.graph, item)
        taken = {
            "nodes": given.shape not in (None, "paper8") or (given.shape and value == PAPER_NODES),
            "degree": given.shape in graphs.RANDOM,
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
            table = read_link_table(self._path(given.edges))
            return table.graph, table.matchings
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
    """A setup from a shape's name, a table of links or of adjacency, or a TOML file.

    Raises:
        InvalidProblemError: no such name or file, or one that is malformed.
    """
    place = Path(source)
    if str(source) in graphs.SHAPES:
        return GraphSetup.of({"graph": {"shape": str(source)}}, name=str(source))
    if place.suffix.lower() in (*TEXT_KINDS, ".parquet"):
        document = {"graph": {"adjacency" if is_adjacency(place) else "edges": place.name}}
        return GraphSetup.of(document, folder=place.parent, name=place.stem)
    if place.suffix != ".toml":
        if place.exists():
            existing_file(place, "graph")
        raise InvalidProblemError(
            f"no graph is called {source}; {closest(str(source), graphs.SHAPES)}, or a .csv, .tsv, "
            ".parquet or .toml file"
        )
    return GraphSetup.load(place)

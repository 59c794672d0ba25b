"""Tables of links and of adjacency: a graph, and its matchings where a column says so.

The first line decides which it is, never the number of rows and columns.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roundlot.fleet.tables import Table, read_table
from roundlot.solvers import graphs
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.solvers.graphs import Graph
    from roundlot.theory.arrays import FloatArray

Matchings = list[list[tuple[str, str]]]
#: What the columns of a link's two ends are called.
ENDS = (("from", "to"), ("source", "target"), ("src", "dst"), ("tail", "head"))
_MATCHING = ("matching", "matchings")
_FEWEST = 3  # nodes of an adjacency table
_MOST_DIGITS = 18  # of a whole number; a name of more is text
#: Columns with a number for every link, by what they are called.
NUMBERS = {
    "cost": "cost",
    "costs": "cost",
    "time": "time",
    "times": "time",
    "seconds": "time",
    "cap": "cap",
    "caps": "cap",
}
_NODE = ("node", "worker", "client")


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkTable:
    """What a table of links says.

    Attributes:
        graph: of the links.
        matchings: where a column groups them, else None.
        numbers: ``(m,)`` in the order of ``graph.edges``, of "cost", "time" and "cap".
    """

    graph: Graph
    matchings: Matchings | None = field(default=None, repr=False)
    numbers: dict[str, FloatArray] = field(default_factory=dict, repr=False)


def is_adjacency(path: str | os.PathLike[str]) -> bool:
    """Whether the first line of a table names nodes, which its first column repeats.

    Raises:
        InvalidProblemError: a file that cannot be read as a table.
    """
    table = read_table(path, "the table of links")
    return _ends(table) is None and _repeats_its_header(table)


def read_edges(path: str | os.PathLike[str]) -> tuple[Graph, Matchings | None]:
    """A graph from a table of links, and its matchings if there is a column ``matching``.

    The first line names the columns: the two ends (``from,to``, ``source,target``, ``src,dst`` or
    ``tail,head``) and, if you like, ``matching``; a row is a link.

    Raises:
        InvalidProblemError: a first line that names no ends, or another column; a row that does not
            fit, an empty name, a link twice or to itself.
    """
    found = _edges(read_table(path, "the table of links"), numbers=False)
    return found.graph, found.matchings


def read_link_table(path: str | os.PathLike[str]) -> LinkTable:
    """As `read_edges`, with the columns ``cost``, ``time`` (or ``seconds``) and ``cap``, too.

    Raises:
        InvalidProblemError: as `read_edges`; a cell of these that is no number.
    """
    return _edges(read_table(path, "the table of links"), numbers=True)


def read_arcs(path: str | os.PathLike[str], workers: int) -> list[tuple[int, int]]:
    """Pairs (sender, receiver) of numbers of workers, from a table whose first line names the ends.

    Raises:
        InvalidProblemError: a first line that names no ends, or another column; a cell that is no
            number of a worker.
    """
    table = read_table(path, "the table of arcs")
    ends = _ends(table)
    if ends is None or len(table.columns) != len(ends):
        raise InvalidProblemError(
            f"the first line of {table.what} {table.path} is {','.join(table.columns)[:60]}; it is "
            "from,to: sender and receiver"
        )
    pairs = zip(table.texts(ends[0]), table.texts(ends[1]), strict=True)
    return [(_worker(a, workers, table), _worker(b, workers, table)) for a, b in pairs]


def _worker(name: str, workers: int, table: Table) -> int:
    if not (name.isdecimal() and len(name) <= _MOST_DIGITS and int(name) < workers):
        raise InvalidProblemError(
            f"{table.what} {table.path} names worker {name!r:.40}; workers are 0 to {workers - 1}"
        )
    return int(name)


def read_traffic(path: str | os.PathLike[str]) -> dict[str, float]:
    """How many links a round every node may use, from a table with columns node and traffic.

    Raises:
        InvalidProblemError: other columns, a node twice, or a cell that is no number.
    """
    table = read_table(path, "the table of traffic")
    named = {name.lower(): name for name in table.columns}
    nodes = [named[word] for word in _NODE if word in named]
    if len(nodes) != 1 or set(named) != {nodes[0].lower(), "traffic"}:
        raise InvalidProblemError(
            f"the first line of {table.what} {table.path} is {','.join(table.columns)[:60]}; it is "
            "node,traffic"
        )
    names = table.texts(nodes[0])
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise InvalidProblemError(f"{table.what} {table.path} has node {twice} twice")
    values = table.numbers([named["traffic"]])[:, 0]
    return dict(zip(names, values.tolist(), strict=True))


def read_adjacency(path: str | os.PathLike[str]) -> Graph:
    """A graph from a square, symmetric table of numbers; 0 is no link.

    The first line and the first column name the nodes.

    Raises:
        InvalidProblemError: names that differ, not symmetric, a cell that is no number, a loop.
    """
    table = read_table(path, "the adjacency table")
    if not _repeats_its_header(table):
        raise InvalidProblemError(
            f"{table.what} {table.path} needs the names of the nodes in its first line, after the "
            "cell of the corner, and the same names in its first column"
        )
    return _adjacency(table)


def _ends(table: Table) -> tuple[str, str] | None:
    """The columns of the two ends, as the table writes them."""
    named = {name.lower(): name for name in table.columns}
    found = [pair for pair in ENDS if set(pair) <= named.keys()]
    return (named[found[0][0]], named[found[0][1]]) if len(found) == 1 else None


def _edges(table: Table, *, numbers: bool) -> LinkTable:
    file = f"{table.what} {table.path}"
    ends = _ends(table)
    if ends is None:
        raise InvalidProblemError(
            f"the first line of {file}, {','.join(table.columns)[:60]}, names no ends of links: "
            "put a line from,to (or from,to,matching) above the links; or, for an adjacency table, "
            "the nodes in the first line and in the first column"
        )
    others = [name for name in table.columns if name not in ends]
    groups = [name for name in others if name.lower() in _MATCHING]
    numbered = [name for name in others if numbers and name.lower() in NUMBERS]
    unknown = [name for name in others if name not in groups and name not in numbered]
    if unknown or len(groups) > 1:
        more = ", or cost, time or cap for a number of each link" if numbers else ""
        raise InvalidProblemError(
            f"{file}: column {(unknown or groups)[-1]!r} has no meaning here; drop it, or call it "
            f"matching if it says which links are used together{more}"
        )
    words = [NUMBERS[name.lower()] for name in numbered]
    if len(set(words)) < len(words):
        word = next(word for k, word in enumerate(words) if word in words[:k])
        raise InvalidProblemError(f"{file} has two columns for the {word} of a link; keep one")
    pairs = list(zip(table.texts(ends[0]), table.texts(ends[1]), strict=True))
    graph = graphs.Graph.of(_in_order(pairs), name=table.path.stem)
    order = _rows_of(graph, pairs)
    values = {
        word: table.numbers([name])[order, 0] for word, name in zip(words, numbered, strict=True)
    }
    if not groups:
        return LinkTable(graph=graph, numbers=values)
    matchings: dict[str, list[tuple[str, str]]] = {}
    for pair, group in zip(pairs, table.texts(groups[0]), strict=True):
        matchings.setdefault(group, []).append(pair)
    return LinkTable(graph=graph, matchings=list(matchings.values()), numbers=values)


def _rows_of(graph: Graph, pairs: list[tuple[str, str]]) -> list[int]:
    """The row of the table for every one of the graph's edges."""
    row = {frozenset(pair): k for k, pair in enumerate(pairs)}
    return [row[frozenset((graph.nodes[a], graph.nodes[b]))] for a, b in graph.edges.tolist()]


def _repeats_its_header(table: Table) -> bool:
    """Whether the first column holds the names of the others, in any order."""
    corner, *nodes = table.columns
    if len(nodes) != table.frame.height or not nodes:
        return False
    return set(table.texts(corner)) == set(nodes)


def _adjacency(table: Table) -> Graph:
    rows = table.texts(table.columns[0])
    if len(rows) < _FEWEST:
        raise InvalidProblemError(
            f"{table.what} {table.path} has fewer than {_FEWEST} nodes; list links"
        )
    graph = graphs.Graph.of(table.numbers(rows), name=table.path.stem)
    return graphs.Graph(nodes=rows, edges=graph.edges, name=graph.name)


def _in_order(pairs: list[tuple[str, str]]) -> list[tuple[object, object]]:
    """Whole numbers as such, so that 10 comes after 9; not if a name has zeros before them."""
    if all(_is_whole(end) for pair in pairs for end in pair):
        return [(int(a), int(b)) for a, b in pairs]
    return list(pairs)


def _is_whole(name: str) -> bool:
    return name.isdecimal() and len(name) <= _MOST_DIGITS and str(int(name)) == name

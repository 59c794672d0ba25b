"""Graphs and matchings from CSV files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from roundlot.setup.reading import existing_file, read_text
from roundlot.solvers import graphs
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.solvers.graphs import Graph

_ENDS = 2


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

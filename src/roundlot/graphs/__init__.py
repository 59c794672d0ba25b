"""Graphs in and out: setups, tables, figures of which links are used how often."""

from roundlot.graphs.reading import read_adjacency, read_edges
from roundlot.graphs.result import GraphResult, examine
from roundlot.graphs.setup import GraphSetup, load_graph
from roundlot.graphs.writing import links_csv, write_result

__all__ = [
    "GraphResult",
    "GraphSetup",
    "examine",
    "links_csv",
    "load_graph",
    "read_adjacency",
    "read_edges",
    "write_result",
]

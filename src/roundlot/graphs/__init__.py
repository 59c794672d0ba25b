"""Graphs in and out: setups, tables, figures of which links are used how often."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "SWEEP": "graphs.job",
    "GraphResult": "graphs.job",
    "GraphSetup": "graphs.setup",
    "schedule_record": "graphs.job",
    "examine": "graphs.job",
    "load_graph": "graphs.setup",
    "read_adjacency": "graphs.setup",
    "read_edges": "graphs.setup",
    "summary": "graphs.job",
}
__all__ = [
    "SWEEP",
    "GraphResult",
    "GraphSetup",
    "examine",
    "load_graph",
    "read_adjacency",
    "read_edges",
    "schedule_record",
    "summary",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__, {"write_result": "jobs:GRAPH.write"})

if TYPE_CHECKING:
    from roundlot.graphs.job import SWEEP, GraphResult, examine, schedule_record, summary
    from roundlot.graphs.setup import GraphSetup, load_graph, read_adjacency, read_edges

"""Graphs in and out: setups, tables, figures of which links are used how often."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, renamed={"write_result": "jobs:GRAPH.write"})

"""Graphs of workers: which links to use how often, and how to mix over them.

SciPy and the solvers load on first use.
"""

from typing import TYPE_CHECKING

from roundlot.later import on_first_use

_HOME = {
    "Decomposition": "solvers.graphs.matchings",
    "Graph": "solvers.graphs.graph",
    "decompose": "solvers.graphs.matchings",
    "shape": "solvers.graphs.shapes",
    "shape_matchings": "solvers.graphs.shapes",
}
__all__ = [
    "Decomposition",
    "Graph",
    "decompose",
    "shape",
    "shape_matchings",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.graphs.graph import Graph
    from roundlot.solvers.graphs.matchings import Decomposition, decompose
    from roundlot.solvers.graphs.shapes import shape, shape_matchings

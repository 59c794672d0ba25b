"""Every kind of work by name: from a setup to a result, from a result to its folder."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "MAIN": "report.job",
    "GRAPH": "graphs.job",
    "STRAGGLERS": "straggle.job",
    "TRAINING": "train.job",
    "WORKERS": "train.job",
}
__all__ = ["GRAPH", "MAIN", "STRAGGLERS", "TRAINING", "WORKERS"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.graphs.job import GRAPH
    from roundlot.report.job import MAIN
    from roundlot.straggle.job import STRAGGLERS
    from roundlot.train.job import TRAINING, WORKERS

"""The main job: from a setup to a report, one stage a file, each a function of the one before."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Case": "run.case",
    "Decision": "run.decision",
    "decide": "run.decision",
    "prepare": "run.case",
    "run": "run.job",
    "RunResult": "run.result",
}
__all__ = ["Case", "Decision", "RunResult", "decide", "prepare", "run"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.run.case import Case, prepare
    from roundlot.run.decision import Decision, decide
    from roundlot.run.job import run
    from roundlot.run.result import RunResult

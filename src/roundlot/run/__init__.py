"""The main job: from a setup to a report, one stage a file, each a function of the one before."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Case": "case",
    "Decision": "decision",
    "decide": "decision",
    "prepare": "case",
    "run": "job",
    "RunResult": "result",
}
__all__ = ["Case", "Decision", "RunResult", "decide", "prepare", "run"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.run' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.run.{_HOME[name]}"), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from roundlot.run.case import Case, prepare
    from roundlot.run.decision import Decision, decide
    from roundlot.run.job import run
    from roundlot.run.result import RunResult

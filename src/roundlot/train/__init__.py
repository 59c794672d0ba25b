"""Training by setup: load one, train every method with every seed, write the report."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "TrainSetup": "setup",
    "TrainingResult": "result",
    "load_train_setup": "setup",
    "run_training": "job",
    "shipped_setups": "setup",
    "WorkersResult": "workers_result",
    "WorkersSetup": "workers_setup",
    "load_workers_setup": "workers_setup",
    "run_workers": "workers_job",
}
__all__ = [
    "TrainSetup",
    "TrainingResult",
    "WorkersResult",
    "WorkersSetup",
    "load_train_setup",
    "load_workers_setup",
    "run_training",
    "run_workers",
    "shipped_setups",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.train' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.train.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.train.job import run_training
    from roundlot.train.result import TrainingResult
    from roundlot.train.setup import TrainSetup, load_train_setup, shipped_setups
    from roundlot.train.workers_job import run_workers
    from roundlot.train.workers_result import WorkersResult
    from roundlot.train.workers_setup import WorkersSetup, load_workers_setup

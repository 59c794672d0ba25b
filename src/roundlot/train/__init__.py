"""Training by setup: load one, train every method with every seed, write the report."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "TrainSetup": "setup",
    "TrainingResult": "result",
    "load_bench": "kept",
    "load_train_setup": "setup",
    "run_training": "job",
    "shipped_setups": "setup",
}
__all__ = [
    "TrainSetup",
    "TrainingResult",
    "load_bench",
    "load_train_setup",
    "run_training",
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
    from roundlot.train.kept import load_bench
    from roundlot.train.result import TrainingResult
    from roundlot.train.setup import TrainSetup, load_train_setup, shipped_setups

"""Federated training of several models: who takes part, how clients train, what is measured."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Bench": "seeds",
    "Engine": "engine",
    "Federation": "federation",
    "History": "history",
    "Interval": "seeds",
    "LocalPlan": "local_plan",
    "Method": "method",
    "Round": "round",
    "Samples": "samples",
    "Step": "method",
    "Task": "task",
    "TrainingError": "errors",
    "make_engine": "engines",
    "seconds_to_loss": "shards",
    "train": "runner",
    "train_methods": "seeds",
    "train_on_shards": "shards",
}
__all__ = [
    "Bench",
    "Engine",
    "Federation",
    "History",
    "Interval",
    "LocalPlan",
    "Method",
    "Round",
    "Samples",
    "Step",
    "Task",
    "TrainingError",
    "make_engine",
    "seconds_to_loss",
    "train",
    "train_methods",
    "train_on_shards",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.simulate.training' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.simulate.training.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.simulate.training.engine import Engine
    from roundlot.simulate.training.engines import make_engine
    from roundlot.simulate.training.errors import TrainingError
    from roundlot.simulate.training.federation import Federation
    from roundlot.simulate.training.history import History
    from roundlot.simulate.training.local_plan import LocalPlan
    from roundlot.simulate.training.method import Method, Step
    from roundlot.simulate.training.round import Round
    from roundlot.simulate.training.runner import train
    from roundlot.simulate.training.samples import Samples
    from roundlot.simulate.training.seeds import Bench, Interval, train_methods
    from roundlot.simulate.training.shards import seconds_to_loss, train_on_shards
    from roundlot.simulate.training.task import Task

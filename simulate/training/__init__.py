"""Federated training of several models: who takes part, how clients train, what is measured."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Bench": "simulate.training.seeds",
    "Engine": "simulate.training.engine",
    "Federation": "simulate.training.federation",
    "History": "simulate.training.history",
    "Interval": "simulate.training.interval",
    "LocalPlan": "simulate.training.local_plan",
    "LostProcessError": "simulate.training.errors",
    "Method": "simulate.training.method",
    "Processes": "simulate.training.processes",
    "Round": "simulate.training.round",
    "Samples": "simulate.training.samples",
    "Step": "simulate.training.method",
    "Task": "simulate.training.task",
    "TrainingError": "simulate.training.errors",
    "make_engine": "simulate.training.engines",
    "seconds_to_loss": "simulate.training.shards",
    "train": "simulate.training.runner",
    "train_methods": "simulate.training.seeds",
    "train_on_shards": "simulate.training.shards",
}
__all__ = [
    "Bench",
    "Engine",
    "Federation",
    "History",
    "Interval",
    "LocalPlan",
    "LostProcessError",
    "Method",
    "Processes",
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


__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.simulate.training.engine import Engine
    from roundlot.simulate.training.engines import make_engine
    from roundlot.simulate.training.errors import LostProcessError, TrainingError
    from roundlot.simulate.training.federation import Federation
    from roundlot.simulate.training.history import History
    from roundlot.simulate.training.interval import Interval
    from roundlot.simulate.training.local_plan import LocalPlan
    from roundlot.simulate.training.method import Method, Step
    from roundlot.simulate.training.processes import Processes
    from roundlot.simulate.training.round import Round
    from roundlot.simulate.training.runner import train
    from roundlot.simulate.training.samples import Samples
    from roundlot.simulate.training.seeds import Bench, train_methods
    from roundlot.simulate.training.shards import seconds_to_loss, train_on_shards
    from roundlot.simulate.training.task import Task

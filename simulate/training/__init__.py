"""Federated training of several models: who takes part, how clients train, what is measured."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Bench": "simulate.training.bench",
    "Engine": "simulate.engines.engine",
    "Federation": "simulate.training.federation",
    "History": "simulate.training.history",
    "Interval": "simulate.runs.paired_runs",
    "LocalPlan": "simulate.engines.local_plan",
    "LostProcessError": "theory.errors",
    "Method": "simulate.training.method",
    "Processes": "simulate.processes.group",
    "Round": "simulate.training.round",
    "Samples": "simulate.tasks.samples",
    "Step": "simulate.training.method",
    "Task": "simulate.tasks.task",
    "TrainingError": "theory.errors",
    "make_engine": "simulate.engines.choice",
    "seconds_to_loss": "simulate.training.shards",
    "torchrun": "simulate.processes.rendezvous",
    "train": "simulate.training.runner",
    "train_methods": "simulate.training.bench",
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
    from roundlot.simulate.engines.choice import make_engine
    from roundlot.simulate.engines.engine import Engine
    from roundlot.simulate.engines.local_plan import LocalPlan
    from roundlot.simulate.processes.group import Processes
    from roundlot.simulate.processes.rendezvous import torchrun as torchrun
    from roundlot.simulate.runs.paired_runs import Interval
    from roundlot.simulate.tasks.samples import Samples
    from roundlot.simulate.tasks.task import Task
    from roundlot.simulate.training.bench import Bench, train_methods
    from roundlot.simulate.training.federation import Federation
    from roundlot.simulate.training.history import History
    from roundlot.simulate.training.method import Method, Step
    from roundlot.simulate.training.round import Round
    from roundlot.simulate.training.runner import train
    from roundlot.simulate.training.shards import seconds_to_loss, train_on_shards
    from roundlot.theory.errors import LostProcessError, TrainingError

"""Training with workers that mix their parameters: links, methods, clock, histories.

Everything loads on first use. ``WORKER_METHODS`` lists the methods by name.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

#: Every method there is: its file and its record. A new one is a new file and one line here.
WORKER_METHODS: dict[str, tuple[str, str]] = {
    "all-reduce": ("all_reduce", "AllReduce"),
    "d-psgd": ("d_psgd", "DPSGD"),
    "matcha": ("matcha", "Matcha"),
    "adjacent-leader": ("adjacent_leader", "AdjacentLeader"),
    "non-blocking": ("non_blocking", "NonBlocking"),
    "local-sgd": ("local_sgd", "LocalSGD"),
}
_HOME = {
    "AdjacentLeader": "adjacent_leader",
    "AllReduce": "all_reduce",
    "DPSGD": "d_psgd",
    "Links": "links",
    "LocalSGD": "local_sgd",
    "Matcha": "matcha",
    "NonBlocking": "non_blocking",
    "SHARDS": "shards",
    "StepPlan": "step_plan",
    "WorkerBench": "bench",
    "WorkerHistory": "history",
    "WorkerMethod": "method",
    "Workers": "setting",
    "compare_workers": "bench",
    "split_workers": "shards",
    "train_workers": "runner",
}
__all__ = [
    "DPSGD",
    "WORKER_METHODS",
    "AdjacentLeader",
    "AllReduce",
    "Links",
    "LocalSGD",
    "Matcha",
    "NonBlocking",
    "StepPlan",
    "WorkerBench",
    "WorkerHistory",
    "WorkerMethod",
    "Workers",
    "compare_workers",
    "train_workers",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.simulate.workers' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.simulate.workers.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.simulate.workers.adjacent_leader import AdjacentLeader
    from roundlot.simulate.workers.all_reduce import AllReduce
    from roundlot.simulate.workers.bench import WorkerBench, compare_workers
    from roundlot.simulate.workers.d_psgd import DPSGD
    from roundlot.simulate.workers.history import WorkerHistory
    from roundlot.simulate.workers.links import Links
    from roundlot.simulate.workers.local_sgd import LocalSGD
    from roundlot.simulate.workers.matcha import Matcha
    from roundlot.simulate.workers.method import WorkerMethod
    from roundlot.simulate.workers.non_blocking import NonBlocking
    from roundlot.simulate.workers.runner import train_workers
    from roundlot.simulate.workers.setting import Workers
    from roundlot.simulate.workers.step_plan import StepPlan

"""Training with workers that mix their parameters: links, methods, clock, histories, exact moments.

Everything loads on first use. ``WORKER_METHODS`` lists the methods by name.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

#: Every method there is: its file and its record. A new one is a record and one line here.
WORKER_METHODS: dict[str, tuple[str, str]] = {
    "all-reduce": ("averaging", "AllReduce"),
    "d-psgd": ("gossip", "DPSGD"),
    "matcha": ("gossip", "Matcha"),
    "adjacent-leader": ("adjacent_leader", "AdjacentLeader"),
    "non-blocking": ("non_blocking", "NonBlocking"),
    "local-sgd": ("averaging", "LocalSGD"),
}
_HOME = {
    "AdjacentLeader": "simulate.workers.adjacent_leader",
    "AllReduce": "simulate.workers.averaging",
    "ConsensusRun": "simulate.workers.consensus",
    "DPSGD": "simulate.workers.gossip",
    "LeastSquares": "simulate.workers.exact_moments",
    "Links": "simulate.workers.links",
    "LocalSGD": "simulate.workers.averaging",
    "Matcha": "simulate.workers.gossip",
    "MixingLaw": "simulate.workers.consensus",
    "NonBlocking": "simulate.workers.non_blocking",
    "SHARDS": "simulate.workers.shards",
    "StepPlan": "simulate.workers.setting",
    "WorkerBench": "simulate.workers.history",
    "WorkerHistory": "simulate.workers.history",
    "WorkerMethod": "simulate.workers.method",
    "WorkerMoments": "simulate.workers.exact_moments",
    "Workers": "simulate.workers.setting",
    "compare_workers": "simulate.workers.history",
    "drawn_matrices": "simulate.workers.consensus",
    "empirical_rho": "simulate.workers.consensus",
    "run_consensus": "simulate.workers.consensus",
    "split_workers": "simulate.workers.shards",
    "train_workers": "simulate.workers.runner",
    "trajectory_bound": "simulate.workers.exact_moments",
    "worker_moments": "simulate.workers.exact_moments",
}
__all__ = [
    "DPSGD",
    "SHARDS",
    "WORKER_METHODS",
    "AdjacentLeader",
    "AllReduce",
    "ConsensusRun",
    "LeastSquares",
    "Links",
    "LocalSGD",
    "Matcha",
    "MixingLaw",
    "NonBlocking",
    "StepPlan",
    "WorkerBench",
    "WorkerHistory",
    "WorkerMethod",
    "WorkerMoments",
    "Workers",
    "compare_workers",
    "drawn_matrices",
    "empirical_rho",
    "run_consensus",
    "split_workers",
    "train_workers",
    "trajectory_bound",
    "worker_moments",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.simulate.workers.adjacent_leader import AdjacentLeader
    from roundlot.simulate.workers.averaging import AllReduce, LocalSGD
    from roundlot.simulate.workers.consensus import (
        ConsensusRun,
        MixingLaw,
        drawn_matrices,
        empirical_rho,
        run_consensus,
    )
    from roundlot.simulate.workers.exact_moments import (
        LeastSquares,
        WorkerMoments,
        trajectory_bound,
        worker_moments,
    )
    from roundlot.simulate.workers.gossip import DPSGD, Matcha
    from roundlot.simulate.workers.history import WorkerBench, WorkerHistory, compare_workers
    from roundlot.simulate.workers.links import Links
    from roundlot.simulate.workers.method import WorkerMethod
    from roundlot.simulate.workers.non_blocking import NonBlocking
    from roundlot.simulate.workers.runner import train_workers
    from roundlot.simulate.workers.setting import StepPlan, Workers
    from roundlot.simulate.workers.shards import SHARDS, split_workers

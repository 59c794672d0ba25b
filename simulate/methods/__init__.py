"""Methods of federated training: whom to hear, and how to step. One file each; loaded lazily."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

#: Every method there is, by the name that setups use; a new one is a new file and one line here.
METHODS: dict[str, tuple[str, str]] = {
    "full": ("full", "FullParticipation"),
    "random": ("random", "Random"),
    "uniform": ("uniform", "Uniform"),
    "round-robin": ("round_robin", "RoundRobin"),
    "data-size": ("data_size", "DataSize"),
    "md": ("md", "MultinomialSampling"),
    "power-of-choice": ("power_of_choice", "PowerOfChoice"),
    "clustered": ("clustered", "ClusteredSampling"),
    "gvr": ("gvr", "GradientNorm"),
    "lvr": ("lvr", "LossBased"),
    "stale-vr": ("stale_vr", "StaleOptimal"),
    "stale-vre": ("stale_vre", "StaleEstimated"),
    "fedavg": ("fedavg", "FedAvg"),
    "fedvarp": ("fedvarp", "FedVARP"),
    "fedstale": ("fedstale", "FedStale"),
    "mifa": ("mifa", "MIFA"),
    "scaffold": ("scaffold", "Scaffold"),
}

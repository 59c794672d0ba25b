"""Training with workers that mix their parameters: links, methods, clock, histories, exact moments.

Everything loads on first use. ``WORKER_METHODS`` lists the methods by name.
"""

from roundlot.facade import on_first_use

#: Every method there is: its file and its record. A new one is a record and one line here.
WORKER_METHODS: dict[str, tuple[str, str]] = {
    "all-reduce": ("averaging", "AllReduce"),
    "d-psgd": ("gossip", "DPSGD"),
    "matcha": ("gossip", "Matcha"),
    "adjacent-leader": ("adjacent_leader", "AdjacentLeader"),
    "d2": ("d2", "D2"),
    "gradient-tracking": ("gradient_tracking", "GradientTracking"),
    "non-blocking": ("non_blocking", "NonBlocking"),
    "local-sgd": ("averaging", "LocalSGD"),
    "push-sum": ("push_sum", "PushSum"),
    "scheduled": ("scheduled", "Scheduled"),
}

__getattr__, __dir__, __all__ = on_first_use(__name__)

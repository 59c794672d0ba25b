"""Methods of federated training: a rule for whom to draw, an estimator for how to step.

Those of one family share a file, which is loaded on use.
"""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from roundlot.theory import InvalidProblemError
from roundlot.theory.choices import TrainingMethod
from roundlot.theory.names import closest, require_choice

if TYPE_CHECKING:
    from roundlot.simulate.training.method import Method

#: Every method there is: its file and its record. A new one is a new class and one line here.
#: Beside its settings a record says what it ``needs`` and its ``formula`` in LaTeX, for its page.
METHODS: dict[str, tuple[str, str]] = {
    "full": ("random", "FullParticipation"),
    "random": ("random", "Random"),
    "uniform": ("random", "Uniform"),
    "round-robin": ("round_robin", "RoundRobin"),
    "turns": ("random", "Turns"),
    "data-size": ("random", "DataSize"),
    "md": ("md", "MultinomialSampling"),
    "power-of-choice": ("power_of_choice", "PowerOfChoice"),
    "clustered": ("clustered", "ClusteredSampling"),
    "gvr": ("gvr", "GradientNorm"),
    "lvr": ("lvr", "LossBased"),
    "stale-vr": ("stale_vr", "StaleOptimal"),
    "stale-vre": ("stale_vr", "StaleEstimated"),
    "stale-vre-fitted": ("stale_vr", "StaleFitted"),
    "fedavg": ("fedavg", "FedAvg"),
    "fedvarp": ("fedstale", "FedVARP"),
    "fedvarp-present": ("fedstale", "FedVARPPresent"),
    "fedstale": ("fedstale", "FedStale"),
    "fedstale-present": ("fedstale", "FedStalePresent"),
    "mifa": ("mifa", "MIFA"),
    "mifa-present": ("mifa", "MIFAPresent"),
    "scaffold": ("scaffold", "Scaffold"),
    "alpha-fair": ("alpha_fair", "AlphaFair"),
    "alpha-fair-draw": ("alpha_fair", "AlphaFairDraw"),
    "q-fedavg": ("q_fedavg", "QFedAvg"),
    "q-tilted": ("q_fedavg", "QTilted"),
    "max-min": ("lvr", "MaxMin"),
    "group-sampling": ("group_sampling", "GroupSampling"),
    "auction": ("auction", "Auction"),
}


#: Methods that were called otherwise, and what to write instead.
FORMER: dict[str, str] = {
    "q-ffl": "write 'q-tilted' for what it was, weights d f^q over the probability; "
    "'q-fedavg' is the published step",
}


def require_method(name: str) -> None:
    """Raise InvalidProblemError unless there is a method of that name; says what is meant."""
    if name in FORMER:
        raise InvalidProblemError(f"method {name!r} has another name; {FORMER[name]}")
    require_choice(name, "method", METHODS)


def method(name: TrainingMethod, **settings: Any) -> Method:
    """The method of that name, with its settings.

    Args:
        name: one of `METHODS`.
        settings: fields of its record; what is left out has its default.

    Raises:
        InvalidProblemError: an unknown name or setting, or a setting out of its range.
    """
    require_method(name)
    file, record = METHODS[name]
    kind = getattr(import_module(f"roundlot.simulate.methods.{file}"), record)
    fixed = {"name", "source", "label"}
    known = sorted({field.name for field in fields(kind)} - fixed)
    for key in settings:
        if key not in known:
            raise InvalidProblemError(f"{name!r} has no setting {key!r}; {closest(key, known)}")
    made: Method = kind(**settings)
    return made


__all__ = ["FORMER", "METHODS", "method", "require_method"]

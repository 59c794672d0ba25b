"""Which of Flower's strategies stay unbiased if a reply weighs ``f d/p``, and which cannot."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from roundlot.flower.framework import Strategy
from roundlot.flower.lost import conditional
from roundlot.theory import InvalidProblemError

#: Their step is linear in the average: unbiased. Counted out over every draw in the tests.
LINEAR = ("FedAvg", "FedProx", "FedAvgM")
#: Their step divides by what it has seen of the average.
ADAPTIVE = ("FedAdam", "FedAdagrad", "FedYogi")
_NO_AVERAGE = "it picks or sorts replies and does not average them, so no weight makes it unbiased"
_NOISE = (
    "its noise is for a fixed number of clients that all weigh the same, and weights d/p would "
    "break its privacy guarantee; clip and add noise in the clients (local privacy), or use "
    "Flower's own sampling"
)
_TREES = "it joins trees and averages nothing"
#: Whom not to wrap, and why.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "FedMedian": _NO_AVERAGE,
        "FedTrimmedAvg": _NO_AVERAGE,
        "Krum": _NO_AVERAGE,
        "MultiKrum": _NO_AVERAGE,
        "Bulyan": _NO_AVERAGE,
        "QFedAvg": "it weighs replies by their losses and divides by the sum, a ratio",
        "FedXgbBagging": _TREES,
        "FedXgbCyclic": _TREES,
        "DifferentialPrivacyClientSideFixedClipping": _NOISE,
        "DifferentialPrivacyServerSideFixedClipping": _NOISE,
        "DifferentialPrivacyClientSideAdaptiveClipping": _NOISE,
        "DifferentialPrivacyServerSideAdaptiveClipping": _NOISE,
    }
)


def check_wrappable(strategy: Any) -> None:
    """Refuse what weights cannot make unbiased.

    Raises:
        InvalidProblemError: such a strategy, by name and with the reason; no strategy of Flower's.
    """
    if isinstance(strategy, type):
        raise InvalidProblemError(
            f"strategy is the class {strategy.__name__}; give one made of it: {strategy.__name__}()"
        )
    names = [kind.__name__ for kind in type(strategy).__mro__]
    for name in names:
        if name in REFUSED:
            raise InvalidProblemError(f"{names[0]} cannot be wrapped: {REFUSED[name]}")
    if not isinstance(strategy, Strategy) or "FedAvg" not in names:
        raise InvalidProblemError(
            f"{names[0]} cannot be wrapped: only FedAvg and its subclasses average by number of "
            f"samples; choose one of {', '.join((*LINEAR, *ADAPTIVE))}"
        )


def step_label(strategy: Any) -> tuple[str, ...]:
    """What is to be said of a strategy's step, by whose ``aggregate_train`` it uses."""
    name = type(strategy).__name__
    owner = owner_of(strategy, "aggregate_train")
    if is_flowers(strategy, "aggregate_train"):
        if owner.__name__ in LINEAR:
            return ()
        if owner.__name__ in ADAPTIVE:
            return (
                conditional(
                    f"pseudo-gradient unbiased only: {name} divides its step by what it has seen "
                    "of it"
                ),
            )
    return (conditional(f"unbiased if aggregate_train of {name} is linear in the average"),)


def owner_of(strategy: Any, method: str) -> Any:
    """The class that defines a method; the object itself if it was given one of its own."""
    if method in vars(strategy):
        return strategy
    return next(kind for kind in type(strategy).__mro__ if method in vars(kind))


def is_flowers(strategy: Any, method: str) -> bool:
    """Whether a method is as Flower has it."""
    owner = owner_of(strategy, method)
    return isinstance(owner, type) and owner.__module__.startswith("flwr.")

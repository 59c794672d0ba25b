"""What happens: draws, realised variance, training. Everything loads on first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "AffineClients": "propagation",
    "TrajectoryMoments": "propagation",
    "processor_covariance": "propagation",
    "propagate": "propagation",
    "FeatureModel": "words",
    "Landscape": "optimum",
    "LocalTraining": "local_training",
    "TrainingPlan": "training_plan",
    "landscape": "optimum",
    "synthesise_words": "words",
    "train_locally": "local_training",
    "DESIGNS": "designs",
    "Design": "designs",
    "Independent": "designs",
    "optimal_beta": "stale_updates",
    "stale": "stale_updates",
    "StaleUpdates": "stale_updates",
    "OrderedSystematic": "designs",
    "Systematic": "designs",
    "Sampford": "designs",
    "Rounding": "designs",
    "Pivotal": "designs",
    "Guarantees": "designs",
    "ConditionalPoisson": "designs",
    "Turns": "designs",
    "design": "designs",
    "Realised": "realised",
    "Updates": "updates",
    "simulate": "monte_carlo",
}
__all__ = [
    "DESIGNS",
    "AffineClients",
    "ConditionalPoisson",
    "Design",
    "FeatureModel",
    "Guarantees",
    "Independent",
    "Landscape",
    "LocalTraining",
    "OrderedSystematic",
    "Pivotal",
    "Realised",
    "Rounding",
    "Sampford",
    "StaleUpdates",
    "Systematic",
    "TrainingPlan",
    "TrajectoryMoments",
    "Turns",
    "Updates",
    "design",
    "landscape",
    "optimal_beta",
    "processor_covariance",
    "propagate",
    "simulate",
    "stale",
    "synthesise_words",
    "train_locally",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.simulate' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.simulate.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.simulate.designs import (
        DESIGNS,
        ConditionalPoisson,
        Design,
        Guarantees,
        Independent,
        OrderedSystematic,
        Pivotal,
        Rounding,
        Sampford,
        Systematic,
        Turns,
        design,
    )
    from roundlot.simulate.local_training import LocalTraining, train_locally
    from roundlot.simulate.monte_carlo import simulate
    from roundlot.simulate.optimum import Landscape, landscape
    from roundlot.simulate.propagation import (
        AffineClients,
        TrajectoryMoments,
        processor_covariance,
        propagate,
    )
    from roundlot.simulate.realised import Realised
    from roundlot.simulate.stale_updates import StaleUpdates, optimal_beta, stale
    from roundlot.simulate.training_plan import TrainingPlan
    from roundlot.simulate.updates import Updates
    from roundlot.simulate.words import FeatureModel, synthesise_words

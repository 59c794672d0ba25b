"""What happens: draws, realised variance, training. Everything loads on first use."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "load_array": "simulate.array_files",
    "descend": "simulate.workers.straggler_descent",
    "WorkerQuadratics": "simulate.workers.straggler_descent",
    "simulate_stragglers": "simulate.workers.straggler_rounds",
    "StragglerRounds": "simulate.workers.straggler_rounds",
    "AffineClients": "simulate.propagation",
    "TrajectoryMoments": "simulate.propagation",
    "processor_covariance": "simulate.propagation",
    "propagate": "simulate.propagation",
    "FeatureModel": "simulate.tasks.spoken_words",
    "Landscape": "simulate.local.optimum",
    "LocalTraining": "simulate.local.training",
    "TrainingPlan": "simulate.local.training",
    "landscape": "simulate.local.optimum",
    "synthesise_words": "simulate.tasks.spoken_words",
    "train_locally": "simulate.local.training",
    "DESIGNS": "simulate.designs",
    "METHODS": "simulate.methods",
    "Design": "simulate.designs",
    "Independent": "simulate.designs",
    "optimal_beta": "simulate.stale_updates",
    "stale": "simulate.stale_updates",
    "StaleUpdates": "simulate.stale_updates",
    "OrderedSystematic": "simulate.designs",
    "Systematic": "simulate.designs",
    "Sampford": "simulate.designs",
    "Rounding": "simulate.designs",
    "Pivotal": "simulate.designs",
    "Guarantees": "simulate.designs",
    "ConditionalPoisson": "simulate.designs",
    "Turns": "simulate.designs",
    "design": "simulate.designs",
    "Realised": "simulate.monte_carlo.realised",
    "Updates": "simulate.updates",
    "draw_links": "simulate.workers.links",
    "simulate": "simulate.monte_carlo.simulation",
}
__all__ = [
    "DESIGNS",
    "METHODS",
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
    "StragglerRounds",
    "Systematic",
    "TrainingPlan",
    "TrajectoryMoments",
    "Turns",
    "Updates",
    "WorkerQuadratics",
    "descend",
    "design",
    "draw_links",
    "landscape",
    "optimal_beta",
    "processor_covariance",
    "propagate",
    "simulate",
    "simulate_stragglers",
    "stale",
    "synthesise_words",
    "train_locally",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.simulate.array_files import load_array as load_array
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
    from roundlot.simulate.local.optimum import Landscape, landscape
    from roundlot.simulate.local.training import LocalTraining, TrainingPlan, train_locally
    from roundlot.simulate.methods import METHODS
    from roundlot.simulate.monte_carlo.realised import Realised
    from roundlot.simulate.monte_carlo.simulation import simulate
    from roundlot.simulate.propagation import (
        AffineClients,
        TrajectoryMoments,
        processor_covariance,
        propagate,
    )
    from roundlot.simulate.stale_updates import StaleUpdates, optimal_beta, stale
    from roundlot.simulate.tasks.spoken_words import FeatureModel, synthesise_words
    from roundlot.simulate.updates import Updates
    from roundlot.simulate.workers.links import draw_links
    from roundlot.simulate.workers.straggler_descent import WorkerQuadratics, descend
    from roundlot.simulate.workers.straggler_rounds import StragglerRounds, simulate_stragglers

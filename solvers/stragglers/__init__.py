"""Mini-batches under stragglers: time models, rules, estimators, best deadline, best split."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "BestDeadline": "solvers.stragglers.deadline",
    "Communication": "solvers.stragglers.network",
    "Deadline": "solvers.stragglers.round_ends",
    "ESTIMATORS": "solvers.stragglers.estimators",
    "EstimatorMoments": "solvers.stragglers.estimators",
    "FastestWorker": "solvers.stragglers.round_ends",
    "FullWait": "solvers.stragglers.round_ends",
    "MODELS": "solvers.stragglers.laws",
    "Plan": "solvers.stragglers.split",
    "RoundLaw": "solvers.stragglers.round_laws",
    "Split": "solvers.stragglers.split",
    "Stragglers": "solvers.stragglers.times",
    "TOPOLOGIES": "solvers.stragglers.network",
    "best_deadline": "solvers.stragglers.deadline",
    "best_plan": "solvers.stragglers.split",
    "best_split": "solvers.stragglers.split",
    "communication": "solvers.stragglers.network",
    "equalised_split": "solvers.stragglers.split",
    "estimator_moments": "solvers.stragglers.estimators",
    "even_split": "solvers.stragglers.split",
    "expected_end": "solvers.stragglers.round_laws",
    "independent_counts": "solvers.stragglers.counts",
    "make_law": "solvers.stragglers.laws",
    "proportional_split": "solvers.stragglers.split",
    "round_law": "solvers.stragglers.round_laws",
    "stragglers_from_speed": "solvers.stragglers.times",
}
__all__ = [
    "ESTIMATORS",
    "MODELS",
    "TOPOLOGIES",
    "BestDeadline",
    "Communication",
    "Deadline",
    "EstimatorMoments",
    "FastestWorker",
    "FullWait",
    "Plan",
    "RoundLaw",
    "Split",
    "Stragglers",
    "best_deadline",
    "best_plan",
    "best_split",
    "communication",
    "equalised_split",
    "estimator_moments",
    "even_split",
    "expected_end",
    "independent_counts",
    "make_law",
    "proportional_split",
    "round_law",
    "stragglers_from_speed",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.stragglers.counts import independent_counts
    from roundlot.solvers.stragglers.deadline import BestDeadline, best_deadline
    from roundlot.solvers.stragglers.estimators import (
        ESTIMATORS,
        EstimatorMoments,
        estimator_moments,
    )
    from roundlot.solvers.stragglers.laws import MODELS, make_law
    from roundlot.solvers.stragglers.network import TOPOLOGIES, Communication, communication
    from roundlot.solvers.stragglers.round_ends import Deadline, FastestWorker, FullWait
    from roundlot.solvers.stragglers.round_laws import RoundLaw, expected_end, round_law
    from roundlot.solvers.stragglers.split import (
        Plan,
        Split,
        best_plan,
        best_split,
        equalised_split,
        even_split,
        proportional_split,
    )
    from roundlot.solvers.stragglers.times import Stragglers, stragglers_from_speed

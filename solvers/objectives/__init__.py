"""What probabilities are to make small: the sum of variances, the worst, a norm, participation."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Fair": "solvers.objectives.norms",
    "Objective": "solvers.solution",
    "ObjectiveCertificate": "solvers.objectives.certificate",
    "ObjectiveSolution": "solvers.solution",
    "Participation": "solvers.objectives.participation",
    "Total": "solvers.objectives.total",
    "Worst": "solvers.objectives.norms",
    "make_objective": "solvers.dispatch",
}
__all__ = [
    "Fair",
    "Objective",
    "ObjectiveCertificate",
    "ObjectiveSolution",
    "Participation",
    "Total",
    "Worst",
    "make_objective",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.dispatch import make_objective
    from roundlot.solvers.objectives.certificate import ObjectiveCertificate
    from roundlot.solvers.objectives.norms import Fair, Worst
    from roundlot.solvers.objectives.participation import Participation
    from roundlot.solvers.objectives.total import Total
    from roundlot.solvers.solution import Objective, ObjectiveSolution

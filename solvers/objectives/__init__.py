"""What a design is to make small: one file each, and the list of them."""

from __future__ import annotations

from roundlot.solvers.objectives.certificate import ObjectiveCertificate
from roundlot.solvers.objectives.fair import Fair, Worst
from roundlot.solvers.objectives.objective import Objective, ObjectiveSolution
from roundlot.solvers.objectives.participation import Participation
from roundlot.solvers.objectives.total import Total
from roundlot.theory import InvalidProblemError

__all__ = [
    "OBJECTIVES",
    "Fair",
    "Objective",
    "ObjectiveCertificate",
    "ObjectiveSolution",
    "Participation",
    "Total",
    "Worst",
    "make_objective",
]

#: What `solve` takes as its ``objective``.
OBJECTIVES = ("sum", "max", "fair", "participation")
LEAST = {"alpha": 1, "participation_weight": 0}


def make_objective(
    name: str, *, alpha: float | None = None, participation_weight: float | None = None
) -> Objective:
    """The objective of a name, with its parameter.

    Raises:
        InvalidProblemError: an unknown name, a parameter that is missing, that the objective does
            not have, or that is out of range.
    """
    if name not in OBJECTIVES:
        choices = ", ".join(map(repr, OBJECTIVES))
        raise InvalidProblemError(f"objective is {name!r}; choose from {choices}")
    given = {"alpha": alpha, "participation_weight": participation_weight}
    home = {"alpha": "fair", "participation_weight": "participation"}
    for parameter, value in given.items():
        if value is not None and home[parameter] != name:
            raise InvalidProblemError(
                f"{parameter} is {value:g}; only objective {home[parameter]!r} has it, not {name!r}"
            )
        if value is None and home[parameter] == name:
            raise InvalidProblemError(
                f"objective {name!r} needs {parameter}; give a number, {LEAST[parameter]} or more"
            )
    if name == "fair" and alpha is not None:
        return Fair(alpha=alpha)
    if name == "participation" and participation_weight is not None:
        return Participation(weight=participation_weight)
    return Worst() if name == "max" else Total()

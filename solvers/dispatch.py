"""One entrance: a problem in, a certified solution out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from importlib import import_module

from roundlot.solvers.feasibility import usable_budget
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.solution import Solution
from roundlot.theory import InvalidProblemError, Problem, RoundlotWarning
from roundlot.theory.problem import FloatArray

Method = Callable[[Problem], tuple[FloatArray, Multipliers | None]]

METHODS = {
    "exact": "roundlot.solvers.exact",
    "conic": "roundlot.solvers.conic",
}
OBJECTIVES = ("sum",)


def solve(problem: Problem, *, method: str = "auto", objective: str = "sum") -> Solution:
    """The design of least variance, feasible to the last bit, with a certificate on request.

    Args:
        problem: scores and limits.
        method: "exact" (water-filling), "conic" (an independent reference, for small problems) or
            "auto", the exact one.
        objective: "sum", the weighted sum of the models' variances.

    Raises:
        InvalidProblemError: an unknown method or objective.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the cone solver failed.

    Warns:
        RoundlotWarning: the budget is above what caps and availability can use.
    """
    name = "exact" if method == "auto" else method
    if name not in METHODS:
        raise InvalidProblemError(
            f"method is {method!r}; choose from {_choices(('auto', *METHODS))}"
        )
    if objective not in OBJECTIVES:
        raise InvalidProblemError(f"objective is {objective!r}; choose from {_choices(OBJECTIVES)}")
    find: Method = getattr(import_module(METHODS[name]), name)
    start = time.perf_counter()
    probabilities, multipliers = find(problem)
    seconds = time.perf_counter() - start
    return Solution(
        problem=problem,
        probabilities=probabilities,
        method=name,
        seconds=seconds,
        notes=_notes(problem, multipliers),
        multipliers=multipliers,
    )


def _choices(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names)


def _notes(problem: Problem, multipliers: Multipliers | None) -> tuple[str, ...]:
    if multipliers is None or multipliers.level > 0.0:
        return ()
    if not problem.scores.any():
        return ("every score is 0: any feasible design is optimal, with variance 0",)
    usable = usable_budget(problem)
    if problem.budget > usable:
        warnings.warn(
            f"budget {problem.budget:g} is above {usable:g}, what caps and availability can use; "
            "a smaller budget gives the same design",
            RoundlotWarning,
            stacklevel=3,
        )
    return ("budget slack: every processor with a positive score is at its limits",)

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
OBJECTIVES = ("sum", "max", "fair", "participation")


def solve(
    problem: Problem,
    *,
    method: str = "auto",
    objective: str = "sum",
    alpha: float | None = None,
    participation_weight: float | None = None,
) -> Solution:
    """The design of least variance, feasible to the last bit, with a certificate.

    Args:
        problem: scores and limits.
        method: "exact" (water-filling), "conic" (an independent reference, for small problems) or
            "auto", the exact one.
        objective: "sum", the weighted sum of the models' variances; "max", the worst of them;
            "fair", the norm of order ``alpha`` of them; "participation", the sum and
            ``participation_weight`` times the variances of the aggregate weights.
        alpha: ``>= 1``, for "fair" only: 1 is the sum, and large values approach the worst model.
        participation_weight: ``>= 0``, for "participation" only, in squared units of the scores.

    Raises:
        InvalidProblemError: an unknown method or objective, or a parameter that does not fit it.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: a solver stopped without reaching its tolerance.

    Warns:
        RoundlotWarning: the budget is above what caps and availability can use.
    """
    if objective == "sum" and alpha is None and participation_weight is None:
        return solve_sum(problem, method=method)
    from roundlot.solvers.objectives import make_objective

    goal = make_objective(objective, alpha=alpha, participation_weight=participation_weight)
    return goal.solve(problem, method=method)


def solve_sum(problem: Problem, *, method: str = "auto") -> Solution:
    """The design of least ``Σ λ a²/p``, on which the solvers of other objectives are built.

    Arguments and errors as `solve`.

    Raises:
        InvalidProblemError: an unknown method.
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

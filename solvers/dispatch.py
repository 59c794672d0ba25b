"""One entrance: a problem in, a certified solution out."""

from __future__ import annotations

from roundlot.solvers.objectives.norms import Fair, Worst
from roundlot.solvers.objectives.total import METHODS, Constraints, Participation, Total, solve_sum
from roundlot.solvers.solution import Objective, Solution
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.choices import ObjectiveName, SolverName
from roundlot.theory.kinds import real_number
from roundlot.theory.names import require_choice
from roundlot.theory.problem.problem import require_problem

__all__ = ["METHODS", "OBJECTIVES", "make_objective", "solve"]

#: What `solve` takes as its ``objective``.
OBJECTIVES = ("sum", "max", "fair", "participation")
_LEAST = {"alpha": 1, "participation_weight": 0}


def solve(
    problem: Problem,
    *,
    method: SolverName = "auto",
    objective: ObjectiveName = "sum",
    alpha: float | None = None,
    participation_weight: float | None = None,
    start: Solution | None = None,
    constraints: Constraints | None = None,
) -> Solution:
    """The probabilities of least variance, feasible to the last bit, with a certificate on request.

    Args:
        problem: scores and limits.
        method: "exact" (water-filling; dual Newton where limits couple processors), "conic" (an
            independent reference, for small problems) or "auto", the exact one.
        objective: "sum", the weighted sum of the models' variances; "max", the worst of them;
            "fair", the norm of order ``alpha`` of them; "participation", the sum and
            ``participation_weight`` times the variances of the aggregate weights.
        alpha: ``>= 1``, for "fair" only: 1 is the sum, and large values approach the worst model.
        participation_weight: ``>= 0``, for "participation" only, in squared units of the scores.
        start: for "sum", the solution of a similar problem. Its prices are a warm start where
            limits couple processors; elsewhere it is not needed, and not used.
        constraints: for "sum" with method "conic", further convex constraints: a function of the
            cvxpy expression ``p (V, S)`` that returns a list of cvxpy constraints. They hold to the
            accuracy of the cone solver (about 1e-8), and the certificate's lower bound is that of
            the problem without them: valid, but the gap then includes what they cost.

    Raises:
        InvalidProblemError: an unknown method or objective, or a parameter that does not fit it.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: a solver stopped without reaching its tolerance.

    Warns:
        RoundlotWarning: the budget is above what caps and availability can use.
    """
    require_problem(problem)
    _require_limit(problem)
    if start is not None and not isinstance(start, Solution):
        raise InvalidProblemError(f"start is a {type(start).__name__}; give a solution")
    if start is not None and start.probabilities.shape != problem.scores.shape:
        (rows, columns), (v, s) = start.probabilities.shape, problem.scores.shape
        raise InvalidProblemError(
            f"start is of {rows} processors and {columns} models, the problem of {v} and {s}; give "
            "the solution of a problem of the same size, or none"
        )
    require_choice(objective, "objective", OBJECTIVES)
    if objective == "sum" and alpha is None and participation_weight is None:
        return solve_sum(problem, method=method, start=start, constraints=constraints)
    if start is not None or constraints is not None:
        raise InvalidProblemError("start and constraints go with objective='sum' only")
    goal = make_objective(objective, alpha=alpha, participation_weight=participation_weight)
    return goal.solve(problem, method=method)


def _require_limit(problem: Problem) -> None:
    """Refuses a problem in which nothing limits anybody: all are drawn as often as may be.

    Raises:
        InvalidProblemError: saying so.
    """
    if problem.has_budget or not problem.is_plain:
        return
    if (problem.bounds[1].sum(axis=1) <= problem.processor_cap).all():
        raise InvalidProblemError(
            "without a budget nothing limits the draws here: every pair would be drawn at its "
            "ceiling; give a budget, or caps or costs that bind"
        )


def make_objective(
    name: str, *, alpha: float | None = None, participation_weight: float | None = None
) -> Objective:
    """The objective of a name, with its parameter.

    Raises:
        InvalidProblemError: an unknown name, a parameter that is missing, that the objective does
            not have, or that is out of range.
    """
    require_choice(name, "objective", OBJECTIVES)
    alpha = None if alpha is None else real_number(alpha, "alpha")
    if participation_weight is not None:
        participation_weight = real_number(participation_weight, "participation_weight")
    given = {"alpha": alpha, "participation_weight": participation_weight}
    home = {"alpha": "fair", "participation_weight": "participation"}
    for parameter, value in given.items():
        if value is not None and home[parameter] != name:
            raise InvalidProblemError(
                f"{parameter} is {value:g}; only objective {home[parameter]!r} has it, not {name!r}"
            )
        if value is None and home[parameter] == name:
            raise InvalidProblemError(
                f"objective {name!r} needs {parameter}; give a number, {_LEAST[parameter]} or more"
            )
    if name == "fair" and alpha is not None:
        return Fair(alpha=alpha)
    if name == "participation" and participation_weight is not None:
        return Participation(weight=participation_weight)
    return Worst() if name == "max" else Total()

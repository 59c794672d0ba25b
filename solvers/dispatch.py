"""One entrance: a problem in, a certified solution out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.slackness import notes
from roundlot.solvers.solution import Solution
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray

Method = Callable[..., tuple[FloatArray, Multipliers | Prices | None]]
Constraints = Callable[[Any], Sequence[Any]]

#: Solvers by their name, what `solve` takes as its ``method``; "auto" chooses.
METHODS = {
    "exact": "roundlot.solvers.exact",
    "conic": "roundlot.solvers.conic",
}
#: What `solve` takes as its ``objective``.
OBJECTIVES = ("sum", "max", "fair", "participation")


def solve(
    problem: Problem,
    *,
    method: str = "auto",
    objective: str = "sum",
    alpha: float | None = None,
    participation_weight: float | None = None,
    start: Solution | None = None,
    constraints: Constraints | None = None,
) -> Solution:
    """The design of least variance, feasible to the last bit, with a certificate on request.

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
    if objective == "sum" and alpha is None and participation_weight is None:
        return solve_sum(problem, method=method, start=start, constraints=constraints)
    if start is not None or constraints is not None:
        raise InvalidProblemError("start and constraints go with objective='sum' only")
    from roundlot.solvers.objectives import make_objective

    goal = make_objective(objective, alpha=alpha, participation_weight=participation_weight)
    return goal.solve(problem, method=method)


def solve_sum(
    problem: Problem,
    *,
    method: str = "auto",
    start: Solution | None = None,
    constraints: Constraints | None = None,
) -> Solution:
    """The design of least ``Σ λ a²/p``, on which the solvers of other objectives are built.

    Arguments and errors as `solve`.

    Raises:
        InvalidProblemError: an unknown method.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the cone solver, or dual Newton, did not get there; no other design is
            returned in its place.

    Warns:
        RoundlotWarning: the budget is above what caps and availability can use.
    """
    name = "exact" if method == "auto" else method
    if name not in METHODS:
        raise InvalidProblemError(
            f"method is {method!r}; choose from {_choices(('auto', *METHODS))}"
        )
    if constraints is not None and name != "conic":
        raise InvalidProblemError("constraints need method='conic'")
    find: Method = getattr(import_module(METHODS[name]), name)
    options: dict[str, Any] = {"constraints": constraints} if constraints is not None else {}
    if start is not None and name == "exact":
        options = {"start": start.multipliers}
    clock = time.perf_counter()
    probabilities, multipliers = find(problem, **options)
    seconds = time.perf_counter() - clock
    return Solution(
        problem=problem,
        probabilities=probabilities,
        method=name,
        seconds=seconds,
        notes=notes(problem, multipliers)
        if constraints is None
        else ("the lower bound is that of the problem without the further constraints",),
        multipliers=multipliers,
        constrained=constraints is not None,
    )


def _choices(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names)

"""Objective "sum": the weighted sum of the models' variances, on which all others are built."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from roundlot.solvers.conic import conic
from roundlot.solvers.exact import exact
from roundlot.solvers.proof.feasibility import slack_notes
from roundlot.solvers.solution import Solution
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.estimator import model_objective

Constraints = Callable[[Any], Sequence[Any]]

#: Solvers by their name, what `solve` takes as its ``method``; "auto" chooses.
METHODS: dict[str, Callable[..., Any]] = {"exact": exact, "conic": conic}


@dataclass(frozen=True, kw_only=True)
class Total:
    """``Σ_s λ_s Σ_v a²/p``, which is ``Σ λ Var`` and a constant; ``λ`` are the model weights."""

    name: str = "sum"

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """``Σ λ a²/p``."""
        return float(problem.model_weights @ model_objective(problem.scores, probabilities))

    def solve(self, problem: Problem, *, method: str = "auto") -> Solution:
        """The exact optimum; see `roundlot.solvers.solve`."""
        return solve_sum(problem, method=method)


def solve_sum(
    problem: Problem,
    *,
    method: str = "auto",
    start: Solution | None = None,
    constraints: Constraints | None = None,
) -> Solution:
    """The probabilities of least ``Σ λ a²/p``, on which the solvers of other objectives are built.

    Arguments and errors as `solve`.

    Raises:
        InvalidProblemError: an unknown method.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the cone solver, or dual Newton, did not get there; nothing else is
            returned in its place.

    Warns:
        RoundlotWarning: the budget is above what caps and availability can use.
    """
    name = "exact" if method == "auto" else method
    if name not in METHODS:
        choices = ", ".join(map(repr, ("auto", *METHODS)))
        raise InvalidProblemError(f"method is {method!r}; choose from {choices}")
    if constraints is not None and name != "conic":
        raise InvalidProblemError("constraints need method='conic'")
    options: dict[str, Any] = {"constraints": constraints} if constraints is not None else {}
    if start is not None and name == "exact":
        options = {"start": start.multipliers}
    clock = time.perf_counter()
    probabilities, multipliers = METHODS[name](problem, **options)
    seconds = time.perf_counter() - clock
    return Solution(
        problem=problem,
        probabilities=probabilities,
        method=name,
        seconds=seconds,
        notes=slack_notes(problem, multipliers)
        if constraints is None
        else ("the lower bound is that of the problem without the further constraints",),
        multipliers=multipliers,
        constrained=constraints is not None,
    )

"""Objective "sum": the weighted sum of the models' variances."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.solvers.dispatch import solve_sum
from roundlot.solvers.solution import Solution
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.estimator import model_objective


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

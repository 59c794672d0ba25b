"""Objectives "max", the variance of the worst model, and "fair", between that and the sum."""

from __future__ import annotations

import math
from dataclasses import dataclass

from roundlot.solvers.objectives.certificate import norm, weighted_variances
from roundlot.solvers.objectives.norm_search import minimise_norm
from roundlot.solvers.solution import ObjectiveSolution
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Worst:
    """``max_s λ_s Var_s``, with the model weights ``λ``.

    Its dual maximises ``min_p Σ_s θ_s λ_s Var_s(p)`` over the simplex of ``θ``; the gradient of
    that is ``λ Var`` at the minimising design, and the constant ``−Σ θ λ a²`` in it matters.
    """

    name: str = "max"

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """``max_s λ_s Var_s``."""
        return norm(weighted_variances(problem, probabilities), math.inf)

    def solve(self, problem: Problem, *, method: str = "auto") -> ObjectiveSolution:
        """The design whose worst model fares best; see `roundlot.solvers.solve`."""
        return minimise_norm(self, problem, math.inf, method=method)


@dataclass(frozen=True, kw_only=True)
class Fair:
    """``(Σ_s (λ_s Var_s)^α)^(1/α)``, least where ``Σ_s (λ_s Var_s)^α`` is.

    The root keeps the value in squared units of the scores: ``α = 1`` is the weighted sum of
    variances, and ``α -> ∞`` the worst model. Convex because a norm of convex functions is.

    Args:
        alpha: ``α >= 1``, finite.

    Raises:
        InvalidProblemError: ``α`` below 1, where the objective is not convex, infinite or NaN.
    """

    alpha: float
    name: str = "fair"

    def __post_init__(self) -> None:
        if not 1.0 <= self.alpha < math.inf:
            raise InvalidProblemError(
                f"alpha is {self.alpha:g}; it must be finite and at least 1, below which the "
                "objective is not convex (for the worst model, objective 'max')"
            )

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """The norm of order ``α`` of ``λ Var``."""
        return norm(weighted_variances(problem, probabilities), self.alpha)

    def solve(self, problem: Problem, *, method: str = "auto") -> ObjectiveSolution:
        """The α-fair design; see `roundlot.solvers.solve`."""
        return minimise_norm(self, problem, self.alpha, method=method)

"""Objective "max": the variance of the model that fares worst."""

from __future__ import annotations

import math
from dataclasses import dataclass

from roundlot.solvers.objectives.norm_search import minimise_norm
from roundlot.solvers.objectives.norms import norm, weighted_variances
from roundlot.solvers.objectives.objective import ObjectiveSolution
from roundlot.theory import Problem
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

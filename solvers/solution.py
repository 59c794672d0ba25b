"""An answer that carries its question, and recomputes how well it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from roundlot.solvers.certificate import Certificate, certify
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.prices import Prices
from roundlot.theory import Problem
from roundlot.theory.moments import model_objective, model_variance
from roundlot.theory.problem import BoolArray, FloatArray

AT_CAP = 1.0 - 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """A feasible design for a problem.

    Attributes:
        problem: what was asked.
        probabilities: ``(V, S)``, read-only; ``l <= p <= u`` and every sum within its limit (a
            processor's, a client's, a group's, a model's, a cost, the total) as real sums of these
            float64 values, without tolerance.
        method: what found it.
        seconds: wall-clock time it took.
        notes: what is worth knowing, in words.
        multipliers: prices of the constraints, when the method knows them.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    method: str
    seconds: float
    notes: tuple[str, ...] = ()
    multipliers: Multipliers | Prices | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.probabilities.flags.writeable = False

    @cached_property
    def objective(self) -> float:
        """``Σ λ a²/p``; infinite only above the range of float64."""
        return self._weighted(model_objective(self.problem.scores, self.probabilities))

    @cached_property
    def model_variance(self) -> FloatArray:
        """``(S,)``, ``Σ_v a² (1/p − 1)`` of each model, without its weight."""
        return model_variance(self.problem.scores, self.probabilities)

    @cached_property
    def variance(self) -> float:
        """``Σ λ a² (1/p − 1)``, the variance the design leaves."""
        return self._weighted(self.model_variance)

    @cached_property
    def certificate(self) -> Certificate:
        """The proved distance from the optimum; computed when first asked for."""
        return certify(self.problem, self.probabilities, self.multipliers)

    @property
    def draws(self) -> float:
        """Expected draws in a round, ``Σ p``."""
        return math.fsum(self.probabilities.sum(axis=1).tolist())

    @property
    def budget_left(self) -> float:
        """``m − Σ p``, at least 0."""
        return max(0.0, self.problem.budget - self.draws)

    @cached_property
    def capped(self) -> BoolArray:
        """``(V,)``, which processors are at their caps."""
        marks: BoolArray = self.probabilities.sum(axis=1) >= self.problem.processor_cap * AT_CAP
        return marks

    def _weighted(self, per_model: FloatArray) -> float:
        with np.errstate(over="ignore"):
            terms = self.problem.model_weights * per_model
        return math.fsum(terms.tolist()) if np.isfinite(terms).all() else math.inf

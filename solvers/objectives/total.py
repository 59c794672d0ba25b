"""Objectives that are sums over all pairs: "sum", the base of all others, and "participation".

The first is the weighted sum of the models' variances; the second adds the variance of the
aggregate weight, and is a sum program of other scores.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roundlot.solvers.central.proved import require_small, require_within
from roundlot.solvers.conic import conic
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.under import least_sum, sum_bound
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.certificate import Certificate, certify
from roundlot.solvers.proof.feasibility import slack_notes
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.ranges import range_notes
from roundlot.solvers.solution import ObjectiveSolution, Solution
from roundlot.solvers.water.scaling import changed, in_power, shifted
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.estimator import model_objective
from roundlot.theory.names import require_choice

# Below and above what a few roundings make of a squared score.
DOWN, UP = 1.0 - 2.0**-50, 1.0 + 2.0**-46
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
    require_choice(method, "method", ("auto", *METHODS))
    name = "exact" if method == "auto" else method
    if constraints is not None and name != "conic":
        raise InvalidProblemError("constraints need method='conic'")
    options: dict[str, Any] = {"constraints": constraints} if constraints is not None else {}
    if start is not None and name == "exact":
        options = {"start": start.multipliers}
    clock = time.perf_counter()
    multipliers: Multipliers | Prices | None
    if problem.model_variance_ceilings is not None and name == "exact":
        probabilities, multipliers = least_sum(problem)
        if problem.sum_floors():
            require_within(problem, probabilities)
            require_small(certify(problem, probabilities, multipliers).gap)
    else:
        probabilities, multipliers = METHODS[name](problem, **options)
    seconds = time.perf_counter() - clock
    return Solution(
        problem=problem,
        probabilities=probabilities,
        method=name,
        seconds=seconds,
        notes=(*slack_notes(problem, multipliers), *range_notes(problem, probabilities))
        if constraints is None
        else ("the lower bound is that of the problem without the further constraints",),
        multipliers=multipliers,
        constrained=constraints is not None,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ParticipationCertificate(Certificate):
    """A lower bound on ``Σ λ (a² + w (d/B)²) / p``, and the distance of probabilities from it.

    Attributes:
        goal: the objective.
        inner: the certificate of the sum program whose squared scores are just below
            ``a² + w (d/B)²``; its bound is the bound.
    """

    goal: Participation
    inner: Certificate = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Participation:
    """``Σ_s λ_s Σ_v (a² + w (d/B)²) / p``: variance plus ``w`` times participation variance.

    The aggregate weight of a model varies even when all clients agree, and moves the model; the
    second term counts that. Both are of the form ``Σ x²/p``, so the solver is that of the sum with
    the scores ``√(a² + w (d/B)²)``.

    Args:
        weight: ``w >= 0``, in squared units of the scores.

    Raises:
        InvalidProblemError: a weight that is negative, infinite or NaN.

    Source: Zhang et al. (arXiv 2504.05138), for the participation variance.
    """

    weight: float
    name: str = "participation"

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight < math.inf:
            raise InvalidProblemError(
                f"participation_weight is {self.weight:g}; it must be finite and at least 0"
            )

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """``Σ λ (a² + w (d/B)²) / p``."""
        shares = held_weights(problem)
        with np.errstate(over="ignore", invalid="ignore"):
            moments = model_objective(problem.scores, probabilities)
            if self.weight > 0.0:
                moments = moments + self.weight * model_objective(shares, probabilities)
            total = math.fsum((problem.model_weights * moments).tolist())
        if total < math.inf:
            return total
        # a moment may leave float64 that its weight brings back
        roots = np.sqrt(problem.model_weights) * np.hypot(problem.scores, self.shares(problem))
        return math.fsum(model_objective(roots, probabilities).tolist())

    def solve(self, problem: Problem, *, method: str = "auto") -> ObjectiveSolution:
        """The best probabilities for both; see `roundlot.solvers.solve`.

        Raises:
            InvalidProblemError: a problem without aggregation weights.
        """
        start = time.perf_counter()
        if problem.model_variance_ceilings is None:
            inner = solve_sum(self.combined(problem), method=method)
            p, multipliers, notes = inner.probabilities, inner.multipliers, inner.notes
        else:
            require_choice(method, "method", ("auto", *METHODS))
            p, multipliers = least_sum(problem, self.shares(problem))
            notes = slack_notes(problem, multipliers)
            if method == "conic":
                together = changed(
                    self.combined(problem), model_variance_ceilings=problem.model_variance_ceilings
                )
                p, _ = conic(together, varying=problem.scores)
        seconds = time.perf_counter() - start
        return ObjectiveSolution(
            problem=problem,
            probabilities=p,
            method="exact" if method == "auto" else method,
            seconds=seconds,
            notes=notes,
            goal=self,
            proof=self.certify(problem, p, multipliers),
        )

    def shares(self, problem: Problem) -> FloatArray:
        """``(V, S)``, ``√w d/B``."""
        return math.sqrt(self.weight) * held_weights(problem)

    def certify(
        self,
        problem: Problem,
        probabilities: FloatArray,
        multipliers: Multipliers | Prices | None = None,
    ) -> ParticipationCertificate:
        """The certificate of any ``p`` for this objective, as `roundlot.solvers.certify`."""
        paid = multipliers.ceilings if isinstance(multipliers, Prices) else None
        bare = (
            replace(multipliers, ceilings=None) if isinstance(multipliers, Prices) else multipliers
        )
        inner = certify(self.combined(problem), probabilities, bare)
        objective, bound = inner.objective * UP, inner.lower_bound
        gap, proved = inner.gap + 2.0**-45, inner.multipliers
        if paid is not None:
            assert isinstance(multipliers, Prices)
            proved, unit = multipliers, inner.unit
            bound = sum_bound(
                in_power(problem, unit) if unit else problem,
                inner.probabilities,
                replace(multipliers, exponent=multipliers.exponent - unit),
                inner.objective,
                shifted(self.shares(problem), -unit) if unit else self.shares(problem),
            )
            gap = gap_above(objective, bound)
        return ParticipationCertificate(
            problem=problem,
            probabilities=inner.probabilities,
            multipliers=proved,
            lower_bound=bound,
            objective=objective,
            gap=gap if objective > 0.0 else 0.0,
            rigorous=inner.rigorous,
            goal=self,
            inner=inner,
            unit=inner.unit,
        )

    def combined(self, problem: Problem) -> Problem:
        """The limits on sums, and scores whose squares are, by few ulp, below ``a² + w (d/B)²``.

        Below, so that a lower bound for them is one for the objective.
        """
        shares = self.shares(problem)
        with np.errstate(over="ignore"):
            scores = np.hypot(problem.scores, shares) * DOWN
        if not np.isfinite(scores).all():
            raise InvalidProblemError(
                f"participation_weight {self.weight:g} takes a score above the range of float64"
            )
        combined = np.where(shares > 0.0, scores, problem.scores)
        return changed(problem, scores=combined, model_variance_ceilings=None)


def held_weights(problem: Problem) -> FloatArray:
    """``(V, S)``, the aggregation weights of the pairs that can be drawn.

    Raises:
        InvalidProblemError: a problem without weights.
    """
    if problem.weights is None:
        raise InvalidProblemError(
            "objective 'participation' needs the aggregation weights d/B; "
            "give the problem weights=..."
        )
    return np.where(problem.available, problem.weights, 0.0)

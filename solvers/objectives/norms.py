"""Objectives "max", the variance of the worst model, and "fair", between that and the sum.

Both are norms of the models' variances, made least by their dual.

For ``1 <= α <= ∞`` and ``1/α + 1/β = 1``, with ``y_s = λ_s Var_s(p)``,

    min_p ‖y(p)‖_α  =  max over θ >= 0 with ‖θ‖_β <= 1 of  min_p Σ_s θ_s y_s(p),

and at the optimum ``θ_s ∝ y_s^(α−1)``. The weights ``θ`` and the prices of all limits are found
together, by `roundlot.solvers.joint`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.central.floors import within_limits
from roundlot.solvers.joint.answer import solve_joint
from roundlot.solvers.joint.bound import ACCEPTED
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import kept
from roundlot.solvers.joint.under import held_ceilings
from roundlot.solvers.objectives.certificate import certify_norm, norm, weighted_variances
from roundlot.solvers.proof.certificate import Certificate
from roundlot.solvers.proof.feasibility import check_feasible, slack_notes
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.ranges import range_notes
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.solution import Objective, ObjectiveSolution
from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.names import unknown

# Of Σ a²/p: what the last bits of probabilities are worth, however small the variance beside it.
LAST_BITS = 2.0**-50


@dataclass(frozen=True, kw_only=True)
class Worst:
    """``max_s λ_s Var_s``, with the model weights ``λ``.

    Its dual maximises ``min_p Σ_s θ_s λ_s Var_s(p)`` over the simplex of ``θ``; the gradient of
    that is ``λ Var`` at the minimum, and the constant ``−Σ θ λ a²`` in it matters.
    """

    name: str = "max"

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """``max_s λ_s Var_s``."""
        return norm(weighted_variances(problem, probabilities), math.inf)

    def solve(self, problem: Problem, *, method: str = "auto") -> ObjectiveSolution:
        """The probabilities whose worst model fares best; see `roundlot.solvers.solve`."""
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
        """The α-fair probabilities; see `roundlot.solvers.solve`."""
        return minimise_norm(self, problem, self.alpha, method=method)


def minimise_norm(
    goal: Objective, problem: Problem, order: float, *, method: str = "auto"
) -> ObjectiveSolution:
    """The probabilities of least ``‖λ Var‖_order``, certified.

    Raises:
        InvalidProblemError: ``method="conic"``, which is too rough to build on.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the proved gap stayed above 1e-9, and above what rounding explains.
    """
    if method not in ("auto", "exact"):
        _refuse(goal, method)
    start = time.perf_counter()
    probabilities, prices, weights = _minimised(problem, order)
    proof = certify_norm(
        goal,
        problem,
        probabilities,
        order=order,
        weights=weights,
        multipliers=prices,
    )
    doubt = _accepted(proof, problem, probabilities)
    return ObjectiveSolution(
        problem=problem,
        probabilities=probabilities,
        method="exact",
        seconds=time.perf_counter() - start,
        notes=(*doubt, *slack_notes(problem, prices), *range_notes(problem)),
        goal=goal,
        proof=proof,
    )


def _refuse(goal: Objective, method: str) -> None:
    if method == "conic":
        raise InvalidProblemError(
            f"method is 'conic'; objective {goal.name!r} is built on 'exact' ('auto')"
        )
    raise unknown(method, "method", ("auto", "exact"))


def _minimised(problem: Problem, order: float) -> tuple[FloatArray, Prices, FloatArray]:
    """Probabilities, prices of the limits in units of the scores, and weights ``ω (S,)``."""
    check_feasible(problem)
    factors = np.where(problem.scores.any(axis=0), problem.model_weights, 0.0)
    if not factors.any():
        return within_limits(problem), no_prices(problem), problem.model_weights
    ceilings = held_ceilings(problem)
    held, some = Rows.of_models(ceilings), factors > 0.0
    norm = Rows.of_norm(np.zeros_like(factors) if order == 1.0 else factors)
    answer = solve_joint(
        problem,
        layers=problem.scores[None],
        rows=norm + held,
        fixed=factors[None] if order == 1.0 else None,
        order=math.inf if order == 1.0 else order,
        accepted=lambda p: not above_ceilings(problem.scores, p, ceilings).any(),
    )
    count = len(norm.ceilings)
    weights = factors.copy()
    if order > 1.0:
        weights[some] = answer.rows[:count] * factors[some]
    unit = exponent_of(float(problem.scores.max()))
    prices = replace(answer.prices, exponent=answer.prices.exponent - unit)
    if problem.model_variance_ceilings is not None:
        paid = np.zeros_like(factors)
        paid[np.isfinite(ceilings)] = answer.rows[count:]
        prices = replace(prices, ceilings=paid)
    p = kept(problem, answer.probabilities, ceilings, problem.scores)
    return p, prices, weights


def _accepted(proof: Certificate, problem: Problem, probabilities: FloatArray) -> tuple[str, ...]:
    """What is to be said of a gap that the rounding of a variance near 0 leaves open.

    Raises:
        ConvergenceError: the gap is neither small nor explained by that.
    """
    if proof.gap <= ACCEPTED:
        return ()
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        scores = problem.weighted_scores / float(problem.weighted_scores.max())
        moment = float(np.nansum(scores * scores / probabilities))
        unit = float(problem.weighted_scores.max())
        left = (proof.objective / unit - proof.lower_bound / unit) / unit
    if not left <= LAST_BITS * moment:
        raise ConvergenceError(
            f"the proved gap is {proof.gap:.2g}, above {ACCEPTED:g}; raise small floors or drop "
            "models whose scores are many orders below the others"
        )
    return (
        f"a gap of {proof.gap:.2g} is proved, no smaller one: the variance is in the last bits of "
        "what it is the difference of, and hardly matters",
    )

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
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from roundlot.solvers.joint.answer import FINE
from roundlot.solvers.joint.beyond import FEW
from roundlot.solvers.joint.bound import ROUNDED
from roundlot.solvers.objectives.certificate import (
    ObjectiveCertificate,
    certify_norm,
    norm,
)
from roundlot.solvers.objectives.closest import closest
from roundlot.solvers.objectives.shortfall import beyond_float64, not_proved
from roundlot.solvers.objectives.ways import (
    SPLITS,
    UNASKED,
    Minimised,
    by_binding,
    tries,
    weighted_variances,
)
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.proof.feasibility import slack_notes
from roundlot.solvers.proof.leftover import with_leftover
from roundlot.solvers.proof.prices import Multipliers
from roundlot.solvers.proof.ranges import range_notes
from roundlot.solvers.solution import Objective, ObjectiveSolution
from roundlot.solvers.water.scaling import changed, exponent_of
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import prices_of_roots
from roundlot.theory.names import require_choice

BINDING = 3  # ways whose limits that bind are looked at: others are less likely
CERTAIN = 8  # times that entries that are drawn always are taken out: each a scale of scores


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
        ConvergenceError: the proved gap stayed above 1e-9.
    """
    _require_exact(goal, method)
    start = time.perf_counter()
    found, proof = _proved(goal, problem, order)
    if proof.gap > ACCEPTED:
        found, proof = _in_last_bits(goal, problem, order, found, proof)
    probabilities = proof.probabilities
    return ObjectiveSolution(
        problem=problem,
        probabilities=probabilities,
        method="exact",
        seconds=time.perf_counter() - start,
        notes=(
            *slack_notes(problem, found[1]),
            *range_notes(problem, probabilities, (proof.objective, proof.unit)),
        ),
        goal=goal,
        proof=proof,
    )


def _proved(
    goal: Objective, problem: Problem, order: float, *, splits: int = SPLITS
) -> tuple[Minimised, ObjectiveCertificate]:
    """What was found, and its certificate."""

    def better(found: Minimised) -> ObjectiveCertificate:
        proof = _certified(goal, problem, order, found)
        if proof.gap > FINE:
            p = with_leftover(problem, found[0], found[2])
            other = _certified(goal, problem, order, (p, *found[1:]))
            proof = other if other.gap < proof.gap else proof
        still = _with_still_models(problem, found) if proof.gap > FINE else None
        if still is not None:
            other = _certified(goal, problem, order, still)
            proof = other if other.gap < proof.gap else proof
        return proof

    others = _each_with_more_digits(problem, order, tries(problem, order, splits=splits))
    found = next(others)
    proof = last = better(found)
    tried = [(found, proof)]
    for other in others if proof.gap > FINE else ():
        last = better(other)
        tried.append((other, last))
        if last.gap < proof.gap:
            proof, found = last, other
        if proof.gap <= FINE:
            break
    starts = (_among_certain(problem, order, start, better) for start in (proof, last))
    for certain, trial in chain.from_iterable(starts):
        tried.append((certain, trial))
        if trial.gap < proof.gap:
            proof, found = trial, certain
        if proof.gap <= FINE:
            break
    if proof.gap > FINE:
        crossed = _crossed(tried)
        trial = _certified(goal, problem, order, crossed)
        if trial.gap < proof.gap:
            proof, found = trial, crossed
    return (proof.probabilities, *found[1:]), proof


def _crossed(tried: list[tuple[Minimised, ObjectiveCertificate]]) -> Minimised:
    """The best probabilities of all with the prices that prove most: one way seldom has both."""
    unit = tried[0][1].unit
    same = [each for each in tried if each[1].unit == unit]
    _, best = min(same, key=lambda each: each[1].objective)
    surest, _ = max(same, key=lambda each: each[1].lower_bound)
    return best.probabilities, *surest[1:]


def _among_certain(
    problem: Problem,
    order: float,
    last: ObjectiveCertificate,
    better: Callable[[Minimised], ObjectiveCertificate],
) -> Iterator[tuple[Minimised, ObjectiveCertificate]]:
    """What is found without entries that are drawn always, then without those of that, and on."""
    out = 0
    for _ in range(CERTAIN):
        rest = None if last.gap <= FINE else _without_certain(problem, last.probabilities)
        count = 0 if rest is None else int((rest.scores == 0.0).sum())
        if rest is None or count <= out:  # no more than before
            return
        out = count
        with suppress(*UNASKED):
            for each in islice(_each_with_more_digits(rest, order, tries(rest, order)), 2):
                certain = _rescaled(rest, problem, each)
                last = better(certain)
                yield certain, last


def _each_with_more_digits(
    problem: Problem, order: float, ways: Iterator[Minimised]
) -> Iterator[Minimised]:
    """Each of them, and what the limits that bind there say in many digits."""
    for turn, found in enumerate(ways):
        yield found
        other = by_binding(problem, order, found) if turn < BINDING else None
        if other is not None:
            yield other


def _certified(
    goal: Objective, problem: Problem, order: float, found: Minimised
) -> ObjectiveCertificate:
    p, prices, weights = found
    return certify_norm(goal, problem, p, order=order, weights=weights, multipliers=prices)


def _in_last_bits(
    goal: Objective,
    problem: Problem,
    order: float,
    found: Minimised,
    proof: ObjectiveCertificate,
) -> tuple[Minimised, ObjectiveCertificate]:
    """The best that float64 has, where it is near the optimum.

    Raises:
        ConvergenceError: it is not, or it is not known; saying why.
    """
    if problem.sum_floors() or problem.scores.size > FEW:
        raise ConvergenceError(_not_proved(proof))
    try:
        known = closest(problem, order, lambda part: _proved(goal, part, order, splits=0)[0])
    except UNASKED:
        raise ConvergenceError(_not_proved(proof)) from None
    for other in known.found:
        trial = _certified(goal, problem, order, (known.best, *other[1:]))
        if trial.gap < proof.gap:
            proof, found = trial, other
    if proof.gap > ACCEPTED:
        raise ConvergenceError(
            beyond_float64(goal.name, known) if known.missed else _not_proved(proof)
        )
    return found, proof


def _not_proved(proof: ObjectiveCertificate) -> str:
    return not_proved(proof.goal.name, proof.problem, proof.probabilities, proof.gap)


def _with_still_models(problem: Problem, found: Minimised) -> Minimised | None:
    """With models whose pairs are all drawn always weighing just what keeps them so, ``κ/a²``.

    They do not vary, and less would let the bound draw them more rarely. None if there are none.
    """
    p, prices, weights = found
    positive = problem.scores > 0.0
    still = positive.any(axis=0) & ((p >= 1.0) | ~positive).all(axis=0)
    if not still.any() or still.all():
        return None
    if isinstance(prices, Multipliers):
        prices = prices_of_roots(
            problem, level=prices.level, rows=prices.rows, exponent=prices.exponent
        )
    kappa = np.zeros((1, 1))
    for limit, values in prices.by_limit(problem):
        kappa = limit.plus_prices(kappa, values)
    unit = exponent_of(float(problem.scores.max()))
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        near = np.ldexp(problem.scores, -unit)
        asked = np.ldexp(kappa / near / near, 2 * prices.exponent) * (1.0 + ROUNDED)
        needed = np.max(asked, axis=0, where=positive & still, initial=0.0)
    if not (needed[still] < np.inf).all() or (needed[still] <= weights[still]).all():
        return None
    return p, prices, np.where(still, np.maximum(weights, needed), weights)


def _without_certain(problem: Problem, p: FloatArray) -> Problem | None:
    """The problem without scores of entries that are drawn always; None where there are none.

    They do not vary. Beside scores of theirs others may be too small to count: what is left has a
    scale of its own, and its prices are as good as long as they stay below those entries' slopes.
    """
    certain = (p >= 1.0) & (problem.scores > 0.0)
    if not certain.any() or not (problem.scores[~certain] > 0.0).any():
        return None
    return changed(
        problem,
        scores=np.where(certain, 0.0, problem.scores),
        floor=np.where(certain, 1.0, problem.floor),
    )


def _rescaled(rest: Problem, problem: Problem, found: Minimised) -> Minimised:
    """Prices in units of a problem's scores, from those in units of the rest of them."""
    p, prices, weights = found
    units = [exponent_of(float(x.scores.max())) for x in (rest, problem)]
    return p, replace(prices, exponent=prices.exponent + units[0] - units[1]), weights


def _require_exact(goal: Objective, method: str) -> None:
    if isinstance(method, str) and method == "conic":
        raise InvalidProblemError(
            f"method is 'conic'; objective {goal.name!r} is built on 'exact' ('auto')"
        )
    require_choice(method, "method", ("auto", "exact"))

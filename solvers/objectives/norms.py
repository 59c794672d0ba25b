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
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from roundlot.solvers.central.floors import within_limits
from roundlot.solvers.central.slack import beside_floors, unpriced
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import FINE, has_second_way, solve_joint
from roundlot.solvers.joint.beyond import FEW
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import kept
from roundlot.solvers.joint.under import held_ceilings
from roundlot.solvers.objectives.certificate import (
    ObjectiveCertificate,
    certify_norm,
    norm,
    weighted_variances,
)
from roundlot.solvers.objectives.closest import Closest, closest
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.proof.feasibility import check_feasible, slack_notes
from roundlot.solvers.proof.leftover import with_leftover
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.ranges import range_notes
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.solution import Objective, ObjectiveSolution
from roundlot.solvers.water.scaling import changed, exponent_of
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.names import unknown

Minimised = tuple[FloatArray, Prices | Multipliers, FloatArray]  # (V, S), and weights (S,)
APART = 26.0  # powers of two: beyond, what 1 lacks has less than half of its digits beside 1
LED = 4  # times that the worst model is asked for
LEAST_SHARE = 1e-30  # of a model's weight beside that of the worst: others must be drawn, too
# Of a part of the problem, about which nobody asked.
UNASKED = (ConvergenceError, InfeasibleError, InvalidProblemError)
CERTAIN = 8  # times that entries that are drawn always are taken out: each a scale of scores
LITTLE = 1e-3  # of the budget: floors that leave less may be why a proof falls short
ALMOST = 1.0 - 2.0**-40  # a probability above it is as near to 1 as makes no difference


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
    if method not in ("auto", "exact"):
        _refuse(goal, method)
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
        notes=(*slack_notes(problem, found[1]), *range_notes(problem)),
        goal=goal,
        proof=proof,
    )


def _tries(problem: Problem, order: float) -> Iterator[Minimised]:
    """What is found without floors of sums, if it keeps them, and with them."""
    if problem.sum_floors():
        slack = beside_floors(problem, lambda rest: _minimised(rest, order), lambda found: found[0])
        if slack is not None:
            yield slack[0], unpriced(problem, slack[1]), slack[2]
    found = _minimised(problem, order)
    yield found
    if has_second_way(problem):
        yield from _beside_floors(problem, order, found)
    if problem.sum_floors() and problem.model_variance_ceilings is None:
        shares = _shares(problem, order, found[0])
        for _ in range(LED):
            found = _led(problem, shares)
            yield found
            # between the last and what they lead to: what counts less has more variance
            shares = np.sqrt(shares * _shares(problem, order, found[0]))


def _beside_floors(problem: Problem, order: float, found: Minimised) -> Iterator[Minimised]:
    """What sums and the central path find where a room beside floors is next to nothing.

    All probabilities that there are leave each variance as it is but for a part of that room, so
    how models count is known from any; and the solver of sums keeps the room's digits.
    """
    last = found
    for _ in range(LED - 1):
        led = _led_beside(problem, _shares(problem, order, last[0]))
        if led is None:
            break
        yield led
        last = led
    for central in _centrally(problem, order):
        yield central
        weights = np.where(problem.scores.any(axis=0), central[2], 0.0) / problem.model_weights
        if (weights > 0.0).any():
            led = _led_beside(problem, np.maximum(weights / weights.max(), LEAST_SHARE))
            if led is not None:
                yield led


def _led_beside(problem: Problem, shares: FloatArray) -> Minimised | None:
    """The same as `_led`; None where that fails, or leaves ceilings of variances unkept."""
    try:
        led = _led(changed(problem, model_variance_ceilings=None), shares)
    except UNASKED:
        return None
    if problem.model_variance_ceilings is None:
        return led
    p, prices, weights = led
    if above_ceilings(problem.scores, p, held_ceilings(problem)).any():
        return None
    unpaid = np.zeros(problem.n_models)
    return p, replace(unpriced(problem, prices), ceilings=unpaid), weights


def _centrally(problem: Problem, order: float) -> Iterator[Minimised]:
    """The same along the central path; nothing where that does not get to its end."""
    with suppress(*UNASKED):
        yield _minimised(problem, order, central=True)


def _shares(problem: Problem, order: float, p: FloatArray) -> FloatArray:
    """``(S,)``, what a norm makes of the models' variances, beside that of the worst."""
    values = weighted_variances(problem, p)
    top = float(values.max())
    shares = values / top if 0.0 < top < math.inf else np.ones(values.size)
    with np.errstate(under="ignore"):
        shares = (shares == 1.0) * 1.0 if order == math.inf else shares ** (order - 1.0)
    return np.maximum(shares, LEAST_SHARE)


def _led(problem: Problem, shares: FloatArray) -> Minimised:
    """The least sum in which models count by shares.

    Where one model is worse than others by many orders that is all there is to find.
    """
    some = problem.scores.any(axis=0)
    factors = np.where(some, shares * problem.model_weights, 0.0)
    weights = np.where(some, factors, 1.0)
    led = _summed(changed(problem, model_weights=weights), factors)
    return led[0], led[1], factors


def _proved(
    goal: Objective, problem: Problem, order: float
) -> tuple[Minimised, ObjectiveCertificate]:
    """What was found, and its certificate."""

    def better(found: Minimised) -> ObjectiveCertificate:
        proof = _certified(goal, problem, order, found)
        if proof.gap > FINE:
            p = with_leftover(problem, found[0])
            other = _certified(goal, problem, order, (p, *found[1:]))
            proof = other if other.gap < proof.gap else proof
        return proof

    tries = _tries(problem, order)
    found = next(tries)
    proof = last = better(found)
    for other in tries if proof.gap > FINE else ():
        last = better(other)
        if last.gap < proof.gap:
            proof, found = last, other
        if proof.gap <= FINE:
            break
    for _ in range(CERTAIN):
        rest = None if proof.gap <= FINE else _without_certain(problem, last.probabilities)
        if rest is None:
            break
        try:
            certain = _rescaled(rest, problem, next(_tries(rest, order)))
        except UNASKED:
            break
        last = better(certain)
        if last.gap < proof.gap:
            proof, found = last, certain
    return (proof.probabilities, *found[1:]), proof


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
        raise ConvergenceError(_advice(proof))
    try:
        known = closest(problem, order, lambda part: _proved(goal, part, order)[0])
    except UNASKED:
        raise ConvergenceError(_advice(proof)) from None
    for other in known.found:
        trial = _certified(goal, problem, order, (known.best, *other[1:]))
        if trial.gap < proof.gap:
            proof, found = trial, other
    if proof.gap > ACCEPTED:
        raise ConvergenceError(_beyond(goal, known) if known.missed else _advice(proof))
    return found, proof


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


def _refuse(goal: Objective, method: str) -> None:
    if method == "conic":
        raise InvalidProblemError(
            f"method is 'conic'; objective {goal.name!r} is built on 'exact' ('auto')"
        )
    raise unknown(method, "method", ("auto", "exact"))


def _minimised(problem: Problem, order: float, *, central: bool = False) -> Minimised:
    """Probabilities, prices of the limits in units of the scores, and weights ``ω (S,)``."""
    check_feasible(problem)
    factors = np.where(problem.scores.any(axis=0), problem.model_weights, 0.0)
    if not factors.any():
        return within_limits(problem), no_prices(problem), problem.model_weights
    alone = order == 1.0 or int((factors > 0.0).sum()) == 1
    if alone and problem.model_variance_ceilings is None:
        return _summed(problem, factors)
    if problem.sum_floors() and problem.model_variance_ceilings is not None:
        free = _summed(changed(problem, model_variance_ceilings=None), factors)
        if (free[0][problem.scores > 0.0] >= 1.0).all():
            return free  # no variance at all: a path towards a logarithm of 0 has no end
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
        central=central,
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


def _summed(problem: Problem, factors: FloatArray) -> Minimised:
    """The same where one model alone varies, or at order 1: what makes the sum least.

    Any norm of one number is that number; nothing has to be found but prices of the limits.
    """
    p, prices = exact(problem)
    unit = exponent_of(float(problem.scores.max()))
    return p, replace(prices, exponent=prices.exponent - unit), factors


def _beyond(goal: Objective, known: Closest) -> str:
    """Which probability float64 lacks, as `closest` has proved."""
    pair, names = known.pair(), known.problem.names
    which = "probabilities nearer to 1 than float64 has"
    if pair is not None:
        v, s = pair
        rest = _digits(1 - known.table[v][s])
        which = (
            f"{names.row(v)} to train {names.model(s)} with a probability of about 1 - {rest}, "
            "and float64 has none near enough"
        )
    return (
        f"objective {goal.name!r} needs {which}: all probabilities that it has are proved to miss "
        f"the least value by at least {_digits(known.least / known.reached - 1)} of it; drop the "
        "models whose scores are many orders below the others, or lower the budget"
    )


def _digits(value: Fraction) -> str:
    """Two digits, of any size."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.2g}"


def _far_apart(problem: Problem) -> bool:
    """Whether a processor has scores of which one wants next to nothing of it beside another.

    Variances ``a² (1 − p)`` and ``b²/(1 − p)`` are alike at ``1 − p = b/a``.
    """
    roots = (
        np.log2(
            problem.model_weights, where=problem.model_weights > 0.0, out=np.zeros(problem.n_models)
        )
        / 2
    )
    wanted = (problem.scores > 0.0) & (problem.model_weights > 0.0)
    sizes = np.log2(problem.scores, where=wanted, out=np.zeros(problem.scores.shape)) + roots
    top = np.where(wanted & (problem.bounds[1] >= 1.0), sizes, -np.inf).max(axis=1)
    low = np.where(wanted, sizes, np.inf).min(axis=1)
    return bool((top - low > APART).any())


def _left_by_floors(problem: Problem) -> float:
    """Which part of the budget."""
    used = math.fsum(problem.bounds[0].ravel().tolist())
    return 1.0 - used / problem.budget if 0.0 < problem.budget < math.inf else 1.0


def _advice(proof: ObjectiveCertificate) -> str:
    """What was reached, where that is not near the optimum, and why it may be."""
    p = proof.probabilities
    if bool(((p > ALMOST) & (p < 1.0)).any()) or _far_apart(proof.problem):
        why = (
            "it may need probabilities nearer to 1 than float64 has; "
            "drop models whose scores are many orders below the others, or lower the budget"
        )
    elif 0.0 <= (left := _left_by_floors(proof.problem)) < LITTLE:
        why = f"floors leave {left:.2g} of the budget; raise it, or lower them"
    else:
        why = "drop models whose scores are many orders below the others, or raise small floors"
    return (
        f"objective {proof.goal.name!r} is proved to a gap of {proof.gap:.2g} only, above "
        f"{ACCEPTED:g}; {why}"
    )

"""Objective, variance and lower bound of a claim, computed afresh and enclosed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import (
    EXACT,
    NOTHING,
    UNIT,
    ZERO,
    Enclosure,
    around,
    dual_norm,
    near_sum,
    norm,
    two_to,
)
from roundlot.theory.certificates.bound import Program, proved_bound
from roundlot.theory.certificates.claim import Claim
from roundlot.theory.certificates.distance import proved_distance
from roundlot.theory.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What a claim's design and prices amount to.

    Attributes:
        objective, variance: enclosed.
        bound: no feasible probabilities go below it.
        design: the sums of the probabilities.
        distance: the variance is at most this much above the least; None where nothing is claimed
            of that.
    """

    objective: Enclosure
    variance: Enclosure
    bound: Fraction
    design: Sums
    distance: Fraction | None = None


def numbers_of(claim: Claim, *, exact: bool = False) -> Numbers:
    """Those of a claim whose arrays fit and in which every positive score can be drawn.

    In fractions if ``exact`` or the problem is small, else in floats with their rounding.
    """
    problem, name = claim.problem, claim.goal.name
    found = sums(problem.scores, claim.probabilities, exact=exact)
    weights = _exact(problem.model_weights)
    if claim.goal.is_norm:
        objective, bound = _norm(claim, found, weights, exact)
    elif name == "cost":
        objective, bound = _cost(claim, found, exact)
    else:
        objective, bound = _moments(claim, found, weights, exact)
    variance = _combined(weights, found.variances)
    apart = None
    if claim.variance_gap is not None and name == "sum":
        program = Program(problem=problem, factors=problem.model_weights, prices=claim.prices)
        apart = proved_distance(program, claim.probabilities, exact=exact)
    return Numbers(
        objective=objective, variance=variance, bound=bound, design=found, distance=apart
    )


def shares_of(problem: Problem) -> FloatArray:
    """The aggregation weights ``d/B`` of the pairs that are available."""
    assert problem.weights is not None
    return np.where(problem.available, problem.weights, 0.0)


def _moments(
    claim: Claim, found: Sums, weights: list[Fraction], exact: bool
) -> tuple[Enclosure, Fraction]:
    """Of ``Σ λ (a² + w d²)/p``."""
    problem, weight = claim.problem, claim.goal.weight
    objective, shares = _combined(weights, found.moments), None
    if weight:  # of weight 0 a pair without a score may stay at 0
        shares = shares_of(problem)
        extra = _combined(weights, sums(shares, claim.probabilities, exact=exact).moments)
        objective += extra.times(Fraction(weight))
    program = Program(
        problem=problem,
        factors=problem.model_weights,
        prices=claim.prices,
        weight=weight or 0.0,
        shares=shares,
    )
    return objective, proved_bound(program, exact=exact)


def _norm(
    claim: Claim, found: Sums, weights: list[Fraction], exact: bool
) -> tuple[Enclosure, Fraction]:
    """Of ``‖λ Var‖_α``: ``‖λ Var‖_α ‖ω/λ‖_β >= Σ ω Var`` (Hölder), for any ``ω >= 0``."""
    assert claim.variance_prices is not None
    order = claim.goal.order
    pairs = list(zip(weights, found.variances, strict=True))
    objective = Enclosure(
        norm([weight * variance.low for weight, variance in pairs], order).low,
        norm([weight * variance.high for weight, variance in pairs], order).high,
    )
    factors = _exact(claim.variance_prices)
    shares = [factor / weight for factor, weight in zip(factors, weights, strict=True)]
    program = Program(problem=claim.problem, factors=claim.variance_prices, prices=claim.prices)
    least = proved_bound(program, exact=exact) - _combined(factors, found.squares).high
    length = dual_norm(shares, order).high
    return objective, max(ZERO, least / length) if length else ZERO


def _cost(claim: Claim, found: Sums, exact: bool) -> tuple[Enclosure, Fraction]:
    """Of ``Σ cost p`` with ``Σ_v a²/p <= ceiling_s + Σ_v a²``, whose prices are ``μ``."""
    goal = claim.goal
    assert claim.variance_prices is not None
    assert goal.cost is not None
    assert goal.ceilings is not None
    program = Program(
        problem=claim.problem, factors=claim.variance_prices, prices=claim.prices, cost=goal.cost
    )
    factors = _exact(claim.variance_prices)
    taken = _combined(factors, found.squares).high
    taken += sum((f * c for f, c in zip(factors, _exact(goal.ceilings), strict=True)), ZERO)
    held = (goal.cost > 0.0) & (claim.probabilities > 0.0)
    pairs = zip(goal.cost[held].tolist(), claim.probabilities[held].tolist(), strict=True)
    total = sum((Fraction(c) * Fraction(p) for c, p in pairs), ZERO)
    return around(total), max(ZERO, proved_bound(program, exact=exact) - taken)


def _combined(weights: list[Fraction], parts: tuple[Enclosure, ...]) -> Enclosure:
    pairs = zip(weights, parts, strict=True)
    return sum((part.times(weight) for weight, part in pairs), NOTHING)


def _exact(values: FloatArray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


SMALL = 2.0**-400  # quotients and squares of what is above it stay in the normal range
ROUNDINGS = Fraction(8 * UNIT)  # of a term and of its sum: at most six units, and two to spare


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Per model: ``Σ x²/p``, ``Σ x² (1−p)/p`` and ``Σ x²``, in squared units of ``x``."""

    moments: tuple[Enclosure, ...]
    variances: tuple[Enclosure, ...]
    squares: tuple[Enclosure, ...]


def sums(table: FloatArray, design: FloatArray, *, exact: bool = False) -> Sums:
    """Those of ``x = table`` ``(V, S)``, with ``p > 0`` wherever ``x > 0``; all in fractions, if
    ``exact`` or few.
    """
    exact = exact or table.size <= EXACT
    columns = [_column(x, p, exact=exact) for x, p in zip(table.T, design.T, strict=True)]
    moments, variances, squares = zip(*columns, strict=True)
    return Sums(moments=moments, variances=variances, squares=squares)


def exact_variance(scores: FloatArray, design: FloatArray) -> Enclosure:
    """``Σ a² (1−p)/p`` of one model, ``(V,)`` each, to 400 binary digits."""
    return _column(scores, design, exact=True)[1]


def unit_of(values: FloatArray) -> int:
    """The exponent of a power of two just above the largest value; 0 where all are 0."""
    return int(np.frexp(values.max(initial=0.0))[1])


def _column(x: FloatArray, p: FloatArray, *, exact: bool) -> tuple[Enclosure, Enclosure, Enclosure]:
    held = x > 0.0
    x, p = np.ascontiguousarray(x[held]), np.ascontiguousarray(p[held])
    unit = unit_of(x)
    with np.errstate(under="ignore"):
        scaled = np.ldexp(x, -unit)
    plain = np.zeros_like(held[held]) if exact else (scaled >= SMALL) & (p >= SMALL)
    found = _in_floats(scaled[plain], p[plain], two_to(2 * unit))
    rest = [_term(*pair) for pair in zip(x[~plain].tolist(), p[~plain].tolist(), strict=True)]
    for term in rest:
        found = (found[0] + term[0], found[1] + term[1], found[2] + term[2])
    return found


def _in_floats(
    x: FloatArray, p: FloatArray, unit: Fraction
) -> tuple[Enclosure, Enclosure, Enclosure]:
    if not x.size:
        return NOTHING, NOTHING, NOTHING
    moments = x / p * x
    return (
        _wide(near_sum(moments), unit),
        _wide(near_sum(moments * (1.0 - p)), unit),
        _wide(near_sum(x * x), unit),
    )


def _wide(value: FloatArray, unit: Fraction) -> Enclosure:
    scaled = Fraction(float(value)) * unit
    return Enclosure(scaled * (1 - ROUNDINGS), scaled * (1 + ROUNDINGS))


def _term(x: float, p: float) -> tuple[Enclosure, Enclosure, Enclosure]:
    square, share = Fraction(x) ** 2, Fraction(p)
    return around(square / share), around(square * (1 - share) / share), around(square)


def never_drawn(table: FloatArray, design: FloatArray) -> BoolArray:
    """Where ``x > 0`` and ``p = 0``: the variance is infinite."""
    return np.asarray((table > 0.0) & (design == 0.0))

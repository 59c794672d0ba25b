"""Objective, variance and lower bound of a claim, computed afresh and enclosed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import (
    EXACT,
    NOTHING,
    ZERO,
    Enclosure,
    around,
    dual_norm,
    norm,
    two_to,
)
from roundlot.theory.certificates.bound import Program, proved_bound
from roundlot.theory.certificates.claim import Claim
from roundlot.theory.certificates.distance import proved_distance
from roundlot.theory.certificates.variances import Sums, sums
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

    def in_unit(self, unit: int) -> Numbers:
        """The same with objective, variance, bound and distance in units of ``4**unit``."""
        if not unit:
            return self
        one = two_to(-2 * unit)
        return replace(
            self,
            objective=self.objective.times(one),
            variance=self.variance.times(one),
            bound=self.bound * one,
            distance=None if self.distance is None else self.distance * one,
        )


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
        apart = proved_distance(program, claim.probabilities, exact=exact) + _room(claim, found)
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
    bound = proved_bound(program, exact=exact) - _held(claim, found)
    if not exact and problem.scores.size > EXACT and any(x.any() for x in claim.prices.floors):
        # prices of floors and of caps may be far above their difference, which this rounds instead
        apart = proved_distance(program, claim.probabilities) + _room(claim, found)
        bound = max(bound, objective.low - apart)
    return objective, max(ZERO, bound)


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
    factors = _paid(claim)
    shares = [factor / weight for factor, weight in zip(factors, weights, strict=True)]
    program = Program(
        problem=claim.problem,
        factors=claim.variance_prices,
        prices=claim.prices,
        powers=claim.variance_exponents,
    )
    least = proved_bound(program, exact=exact) - _combined(factors, found.squares).high
    least -= _held(claim, found)
    # where a variance is a small part of its moment, this knows more digits
    apart = proved_distance(program, claim.probabilities, exact=exact) + _room(claim, found)
    least = max(least, _combined(factors, found.variances).low - apart)
    length = dual_norm(shares, order).high
    return objective, max(ZERO, least / length) if length else ZERO


def _cost(claim: Claim, found: Sums, exact: bool) -> tuple[Enclosure, Fraction]:
    """Of ``Σ cost p`` with ``Σ_v a²/p <= ceiling_s + Σ_v a²``, whose prices are ``μ``."""
    goal = claim.goal
    assert claim.variance_prices is not None
    assert goal.cost is not None
    assert goal.ceilings is not None
    program = Program(
        problem=claim.problem,
        factors=claim.variance_prices,
        prices=claim.prices,
        cost=goal.cost,
        powers=claim.variance_exponents,
    )
    factors = _paid(claim)
    taken = _combined(factors, found.squares).high + _held(claim, found)
    taken += sum((f * c for f, c in zip(factors, _exact(goal.ceilings), strict=True)), ZERO)
    held = (goal.cost > 0.0) & (claim.probabilities > 0.0)
    pairs = zip(goal.cost[held].tolist(), claim.probabilities[held].tolist(), strict=True)
    total = sum((Fraction(c) * Fraction(p) for c, p in pairs), ZERO)
    bound = proved_bound(program, exact=exact) - taken
    if not exact and claim.problem.scores.size > EXACT:
        apart = proved_distance(program, claim.probabilities) + _room(claim, found)
        lower = zip(factors, _exact(goal.ceilings), found.variances, strict=True)
        apart += sum((f * max(ZERO, c - variance.low) for f, c, variance in lower), ZERO)
        bound = max(bound, total - apart)
    return around(total), max(ZERO, bound)


def _held(claim: Claim, found: Sums) -> Fraction:
    """At least ``Σ e Σ_v a²/p`` of what is within the problem's own ceilings of variances."""
    prices, ceilings = claim.prices.ceilings, claim.problem.model_variance_ceilings
    if prices is None or ceilings is None:
        return ZERO
    some = np.flatnonzero(prices > 0.0).tolist()
    parts = (Fraction(float(ceilings[s])) + found.squares[s].high for s in some)
    return sum(
        (Fraction(float(prices[s])) * part for s, part in zip(some, parts, strict=True)), ZERO
    )


def _room(claim: Claim, found: Sums) -> Fraction:
    """At least ``Σ e (ceiling − Var)`` of the problem's own ceilings of variances."""
    prices, ceilings = claim.prices.ceilings, claim.problem.model_variance_ceilings
    if prices is None or ceilings is None:
        return ZERO
    some = np.flatnonzero(prices > 0.0).tolist()
    rooms = (max(ZERO, Fraction(float(ceilings[s])) - found.variances[s].low) for s in some)
    return sum(
        (Fraction(float(prices[s])) * left for s, left in zip(some, rooms, strict=True)), ZERO
    )


def _combined(weights: list[Fraction], parts: tuple[Enclosure, ...]) -> Enclosure:
    pairs = zip(weights, parts, strict=True)
    return sum((part.times(weight) for weight, part in pairs), NOTHING)


def _paid(claim: Claim) -> list[Fraction]:
    """The prices of the variances."""
    assert claim.variance_prices is not None
    values = _exact(claim.variance_prices)
    if claim.variance_exponents is None:
        return values
    return [x * two_to(e) for x, e in zip(values, claim.variance_exponents.tolist(), strict=True)]


def _exact(values: FloatArray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]

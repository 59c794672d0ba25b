"""The Lagrangian bound in fractions: ``Σ min (f (a² + w d²)/p + κ (p − l)) − yᵀ (b − A l)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.program import Program
from roundlot.theory.certificates.rounding import ZERO, below, root_below, two_to


def exact_bound(program: Program) -> Fraction:
    """What no feasible design goes below, to 400 binary digits; it may be negative."""
    problem = program.problem
    minima = sum(entry_minima(program, np.ndindex(problem.scores.shape)), ZERO)
    return minima + floor_cost(program) - _room(program) * two_to(2 * program.prices.exponent)


def entry_minima(program: Program, entries: Iterable[tuple[int, ...]]) -> Iterator[Fraction]:
    """At most ``min_{l <= p <= u} M/p + κ (p − l)`` of some entries."""
    floor, ceiling = program.problem.bounds
    for v, s in entries:
        moment = second_moment(program, v, s)
        if moment:
            limits = Fraction(float(floor[v, s])), Fraction(float(ceiling[v, s]))
            yield least(moment, price(program, v, s), *limits)


def least(moment: Fraction, kappa: Fraction, floor: Fraction, ceiling: Fraction) -> Fraction:
    """At most ``min M/p + κ (p − l)`` over ``l <= p <= u``, for ``M > 0``."""
    if kappa * ceiling * ceiling <= moment:
        return below(moment / ceiling + kappa * (ceiling - floor))
    if kappa * floor * floor >= moment:
        return below(moment / floor)
    return 2 * root_below(moment * kappa) - kappa * floor


def second_moment(program: Program, v: int, s: int) -> Fraction:
    """``f (a² + w d²)``."""
    square = Fraction(float(program.problem.scores[v, s])) ** 2
    if program.shares is not None:
        square += Fraction(program.weight) * Fraction(float(program.shares[v, s])) ** 2
    return Fraction(float(program.factors[s])) * square


def price(program: Program, v: int, s: int) -> Fraction:
    """``κ_vs``, what an entry pays for a unit of probability."""
    problem, prices = program.problem, program.prices
    paid = [prices.budget, float(prices.processors[v]), float(prices.models[s])]
    for (_, label, _), level in zip(problem.levels, prices.levels, strict=True):
        paid.append(float(level[label[v]]))
    total = sum(map(Fraction, paid), ZERO)
    if problem.costs is not None:
        for rate, cost in zip(prices.costs.tolist(), problem.costs[:, v, s].tolist(), strict=True):
            total += Fraction(rate) * Fraction(cost)
    own = ZERO if program.cost is None else Fraction(float(program.cost[v, s]))
    return total * two_to(2 * prices.exponent) + own


def floor_cost(program: Program) -> Fraction:
    """``Σ cost l``, which every design pays."""
    return ZERO if program.cost is None else _dot(program.cost, program.problem.bounds[0])


def _room(program: Program) -> Fraction:
    """``yᵀ (b − A l)``, in units of the prices."""
    problem, prices, floor = program.problem, program.prices, program.problem.bounds[0]
    total = Fraction(prices.budget) * (Fraction(problem.budget) - _sum(floor))
    for rate, cap, low in zip(
        prices.processors.tolist(), problem.processor_cap.tolist(), floor, strict=True
    ):
        total += Fraction(rate) * (Fraction(cap) - _sum(low)) if rate else ZERO
    for (_, label, caps), level in zip(problem.levels, prices.levels, strict=True):
        for g in np.flatnonzero(level):
            room = Fraction(float(caps[g])) - _sum(floor[label == g])
            total += Fraction(float(level[g])) * room
    if problem.model_budgets is not None:
        rows = zip(prices.models.tolist(), problem.model_budgets.tolist(), floor.T, strict=True)
        total += sum((Fraction(y) * (Fraction(b) - _sum(low)) for y, b, low in rows), ZERO)
    if problem.costs is not None and problem.cost_budgets is not None:
        budgets = zip(
            prices.costs.tolist(), problem.cost_budgets.tolist(), problem.costs, strict=True
        )
        total += sum((Fraction(y) * (Fraction(b) - _dot(c, floor)) for y, b, c in budgets), ZERO)
    return total


def _sum(values: FloatArray) -> Fraction:
    return sum(map(Fraction, values[values > 0.0].tolist()), ZERO)


def _dot(one: FloatArray, other: FloatArray) -> Fraction:
    held = (one > 0.0) & (other > 0.0)
    pairs = zip(one[held].tolist(), other[held].tolist(), strict=True)
    return sum((Fraction(x) * Fraction(y) for x, y in pairs), ZERO)

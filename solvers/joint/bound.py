"""Lower bounds from prices of limits and of variances, whatever found them.

For ``f >= 0``, prices ``y >= 0`` and ``κ = cost + Aᵀ y`` every feasible ``p'`` has

    ``Σ f a²/p' + Σ cost p' >= Σ F(κ_vs) − yᵀ b``,   ``F(κ) = min_{l <= p <= u} f a²/p + κ p``.

How far probabilities ``p`` are above that is a sum of terms that are not negative,

    ``Σ (f a²/p + κ p − F(κ)) + yᵀ (b − A p)``,

a square, ``(√f a/√p − √κ √p)²``, where ``F`` is free and a product of two differences where it is
at ``l`` or ``u``. So it is known to many digits however small it is beside what it is taken from,
which matters where a variance is a small part of ``Σ a²/p``. The free form is never too small, so
a wrong guess of who is clipped costs a square of rounding, which is added to every term.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.proof.bound import Lagrangian, gap_above
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.sums import rooms
from roundlot.solvers.proof.variances import variances_above
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray, read_only_view
from roundlot.theory.certificates.variances import exact_variance
from roundlot.theory.problem import Limit

BLOCK = 1 << 16
# Entries; up to here fractions have the last word, in seconds.
SETTLED = 20_000
ROUNDED = 128.0 * UNIT  # of a variance rounded up, and of a weighted sum of them over the models
UP = 1.0 + 2.0**-40  # above all relative roundings of a sum of terms that are not negative


def excess_above(
    problem: Problem,
    probabilities: FloatArray,
    factors: FloatArray,
    prices: Prices,
    *,
    cost: FloatArray | None = None,
    scores: FloatArray | None = None,
) -> float:
    """At least ``Σ f a²/p + Σ cost p`` of feasible ``p`` less the lower bound that prices prove.

    Args:
        problem: its ceilings of variances and model weights are not read.
        probabilities: ``(V, S)``, feasible.
        factors: ``(S,)``, ``f >= 0``.
        prices: of the limits on sums.
        cost: ``(V, S)``, ``>= 0``.
        scores: ``(V, S)``, ``a``, if others than the problem's.
    """
    held, scores = factors > 0.0, problem.scores if scores is None else scores
    parts: dict[str, Any] = {
        "model_variance_ceilings": None,
        "scores": np.where(held, scores, 0.0),
        "model_weights": np.where(held, factors, 1.0),
    }
    prices = replace(prices, ceilings=None)
    if cost is not None:
        parts |= _with_cost(problem, cost)
        prices = _priced(prices)
    lagrangian = Lagrangian.of(changed(problem, **parts), prices)
    if lagrangian.floors:  # entries may pay less than nothing
        total = lagrangian.entries_above(probabilities)
    else:
        total = [
            _terms(lagrangian, probabilities, slice(first, first + BLOCK))
            for first in range(0, problem.n_processors, BLOCK)
        ]
    for limit, values in zip(lagrangian.limits, lagrangian.prices, strict=True):
        known = limit if cost is None else _without_last(limit)
        if known is not None:  # below 0 where a limit is not kept
            total += (values[: known.size] * rooms(known, probabilities)).tolist()
    up, down = _sum([x for x in total if x > 0.0]), _sum([x for x in total if x < 0.0])
    with np.errstate(over="ignore", under="ignore"):
        found = float(np.ldexp(up * UP + down / UP, 2 * lagrangian.exponent))
    return found if found or not any(total) else 5e-324


def _with_cost(problem: Problem, cost: FloatArray) -> dict[str, FloatArray]:
    """The costs of the problem and those of the objective, as rows of one table."""
    costs, budgets = cost[None], np.ones(1)
    if problem.costs is not None and problem.cost_budgets is not None:
        costs = np.concatenate((problem.costs, costs))
        budgets = np.concatenate((problem.cost_budgets, budgets))
    return {"costs": costs, "cost_budgets": budgets}


def _priced(prices: Prices) -> Prices:
    """The same with a price of 1 for the objective's cost, in a unit that holds both."""
    shift = -prices.exponent
    moved = {name: np.ldexp(getattr(prices, name), -2 * shift) for name in ("processors", "models")}
    return Prices(
        budget=float(np.ldexp(prices.budget, -2 * shift)),
        levels=tuple(np.ldexp(level, -2 * shift) for level in prices.levels),
        costs=np.append(np.ldexp(prices.costs, -2 * shift), 1.0),
        floors=tuple(np.ldexp(floor, -2 * shift) for floor in prices.floors),
        **moved,
    )


def _without_last(limit: Limit) -> Limit | None:
    """A limit without the row of the objective's cost."""
    if limit.weights is None:
        return limit
    if limit.size == 1:
        return None
    return replace(limit, weights=limit.weights[:-1], bound=limit.bound[:-1])


def _terms(lagrangian: Lagrangian, probabilities: FloatArray, rows: slice) -> float:
    """Above ``Σ (M/p + κ p − F(κ))`` of some rows, in units of ``4**exponent``."""
    problem, p = lagrangian.problem, probabilities[rows]
    mask = problem.available[rows]
    floor = np.where(mask, problem.floor[rows], 0.0)
    ceiling = np.where(mask, problem.ceiling[rows], 0.0)
    kappa = np.zeros((1, 1))
    for limit, values in zip(lagrangian.limits, lagrangian.prices, strict=True):
        kappa = limit.plus_prices(kappa, values, rows)
    dear = sum(limit.size for limit in lagrangian.limits if limit.weights is not None)
    # relative errors of κ, of roots and of a term
    slack = (2.0 * dear + len(lagrangian.limits) + 16.0) * UNIT
    tables = (lagrangian.scores[rows], floor, ceiling, np.broadcast_to(kappa, p.shape))
    block = kernels.Entries(*map(read_only_view, tables))
    return float(kernels.excess_terms(block, read_only_view(p), lagrangian.scale, slack))


def ceilings_left(
    prices: FloatArray,
    ceilings: FloatArray,
    scores: FloatArray,
    probabilities: FloatArray,
    *,
    enough: float,
) -> float:
    """At least ``Σ_s prices_s (ceiling_s − Var_s)``; models without a ceiling have price 0.

    In fractions where floats leave more than ``enough`` and the table is not too large.
    """
    held = np.flatnonzero((prices > 0.0) & np.isfinite(ceilings))
    variances = variances_above(scores, probabilities)[held] * (1.0 - ROUNDED)
    with np.errstate(over="ignore"):
        terms = prices[held] * np.maximum(ceilings[held] - variances, 0.0)
    total = _sum(terms.tolist()) * UP
    if total <= enough or scores.size > SETTLED:
        return total
    exact = Fraction(0)
    for s in held.tolist():
        least = exact_variance(scores[:, s], probabilities[:, s]).low
        exact += Fraction(float(prices[s])) * max(Fraction(0), Fraction(float(ceilings[s])) - least)
    return _float(exact) * UP


def require_close(objective: float, bound: float, what: str) -> None:
    """Refuses an answer that is not proved to be the optimum to ``ACCEPTED``.

    Raises:
        ConvergenceError: saying the gap.
    """
    gap = gap_above(objective, bound)
    if not gap <= ACCEPTED:
        raise ConvergenceError(
            f"{what} is proved to a gap of {gap:.2g} only, above {ACCEPTED:g}; drop models whose "
            "scores are many orders below the others, or loosen limits that leave no room"
        )


def _sum(values: list[float]) -> float:
    """The sum of values of one sign, infinite where it leaves the range of float64."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.copysign(math.inf, values[0])


def _float(value: Fraction) -> float:
    """The nearest float, infinite above its range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf

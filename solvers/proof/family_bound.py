"""A lower bound on the optimum of the family that holds in exact arithmetic, from any prices.

Stack all limits but the boxes as ``A p <= b`` with ``A >= 0``. For any ``y >= 0`` and
``κ = Aᵀ y``, every feasible ``p`` has

    ``Σ a²/p >= Σ (a²/p + κ (p − l)) − yᵀ (b − A l) >= Σ F(κ_vs) − yᵀ (b − A l)``,
    ``F(κ) = min_{l <= p <= u} a²/p + κ (p − l)``.

Roots are not rational, so ``F(κ)`` is bounded from below: ``F`` rises with ``κ``, as ``p >= l``,
hence ``F(κ) >= F(r²)`` for any float ``r`` with ``r² <= κ``, and ``F(r²)`` is polynomial in ``r``
but for quotients at the box (``2 a r − r² l`` inside it). ``r`` comes from ``κ`` in floats: a sum
of ``n`` products of non-negative floats is within ``(n + 1) u`` of the truth, the root is
correctly rounded, and both are taken down by more than that. Roundings of the sums are taken off as
in the plain program. Prices are what their floats say; any other price is as valid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.solvers.coupled.program import near_costs
from roundlot.solvers.proof.bound import TARGET, brought, margin, rounded_down
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray

# Given away so that an audit that widens every single operation still proves the bound.
SPARE = 2.0**-45


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """Scores, as ``scores * scale``, and prices in one unit of ``2**exponent`` and its square.

    Costs that are far from 1, and their budgets, are brought near it by powers of two, exactly.
    """

    scores: FloatArray
    scale: float
    prices: Prices
    costs: FloatArray
    cost_budgets: FloatArray
    exponent: int


def priced(problem: Problem, prices: Prices) -> Priced:
    """Scores and prices brought to one power of two, where no square overflows."""
    scores, unit = working_scores(problem)
    tops = [exponent_of(float(scores.max())) + unit] if scores.any() else []
    costs, powers = near_costs(problem)
    top = _dearest(problem, prices, costs, powers)
    tops += [(exponent_of(top) + 1) // 2 + prices.exponent] if top > 0.0 else []
    exponent = max(tops, default=0) - TARGET
    scores, scale = brought(scores, unit - exponent)
    return Priced(
        scores=scores,
        scale=scale,
        prices=moved(prices, exponent, powers),
        costs=costs,
        cost_budgets=np.zeros(0)
        if problem.cost_budgets is None
        else np.ldexp(problem.cost_budgets, -powers),
        exponent=exponent,
    )


def moved(prices: Prices, exponent: int, powers: IntArray) -> Prices:
    """The same prices in units of ``4**exponent``, of costs in units of ``2**powers``."""
    shift = 2 * (prices.exponent - exponent)
    return Prices(
        budget=math.ldexp(prices.budget, shift),
        processors=np.ldexp(prices.processors, shift),
        levels=tuple(np.ldexp(level, shift) for level in prices.levels),
        models=np.ldexp(prices.models, shift),
        costs=np.ldexp(prices.costs, shift + powers),
        exponent=exponent,
    )


def paid(problem: Problem, prices: Prices) -> FloatArray:
    """``(V,)``, what every entry of a row pays: budget, processor, client and groups."""
    total = prices.budget + prices.processors
    for (_, label, _), level in zip(problem.levels, prices.levels, strict=True):
        total = total + level[label]
    return np.asarray(total)


def family_bound(problem: Problem, scaled: Priced) -> float:
    """The bound in units of ``4**exponent``, rounded down; 0 is always a valid one."""
    from roundlot.solvers.kernels.family_bound import family_terms

    prices = scaled.prices
    floor, ceiling = problem.bounds
    terms = 4 + len(prices.levels) + len(prices.costs)
    up, down = family_terms(
        scaled.scores,
        scaled.scale,
        floor,
        ceiling,
        scaled.costs,
        paid(problem, prices),
        prices.models,
        prices.costs,
        1.0 - (terms + 6) * 2.0**-52,
    )
    parts = [float(part) for values in spent(problem, scaled) for part in values]
    return rounded_down(up, down + math.fsum(parts), margin(problem) + SPARE)


def spent(problem: Problem, scaled: Priced) -> Iterator[FloatArray]:
    """Above ``y (b − A l)``, limit by limit; three roundings each, which the margin covers."""
    prices = scaled.prices
    floor = problem.bounds[0]
    bare = not floor.any()
    budget = np.array([problem.budget])
    every = np.zeros(problem.n_processors, dtype=np.int64)
    yield np.array([prices.budget]) * (budget if bare else _room(floor, every, budget))
    caps = problem.processor_cap
    yield prices.processors * (caps if bare else _room(floor, np.arange(caps.size), caps))
    for (_, label, limit), level in zip(problem.levels, prices.levels, strict=True):
        yield level * (limit if bare else _room(floor, label, limit))
    if problem.model_budgets is not None:
        models = problem.model_budgets
        columns = np.ascontiguousarray(floor.T)
        yield prices.models * (models if bare else _room(columns, np.arange(models.size), models))
    if bare:
        yield prices.costs * scaled.cost_budgets
    else:
        rooms = (
            _cost_room(*given, floor)
            for given in zip(scaled.costs, scaled.cost_budgets, strict=True)
        )
        yield prices.costs * np.array([*rooms])


def _room(floor: FloatArray, label: Any, limits: FloatArray) -> FloatArray:
    from roundlot.solvers.kernels.bound import room_above
    from roundlot.solvers.kernels.lowering import sum_by_label
    from roundlot.solvers.kernels.sums import UNIT

    high, low = np.zeros(limits.size), np.zeros((limits.size, 2))
    sum_by_label(floor, label, high, low)
    width = 2.0 * UNIT * floor.size * low[:, 1]
    return np.array(
        [room_above(*given) for given in zip(high, low[:, 0], width, limits, strict=True)]
    )


def _cost_room(cost: FloatArray, limit: float, floor: FloatArray) -> float:
    from roundlot.solvers.kernels.bound import room_above
    from roundlot.solvers.kernels.lowering import weighted_sum

    high, low, width = weighted_sum(cost.reshape(-1), floor.reshape(-1))
    if not math.isfinite(high + low):
        return float(limit)
    return float(room_above(high, low, width, limit) + 2.0**-960)


def _dearest(problem: Problem, prices: Prices, costs: FloatArray, powers: IntArray) -> float:
    """Above the largest ``κ``, without writing all of them."""
    top = float(paid(problem, prices).max()) + float(prices.models.max(initial=0.0))
    dearest = costs.max(axis=(1, 2), initial=0.0)
    return top + float(prices.costs @ np.ldexp(dearest, powers))

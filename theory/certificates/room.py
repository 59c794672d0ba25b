"""Above ``yᵀ (b − A l)``: what the limits leave beside the floors, at their prices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certificates.compensated import UNIT, exact_excess, two_parts
from roundlot.theory.certificates.feasibility import SURE, exact_cost_excess, excesses
from roundlot.theory.certificates.prices import Prices
from roundlot.theory.problem import Problem

UP = 1.0 + 8.0 * UNIT  # four roundings, of a room and of its product with a price, and as many more


def spent(problem: Problem, prices: Prices) -> Iterator[FloatArray]:
    """At least ``y (b − A l)`` of every limit, kind by kind, each an array of numbers ``>= 0``."""
    floor = problem.bounds[0]
    bare = not floor.any()
    caps, budget = problem.processor_cap, np.array([problem.budget])
    rate = np.array([prices.budget])
    yield _times(rate, budget if bare else np.array([-exact_excess(floor, problem.budget)]))
    yield _times(prices.processors, caps if bare else _beside(floor, caps))
    for (_, label, limits), level in zip(problem.levels, prices.levels, strict=True):
        yield _times(level, limits if bare else _in_groups(floor, label, limits))
    if problem.model_budgets is not None:
        models = problem.model_budgets
        pairs = zip(floor.T, models.tolist(), strict=True)
        left = models if bare else np.array([-exact_excess(low, most) for low, most in pairs])
        yield _times(prices.models, left)
    if problem.costs is not None and problem.cost_budgets is not None:
        most = problem.cost_budgets
        rows = zip(problem.costs, most.tolist(), strict=True)
        left = most if bare else np.array([_cost_left(cost, floor, b) for cost, b in rows])
        yield _times(prices.costs, left)


def _times(prices: FloatArray, left: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        product = prices * np.maximum(left, 0.0) * UP
    return np.where(prices > 0.0, product, 0.0)


def _beside(floor: FloatArray, caps: FloatArray) -> FloatArray:
    """``c_v − Σ_s l``, from above."""
    high, low = two_parts(floor.T)
    return np.asarray((caps - high) - low + SURE * caps)


def _in_groups(floor: FloatArray, label: IntArray, limits: FloatArray) -> FloatArray:
    return np.asarray(SURE * limits - excesses(floor, label, limits))


def _cost_left(cost: FloatArray, floor: FloatArray, budget: float) -> float:
    return float(np.nextafter(-float(exact_cost_excess(cost, floor, budget)), np.inf))

"""Feasibility of sums over clients, groups, models and costs, decided exactly.

Every limit is a sum of non-negative multiples of ``p``, so floors are the easiest design: the
limits can be met if and only if the floors meet them, and leave room where a score needs it.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

NEAR = 1e-10


def check_family(problem: Problem, floor: FloatArray) -> None:
    """Raises InfeasibleError for the first limit that the floors exceed or use up.

    In order: clients, groups from the finest, models' budgets, cost rows.
    """
    for name, label, caps in problem.levels:
        sums = np.bincount(label, weights=floor.sum(axis=1), minlength=caps.size)
        for g in np.flatnonzero((sums > 0.0) & (sums > caps * (1.0 - NEAR))):
            rows = np.flatnonzero(label == g).astype(np.int64)
            _check_sum(problem, floor, f"the cap {caps[g]:g} of {name} {g}", caps[g], rows, None)
    if problem.model_budgets is not None:
        sums = floor.sum(axis=0)
        near = (sums > problem.model_budgets * (1.0 - NEAR)) | (problem.model_budgets == 0.0)
        for s in np.flatnonzero(near):
            limit = float(problem.model_budgets[s])
            _check_sum(problem, floor, f"the budget {limit:g} of model {s}", limit, None, int(s))
    if problem.costs is not None and problem.cost_budgets is not None:
        for k, (cost, limit) in enumerate(zip(problem.costs, problem.cost_budgets, strict=True)):
            _check_cost(problem, floor, k, cost, float(limit))


def _check_sum(
    problem: Problem,
    floor: FloatArray,
    limit_name: str,
    limit: float,
    rows: IntArray | None,
    model: int | None,
) -> None:
    from roundlot.solvers.proof.feasibility import fitting_floor

    part: BoolArray = np.zeros(floor.shape, dtype=np.bool_)
    part[slice(None) if rows is None else rows, slice(None) if model is None else model] = True
    taken = floor[part]
    over = math.fsum([*taken.tolist(), -float(limit)])
    if over > 0.0:
        pairs = int(np.count_nonzero(taken))
        raise InfeasibleError(
            f"floors sum to {taken.sum():g}, {over:.3g} above {limit_name}; a floor of "
            f"{fitting_floor(float(limit), pairs)!r} on each of its {pairs} pairs would fit"
        )
    if over == 0.0:
        _check_starved(problem, floor, limit_name, part)


def _check_cost(
    problem: Problem, floor: FloatArray, k: int, cost: FloatArray, limit: float
) -> None:
    name = f"the budget {limit:g} of cost row {k}"
    with np.errstate(over="ignore"):
        taken = float((cost * floor).sum())
    if limit > 0.0 and taken <= limit * (1.0 - NEAR):
        return
    at = (cost > 0.0) & (floor > 0.0)
    pairs = zip(cost[at].tolist(), floor[at].tolist(), strict=True)
    over = sum((Fraction(c) * Fraction(p) for c, p in pairs), Fraction(0)) - Fraction(limit)
    if over > 0:
        share = limit / taken * (1.0 - 1e-12)
        raise InfeasibleError(
            f"floors cost {taken:g}, {float(over):.3g} above {name}; floors times {share!r} "
            f"would fit, or a budget of {math.nextafter(limit + float(over), math.inf)!r}"
        )
    if over == 0:
        _check_starved(problem, floor, name, cost > 0.0)


def _check_starved(problem: Problem, floor: FloatArray, name: str, part: BoolArray) -> None:
    starved = part & (problem.scores > 0.0) & (floor == 0.0)
    if starved.any():
        v, s = (int(i) for i in np.argwhere(starved)[0])
        taken = "floors use up" if (floor[part] > 0.0).any() else "there is nothing in"
        raise InfeasibleError(
            f"{taken} {name}, which leaves 0 for processor {v} and model {s} with a positive "
            "score, so every variance is infinite; raise it, or make the pair unavailable"
        )

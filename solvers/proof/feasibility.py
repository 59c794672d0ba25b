"""Whether any probabilities satisfy the limits, decided exactly, and what would."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from roundlot.solvers.water.scaling import is_scalar, least
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray

NEAR = 1e-10


def check_feasible(problem: Problem) -> None:
    """Raises InfeasibleError, naming the limit, by how much it fails and what would fit.

    In order: a floor above its ceiling, the floors of a processor above its cap, of a client, a
    group, a model or a cost row above theirs, all floors above the budget. Sums are of the float64
    values as they are, without a tolerance.
    """
    bare = is_scalar(problem.floor) and least(problem.floor) == 0.0
    if bare and not _has_zero_limit(problem):
        return
    floor, ceiling = problem.bounds
    _check_ceilings(floor, ceiling)
    _check_caps(problem, floor)
    if not problem.is_plain:
        from roundlot.solvers.proof.family_feasibility import check_family

        check_family(problem, floor)
    _check_budget(problem, floor)


def _has_zero_limit(problem: Problem) -> bool:
    limits = (problem.model_budgets, problem.cost_budgets)
    return any(limit is not None and not limit.all() for limit in limits)


def _check_ceilings(floor: FloatArray, ceiling: FloatArray) -> None:
    above = floor > ceiling
    if above.any():
        v, s = (int(i) for i in np.argwhere(above)[0])
        raise InfeasibleError(
            f"floor of processor {v} for model {s} is {floor[v, s]:g}, above its ceiling "
            f"{ceiling[v, s]:g}; lower the floor to {ceiling[v, s]!r}"
        )


def _check_caps(problem: Problem, floor: FloatArray) -> None:
    sums = floor.sum(axis=1)
    for v in np.flatnonzero(sums > problem.processor_cap * (1.0 - NEAR)):
        cap = float(problem.processor_cap[v])
        over = math.fsum([*floor[v].tolist(), -cap])
        if over > 0.0:
            pairs = int(np.count_nonzero(floor[v]))
            raise InfeasibleError(
                f"floors of processor {v} sum to {sums[v]:g}, {over:.3g} above its cap {cap:g}; "
                f"a floor of {fitting_floor(cap, pairs)!r} on each of its {pairs} pairs would fit"
            )
        _check_room(problem, floor[v], slice(v, v + 1), over, f"the cap {cap:g} of processor {v}")


def _check_budget(problem: Problem, floor: FloatArray) -> None:
    total, budget = float(floor.sum()), problem.budget
    if total <= budget * (1.0 - NEAR):
        return
    over = math.fsum([*floor.ravel().tolist(), -budget])
    if over > 0.0:
        pairs = int(np.count_nonzero(floor))
        raise InfeasibleError(
            f"floors sum to {total:g}, {over:.3g} above the budget {budget:g}; a floor of "
            f"{fitting_floor(budget, pairs)!r} on each of {pairs} pairs would fit, "
            f"or a budget of {math.nextafter(budget + over, math.inf)!r}"
        )
    _check_room(problem, floor, slice(None), over, f"the budget {budget:g}")


def _check_room(problem: Problem, floor: FloatArray, rows: slice, over: float, limit: str) -> None:
    starved = (problem.scores[rows] > 0.0) & (floor == 0.0)
    if over == 0.0 and starved.any():
        v, s = (int(i) for i in np.argwhere(starved)[0])
        raise InfeasibleError(
            f"floors use up {limit}, which leaves 0 for processor {v + (rows.start or 0)} and "
            f"model {s} with a positive score, so every variance is infinite; lower the floors"
        )


def fitting_floor(limit: float, pairs: int) -> float:
    """The largest float that fits ``pairs`` times below ``limit``, exactly."""
    floor = limit / pairs
    while Fraction(floor) * pairs > Fraction(limit):
        floor = math.nextafter(floor, 0.0)
    return floor


def usable_budget(problem: Problem) -> float:
    """``Σ_v min(c_v, Σ_s u_vs)``: the most draws that caps and availability can use."""
    _, ceiling = problem.bounds
    return math.fsum(np.minimum(problem.processor_cap, ceiling.sum(axis=1)).tolist())

"""A lower bound on the optimum that holds in exact arithmetic, from any prices.

With prices ``ν = ρ²`` of the budget and ``λ_v = ρ_v² − ρ² >= 0`` of the caps, and ``κ_v = ρ_v²``,

    optimum >= Σ_vs min_{l <= p <= u} (a²/p + κ_v (p − l)) − Σ_v λ_v (c_v − Σ_s l) − ν (m − Σ l)

for every ``ρ_v >= ρ >= 0``. Everything is polynomial in ``a``, ``ρ`` and the limits but for the
quotients at bounds, so the rounding of the positive and of the negative part is at most a known
number of units of each, which is taken off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from roundlot.solvers.exact import is_base
from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray

TARGET = 300
VANISHING = 2.0**-600


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaled:
    """Scores, as ``scores * scale``, and roots in one unit of ``2**exponent``."""

    scores: FloatArray
    scale: float
    rows: FloatArray
    level: float
    exponent: int


def in_one_unit(problem: Problem, multipliers: Multipliers) -> Scaled:
    """Scores and roots brought to one power of two, where no square overflows."""
    scores, unit = working_scores(problem)
    top_root = max(float(multipliers.rows.max()), multipliers.level)
    tops = [exponent_of(float(scores.max())) + unit] if scores.any() else []
    tops += [exponent_of(top_root) + multipliers.exponent] if top_root > 0.0 else []
    exponent = max(tops, default=0) - TARGET
    scores, scale = brought(scores, unit - exponent)
    return Scaled(
        scores=scores,
        scale=scale,
        rows=np.ldexp(multipliers.rows, multipliers.exponent - exponent),
        level=math.ldexp(multipliers.level, multipliers.exponent - exponent),
        exponent=exponent,
    )


def brought(scores: FloatArray, shift: int) -> tuple[FloatArray, float]:
    """Scores and a factor whose product is ``scores * 2**shift``; the factor neither 0 nor inf."""
    if abs(shift) > 1000:
        return np.ldexp(scores, shift), 1.0
    return scores, math.ldexp(1.0, shift)


def lower_bound(problem: Problem, scaled: Scaled) -> float:
    """The bound in units of ``4**exponent``, rounded down; 0 is always a valid one."""
    from roundlot.solvers.kernels.bound import base_terms, box_terms, room_above
    from roundlot.solvers.kernels.sums import wide_faithful_sum

    caps = np.ascontiguousarray(problem.processor_cap)
    if is_base(problem):
        up, down = base_terms(scaled.scores, caps, scaled.rows, scaled.level, scaled.scale)
        room = problem.budget
    else:
        floor, ceiling = problem.bounds
        up, down = box_terms(
            scaled.scores, floor, ceiling, caps, scaled.rows, scaled.level, scaled.scale
        )
        room = room_above(*wide_faithful_sum(floor.reshape(-1)), problem.budget)
    down += scaled.level * scaled.level * room
    return rounded_down(up, down, margin(problem))


def margin(problem: Problem) -> float:
    """Relative rounding of either part, in all: runs of at most 32 terms of a few operations each.

    Runs are added error-free up to ``2u``; the weights' square roots cost 8 units more.
    """
    from roundlot.solvers.kernels.bound import RUN
    from roundlot.solvers.kernels.sums import UNIT

    weighted = 0 if np.all(problem.model_weights == 1.0) else 8
    return (min(problem.n_models, RUN) + 32 + weighted) * UNIT


def rounded_down(up: float, down: float, relative: float) -> float:
    """``up − down`` less its rounding and anything that underflowed, at least 0."""
    if not VANISHING < up < math.inf or not down < math.inf:
        return 0.0
    return max(0.0, (up - down) - relative * (up + down))


class InUnits(Protocol):
    """Scores in units of a power of two, as ``scores * scale``."""

    @property
    def scores(self) -> FloatArray: ...
    @property
    def scale(self) -> float: ...


def design_cost(problem: Problem, probabilities: FloatArray, scaled: InUnits) -> float:
    """``Σ λ a²/p`` in units of ``4**exponent``, rounded up."""
    from roundlot.solvers.kernels.bound import design_cost as compiled

    flat = np.ascontiguousarray(probabilities).reshape(-1)
    cost = compiled(scaled.scores.reshape(-1), flat, scaled.scale)
    return float(cost * (1.0 + margin(problem)))

"""The exact optimum with floors and ceilings: ``p = clip(a / r_v, l, u)``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.prices import Multipliers
from roundlot.solvers.water.level import find_level
from roundlot.solvers.water.scaling import (
    SMALLEST,
    exponent_of,
    headroom,
    least,
    least_probability,
    shifted,
    working_scores,
)
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray

# A level is a sum of scores over what floors leave of the budget, at least its last bits.
LEFT_BITS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """The limits of a problem and its scores in a unit of ``2**exponent``, ready for the loops."""

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    budget: float
    exponent: int

    @property
    def limits(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """``(scores, floor, ceiling, caps)``, the order of the compiled loops."""
        return self.scores, self.floor, self.ceiling, self.caps


def boxes(problem: Problem) -> Boxes:
    """The problem with every limit written out and its scores as far up as sums and levels allow.

    There the 600 decades from 1e-300 to 1e300 fit into float64.
    """
    scores, unit = working_scores(problem)
    floor, ceiling = problem.bounds
    smallest = min(least(problem.processor_cap), least(problem.ceiling))
    room = headroom(scores.size, problem.budget, smallest)
    shift = room - LEFT_BITS - exponent_of(float(scores.max()))
    return Boxes(
        scores=shifted(scores, shift),
        floor=floor,
        ceiling=ceiling,
        caps=np.ascontiguousarray(problem.processor_cap),
        budget=problem.budget,
        exponent=unit - shift,
    )


def box_multipliers(box: Boxes) -> Multipliers:
    """The level that spends the budget, 0 if it is slack, and every processor's own level."""
    level = 0.0
    if kernels.used_at_zero(*box.limits) > box.budget:
        level = find_level(
            lambda at: kernels.box_piece(*box.limits, at, box.budget),
            max(float(box.scores.sum()) / box.budget, np.finfo(np.float64).tiny),
        )
    return Multipliers(
        level=level, rows=kernels.box_roots(*box.limits, level), exponent=box.exponent
    )


def box_probabilities(box: Boxes, multipliers: Multipliers) -> FloatArray:
    """``clip(a / r_v, l, u)``, ``(V, S)``, rows within their caps exactly."""
    out = np.empty_like(box.scores)
    tiny = max(least_probability(min(least(box.caps), box.budget), out.size), SMALLEST)
    kernels.write_boxes(*box.limits, multipliers.rows, tiny, out)
    return out

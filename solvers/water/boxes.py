"""The exact optimum with floors and ceilings: ``p = clip(a / r_v, l, u)``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.prices import Multipliers
from roundlot.solvers.proof.sums import rooms
from roundlot.solvers.water.level import find_level
from roundlot.solvers.water.scaling import (
    SMALLEST,
    exponent_of,
    headroom,
    least,
    least_probability,
    positive,
    shifted,
    working_scores,
)
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray

# A level is a sum of scores over what is left of the budget, perhaps the last bits of a room.
LEFT_BITS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """The limits of a problem and its scores in a unit of ``2**exponent``, ready for the loops.

    Attributes:
        scores, floor, ceiling: ``(V, S)``.
        caps: ``(V,)``.
        rooms: ``(V,)``, what floors leave of the caps.
        room: what they leave of the budget.
        exponent: of the unit of scores.
    """

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    rooms: FloatArray
    room: float
    exponent: int

    @property
    def limits(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """``(scores, floor, ceiling, rooms)``, the order of the compiled loops."""
        return self.scores, self.floor, self.ceiling, self.rooms


def boxes(problem: Problem) -> Boxes:
    """The problem with every limit written out and its scores as far up as sums and levels allow.

    There the 600 decades from 1e-300 to 1e300 fit into float64.
    """
    scores, unit = working_scores(problem)
    floor, ceiling = problem.bounds
    total, processors = problem.sum_limits()[:2]
    room, own = float(rooms(total, floor)[0]), rooms(processors, floor)
    smallest = min([least(problem.ceiling), *positive(own), *positive(np.array([room]))])
    top = headroom(scores.size, problem.budget, smallest)
    shift = top - LEFT_BITS - exponent_of(float(scores.max()))
    return Boxes(
        scores=shifted(scores, shift),
        floor=floor,
        ceiling=ceiling,
        caps=np.ascontiguousarray(problem.processor_cap),
        rooms=own,
        room=room,
        exponent=unit - shift,
    )


def box_multipliers(box: Boxes) -> Multipliers:
    """The level that spends the budget, 0 if it is slack, and every processor's own level."""
    level = 0.0
    if box.room == 0.0:  # only the floors fit, and no draw is worth more than this
        level = float(kernels.greatest_ratio(box.scores, box.floor))
    elif kernels.used_at_zero(*box.limits) > box.room:
        free = box.room + float(box.floor.sum())
        level = find_level(
            lambda at: kernels.box_piece(*box.limits, at, box.room),
            max(float(box.scores.sum()) / free, np.finfo(np.float64).tiny),
        )
    return Multipliers(
        level=level, rows=kernels.box_roots(*box.limits, level), exponent=box.exponent
    )


def box_probabilities(box: Boxes, multipliers: Multipliers) -> FloatArray:
    """``clip(a / r_v, l, u)``, ``(V, S)``, rows within their caps exactly."""
    out = np.empty_like(box.scores)
    most = min([*positive(box.rooms), *positive(np.array([box.room]))], default=0.0)
    tiny = max(least_probability(most, out.size), SMALLEST)
    kernels.write_boxes(*box.limits[:3], box.caps, multipliers.rows, tiny, out)
    return out

"""The exact optimum with floors and ceilings: ``p = clip(a / r_v, l, u)``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.solvers.level import find_level
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.scaling import exponent_of, least, shifted, working_scores
from roundlot.theory import Problem
from roundlot.theory.problem import FloatArray


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
    """The problem with every limit written out and its scores near ``2**600``."""
    scores, unit = working_scores(problem)
    floor, ceiling = problem.bounds
    top = exponent_of(float(scores.max()))
    smallest = min(1.0, problem.budget, least(problem.processor_cap), least(problem.ceiling))
    shift = 600 + exponent_of(smallest) - top
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
    from roundlot.solvers.compiled_boxes import box_piece, box_roots

    level = 0.0
    if _used_at_zero(box) > box.budget:
        level = find_level(
            lambda at: box_piece(*box.limits, at, box.budget),
            lambda: _breakpoints(box),
            max(float(box.scores.sum()) / box.budget, np.finfo(np.float64).tiny),
        )
    return Multipliers(level=level, rows=box_roots(*box.limits, level), exponent=box.exponent)


def box_probabilities(box: Boxes, multipliers: Multipliers) -> FloatArray:
    """``clip(a / r_v, l, u)``, ``(V, S)``, rows within their caps exactly."""
    from roundlot.solvers.compiled_boxes import write_boxes

    out = np.empty_like(box.scores)
    write_boxes(*box.limits, multipliers.rows, out)
    return out


def _used_at_zero(box: Boxes) -> float:
    """The draws used if they were free: ceilings where a score is positive, floors elsewhere."""
    wanted = np.where(box.scores > 0.0, box.ceiling, box.floor).sum(axis=1)
    return float(np.minimum(wanted, box.caps).sum())


def _breakpoints(box: Boxes) -> FloatArray:
    from roundlot.solvers.compiled_boxes import box_roots, row_breakpoints

    scores, floor, ceiling = (x.reshape(-1) for x in (box.scores, box.floor, box.ceiling))
    entries = row_breakpoints(scores, floor, ceiling, 0.0, np.inf)
    return np.concatenate((entries, box_roots(*box.limits, 0.0)))

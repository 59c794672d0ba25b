"""Why each processor got the probability it got, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.problem import Problem


def processor_reasons(
    problem: Problem, probabilities: npt.ArrayLike, *, level: float | None = None
) -> tuple[str, ...]:
    """One phrase per processor ``(V,)``: at its cap, at the floor, free, or without a score.

    ``level`` is the ``t`` of ``q_v = min(c_v, t M_v)``; with it, a processor at its cap says how
    much it wants. Totals within 1e-9 of a limit count as being there.
    """
    table = np.asarray(probabilities, dtype=np.float64)
    totals, scores = table.sum(axis=1), problem.weighted_scores.sum(axis=1)
    floors = problem.bounds[0].sum(axis=1)
    return tuple(
        _reason(*row, level)
        for row in zip(totals, scores, problem.processor_cap, floors, strict=True)
    )


def _reason(total: float, score: float, cap: float, floor: float, level: float | None) -> str:
    if score == 0.0:
        return "floor, no score" if floor > 0.0 else "no score"
    if total >= cap * (1.0 - 1e-9):
        wants = "" if level is None else f": wants {level * score:.4g}, gets {total:.4g}"
        return f"at its cap{wants}"
    if floor > 0.0 and total <= floor * (1.0 + 1e-9):
        return "at the floor"
    return "free"

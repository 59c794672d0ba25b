"""Why each processor got the probability it got, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Problem


def processor_reasons(
    problem: Problem, probabilities: npt.ArrayLike, *, level: float | None = None
) -> tuple[str, ...]:
    """One phrase per processor ``(V,)``: at its cap, at the floor, free, or without a score.

    Who is free but for a cap of its client or group is told so.

    ``level`` is the ``t`` of ``q_v = min(c_v, t M_v)``; with it, a processor at its cap says how
    much it wants. Totals within 1e-9 of a limit count as being there.
    """
    table = np.asarray(probabilities, dtype=np.float64)
    totals, scores = table.sum(axis=1), problem.weighted_scores.sum(axis=1)
    floors = problem.bounds[0].sum(axis=1)
    shared = _shared(problem, totals)
    return tuple(
        f"its {shared[v]} is at its cap" if reason == "free" and v in shared else reason
        for v, reason in enumerate(
            _reason(*row, level)
            for row in zip(totals, scores, problem.processor_cap, floors, strict=True)
        )
    )


def _shared(problem: Problem, totals: FloatArray) -> dict[int, str]:
    """Whose client or group is at its cap, and which of them; the finest if several are."""
    found: dict[int, str] = {}
    for name, label, caps in reversed(problem.levels):
        full = np.bincount(label, weights=totals, minlength=caps.size) >= caps * (1.0 - 1e-9)
        found |= dict.fromkeys(np.flatnonzero(full[label]).tolist(), name)
    return found


def _reason(total: float, score: float, cap: float, floor: float, level: float | None) -> str:
    if score == 0.0:
        return "floor, no score" if floor > 0.0 else "no score"
    if total >= cap * (1.0 - 1e-9):
        wants = "" if level is None else f": wants {level * score:.4g}, gets {total:.4g}"
        return f"at its cap{wants}"
    if floor > 0.0 and total <= floor * (1.0 + 1e-9):
        return "at the floor"
    return "free"

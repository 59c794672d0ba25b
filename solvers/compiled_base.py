"""Compiled loops of the base program: a cap per processor and a budget."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.compiled_sums import BLOCK, UNIT, excess, faithful_sum, two_sum
from roundlot.solvers.compiling import compiled, compiled_in_any_order
from roundlot.theory.problem import BoolArray, FloatArray


@compiled_in_any_order
def _block_piece(
    sums: FloatArray, caps: FloatArray, level: float, start: int, stop: int
) -> tuple[float, float]:
    held, free = 0.0, 0.0
    for v in range(start, stop):
        at_cap = sums[v] >= caps[v] * level
        held += caps[v] if at_cap else 0.0
        free += 0.0 if at_cap else sums[v]
    return held, free


@compiled
def base_piece(
    sums: FloatArray, caps: FloatArray, level: float, budget: float
) -> tuple[float, float]:
    """``(budget − Σ_capped c, Σ_free M)`` at a level, one pass over the rows, sums afresh."""
    held, held_low, free, free_low = 0.0, 0.0, 0.0, 0.0
    for start in range(0, sums.size, BLOCK):
        part, rest = _block_piece(sums, caps, level, start, min(start + BLOCK, sums.size))
        held, error = two_sum(held, part)
        held_low += error
        free, error = two_sum(free, rest)
        free_low += error
    left, error = two_sum(budget, -held)
    return left + (error - held_low), free + free_low


@compiled
def usable(sums: FloatArray, caps: FloatArray) -> float:
    """``Σ_{M > 0} c``, what the caps of processors with a positive score can use."""
    total, low = 0.0, 0.0
    for v in range(sums.size):
        if sums[v] > 0.0:
            total, error = two_sum(total, caps[v])
            low += error
    return total + low


@compiled
def row_roots(sums: FloatArray, caps: FloatArray, level: float) -> FloatArray:
    """``max(r, M_v / c_v)``, the divisors that turn scores into probabilities."""
    out = np.empty_like(sums)
    for v in range(sums.size):
        out[v] = sums[v] / caps[v] if sums[v] >= caps[v] * level else level
    return out


@compiled
def write_base(
    scores: FloatArray,
    sums: FloatArray,
    caps: FloatArray,
    level: float,
    shrink: float,
    out: FloatArray,
    capped: BoolArray,
) -> tuple[float, float, float]:
    """Writes ``min(c, M / r) a / M`` and marks the rows at their caps; returns the faithful sum.

    A row at its cap sums to at most ``c`` exactly; the others are made smaller by ``shrink``.
    """
    width = scores.shape[1]
    high, low, size = 0.0, 0.0, 0.0
    scale = (1.0 / level) * (1.0 - shrink) if level > 0.0 else 0.0
    near = 1.0 - 4.0 * UNIT * (width + 4)
    for v in range(scores.shape[0]):
        total, cap = sums[v], caps[v]
        capped[v] = total > 0.0 and total >= cap * level
        if capped[v]:
            for s in range(width):
                out[v, s] = cap * (scores[v, s] / total)
            fit_row(out[v], cap)
        else:
            for s in range(width):
                out[v, s] = scores[v, s] * scale
            if total * scale > cap * near:
                fit_row(out[v], cap)
        for s in range(width):
            high, error = two_sum(high, out[v, s])
            low += error
            size += abs(error)
    return high, low, 2.0 * UNIT * scores.size * size


@compiled
def fit_row(row: FloatArray, cap: float) -> None:
    """Lowers the largest entry until the exact sum of the row is at most ``cap``."""
    while True:
        high, low, width = faithful_sum(row)
        over = excess(high, low, width, cap)
        if over <= 0.0:
            return
        top = row.argmax()
        row[top] = max(0.0, min(np.nextafter(row[top], 0.0), row[top] - over))

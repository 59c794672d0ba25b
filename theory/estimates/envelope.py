"""How a variance grows with the excess value: the least line above what was measured.

``Var(x) <= 2S (F(x) − F*) + σ²`` is what theorems of growing variance ask for. Of all lines with
``S, σ² >= 0`` that no measured variance is above, the one with the least sum over the points.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError

_SAME = 1e-12  # relative: a point on the line is not above it


def affine_envelope(excess: npt.ArrayLike, variance: npt.ArrayLike) -> tuple[float, float]:
    """``(S, σ²)`` of the least line above the points.

    A linear program in two numbers: its optimum is a line through two points, or a level one, or
    one through the origin.

    Args:
        excess: ``(T,)``, what ``F(x) − F*`` is at least, ``>= 0``.
        variance: ``(T,)``, what the variance is at most.

    Raises:
        InvalidProblemError: lengths that differ, no point, numbers below 0 or not finite.
    """
    e, v = np.asarray(excess, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    if e.ndim != 1 or e.shape != v.shape or not e.size:
        raise InvalidProblemError(f"excess is {e.shape}, variance {v.shape}; give (T,) both")
    if not np.all(np.isfinite(e) & np.isfinite(v) & (e >= 0.0) & (v >= 0.0)):
        raise InvalidProblemError("excess and variance must be finite and at least 0")
    lines = [(0.0, float(v.max())), *_through_origin(e, v), *_through_two(e, v)]
    above = [line for line in lines if _is_above(line, e, v)]
    slope, level = min(above, key=lambda line: (line[0] * float(e.sum()) + len(e) * line[1], line))
    return slope / 2.0, level


def _through_origin(e: FloatArray, v: FloatArray) -> list[tuple[float, float]]:
    if np.any((e == 0.0) & (v > 0.0)) or not np.any(e > 0.0):
        return []
    return [(float(np.max(v[e > 0.0] / e[e > 0.0])), 0.0)]


def _through_two(e: FloatArray, v: FloatArray) -> list[tuple[float, float]]:
    found = []
    for a, b in combinations(_hull(e, v), 2):
        if e[a] != e[b]:
            slope = float((v[b] - v[a]) / (e[b] - e[a]))
            level = float(v[a] - slope * e[a])
            if slope >= 0.0 and level >= 0.0:
                found.append((slope, level))
    return found


def _hull(e: FloatArray, v: FloatArray) -> list[int]:
    """Points of the upper hull, by excess: no line between others is above them."""
    hull: list[int] = []
    for k in np.lexsort((v, e)).tolist():
        while len(hull) > 1 and _turns_up(e, v, hull[-2], hull[-1], k):
            hull.pop()
        hull.append(k)
    return hull


def _turns_up(e: FloatArray, v: FloatArray, a: int, b: int, c: int) -> bool:
    return bool((v[b] - v[a]) * (e[c] - e[a]) <= (v[c] - v[a]) * (e[b] - e[a]))


def _is_above(line: tuple[float, float], e: FloatArray, v: FloatArray) -> bool:
    height = line[0] * e + line[1]
    return bool(np.all(height * (1.0 + _SAME) + np.finfo(np.float64).tiny >= v))

"""Small quadratic programs with bounds, by active sets."""

from __future__ import annotations

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray

JITTER = 1e-14  # curvature given to directions that have none
ROUNDING = 1e-12  # of a gradient: what is below counts as 0


def nonnegative_minimum(H: FloatArray, q: FloatArray, start: FloatArray) -> FloatArray:
    """The ``x >= 0`` of least ``½ xᵀ H x − qᵀ x``, for positive semidefinite ``H (D, D)``.

    NaN where numbers of too many sizes leave no minimum to find.

    By an active set that begins with the support of ``start (D,)``. Directions without curvature
    get a relative ``JITTER`` of it.

    Source: Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23.
    """
    scale = 1.0 / np.sqrt(np.maximum(np.diag(H), np.finfo(np.float64).tiny))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        H = H * scale * scale[:, None] + JITTER * np.eye(len(q))
        q, x = q * scale, start / scale
    if not (np.isfinite(H).all() and np.isfinite(q).all() and np.isfinite(x).all()):
        return np.full_like(q, np.nan)
    free: BoolArray = x > 0.0
    for _ in range(3 * len(q) + 3):
        try:
            x, free = _settled(H, q, x, free)
        except np.linalg.LinAlgError:
            return np.full_like(q, np.nan)
        gain = np.where(free, -np.inf, q - H @ x)
        best = int(np.argmax(gain))
        if gain[best] <= ROUNDING * (abs(q[best]) + float(np.abs(H[best]) @ x)):
            break
        free[best] = True
    return np.asarray(x * scale)


def _settled(
    H: FloatArray, q: FloatArray, x: FloatArray, free: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """The minimum over the free coordinates, dropping those that would turn negative."""
    while free.any():
        best = np.zeros_like(x)
        at = np.flatnonzero(free)
        best[at] = np.linalg.solve(H[np.ix_(at, at)], q[at])
        if np.all(best[at] > 0.0):
            return best, free
        if np.isnan(best).any():
            raise np.linalg.LinAlgError("no minimum that float64 can hold")
        low = at[best[at] <= 0.0]
        ratios = x[low] / np.maximum(x[low] - best[low], np.finfo(np.float64).tiny)
        x = np.where(free, x + float(ratios.min()) * (best - x), 0.0)
        gone = low[ratios <= ratios.min()]
        x[gone], free = 0.0, free.copy()
        free[gone] = False
        x = np.maximum(x, 0.0)
    return np.zeros_like(x), free

"""Small quadratic programs with bounds, by active sets."""

from __future__ import annotations

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray

JITTER = 1e-14  # curvature given to directions that have none
ROUNDING = 1e-12  # of a gradient: what is below counts as 0
LEAST = np.exp(-6.0) - 1.0  # relative change of a weight at a step, at least
RIDGE = 1e-4  # of curvature, for models whose variance does not answer


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


def ascent_step(x: FloatArray, y: FloatArray, slopes: FloatArray) -> FloatArray:
    """``(S,)``, the step in ``x = log θ`` to the maximum of the dual's quadratic model.

    With ``r_s`` the relative change of ``θ_s``, the model is ``Σ θ y r − ½ rᵀ C r``, for
    ``C_st = −θ_s ∂y_s/∂x_t``, subject to ``Σ θ r = 0`` and ``r`` at least ``e⁻⁶ − 1``: weights of
    models whose variance is below the others and does not answer go to the least that is allowed.

    Args:
        x: ``(S,)``.
        y: ``(S,)``, variances.
        slopes: ``(S, S)``, ``∂ log y_s / ∂x_t``.
    """
    theta = np.exp(x)
    size = theta * y
    curvature = -size[:, None] * slopes
    # C is symmetric; of two estimates that of the smaller row has the smaller error
    curvature = np.where(size[:, None] <= size, curvature, curvature.T)
    curvature += RIDGE * np.diag(size)
    change = _maximum(size, curvature, theta)
    return np.asarray(np.clip(np.log1p(np.maximum(change, LEAST)), -6.0, 6.0))


def _maximum(gain: FloatArray, curvature: FloatArray, weights: FloatArray) -> FloatArray:
    """``argmax gain·r − ½ rᵀ C r`` with ``weights·r = 0`` and ``r >= LEAST``, by active sets."""
    free: BoolArray = np.ones(gain.size, dtype=np.bool_)
    change = np.zeros(gain.size)
    for _ in range(4 * gain.size):
        change, price = _stationary(gain, curvature, weights, free)
        if free.any() and change[free].min() < LEAST - 1e-12:
            free[np.flatnonzero(free)[np.argmin(change[free])]] = False
            continue
        pull = np.where(free, 0.0, gain - curvature @ change - price * weights)
        if pull.max() <= 1e-12 * gain.max():
            break
        free[np.argmax(pull)] = True
    return change


def _stationary(
    gain: FloatArray, curvature: FloatArray, weights: FloatArray, free: BoolArray
) -> tuple[FloatArray, float]:
    index, size = np.flatnonzero(free), int(free.sum())
    change = np.where(free, 0.0, LEAST)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = curvature[np.ix_(index, index)]
    system[:size, size] = system[size, :size] = weights[index]
    right = np.append((gain - curvature @ change)[index], -float(weights @ change))
    found = np.linalg.lstsq(system, right, rcond=None)[0]
    change[index] = found[:size]
    return change, float(found[size])

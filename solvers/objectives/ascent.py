"""A step of ascent for weights on the simplex, where Newton's system may be singular."""

from __future__ import annotations

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray

LEAST = np.exp(-6.0) - 1.0
RIDGE = 1e-4


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

"""Coins whose chances, given how many come up, are those asked for."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.designs.base import FloatArray
from roundlot.simulate.designs.sizes import Coins
from roundlot.theory import ConvergenceError

_STEPS = 60
_CLOSE = 2e-14


def coins_for(asked: FloatArray, size: int) -> FloatArray:
    """``(V,)``, ``p`` in (0, 1) with ``Σ p = size`` whose conditional chances are ``asked``.

    Newton on the concave log-likelihood of the log-odds, whose curvature is the covariance of the
    draws; steps that do not come closer are halved.

    Args:
        asked: ``(V,)``, in (0, 1), with the integer sum ``size``.

    Raises:
        ConvergenceError: relative errors that stay above 2e-14 after 60 steps.

    Source: Chen, Dempster and Liu, Weighted finite population sampling to maximize entropy (1994).
    """
    if len(asked) == size + 1 == 2:
        return asked.copy()
    odds = np.log(asked) - np.log1p(-asked)
    best, step = np.inf, np.zeros_like(odds)
    for _ in range(_STEPS):
        p = _of_sum(odds + step, size)
        sums = Coins(p=p, q=1.0 - p, size=size, sampford=False)
        given = sums.singles() / sums.total()
        miss = float(np.max(np.abs(given / asked - 1.0)))
        if miss < _CLOSE:
            return p
        if miss < best:
            best, odds = miss, odds + step
            pairs = sums.pairs() / sums.total()
            step = _newton(pairs, given, asked)
        elif best < 50 * _CLOSE:  # as near as rounding lets it come
            return _of_sum(odds, size)
        else:
            step = step / 2.0
    raise ConvergenceError(
        f"conditional Poisson came within {best:.2g} of the probabilities asked for; "
        "take 'sampford', which has them exactly"
    )


def _newton(pairs: FloatArray, given: FloatArray, asked: FloatArray) -> FloatArray:
    covariance = pairs - np.outer(given, given)
    np.fill_diagonal(covariance, given * (1.0 - given))
    # Adding a constant to all log-odds changes nothing: scale, and take the shortest step.
    scale = 1.0 / np.sqrt(np.diag(covariance))
    scaled = covariance * np.outer(scale, scale)
    solved = np.linalg.lstsq(scaled, scale * (asked - given), rcond=1e-12)[0]
    return np.asarray(scale * solved)


def _of_sum(odds: FloatArray, size: int) -> FloatArray:
    """Chances with these log-odds up to a constant, and the sum ``size``, by bisection."""
    low, high = -odds.max() - 50.0, -odds.min() + 50.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if low == middle or middle == high:
            break
        if np.sum(1.0 / (1.0 + np.exp(-(odds + middle)))) < size:
            low = middle
        else:
            high = middle
    return np.asarray(1.0 / (1.0 + np.exp(-(odds + 0.5 * (low + high)))))

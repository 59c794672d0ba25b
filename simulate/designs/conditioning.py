"""Coins whose chances, given how many come up, are those asked for."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.designs.base import FloatArray
from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.designs.sizes import Coins
from roundlot.simulate.philox import BITS
from roundlot.theory import ConvergenceError

_STEPS = 60
_CLOSE = 2e-14
_ROUNDING = 1e-10
_LONGEST = 3.0


def coins_for(asked: Counts, size: int) -> Counts:
    """``(V,)``, coins that come up with the chances ``asked``, given that ``size`` come up.

    Newton on the concave log-likelihood of the log-odds, whose curvature is the covariance of the
    draws; steps that do not come closer are halved. The coins add up to ``size``, nearly: then the
    number is right as often as it can be.

    Args:
        asked: ``(V,)`` in units of ``2^-62``, strictly between 0 and 1, with the sum ``size``.

    Raises:
        ConvergenceError: relative errors that stay above 1e-10 after 60 steps.

    Source: Chen, Dempster and Liu, Weighted finite population sampling to maximize entropy (1994).
    """
    wanted = asked / ONE
    odds = np.log(wanted) - np.log((ONE - asked) / ONE)
    best, step = np.inf, np.zeros_like(odds)
    for _ in range(_STEPS):
        trial = _shifted(odds + step, size)
        sums = Coins(p=_chance(trial), q=_chance(-trial), size=size, sampford=False)
        given = sums.singles() / sums.total()
        miss = float(np.max(np.abs(given / wanted - 1.0)))
        if miss < best:
            best, odds = miss, trial
            if miss < _CLOSE:
                break
            step = _newton(sums, wanted - given)
        elif best < _ROUNDING:  # as near as rounding lets it come
            break
        else:
            step = step / 2.0
    if best >= _ROUNDING:
        raise ConvergenceError(
            f"conditional Poisson came within {best:.2g} of the probabilities asked for; "
            "take 'pivotal', which has them exactly"
        )
    return _on_grid(odds)


def _newton(sums: Coins, gap: FloatArray) -> FloatArray:
    whole = sums.total()
    given, absent = sums.singles() / whole, sums.absences() / whole
    covariance = sums.pairs() / whole - np.outer(given, given)
    np.fill_diagonal(covariance, given * absent)
    # Adding a constant to all log-odds changes nothing: scale, and take the shortest step.
    scale = 1.0 / np.sqrt(np.diag(covariance))
    scaled = covariance * np.outer(scale, scale)
    step = scale * np.linalg.lstsq(scaled, scale * gap, rcond=1e-12)[0]
    return np.asarray(step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300)))


def _chance(odds: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _shifted(odds: FloatArray, size: int) -> FloatArray:
    """The log-odds plus the constant that makes the chances add up to ``size``, by bisection."""
    low, high = -odds.max() - 50.0, -odds.min() + 50.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _chance(odds + middle).sum() < size:
            low = middle
        else:
            high = middle
    return np.asarray(odds + 0.5 * (low + high))


def _on_grid(odds: FloatArray) -> Counts:
    rare = np.rint(np.ldexp(_chance(-np.abs(odds)), BITS)).astype(np.int64)
    rare = np.maximum(rare, 1)
    return np.where(odds > 0.0, ONE - rare, rare)

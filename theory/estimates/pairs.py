"""Means over pairs of repetitions: unbiased estimates of squares under noise, with intervals.

A squared norm of a noisy vector is too large by the noise; the product of two repetitions is not.
The mean over all pairs of a kernel ``h(g_r, g_q)`` is unbiased for ``E h``. Its interval is
Student's with the jackknife, which covers asymptotically; or, where ``h`` is known to lie between
two numbers, that of disjoint pairs by the empirical Bernstein inequality, which always covers.

Source: Hoeffding (1948), U-statistics; Maurer and Pontil (COLT 2009), theorem 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.intervals import AND, ConfidenceInterval, joint_condition

#: How an interval came about.
INDEPENDENT = "the repetitions are independent draws, not parts of one pass through the data"
ENOUGH = (
    "the repetitions are enough for Student's intervals (of heavy tails, or of noise that few "
    "batches have, they cover too rarely)"
)
BOUNDED = "no mini-batch gradient is longer than the bound that was given"
STUDENT = "Student's interval with the jackknife over repetitions, which covers asymptotically"
BERNSTEIN = "the empirical Bernstein inequality, from the bound on the norms of the gradients"


def pair_mean(
    kernel: FloatArray, confidence: float, *, within: tuple[float, float] | None = None
) -> ConfidenceInterval:
    """The mean off the diagonal of ``(R, R)``, of a quantity that is at least 0.

    Args:
        kernel: symmetric; ``R >= 3``.
        confidence: of the interval.
        within: what every entry is between; None if that is not known.
    """
    if within is not None:
        return _bernstein(kernel, confidence, within)
    from scipy.special import stdtrit

    R = len(kernel)
    off = kernel - np.diag(np.diag(kernel))
    total, rows = off.sum(), off.sum(axis=1)
    mean = float(total / (R * (R - 1)))
    without = (total - 2.0 * rows) / ((R - 1) * (R - 2))
    error = math.sqrt((R - 1) / R * float(np.sum((without - without.mean()) ** 2)))
    width = float(stdtrit(R - 1, (1.0 + confidence) / 2.0)) * error
    return _cut(mean, mean - width, mean + width, confidence, ENOUGH)


def _bernstein(
    kernel: FloatArray, confidence: float, within: tuple[float, float]
) -> ConfidenceInterval:
    """Of the disjoint pairs (0, 1), (2, 3), ...; the mean over all pairs is the estimate."""
    R, span = len(kernel), within[1] - within[0]
    pairs = np.array([kernel[r, r + 1] for r in range(0, R - 1, 2)])
    n = len(pairs)
    mean = float(np.sum(kernel - np.diag(np.diag(kernel))) / (R * (R - 1)))
    if n < 2:
        return _cut(mean, within[0], within[1], confidence, BOUNDED)
    logarithm = math.log(4.0 / (1.0 - confidence))  # each side has half of the error
    width = math.sqrt(2.0 * float(np.var(pairs, ddof=1)) * logarithm / n)
    width += 7.0 * span * logarithm / (3.0 * (n - 1))
    middle = float(pairs.mean())
    low, high = max(middle - width, within[0]), min(middle + width, within[1])
    return _cut(min(max(mean, low), high), low, high, confidence, BOUNDED)


def _cut(
    mean: float, low: float, high: float, confidence: float, condition: str
) -> ConfidenceInterval:
    """At 0, below which no squared norm is; with what its confidence takes for granted."""
    return ConfidenceInterval(
        low=max(0.0, low),
        estimate=max(0.0, mean),
        high=max(0.0, high),
        confidence=confidence,
        condition=f"{INDEPENDENT}{AND}{condition}",
    )


def largest(parts: list[ConfidenceInterval], *, condition: str = "") -> ConfidenceInterval:
    """The largest of several numbers, from intervals that cover all at once.

    ``condition`` is one more, beside theirs.
    """
    return _extreme(parts, max, condition)


def smallest(parts: list[ConfidenceInterval], *, condition: str = "") -> ConfidenceInterval:
    """The least of several numbers, likewise."""
    return _extreme(parts, min, condition)


def _extreme(
    parts: list[ConfidenceInterval], of: Callable[..., float], condition: str
) -> ConfidenceInterval:
    if not parts:
        raise InvalidProblemError("there is no interval to choose from; give at least one")
    shares = [1.0 - part.confidence for part in parts]
    return ConfidenceInterval(
        low=of(part.low for part in parts),
        estimate=of(part.estimate for part in parts),
        high=of(part.high for part in parts),
        confidence=1.0 - math.fsum(shares),
        condition=joint_condition(parts, condition),
    )


def ratio(top: ConfidenceInterval, bottom: ConfidenceInterval) -> ConfidenceInterval:
    """A quotient, at the confidence that both cover at once; no upper end where below may be 0."""
    is_open = bottom.low <= 0.0
    estimate = math.inf if bottom.estimate <= 0.0 else top.estimate / bottom.estimate
    return ConfidenceInterval(
        low=0.0 if bottom.high <= 0.0 else top.low / bottom.high,
        estimate=estimate,
        high=math.inf if is_open else top.high / bottom.low,
        confidence=top.confidence + bottom.confidence - 1.0,
        condition=joint_condition((top, bottom)),
    )

"""Quantiles of Student's t, for intervals from few repetitions; NumPy only."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.errors import InvalidProblemError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


def student_quantile(probability: float, freedom: int) -> float:
    """The quantile of Student's t with ``freedom >= 1`` degrees.

    Relatively to 1e-8 up to 999 degrees and tails of 1e-6; rougher beyond (1e-4 at 10,000 degrees
    and a tail of 1e-9).

    With ``x = √ν tan θ`` the distribution function is ``½ + C ∫_0^θ cos^(ν−1)``; its root by
    bisection.

    Raises:
        InvalidProblemError: a probability outside (0, 1), or no degree of freedom.
    """
    if not 0.0 < probability < 1.0 or freedom < 1:
        raise InvalidProblemError(
            f"no quantile {probability:g} with {freedom} degrees of freedom; give (0, 1) and >= 1"
        )
    log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(math.pi) / 2
    goal = abs(probability - 0.5) / math.exp(log_scale)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _area(middle, freedom) < goal else (low, middle)
    return math.copysign(math.sqrt(freedom) * math.tan(low), probability - 0.5)


def _area(angle: float, freedom: int) -> float:
    nodes = angle * (_NODES + 1.0) / 2.0
    return float(angle / 2.0 * (_WEIGHTS @ np.cos(nodes) ** (freedom - 1)))

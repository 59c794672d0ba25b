"""Variances of models, rounded to the side that keeps a proof true, and decided exactly."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.kernels import RUN, UNIT
from roundlot.theory.arrays import BoolArray, FloatArray, read_only_view
from roundlot.theory.certificates.variances import exact_variance

# Runs of as many terms of four roundings each, and what two sums lose.
VARIANCE = (RUN + 8.0) * UNIT


def squares_above(scores: FloatArray) -> FloatArray:
    """``(S,)``, ``Σ_v a²`` of each model, rounded up."""
    with np.errstate(under="ignore"):
        squares = scores * scores
    return np.array([math.fsum(column) for column in squares.T.tolist()]) * (1.0 + 4.0 * UNIT)


def variances_above(scores: FloatArray, probabilities: FloatArray) -> FloatArray:
    """``(S,)``, ``Σ_v a² (1−p)/p`` of each model, rounded up by some 40 units.

    Infinite where ``p = 0 < a``.
    """
    out = np.empty(scores.shape[1])
    given = read_only_view(scores), read_only_view(probabilities)
    kernels.variance_sums(*given, out)
    return out * (1.0 + VARIANCE)


def above_ceilings(scores: FloatArray, probabilities: FloatArray, ceiling: FloatArray) -> BoolArray:
    """``(S,)``, which models' variances are above their ceilings as real numbers."""
    above = ~(variances_above(scores, probabilities) <= ceiling)
    for s in np.flatnonzero(above & np.isfinite(ceiling)).tolist():
        a, p = scores[:, s], probabilities[:, s]
        if np.all(p[a > 0.0] > 0.0):
            above[s] = exact_variance(a, p).high > Fraction(float(ceiling[s]))
    return above

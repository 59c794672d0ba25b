"""Norms of the models' variances and of the weights on them, without overflow."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.estimator import model_variance


def weighted_variances(problem: Problem, probabilities: FloatArray) -> FloatArray:
    """``(S,)``, ``λ_s Var_s``; infinite where a positive score is never drawn."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(
            problem.model_weights * model_variance(problem.scores, probabilities), dtype=np.float64
        )


def norm(values: FloatArray, order: float) -> float:
    """``(Σ x^order)^(1/order)`` of ``x >= 0``, for ``1 <= order <= ∞``; the largest for ``∞``."""
    top = float(values.max())
    if order == math.inf or top == 0.0 or top == math.inf:
        return top
    with np.errstate(under="ignore"):
        powers = (values / top) ** order
    return top * math.pow(math.fsum(powers.tolist()), 1.0 / order)


def dual_order(order: float) -> float:
    """The ``β`` with ``1/order + 1/β = 1``."""
    if order == 1.0:
        return math.inf
    return 1.0 if order == math.inf else order / (order - 1.0)

"""Compiled terms of the family's lower bound."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.bound import RUN, entry_terms
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import two_sum
from roundlot.theory.arrays import FloatArray


@compiled
def family_terms(
    scores: FloatArray,
    scale: float,
    floor: FloatArray,
    ceiling: FloatArray,
    costs: FloatArray,
    paid: FloatArray,
    models: FloatArray,
    rates: FloatArray,
    shrink: float,
) -> tuple[float, float]:
    """``(plus, minus)``: sums of the terms of ``min a²/p + κ (p − l)`` over ``[l, u]``.

    ``κ_vs = paid_v + models_s + Σ_k rates_k cost_kvs`` is lowered by ``shrink`` and its root by
    an ulp, so that the square of the root that is used is at most the true ``κ``.
    """
    up, up_low, down, down_low = 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        for start in range(0, scores.shape[1], RUN):
            plus, minus = 0.0, 0.0
            for s in range(start, min(start + RUN, scores.shape[1])):
                kappa = paid[v] + models[s]
                for k in range(rates.size):
                    kappa += rates[k] * costs[k, v, s]
                root = np.sqrt(kappa * shrink) * (1.0 - 2.0**-52)
                gain, loss = entry_terms(scores[v, s] * scale, floor[v, s], ceiling[v, s], root)
                plus += gain
                minus += loss
            up, error = two_sum(up, plus)
            up_low += error
            down, error = two_sum(down, minus)
            down_low += error
    return up + up_low, down + down_low

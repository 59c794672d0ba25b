"""Whether a design's step is unbiased: told from its probabilities, what counts, and how it draws.

A draw that weighs ``1/p`` is unbiased if everything that counts has ``p > 0`` and the design can
draw with these ``p`` at all: no set that yields one pair at most may have probabilities that sum
to more than 1.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.rules.data_size import trials
from roundlot.solvers.rules.rule import DesignName
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray

_ROUNDING = 1e-12
_LEAST = 1e-300


def step_label(
    problem: Problem,
    p: FloatArray,
    design: DesignName = "independent",
    cluster: IntArray | None = None,
) -> str:
    """ "unbiased", with "caps on average" where one draw can ask a processor for two models; or
    "biased: " and why. Of probabilities ``(V, S)``, expected draws for "multinomial"."""
    counts = (problem.scores > 0.0) & problem.available & (problem.model_weights > 0.0)
    missed = counts & (p <= 0.0)
    if missed.any():
        scores = problem.weighted_scores / (float(problem.weighted_scores.max()) or 1.0)
        lost = max(float(scores[missed].sum() / (scores.sum() or 1.0)), _LEAST)
        return f"biased: {lost:.2g} of the score is never drawn"
    most = _most(p, design, cluster)
    if most > 1.0 + _ROUNDING:
        return f"biased: {most:.4g} draws are asked of what yields one at most"
    if design == "multinomial" and trials(p) > 1 and ((p > 0.0).sum(axis=1) > 1).any():
        return "unbiased, caps on average"
    return "unbiased"


def _most(p: FloatArray, design: DesignName, cluster: IntArray | None) -> float:
    """The largest sum of chances that exclude each other."""
    if design == "turns":
        return float(p.shape[1] * p.max())
    if design == "multinomial":
        return float(p.sum() / trials(p))
    rows = p.sum(axis=1)
    if design == "clusters":
        together = np.zeros(len(p), dtype=np.int64) if cluster is None else cluster
        return float(np.bincount(together, weights=rows).max())
    return float(rows.max())

"""The scatter of a round that is cut short: exact by enumeration of the counts, else a sample's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.stragglers.counts import IndependentCounts
from roundlot.solvers.stragglers.estimators import EstimatorMoments, unit_weights
from roundlot.solvers.stragglers.round_laws import RoundLaw
from roundlot.solvers.stragglers.times import IntArray, Stragglers
from roundlot.theory.arrays import FloatArray

#: More outcomes than this are not listed; that many take a fraction of a second.
MOST_OUTCOMES = 200_000
SAMPLE_ROUNDS = 20_000
SAMPLE_SEED = 0xCAFE
#: Rounding of sums over all outcomes, relative.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """``κ = E Y²/(E Y)²``, at least 1, and whether it is ``known`` or a sample's."""

    value: float
    known: bool


def predicted_exactly(law: RoundLaw) -> bool:
    """Whether means of the counts come from a formula, not from a sample or from a lattice."""
    return isinstance(law.counts, IndependentCounts) and law.counts.error == 0.0


def error_ratio(
    name: str,
    moments: EstimatorMoments,
    law: RoundLaw,
    stragglers: Stragglers,
    gradients: FloatArray,
    noise_variance: float,
) -> Ratio:
    """``κ`` of the squared error of a step: given the counts it is that of a Gaussian vector.

    Args:
        gradients: ``(n, d)``.
    """
    listed = outcomes(law)
    counts, chances = _drawn(law, stragglers) if listed is None else listed
    unit = unit_weights(name, counts, law.shares, moments.weights, expected=law.counts.mean)
    d = gradients.shape[1]
    off = (((unit * counts - moments.weights) @ gradients) ** 2).sum(axis=1)
    noise = (unit**2 * counts).sum(axis=1) * noise_variance / d
    square = (off + d * noise) ** 2 + 2.0 * d * noise**2 + 4.0 * noise * off
    value = float(chances @ square) / float(chances @ (off + d * noise)) ** 2
    return Ratio(value=max(1.0, value) * (1.0 + ROUNDING), known=listed is not None)


def outcomes(law: RoundLaw) -> tuple[IntArray, FloatArray] | None:
    """All counts ``(K, n)`` of a round and their chances (K,); None if too many or not known."""
    counts = law.counts
    if not isinstance(counts, IndependentCounts) or counts.error:
        return None
    if math.prod(row.size for row in counts.masses) > MOST_OUTCOMES:
        return None
    grid = np.meshgrid(*(np.arange(row.size) for row in counts.masses), indexing="ij")
    table = np.stack([axis.reshape(-1) for axis in grid], axis=1)
    rows = (np.asarray(row, dtype=np.float64) for row in counts.masses)
    chances = [row[table[:, worker]] for worker, row in enumerate(rows)]
    return table, np.asarray(np.prod(chances, axis=0))


def _drawn(law: RoundLaw, stragglers: Stragglers) -> tuple[IntArray, FloatArray]:
    counts = law.rule.draw(stragglers, law.shares, SAMPLE_ROUNDS, seed=SAMPLE_SEED).counts
    return counts, np.full(SAMPLE_ROUNDS, 1.0 / SAMPLE_ROUNDS)

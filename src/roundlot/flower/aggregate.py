"""The unbiased step: ``w + Σ (d / p) (w_i − w)`` over those heard, never self-normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from roundlot.flower.draw import Draw
from roundlot.flower.memory import Memory
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregate:
    """One model's step in a round.

    Attributes:
        step: ``(P,)``, to be added to the model.
        weight: ``H``, the sum of the weights of those heard; 1 on average.
    """

    step: FloatArray
    weight: float


def aggregate(
    draw: Draw, model: int, updates: Mapping[int, FloatArray], factors: FloatArray, size: int
) -> Aggregate:
    """``Σ f (d/p) (w_i − w)`` over the positions heard of one model.

    Its mean is ``Σ d (w_i − w)`` over everybody there, if ``f`` makes up for lost replies. The
    weights of a round sum to 1 on average, not in every round: dividing by their sum would bias
    the step toward those who are drawn often.

    Args:
        draw: of the round.
        model: its number.
        updates: ``w_i − w``, ``(P,)``, of every position heard.
        factors: ``(V,)``, ``f``.
        size: ``P``.

    Source: Horvitz and Thompson (JASA 1952).
    """
    step, total = np.zeros(size), 0.0
    for position, update in updates.items():
        weight = draw.weight(position) * float(factors[position])
        step += weight * update
        total += weight
    return Aggregate(step=step, weight=total)


def aggregate_stale(
    draw: Draw,
    model: int,
    updates: Mapping[int, FloatArray],
    factors: FloatArray,
    size: int,
    memory: Memory,
) -> Aggregate:
    """``Σ d β h`` over everybody there, plus ``Σ f (d/p) (w_i − w − β h)`` over those heard.

    The mean is the same, for ``β h`` is known before the draw. Arguments as in ``aggregate``.

    Source: Zhang et al. (arXiv 2504.05138), StaleVRE; ``β = 1`` is Jhunjhunwala et al. (UAI 2022).
    """
    left = {}
    anchors = np.zeros(size)
    for position, row in enumerate(draw.rows):
        anchor = memory.anchor(int(row), model)
        if anchor is not None:
            anchors += draw.shares[position, model] * anchor
        if position in updates:
            left[position] = updates[position] - (0.0 if anchor is None else anchor)
    fresh = aggregate(draw, model, left, factors, size)
    return Aggregate(step=anchors + fresh.step, weight=fresh.weight)

"""Whether no float64 probabilities are near the optimum of "max" or "fair", in fractions.

A pair with score ``a`` that is drawn with less than 1, by ``2**-53`` at least in float64, has
``a² (1/p − 1) > a² 2**-53``. Where fractions keep all limits with an objective below that, float64
must draw it always; where it cannot draw all such pairs always, nothing in float64 is near.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.hostile.instances import Instance
from benchmarks.hostile.truth import largest_least

# Of the optimum: what an answer may be above it; and to spare.
NEAR = Fraction(1, 10**9)
LAST = Fraction(1, 2**53)

Pair = tuple[int, int]


def is_beyond_float64(instance: Instance) -> bool:
    """Whether it is proved that float64 has no probabilities within 1e-9 of the optimum."""
    if instance.objective not in ("max", "fair"):
        return False
    squares = _squares(instance)
    for pair in sorted(squares, key=lambda pair: squares[pair], reverse=True):
        least = squares[pair] * LAST
        certain = {other: Fraction(1) for other in squares if squares[other] >= squares[pair]}
        if largest_least(instance, certain) <= 0:
            # the largest objective at which float64 has nothing: fractions must be below it
            return _can_be_below(instance, squares, least / (1 + 2 * NEAR))
    return False


def _squares(instance: Instance) -> dict[Pair, Fraction]:
    """``λ a²`` of all pairs with a score and a weight."""
    scores: Any = instance.scores
    weights = np.broadcast_to(instance.given.get("model_weights", 1.0), scores.shape[1:])
    return {
        (int(v), int(s)): Fraction(float(weights[s])) * Fraction(float(scores[v, s])) ** 2
        for v, s in np.argwhere(scores > 0.0)
        if weights[s] > 0.0
    }


def _can_be_below(instance: Instance, squares: dict[Pair, Fraction], goal: Fraction) -> bool:
    """Whether fractions keep all limits with an objective of at most ``goal``.

    Each pair may take an equal part of it: ``λ a² (1/p − 1) <= part``. No norm of variances is
    above their sum.
    """
    part = goal / len(squares)
    return (
        largest_least(instance, {q: square / (square + part) for q, square in squares.items()}) >= 0
    )

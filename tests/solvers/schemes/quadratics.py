"""Fleets of quadratics on a line, and what rounds of local steps do to them, by enumeration.

Client ``i`` has ``f_i = curve_i (x − centre_i)² / 2``; its mini-batch noise has variance ``σ_i²``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcomes:
    """All that a draw can be: chances ``(O,)`` and aggregation weights ``(O, n)``."""

    chances: np.ndarray
    weights: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        return self.chances @ self.weights


def independent_outcomes(weights, probabilities) -> Outcomes:
    w, p = np.array(weights, float), np.array(probabilities, float)
    drawn = np.array(list(itertools.product((0.0, 1.0), repeat=len(w))))
    return Outcomes(np.prod(np.where(drawn > 0, p, 1 - p), axis=1), drawn * w / p)


def fixed_size_outcomes(weights, size) -> Outcomes:
    w, n = np.array(weights, float), len(weights)
    subsets = list(itertools.combinations(range(n), size))
    drawn = np.array([[float(i in subset) for i in range(n)] for subset in subsets])
    return Outcomes(np.full(len(subsets), 1 / len(subsets)), drawn * w * n / size)


def optimum(w, curves, centres) -> float:
    return float((w * curves) @ centres / (w @ curves))


def squared_distances(outcomes, curves, centres, steps, variances, start) -> list[float]:
    """``E‖x_t − x*‖²`` for every ``t``; ``steps`` is ``(rounds, K, n)``."""
    w = outcomes.mean
    best = optimum(w, curves, centres)
    away = centres - best
    mean, square = start - best, (start - best) ** 2
    found = [square]
    for row in steps:
        keep, pull, spread = np.ones(len(w)), np.zeros(len(w)), np.zeros(len(w))
        for step in row:  # of a client's point: keep e + pull, with variance spread
            shrink = 1 - step * curves
            keep, pull = shrink * keep, shrink * pull + step * curves * away
            spread = shrink**2 * spread + step**2 * variances
        factor = 1 + outcomes.weights @ (keep - 1)
        shift, noise = outcomes.weights @ pull, outcomes.weights**2 @ spread
        square, mean = (
            float(outcomes.chances @ (factor**2 * square + 2 * factor * shift * mean + shift**2))
            + float(outcomes.chances @ noise),
            float(outcomes.chances @ (factor * mean + shift)),
        )
        found.append(square)
    return found


def scaled_to(w, curves, centres, heterogeneity) -> np.ndarray | None:
    """The centres moved so that ``Σ w ‖∇f_i(x*)‖²`` is ``heterogeneity``; None if it cannot be."""
    best = optimum(w, curves, centres)
    there = float(w @ (curves * (best - centres)) ** 2)
    if there < 1e-12:
        return centres if heterogeneity == 0 else None
    return best + (centres - best) * np.sqrt(heterogeneity / there)

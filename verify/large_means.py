"""Means of non-negative numbers that must not be above 1, many at once, whatever their scatter.

``Π (1 + λ (y − 1))`` with ``0 < λ < 1`` has factors above 0 of mean at most 1 as soon as
``E y <= 1`` given the past: the average over a grid of ``λ`` ever reaches ``1/δ`` with probability
at most ``δ`` (Ville 1939). Nothing is estimated, so the first round counts as much as the last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GRID = (1e-4, 1e-3, 0.01, 0.05, 0.2, 0.6)


class LargeMeans:
    """The running test of ``P`` means.

    Attributes:
        log_terms: ``(P, 6)``.
        peak: ``(P,)``, largest logarithm of the average after any batch.
    """

    def __init__(self, size: int) -> None:
        self.log_terms = np.zeros((size, len(GRID)))
        self.peak = np.zeros(size)

    def update(self, rounds: int, where: IntArray, values: FloatArray) -> None:
        """Enter a batch: ``values`` (M,) >= 0 of the means ``where`` (M,), 0 in all other rounds.

        An infinite value refuses its mean for good.
        """
        size = len(self.peak)
        listed = np.bincount(where, minlength=size)
        always = np.ones(size)
        always[where] = values
        # Horvitz-Thompson weights: one value for each mean, so a logarithm for each is enough.
        constant = bool((always[where] == values).all())
        for column, bet in enumerate(GRID):
            self.log_terms[:, column] += (rounds - listed) * np.log1p(-bet)
            if constant:
                self.log_terms[:, column] += listed * np.log1p(bet * (always - 1.0))
                continue
            gain = np.log1p(bet * (values - 1.0))
            self.log_terms[:, column] += np.bincount(where, weights=gain, minlength=size)
        self.peak = np.maximum(self.peak, log_mean(self.log_terms))

    def update_row(self, values: FloatArray) -> None:
        """Enter rounds ``values`` (R,) of a single mean; every round is looked at."""
        if not values.size:
            return
        gains = np.log1p(np.outer(values - 1.0, GRID))
        paths = self.log_terms[0] + np.cumsum(gains, axis=0)
        self.log_terms[0] = paths[-1]
        self.peak[0] = max(float(self.peak[0]), float(log_mean(paths).max()))


def log_mean(terms: FloatArray) -> FloatArray:
    """Logarithm of the mean of the exponentials along the last axis."""
    top = terms.max(axis=-1)
    with np.errstate(invalid="ignore"):
        mean = np.exp(terms - top[..., None]).mean(axis=-1)
    return np.where(np.isposinf(top), np.inf, top + np.log(np.where(np.isnan(mean), 1.0, mean)))

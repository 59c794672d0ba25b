"""A time that is now and then several times as long: a mixture of two scales of one law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.laws import Law
from roundlot.theory.arrays import FloatArray

HALVINGS = 80  # of a quantile between those of the two scales: down to the last bit


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture(Law):
    """``base``, with chance ``share`` ``factor`` times as long, over the mean of that."""

    base: Law
    factor: float
    share: float
    name = "mixture"

    @property
    def unit(self) -> float:
        """The mean before it is scaled to 1."""
        return 1.0 - self.share + self.share * self.factor

    @property
    def variance(self) -> float:
        """Of the mixture."""
        square = (1.0 - self.share) + self.share * self.factor**2
        return (self.base.variance + 1.0) * square / self.unit**2 - 1.0

    @property
    def support(self) -> FloatArray | None:
        """The values of a law that has only finitely many."""
        own = self.base.support
        if own is None:
            return None
        return np.unique(np.concatenate((own, own * self.factor))) / self.unit

    @property
    def masses(self) -> tuple[FloatArray, FloatArray] | None:
        """These values, each once, and their chances."""
        own = self.base.masses
        if own is None:
            return None
        values = np.concatenate((own[0], own[0] * self.factor)) / self.unit
        chances = np.concatenate(((1.0 - self.share) * own[1], self.share * own[1]))
        once, place = np.unique(values, return_inverse=True)
        return once, np.bincount(place, weights=chances).astype(np.float64)

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        u = np.asarray(uniform, dtype=np.float64)
        low = self.base.quantile(u) / self.unit
        high = low * self.factor
        if float(self.share) == 0.0:
            return low
        least = self.base.quantile(np.zeros(())) / self.unit
        low = np.minimum(low, least)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            reached = self.cdf(middle) >= u
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.asarray(np.where(u <= 0.0, least, high))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        own = np.asarray(x, dtype=np.float64) * self.unit
        fast, slow = self.base.cdf(own), self.base.cdf(own / self.factor)
        return np.asarray((1.0 - self.share) * fast + self.share * slow)

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        own = np.asarray(x, dtype=np.float64) * self.unit
        fast, slow = self.base.excess(own), self.factor * self.base.excess(own / self.factor)
        return np.asarray(((1.0 - self.share) * fast + self.share * slow) / self.unit)

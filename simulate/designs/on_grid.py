"""What the designs have in common that draw from integer counts ``k / 2^62``."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np

from roundlot.simulate.designs.base import Design, FloatArray, frozen
from roundlot.simulate.designs.branches import Chance, pick_model
from roundlot.simulate.designs.grid import ONE, Counts, checked_probabilities, grid_counts
from roundlot.simulate.designs.snapping import snap_total
from roundlot.simulate.philox import BITS


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OnGrid(Design):
    """A design whose inclusion probabilities are ``counts / 2^62``, exactly.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to ``counts / 2^62``.
        counts: ``(V, S)`` int64. A total within 1e-9 of an integer is that integer.
    """

    probabilities: FloatArray
    counts: Counts

    @classmethod
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``."""
        counts = grid_counts(checked_probabilities(probabilities))
        snap_total(counts)
        return cls.from_counts(counts)

    @classmethod
    def from_counts(cls, counts: Counts) -> Self:
        """The design with the inclusion probabilities ``counts / 2^62``, rows at most ``2^62``."""
        return cls(
            probabilities=frozen(np.ldexp(counts.astype(np.float64), -BITS)), counts=frozen(counts)
        )

    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair: ``counts / 2^62``."""
        return Fraction(int(self.counts[processor, model]), ONE)

    @cached_property
    def totals(self) -> Counts:
        """``(V,)`` int64, the counts of each processor, at most ``2^62``."""
        return frozen(self.counts.sum(axis=1))

    @property
    def fixes_count(self) -> bool:
        """Whether the total is an integer, so that every round draws the same number."""
        return sum(map(int, self.totals)) % ONE == 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RowsFirst(OnGrid):
    """Processors are drawn first, then each that was drawn picks its model independently."""

    @abstractmethod
    def joint_rows(self) -> FloatArray:
        """``(V, V)``, the probability that both processors are drawn; ``p`` on the diagonal."""

    def _joint(self, model: int, other: int) -> FloatArray:
        totals = np.maximum(self.totals, 1).astype(np.float64)
        return np.asarray(
            self.joint_rows()
            * np.outer(self.counts[:, model] / totals, self.counts[:, other] / totals)
        )

    def _pick(self, who: int, chance: Chance) -> int:
        return pick_model(list(map(int, self.counts[who])), chance)

"""Who was drawn in a round, with which probability, and what they weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.simulate.designs import Design
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """The draw of one round among the ``V`` nodes that are there.

    Attributes:
        round: its number.
        rows: ``(V,)``, the node of every position.
        shares: ``(V, S)``, ``d``: shares of the data; columns sum to 1, or to 0 where a model has
            no data.
        rule: the design drawn by.
        picks: ``(V,)``, the model each trains, −1 for none.
    """

    round: int
    rows: IntArray
    shares: FloatArray
    rule: Design
    picks: IntArray

    @property
    def probabilities(self) -> FloatArray:
        """``(V, S)``, exactly those drawn with."""
        return self.rule.probabilities

    @property
    def drawn(self) -> IntArray:
        """Positions of those drawn."""
        return np.flatnonzero(self.picks >= 0)

    def probability(self, position: int) -> float:
        """``p`` of the model that this position drew."""
        return float(self.probabilities[position, self.picks[position]])

    def weight(self, position: int) -> float:
        """``d / p`` of the model that this position drew: Horvitz-Thompson."""
        share = float(self.shares[position, self.picks[position]])
        return share / self.probability(position)

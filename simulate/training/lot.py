"""Who was drawn in a round, and what their updates weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Lot:
    """The draw of one round.

    Attributes:
        probabilities: ``(V, S)`` of the design.
        picks: ``(V,)``: the model each processor trains, −1 for idle.
        client: ``(V,)``: the client of every processor.
    """

    probabilities: FloatArray
    picks: IntArray
    client: IntArray

    @property
    def n_clients(self) -> int:
        """``N``: every client has a processor, and they stand in order."""
        return int(self.client[-1]) + 1

    def clients(self, model: int) -> IntArray:
        """The different clients that train the model, in order."""
        return np.unique(self.client[self.picks == model])

    def weights(self, model: int, shares: FloatArray) -> FloatArray:
        """``(N,)``, ``Σ_b (d/B) / p`` over the processors that drew the model: Horvitz-Thompson.

        Args:
            model: the model.
            shares: ``(V,)``, ``d_{i,s}/B_i`` of every processor.
        """
        rows = np.flatnonzero(self.picks == model)
        out = np.zeros(self.n_clients)
        np.add.at(out, self.client[rows], shares[rows] / self.probabilities[rows, model])
        return out

"""Seconds of a round of local steps, exactly, and how they change with the probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Seconds:
    """What a round takes: ``overhead + Σ p draw + E max over those drawn of (K local + upload)``.

    Clients train and upload at the same time; draws are served one after another.

    Attributes:
        local, upload, draw: ``(V,)``, seconds of one local step, of an upload, of a draw.
        overhead: of every round.
    """

    local: FloatArray
    upload: FloatArray
    draw: FloatArray
    overhead: float

    def of(self, probabilities: FloatArray, local_steps: int) -> tuple[float, FloatArray]:
        """Expected seconds for ``p (V,)``, independent draws; and ``(V,)`` derivatives."""
        times = local_steps * self.local + self.upload
        order = np.argsort(times, kind="stable")
        p, ascending = probabilities[order], times[order]
        gaps = np.diff(ascending, prepend=0.0)
        n = len(p)
        after = np.ones(n + 1)  # chance that none of j, j + 1, ... is drawn
        for j in range(n - 1, -1, -1):
            after[j] = after[j + 1] * (1.0 - p[j])
        expected = float(gaps @ (1.0 - after[:-1]))
        slopes = np.empty(n)
        met = 0.0  # Σ_{j <= i} gap_j · chance that none of j ... i − 1 is drawn
        for i in range(n):
            met = met * (1.0 - p[i - 1] if i else 1.0) + gaps[i]
            slopes[i] = met * after[i + 1]
        found = np.empty(n)
        found[order] = slopes
        total = self.overhead + float(self.draw @ probabilities) + expected
        return total, found + self.draw

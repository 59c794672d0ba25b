"""Who is drawn: as often as claimed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch
from roundlot.verify.bernoulli import (
    detectable_sequential,
    log_inclusion_values,
    rounds_needed_sequential,
)
from roundlot.verify.draw_layout import Layout
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide

FloatArray = npt.NDArray[np.float64]


class InclusionCheck(StreamingCheck):
    """Every pair is drawn as often as its probability says."""

    def __init__(
        self,
        probabilities: FloatArray,
        layout: Layout,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.p, self.layout = probabilities, layout
        self.counts = np.zeros(probabilities.size)
        self.peak = np.zeros(probabilities.size)
        self._needed = rounds_needed_sequential(
            discrepancy, probabilities, false_alarm=rate, miss=miss
        )
        self.threshold = math.log(probabilities.size / rate)

    def update(self, batch: Batch) -> None:
        self.counts += np.bincount(batch.pair, minlength=self.p.size)
        self.rounds += batch.rounds
        now = log_inclusion_values(self.counts, self.rounds, self.p, discrepancy=self.discrepancy)
        self.peak = np.maximum(self.peak, now)

    @property
    def refuted(self) -> bool:
        return bool(self.peak.max() >= self.threshold)

    def needed(self) -> float:
        return float(self._needed)

    def verdict(self) -> Verdict:
        worst = int(self.peak.argmax())
        powered = self.rounds >= self._needed
        sees = detectable_sequential(self.rounds, self.p, false_alarm=self.rate, miss=self.miss)
        wrong = int(np.count_nonzero(self.peak >= self.threshold))
        return Verdict(
            claim="inclusion probabilities",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=float(self.counts[worst] / max(self.rounds, 1)),
            expected=float(self.p[worst]),
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.peak[worst]),
            threshold=self.threshold,
            detail=(
                f"{wrong} of {self.p.size} pairs refused, shown: {self.layout.name(worst)}; "
                "detectable is relative to the larger of p and its mean; needs "
                f"{self._needed} rounds"
            ),
        )

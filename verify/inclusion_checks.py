"""Who is drawn: as often as claimed, and whatever happened the round before."""

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
from roundlot.verify.zero_mean import (
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)

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


class SuccessionCheck(StreamingCheck):
    """Who is drawn does not depend on who was drawn the round before.

    ``x = (drawn again − Σ_{drawn before} p) / drawn before`` lies in −1..1 and has mean 0 given the
    past; its second moment is at most ``max p (1 − p)`` (Jensen).
    """

    def __init__(self, probabilities: FloatArray, *, rate: float, miss: float) -> None:
        again = float(probabilities @ probabilities / max(probabilities.sum(), 1e-300))
        super().__init__(rate=rate, miss=miss, discrepancy=0.5)
        self.p, self.again = probabilities, again
        self.spread = max(float((probabilities * (1.0 - probabilities)).max()), 1e-6)
        self.test = ZeroMeans(1)
        self.total = 0.0

    def update(self, batch: Batch) -> None:
        before = np.bincount(batch.turn, minlength=batch.rounds)[:-1]
        again = np.bincount(_drawn_again(batch), minlength=batch.rounds)[:-1]
        due = np.bincount(batch.turn, weights=self.p[batch.pair], minlength=batch.rounds)[:-1]
        some = before > 0
        x = (again[some] - due[some]) / before[some]
        self.test.update(
            x.size,
            np.zeros(x.size, dtype=np.int64),
            x,
            otherwise=0.0,
            variance=self.spread,
            shift=self.discrepancy * self.again,
            whole=self.again,
        )
        self.total += float(x.sum())
        self.rounds += batch.rounds

    @property
    def refuted(self) -> bool:
        return bool(self.test.peak[0] >= -math.log(self.rate))

    def needed(self) -> float:
        if self.spread <= 1e-6 or self.again == 0.0:
            return 1.0
        shift = self.discrepancy * self.again
        return 1.1 * rounds_needed_zero_mean(
            shift, self.spread, false_alarm=self.rate, miss=self.miss
        )

    def verdict(self) -> Verdict:
        seen = max(self.test.rounds, 1)
        sees = detectable_zero_mean(seen, self.spread, false_alarm=self.rate, miss=self.miss)
        return Verdict(
            claim="rounds do not depend on the round before",
            outcome=decide(refuted=self.refuted, powered=self.rounds >= self.needed()),
            estimate=self.again + self.total / seen,
            expected=self.again,
            detectable=sees / self.again if self.again else 0.0,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.test.peak[0]),
            threshold=-math.log(self.rate),
            detail="share of those drawn that are drawn again in the next round",
        )


def _drawn_again(batch: Batch) -> npt.NDArray[np.int64]:
    """The turns whose pairs are drawn in the next turn too, once for each such pair."""
    # Sorted by pair, then turn, neighbours that differ by 1 are the same pair in successive turns.
    stride = batch.rounds + 1
    order = np.sort(batch.pair * stride + batch.turn)
    return np.asarray(order[:-1][np.diff(order) == 1] % stride, dtype=np.int64)

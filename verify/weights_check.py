"""Unbiased for every possible update: the mean aggregation weight of every pair."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch
from roundlot.verify.draw_layout import Layout
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide
from roundlot.verify.zero_mean import (
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)

FloatArray = npt.NDArray[np.float64]
_FEW = 10


class WeightsCheck(StreamingCheck):
    """``E c_i = w_i`` for every pair: the aggregate is unbiased for every possible update.

    The test needs a bound on ``Var c``. With claimed probabilities it is ``w² (1/p − 1)``, or what
    earlier rounds showed if that is more. Without, it is what earlier rounds showed, enlarged for
    its own uncertainty, and for a pair drawn fewer than ten times ``w²`` times ten times the
    largest ``c/w`` of anybody: the first batch then only sets the scale.
    """

    def __init__(
        self,
        weights: FloatArray,
        probabilities: FloatArray | None,
        layout: Layout,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.w, self.layout = weights, layout
        self.scale = np.maximum(weights, weights[weights > 0.0].mean())
        self.known = None
        if probabilities is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                variance = weights**2 * (1.0 / probabilities - 1.0)
            self.known = np.where(probabilities > 0.0, variance, 0.0)
        self.test = ZeroMeans(weights.size)
        self.hits, self.total, self.square = (np.zeros(weights.size) for _ in range(3))
        self.largest = 1.0
        self.threshold = math.log(weights.size / rate)

    def update(self, batch: Batch) -> None:
        if batch.weight is None:
            return
        z = batch.weight - self.w[batch.pair]
        if self.rounds or self.known is not None:
            self.test.update(
                batch.rounds,
                batch.pair,
                z,
                otherwise=-self.w,
                variance=self.variance(),
                shift=self.discrepancy * self.scale,
                whole=np.where(self.w > 0.0, self.w, self.scale),
            )
        self._remember(batch, z)

    def _remember(self, batch: Batch, z: FloatArray) -> None:
        assert batch.weight is not None
        size = self.w.size
        hits = np.bincount(batch.pair, minlength=size)
        self.hits += hits
        self.total += np.bincount(batch.pair, weights=batch.weight, minlength=size)
        self.square += np.bincount(batch.pair, weights=z * z, minlength=size)
        self.square += (batch.rounds - hits) * self.w**2
        if z.size and self.known is None:  # nothing else reads it
            self.largest = max(
                self.largest, float((np.abs(batch.weight) / self.scale[batch.pair]).max())
            )
        self.rounds += batch.rounds

    def variance(self) -> FloatArray:
        """``(P,)``, the bound on ``Var c`` that the next batch is tested with."""
        n = max(self.rounds, 1)
        seen = self.square / n
        if self.known is not None:
            return np.maximum(self.known, seen)
        rarer = np.minimum(self.hits, n - self.hits)
        bound = np.maximum(seen * (1.0 + 3.0 / np.sqrt(rarer + 1.0)), _FEW * self.scale**2 / n)
        rare = self.hits < _FEW
        least = np.where(rare, _FEW * self.largest * self.scale**2, 0.0)
        return np.asarray(np.maximum(bound, least), dtype=np.float64)

    @property
    def refuted(self) -> bool:
        return bool(self.test.peak.max() >= self.threshold)

    def needed(self) -> float:
        ratio = float((self.variance() / (self.discrepancy * self.scale) ** 2).max())
        rate = self.rate / self.w.size
        pilot = self.rounds - self.test.rounds
        return pilot + rounds_needed_zero_mean(1.0, ratio, false_alarm=rate, miss=self.miss)

    def verdict(self) -> Verdict:
        worst = int(self.test.peak.argmax())
        ratio = float((self.variance() / self.scale**2).max())
        sees = detectable_zero_mean(
            self.test.rounds, ratio, false_alarm=self.rate / self.w.size, miss=self.miss
        )
        powered = self.rounds >= self.needed() and self.test.rounds > 0
        wrong = int(np.count_nonzero(self.test.peak >= self.threshold))
        source = "claimed" if self.known is not None else "seen in earlier rounds"
        return Verdict(
            claim="aggregate is unbiased (mean weight of every pair)",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=float(self.total[worst] / max(self.rounds, 1)),
            expected=float(self.w[worst]),
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.test.peak[worst]),
            threshold=self.threshold,
            detail=(
                f"{wrong} of {self.w.size} pairs refused, shown: {self.layout.name(worst)}; "
                f"detectable is relative to the larger of w and its mean; variance {source}; "
                f"needs {self.needed():.0f} rounds"
            ),
        )

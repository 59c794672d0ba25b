"""The variance of the aggregate against what its design predicts."""

from __future__ import annotations

import math

from roundlot.verify.batches import Batch
from roundlot.verify.e_process import EProcess
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.squared_error import SquaredErrors
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide


class VarianceCheck(StreamingCheck):
    """The mean squared error of the aggregate is what the design predicts."""

    def __init__(
        self,
        errors: SquaredErrors,
        mean: float,
        second_moment_ratio: float,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.needs_draws = not errors.by_simulation
        self.errors, self.mean, self.ratio = errors, mean, second_moment_ratio
        self.process = EProcess.start(second_moment_ratio)
        self._needed = rounds_needed(discrepancy, second_moment_ratio, false_alarm=rate, miss=miss)

    def update(self, batch: Batch) -> None:
        if batch.rounds:
            self.process = self.process.update(self.errors.of(batch) / self.mean)
        self.rounds += batch.rounds

    @property
    def refuted(self) -> bool:
        return self.process.log_peak >= -math.log(self.rate)

    def needed(self) -> float:
        return self._needed

    def verdict(self) -> Verdict:
        powered = self.rounds >= self._needed
        sees = detectable(self.rounds, self.ratio, false_alarm=self.rate, miss=self.miss)
        return Verdict(
            claim="variance is as predicted",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=self.process.mean * self.mean,
            expected=self.mean,
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=self.process.log_peak,
            threshold=-math.log(self.rate),
            detail=(
                f"{self.errors.claims.design} draws; κ {self.process.realised_ratio:.6g} seen, "
                f"{self.ratio:.6g} predicted"
            ),
        )

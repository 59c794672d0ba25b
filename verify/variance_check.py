"""The variance of the aggregate against what its design predicts."""

from __future__ import annotations

import math

from roundlot.verify.batches import Batch
from roundlot.verify.e_process import EProcess, judged
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.squared_error import Prediction, SquaredErrors
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Outcome, Verdict


class VarianceCheck(StreamingCheck):
    """The mean squared error of the aggregate is what the claimed design predicts.

    Where the design does not know ``κ``, only "too large" can be refused, and nothing supported.
    """

    def __init__(
        self,
        errors: SquaredErrors,
        prediction: Prediction,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.needs_draws = not errors.by_simulation
        self.errors, self.mean, self.ratio = errors, prediction.mean, prediction.ratio
        self.design = prediction.design
        # Without κ the bets on "too large" are as valid; 3 only sets their size.
        self.process = EProcess.start(3.0 if self.ratio is None else self.ratio)
        self._needed = 1.0
        if self.ratio is not None:
            self._needed = rounds_needed(discrepancy, self.ratio, false_alarm=rate, miss=miss)

    def update(self, batch: Batch) -> None:
        if batch.rounds:
            self.process = self.process.update(self.errors.of(batch) / self.mean)
        self.rounds += batch.rounds

    @property
    def refuted(self) -> bool:
        return self._judged()[0] == "refuted"

    def needed(self) -> float:
        return self._needed

    def _judged(self) -> tuple[Outcome, str]:
        if self.ratio is None:
            over = self.process.log_peak_large >= -math.log(self.rate)
            return ("refuted" if over else "inconclusive"), ""
        return judged(self.process, false_alarm=self.rate, powered=0 < self.rounds >= self._needed)

    def verdict(self) -> Verdict:
        outcome, remark = self._judged()
        sees = math.inf
        if self.ratio is not None:
            sees = detectable(self.rounds, self.ratio, false_alarm=self.rate, miss=self.miss)
        return Verdict(
            claim="variance is as predicted",
            outcome=outcome,
            estimate=self.process.mean * self.mean,
            expected=self.mean,
            detectable=min(sees, self.discrepancy) if self.rounds >= self._needed else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=self.process.log_peak,
            threshold=-math.log(self.rate),
            detail=self._detail() + remark,
        )

    def _detail(self) -> str:
        seen = f"{self.design} draws; κ {self.process.realised_ratio:.6g} seen, "
        if self.ratio is None:
            return f"{seen}not known of this design: only a variance that is too large can be told"
        return f"{seen}{self.ratio:.6g} predicted"

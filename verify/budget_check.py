"""How many are drawn: on average, or in every round."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch
from roundlot.verify.e_process import bets
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide

FloatArray = npt.NDArray[np.float64]


class BudgetCheck(StreamingCheck):
    """At most ``budget`` draws a round on average, or in every round."""

    def __init__(
        self, budget: float, rule: str, *, rate: float, miss: float, discrepancy: float
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.budget, self.rule = budget, rule
        self.log_terms: FloatArray | None = None
        self.excess = 0.0
        self.peak = 0.0
        self.total = self.square = 0.0
        self.most = 0

    def update(self, batch: Batch) -> None:
        if not batch.rounds:  # the sampler failed in its first round
            return
        y = batch.draws / self.budget
        self.most = max(self.most, int(batch.draws.max(initial=0)))
        self.total += float(y.sum())
        self.square += float(y @ y)
        self.rounds += batch.rounds
        if self.log_terms is None:  # the first batch sets the size of the bets
            self.log_terms = np.zeros(4)
            self.excess = max(self.square / self.rounds - (self.total / self.rounds) ** 2, 1e-3)
            return
        gains = np.log1p(np.outer(bets(1.0 + self.excess), y * (1.0 - 1e-9) - 1.0))
        paths = self.log_terms[:, None] + np.cumsum(gains, axis=1)
        self.log_terms = paths[:, -1] if y.size else self.log_terms
        top = paths.max(axis=0, initial=-np.inf)
        values = top + np.log(np.exp(paths - top).mean(axis=0))
        self.peak = max(self.peak, float(values.max(initial=0.0)))

    @property
    def refuted(self) -> bool:
        if self.rule == "every draw":
            return self.most > self.budget + 1e-9
        return self.peak >= -math.log(self.rate)

    def needed(self) -> float:
        if self.rule == "every draw":
            return 1.0
        return rounds_needed(
            self.discrepancy, 1.0 + self.excess, false_alarm=self.rate, miss=self.miss
        )

    def verdict(self) -> Verdict:
        exact = self.rule == "every draw"
        sees = 0.0 if exact else self._sees()
        mean = self.budget * self.total / max(self.rounds, 1)
        return Verdict(
            claim=f"budget is kept {'in every round' if exact else 'on average'}",
            outcome=decide(refuted=self.refuted, powered=self.rounds >= self.needed()),
            estimate=float(self.most) if exact else mean,
            expected=self.budget,
            detectable=sees,
            false_alarm=0.0 if exact else self.rate,
            miss=0.0 if exact else self.miss,
            rounds=self.rounds,
            statistic=float(self.most) if exact else self.peak,
            threshold=math.nextafter(self.budget, math.inf) if exact else -math.log(self.rate),
            detail="most draws seen" if exact else "draws a round, one-sided",
        )

    def _sees(self) -> float:
        return detectable(self.rounds, 1.0 + self.excess, false_alarm=self.rate, miss=self.miss)

    @property
    def kept(self) -> str:
        """In words for the facts."""
        if self.most <= self.budget + 1e-9:
            return "every draw"
        return "exceeded" if self.refuted and self.rule == "average" else self._on_average()

    def _on_average(self) -> str:
        over = self.peak >= -math.log(self.rate)
        return "exceeded" if over else "on average"

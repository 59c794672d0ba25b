"""How many are drawn: on average, or in every round."""

from __future__ import annotations

import math

import numpy as np

from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.tests.means import LargeMeans, log_mean
from roundlot.verify.tests.verdict import Verdict, decide

# Excesses that are ruled out one by one, so that a verdict can say which it would have seen.
_MULTIPLES = 2.0 ** np.arange(8)
_BETS = (0.01, 0.03, 0.1, 0.3, 0.9)


class BudgetCheck(StreamingCheck):
    """At most ``budget`` draws a round, on average or in every round; nothing is estimated.

    Refused by betting on more than the budget, which is fair whatever the law of the draws is.
    Supported once it is refused, at the rate ``miss``, that the mean is above
    ``(1 + discrepancy) budget``: with at most ``most`` draws ``N`` in any round
    ``1 + c (m − N)/(most − m)``, ``0 < c < 1``, has mean at most 1 if ``E N >= m``.
    """

    def __init__(
        self,
        budget: float,
        rule: str,
        *,
        most: float,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.budget, self.rule, self.limit = budget, rule, most
        self.above = LargeMeans(1)
        means = budget * (1.0 + discrepancy * _MULTIPLES)
        self.means = means[means < most]  # a mean of ``most`` or more cannot be
        self.log_terms = np.zeros((self.means.size, len(_BETS)))
        self.ruled_out = np.zeros(self.means.size)
        self.total = 0.0
        self.most = 0

    def update(self, batch: Batch) -> None:
        if not batch.rounds:  # the sampler failed in its first round
            return
        draws = batch.draws.astype(np.float64)
        self.most = max(self.most, int(batch.draws.max()))
        self.total += float(draws.sum())
        self.rounds += batch.rounds
        self.above.update_row(draws / self.budget * (1.0 - 1e-9))
        if self.means.size and math.isfinite(self.limit):
            gap = (self.means[:, None] - draws) / (self.limit - self.means[:, None])
            for column, bet in enumerate(_BETS):
                self.log_terms[:, column] += np.log1p(bet * gap).sum(axis=1)
            self.ruled_out = np.maximum(self.ruled_out, log_mean(self.log_terms))

    @property
    def refuted(self) -> bool:
        if self.rule == "every draw":
            return self.most > self.budget + 1e-9
        return self._above

    @property
    def _above(self) -> bool:
        return bool(self.above.peak[0] >= -math.log(self.rate))

    @property
    def sees(self) -> float:
        """The smallest excess that is ruled out; ``inf`` if none is yet."""
        if self.rule == "every draw":
            return -math.log(self.miss) / self.rounds if self.rounds else math.inf
        if self.limit <= self.budget * (1.0 + self.discrepancy):
            return self.discrepancy
        seen = np.flatnonzero(self.ruled_out >= -math.log(self.miss))
        return float(self.discrepancy * _MULTIPLES[seen[0]]) if seen.size else math.inf

    def needed(self) -> float:
        if self.rule == "every draw":
            return math.ceil(-math.log(self.miss) / self.discrepancy)
        known = self.refuted or self.sees <= self.discrepancy or not math.isfinite(self.limit)
        return float(self.rounds if known else max(2 * self.rounds, 64))

    def verdict(self) -> Verdict:
        exact = self.rule == "every draw"
        mean = self.total / max(self.rounds, 1)
        return Verdict(
            claim=f"budget is kept {'in every round' if exact else 'on average'}",
            outcome=decide(refuted=self.refuted, powered=self.sees <= self.discrepancy),
            estimate=float(self.most) if exact else mean,
            expected=self.budget,
            detectable=self.sees,
            false_alarm=0.0 if exact else self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.most) if exact else float(self.above.peak[0]),
            threshold=math.nextafter(self.budget, math.inf) if exact else -math.log(self.rate),
            detail=self._detail(exact),
        )

    def _detail(self, exact: bool) -> str:
        if exact:
            return "most draws seen; detectable is the absolute share of rounds above the budget"
        if not math.isfinite(self.limit):
            return (
                "draws a round, one-sided; with repeats nothing bounds the draws of a round, so a "
                "mean cannot be supported: say budget_rule='every draw' if that is meant"
            )
        return f"draws a round, one-sided; at most {self.limit:g} are possible"

    @property
    def kept(self) -> str:
        """In words for the facts."""
        if self.most <= self.budget + 1e-9:
            return "every draw"
        return "exceeded" if self._above else "on average"

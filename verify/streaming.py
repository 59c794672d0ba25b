"""The checks of an audit: each takes batches of rounds and can say a verdict after any of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from roundlot.verify.bernoulli import (
    detectable_sequential,
    log_inclusion_values,
    rounds_needed_sequential,
)
from roundlot.verify.e_process import bets
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.rounds_of import Batch
from roundlot.verify.samplers import Layout
from roundlot.verify.verdict import Verdict, decide
from roundlot.verify.zero_mean import (
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)

FloatArray = npt.NDArray[np.float64]
_FEW = 10


class StreamingCheck(ABC):
    """A claim under test while rounds come in.

    Attributes:
        rate, miss: error rates of this check, its pairs together.
        discrepancy: relative error that a supporting verdict must rule out.
        rounds: rounds seen.
    """

    needs_draws = True

    def __init__(self, *, rate: float, miss: float, discrepancy: float) -> None:
        self.rate, self.miss, self.discrepancy = rate, miss, discrepancy
        self.rounds = 0

    @abstractmethod
    def update(self, batch: Batch) -> None:
        """Enter more rounds."""

    @abstractmethod
    def needed(self) -> float:
        """Rounds after which the claim is supported if it is not refuted."""

    @abstractmethod
    def verdict(self) -> Verdict:
        """What can be said now."""

    @property
    @abstractmethod
    def refuted(self) -> bool:
        """Whether the claim has been refused."""


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
        size = self.p.size
        key = batch.turn * size + batch.pair
        repeated = np.isin(key + size, key)
        before = np.bincount(batch.turn, minlength=batch.rounds)[:-1]
        again = np.bincount(batch.turn[repeated], minlength=batch.rounds)[:-1]
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
        if z.size:
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

"""Who is drawn: as often as claimed, independently of each other, and within the budget.

Independent draws: their number scatters as it must, and pairs agree as often as they differ.
Take two rounds that are alike and independent. Given which clients were drawn in one of them and
not in the other, it is a fair coin in which, whatever the probabilities are; if clients are drawn
independently, these coins are independent. So with ``m`` such clients the difference of the two
counts is a sum of ``m`` signs, of mean square ``m`` and fourth moment ``3m² − 2m``, and any two of
them have the same sign half the time. Nothing is estimated or taken from the claim.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.verify.audits.draws import Layout
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.tests.bernoulli import (
    detectable_sequential,
    log_inclusion_values,
    rounds_needed_sequential,
)
from roundlot.verify.tests.e_process import EProcess
from roundlot.verify.tests.means import LargeMeans, log_mean
from roundlot.verify.tests.power import detectable, rounds_needed
from roundlot.verify.tests.verdict import Verdict, decide

SHIFT = 0.25  # relative error of a scatter that a support rules out
_RATIO = 3.0  # κ of a squared sum of signs is below 3
_CONTRASTS = 8  # of clients: their count, and seven of random signs
_MOST_PAIRED = 256  # processors and models whose pairs are all counted
_ROUNDS_AT_A_TIME = 1024  # pairs of rounds, so that their tables fit a cache
# Excesses that are ruled out one by one, so that a verdict can say which it would have seen.
_MULTIPLES = 2.0 ** np.arange(8)
_BETS = (0.01, 0.03, 0.1, 0.3, 0.9)


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


class IndependenceCheck(StreamingCheck):
    """Clients are drawn independently within a round.

    The count of all, seven random contrasts of clients (signs that are fixed beforehand), and the
    agreement of pairs share the rate. A processor that trains one of several models counts once.
    """

    def __init__(self, layout: Layout, *, rate: float, miss: float) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=SHIFT)
        self.layout = layout
        rng = np.random.default_rng(22)
        signs = rng.choice([-1.0, 1.0], size=(_CONTRASTS, layout.n_processors))
        signs[0] = 1.0
        self.signs = signs
        self.counts = [EProcess.start(_RATIO) for _ in range(_CONTRASTS)]
        self.pairs = _Pairs(layout) if layout.n_pairs <= _MOST_PAIRED else None
        self.each = rate / (2.0 * _CONTRASTS)
        self._kept: npt.NDArray[np.int64] | None = None

    def update(self, batch: Batch) -> None:
        choices = self._choices(batch)
        self.rounds += batch.rounds
        for at in range(0, len(choices) - 1, 2 * _ROUNDS_AT_A_TIME):
            some = choices[at : at + 2 * _ROUNDS_AT_A_TIME]
            even = len(some) // 2 * 2
            self._enter(some[:even:2], some[1:even:2])
        self._kept = choices[-1:] if len(choices) % 2 else None

    def _choices(self, batch: Batch) -> npt.NDArray[np.int64]:
        """``(rounds, V)``: the model of every processor, −1 idle."""
        table = np.full((batch.rounds, self.layout.n_processors), -1, dtype=np.int64)
        processor, model = np.divmod(batch.pair, self.layout.n_models)
        table[batch.turn, processor] = model
        return table if self._kept is None else np.concatenate([self._kept, table])

    def _enter(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> None:
        coins = (one >= 0).astype(np.float64) - (other >= 0)
        flipped = np.abs(coins).sum(axis=1)
        kept = flipped >= 2.0  # a single sign has no scatter
        squares = (coins[kept] @ self.signs.T) ** 2 / flipped[kept, None]
        self.counts = [one.update(y) for one, y in zip(self.counts, squares.T, strict=True)]
        if self.pairs is not None:
            self.pairs.enter(one, other)

    @property
    def refuted(self) -> bool:
        return bool(self._count_peak() >= -math.log(self.each) or self._pair_refused())

    def _count_peak(self) -> float:
        return max(one.log_peak for one in self.counts)

    def _pair_refused(self) -> bool:
        return self.pairs is not None and self.pairs.peak >= -math.log(self.rate / 2.0)

    def _tested(self) -> int:
        return min(one.rounds for one in self.counts)

    def needed(self) -> float:
        pairs = rounds_needed(SHIFT, _RATIO, false_alarm=self.each, miss=self.miss)
        if not self._tested():
            return 2.0 * pairs if self.rounds < 2.0 * pairs else float(self.rounds)
        return max(2.0 * pairs, math.ceil(pairs * self.rounds / self._tested()))

    def verdict(self) -> Verdict:
        pairs = rounds_needed(SHIFT, _RATIO, false_alarm=self.each, miss=self.miss)
        powered = self._tested() >= pairs
        sees = detectable(self._tested(), _RATIO, false_alarm=self.each, miss=self.miss)
        worst = max(self.counts, key=lambda one: one.log_peak)
        return Verdict(
            claim="clients are drawn independently, as far as pairs and their count show",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=worst.mean if worst.rounds else math.nan,
            expected=1.0,
            detectable=min(sees, SHIFT) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=self._count_peak(),
            threshold=-math.log(self.each),
            detail=(
                "scatter of the count and of contrasts, over that of independent draws"
                f"{self._found()}; {self._tested()} pairs of rounds with two clients or more that "
                "differ; what is seen is a scatter that is off, not three clients bound together "
                "whose pairs are independent"
            ),
        )

    def _found(self) -> str:
        if self.pairs is None or not self._pair_refused():
            return ""
        return f"; {self.pairs.worst(self.layout)}"


class _Pairs:
    """How often two clients that both differ between two rounds do so the same way."""

    def __init__(self, layout: Layout) -> None:
        size, models = layout.n_pairs, layout.n_models
        self._models = models
        row, column = np.triu_indices(size, 1)
        apart = row // models != column // models
        self._row, self._column = row[apart], column[apart]
        self._same, self._both = np.zeros((size, size)), np.zeros((size, size))
        self.values = np.zeros(self._row.size)
        self.peak = 0.0

    def enter(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> None:
        """Rounds ``(R, V)`` of models, and as many others."""
        coins = self._drawn(one) - self._drawn(other)
        size = np.abs(coins)
        both = size.T @ size
        self._both += both
        self._same += 0.5 * (both + coins.T @ coins)
        if not self._row.size:
            return
        n, k = self._both[self._row, self._column], self._same[self._row, self._column]
        half = np.full(n.size, 0.5)
        self.values = log_inclusion_values(np.rint(k), n, half, discrepancy=SHIFT)
        self.peak = max(self.peak, float(self.values.max()) - math.log(n.size))

    def _drawn(self, choices: npt.NDArray[np.int64]) -> FloatArray:
        models = np.arange(self._models)
        table = choices[:, :, None] == models
        return np.asarray(table.reshape(len(choices), -1), dtype=np.float64)

    def worst(self, layout: Layout) -> str:
        """The two that agree most oddly, in words."""
        at = int(self.values.argmax())
        i, j = int(self._row[at]), int(self._column[at])
        share = self._same[i, j] / max(self._both[i, j], 1.0)
        return f"{layout.name(i)} and {layout.name(j)} agree in {share:.3g} of cases, not in half"


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

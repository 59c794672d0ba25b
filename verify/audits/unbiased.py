"""Unbiased: the mean aggregation weight of every pair, or the mean aggregate of these updates."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.verify.audits.claims import Claims
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.tests.means import (
    LargeMeans,
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)
from roundlot.verify.tests.verdict import MISS, Verdict, decide

# bfloat16 rounds by up to 0.4 %.
_SLACK = 1.01


class WeightsCheck(StreamingCheck):
    """``E c_i = w_i`` for every pair: the aggregate is unbiased for every possible update.

    Weights are taken to be at least 0. That a mean is too large is then refused without anything
    else. That it is too small is refused under a stated bound, ``c <= b``, so that
    ``Var c <= w (b − w)``: ``w/p`` with claimed probabilities, ``w/rarest`` if that is said. A pair
    with a weight outside ``0..b`` is left undecided on this side: what was stated of it fails.
    """

    def __init__(self, claims: Claims, *, rate: float, miss: float, discrepancy: float) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        assert claims.weights is not None
        self.w, self.layout = claims.weights, claims.layout
        self.scale = np.maximum(self.w, self.w[self.w > 0.0].mean())
        self.most, self.source = largest_weights(claims)
        self.shift = discrepancy * self.scale
        self.spread = _spread(self.w, self.most, self.shift)
        self.bounded = bool(np.isfinite(self.spread).all())
        self.both = ZeroMeans(self.w.size)
        self.large = LargeMeans(self.w.size)
        self.broken = np.zeros(self.w.size, dtype=bool)
        self.negative = np.zeros(self.w.size, dtype=bool)
        self.total = np.zeros(self.w.size)
        self.threshold = math.log(2.0 * self.w.size / rate)

    def update(self, batch: Batch) -> None:
        if batch.weight is None:
            return
        pair, c, w = batch.pair, batch.weight, self.w[batch.pair]
        self.negative[pair[c < 0.0]] = True
        self.broken[pair[(c < 0.0) | (c > self.most[pair])]] = True
        if self.bounded:
            self.both.update(
                batch.rounds,
                pair,
                c - w,
                otherwise=-self.w,
                variance=self.spread,
                shift=self.shift,
                whole=np.where(self.w > 0.0, self.w, self.scale),
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(c > 0.0, c * (1.0 - 1e-12) / w, 0.0)
        self.large.update(batch.rounds, pair, ratio)
        self.total += np.bincount(pair, weights=c, minlength=self.w.size)
        self.rounds += batch.rounds

    def _peak(self) -> FloatArray:
        both = np.where(self.broken, 0.0, self.both.peak)
        return np.maximum(both, np.where(self.negative, 0.0, self.large.peak))

    @property
    def refuted(self) -> bool:
        return bool(self._peak().max() >= self.threshold)

    @property
    def _powered(self) -> bool:
        return self.bounded and not self.broken.any() and 0 < self.rounds >= self._planned()

    def _planned(self) -> float:
        ratio = float((self.spread / self.shift**2).max())
        rate = self.rate / (2.0 * self.w.size)
        return rounds_needed_zero_mean(1.0, ratio, false_alarm=rate, miss=self.miss)

    def needed(self) -> float:
        return self._planned() if self.bounded and not self.broken.any() else 1.0

    def verdict(self) -> Verdict:
        peak = self._peak()
        worst = int(peak.argmax())
        sees = self._sees()
        return Verdict(
            claim="aggregate is unbiased (mean weight of every pair)",
            outcome=decide(refuted=self.refuted, powered=self._powered),
            estimate=float(self.total[worst] / max(self.rounds, 1)),
            expected=float(self.w[worst]),
            detectable=min(sees, self.discrepancy) if self._powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(peak[worst]),
            threshold=self.threshold,
            detail=self._detail(int(np.count_nonzero(peak >= self.threshold)), worst),
        )

    def _sees(self) -> float:
        if not self.bounded or self.broken.any():
            return math.inf
        rate, ratio = self.rate / (2.0 * self.w.size), float((self.spread / self.scale**2).max())
        return detectable_zero_mean(self.rounds, ratio, false_alarm=rate, miss=self.miss)

    def _detail(self, wrong: int, worst: int) -> str:
        shown = f"{wrong} of {self.w.size} pairs refused, shown: {self.layout.name(worst)}; "
        if not self.bounded:
            return (
                f"{shown}only weights that are too large can be refused: nothing bounds how rarely "
                "somebody is drawn; say it with claimed= or rarest="
            )
        if self.broken.any():
            first = self.layout.name(int(np.flatnonzero(self.broken)[0]))
            what = "below 0" if self.negative.any() else f"above {self.source}"
            return (
                f"{shown}{int(self.broken.sum())} pairs, {first} the first, have weights {what}: "
                "a mean that is too small cannot be told there; say rarest= if that is meant"
            )
        return (
            f"{shown}detectable is relative to the larger of w and its mean; no weight above "
            f"{self.source}; needs {self._planned():.0f} rounds"
        )


def largest_weights(claims: Claims) -> tuple[FloatArray, str]:
    """``(P,)``, the most that a weight may be by what was stated, ``inf`` if nothing was."""
    assert claims.weights is not None
    w, p = claims.weights, claims.probabilities
    if claims.rarest is not None:
        return _SLACK * w / claims.rarest, f"w/{claims.rarest:g} (stated)"
    if p is None:
        return np.full(w.size, math.inf), "nothing"
    if not claims.replacement:
        return _SLACK * w / np.where(p > 0.0, p, 1.0), "w/p (claimed)"
    if claims.budget is None or claims.budget_rule != "every draw":
        return np.full(w.size, math.inf), "nothing"
    # k draws with replacement, each of q: a client may come k times with w/(kq) each.
    share = -np.expm1(np.log1p(-np.minimum(p, 1.0 - 1e-12)) / claims.budget)
    return _SLACK * w / np.where(p > 0.0, share, 1.0), "w/q (claimed, draws with replacement)"


def _spread(w: FloatArray, most: FloatArray, shift: FloatArray) -> FloatArray:
    """``(P,)``: ``E (c − E c)²`` of ``0 <= c <= most`` with mean ``w``, or off by ``shift``."""
    with np.errstate(invalid="ignore"):
        means = np.clip(np.stack([w, w + shift, w - shift]), 0.0, most)
        spread = (means * (most - means)).max(axis=0)
    return np.where(np.isnan(spread), math.inf, spread)


class AggregateCheck(StreamingCheck):
    """``E Δ = Σ u`` for the updates at hand, seen along two directions.

    The first is the full step itself; the second is the mean error of the rounds before, so a bias
    of any direction is followed. The variance along them is bounded by what was stated: with
    ``⟨u_i, direction⟩ = a_i`` and ``Var c_i <= w_i² o_i``, where ``o = 1/p − 1`` (claimed) or
    ``1/rarest − 1``, by ``(Σ |a_i| √o_i)²`` however draws are coupled (Minkowski), by
    ``Σ a_i² o_i`` if independent draws are claimed, and by ``variance_bound``. Without any of
    these nothing can be refused: a client who is drawn rarely enough looks like a bias.

    Whether the bound is kept is watched on half the squared differences of successive rounds, which
    a bias does not move; rounds that exceed it make the verdict inconclusive.
    """

    def __init__(self, claims: Claims, *, rate: float, miss: float, discrepancy: float) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        assert claims.updates is not None
        self.claims = claims
        self.full = np.concatenate([u.sum(axis=0) for u in claims.updates])
        self.size = float(np.linalg.norm(self.full))
        self.odds = _odds(claims)
        self.test, self.scatter = ZeroMeans(2), (LargeMeans(1), LargeMeans(1))
        self.total = np.zeros_like(self.full)
        self.sums = np.zeros(2)
        self.most = self._largest()
        self.length = self.size if self.size > 0.0 else math.sqrt(self.most) or 1.0

    @property
    def bounded(self) -> bool:
        """Whether anything that was stated bounds the variance."""
        return math.isfinite(self.most)

    def update(self, batch: Batch) -> None:
        if batch.aggregate is None or not batch.rounds:
            return
        error = np.concatenate(batch.aggregate, axis=1) - self.full
        if self.bounded:
            self._test(error)
        self.total += error.sum(axis=0)
        self.rounds += batch.rounds

    def _test(self, error: FloatArray) -> None:
        directions = self.directions()
        z = error @ directions.T
        variance = np.array([self._variance(d) for d in directions])
        self.test.update(
            len(z),
            np.tile(np.arange(2), len(z)),
            z.reshape(-1),
            otherwise=0.0,
            variance=variance,
            shift=self.discrepancy * self.length,
            whole=self.length,
        )
        even = len(z) // 2 * 2
        halves = 0.5 * (z[:even:2] - z[1:even:2]) ** 2 * (1.0 - 1e-9)
        for watch, row, bound in zip(self.scatter, halves.T, variance, strict=True):
            watch.update_row(row / bound)
        self.sums += z.sum(axis=0)

    def directions(self) -> FloatArray:
        """``(2, dim)`` unit vectors, from earlier rounds only."""
        rows = [self.full, self.total]
        return np.stack([row / (np.linalg.norm(row) or 1.0) for row in rows])

    def _variance(self, direction: FloatArray) -> float:
        """The stated bound along a direction; no less than rounding."""
        return max(min(self._by_odds(direction), self._stated), 1e-18 * self.length**2)

    @property
    def _stated(self) -> float:
        bound = self.claims.variance_bound
        return math.inf if bound is None else bound

    def _largest(self) -> float:
        """The bound along the step, or along any direction if there is no step."""
        if self.odds is None:
            return self._stated
        if self.size > 0.0:
            return min(self._by_odds(self.full / self.size), self._stated)
        assert self.claims.updates is not None
        norms = [np.linalg.norm(u, axis=1) for u in self.claims.updates]
        return min(self._summed(norms), self._stated)

    def _by_odds(self, direction: FloatArray) -> float:
        if self.odds is None:
            return math.inf
        assert self.claims.updates is not None
        ends = np.cumsum([u.shape[1] for u in self.claims.updates])[:-1]
        parts = zip(self.claims.updates, np.split(direction, ends), strict=True)
        return self._summed([u @ d for u, d in parts])

    def _summed(self, rows: list[FloatArray]) -> float:
        """Models add up as if fully correlated: a bound."""
        assert self.odds is not None
        alone = getattr(self.claims.design, "name", self.claims.design) == "independent"
        total = 0.0
        for a, odd in zip(rows, self.odds.T, strict=True):
            part = np.abs(a) * np.sqrt(np.where(a == 0.0, 0.0, odd))
            total += math.sqrt(float(part @ part)) if alone else float(part.sum())
        return total**2

    @property
    def _exceeded(self) -> bool:
        return max(float(watch.peak[0]) for watch in self.scatter) >= -math.log(MISS / 2.0)

    @property
    def refuted(self) -> bool:
        over = bool(self.test.peak.max() >= math.log(2.0 / self.rate))
        return over and not self._exceeded

    def _planned(self) -> float:
        # A bias changes how those drawn scatter, by no more than its own size.
        ratio = (1.0 + self.discrepancy) * self.most / (self.discrepancy * self.length) ** 2
        rate = self.rate / 2.0
        return rounds_needed_zero_mean(1.0, ratio, false_alarm=rate, miss=self.miss)

    def needed(self) -> float:
        return self._planned() if self.bounded and not self._exceeded else 1.0

    def verdict(self) -> Verdict:
        worst = int(self.test.peak.argmax())
        can = self.bounded and not self._exceeded
        powered = can and 0 < self.rounds >= self._planned()
        sees = math.inf
        if can:
            spread = (1.0 + self.discrepancy) * self.most / self.length**2
            rate = self.rate / 2.0
            sees = detectable_zero_mean(self.rounds, spread, false_alarm=rate, miss=self.miss)
        mean = self.sums[worst] if self.bounded else self.total @ self.directions()[0]
        return Verdict(
            claim="aggregate is unbiased for these updates",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=float(mean) / max(self.rounds, 1) / self.length,
            expected=0.0,
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.test.peak[worst]),
            threshold=math.log(2.0 / self.rate),
            detail=self._detail(worst),
        )

    def _detail(self, worst: int) -> str:
        along = f"bias along {('the step', 'the mean error so far')[worst]}, in units of "
        units = f"{along}{'the step' if self.size > 0.0 else 'a typical error'}'s norm; "
        if not self.bounded:
            return (
                f"{units}nothing bounds the variance, and a client who is drawn rarely looks like "
                "a bias: say claimed=, rarest= or variance_bound="
            )
        if self._exceeded:
            return f"{units}rounds scatter more than was stated, so a bias cannot be told"
        return f"{units}variance along the step at most {self.most:.6g}, as stated"


def _odds(claims: Claims) -> FloatArray | None:
    """``(V, S)``, the most that ``Var c / w²`` may be by what was stated; None if nothing was."""
    table = claims.table
    if claims.rarest is not None:
        shape = (claims.layout.n_processors, claims.layout.n_models)
        return np.full(shape, 1.0 / claims.rarest - 1.0)
    if table is None or claims.replacement:
        return None
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / table - 1.0)

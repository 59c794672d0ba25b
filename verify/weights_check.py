"""Unbiased for every possible update: the mean aggregation weight of every pair."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch
from roundlot.verify.claims import Claims
from roundlot.verify.large_means import LargeMeans
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide
from roundlot.verify.zero_mean import (
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)

FloatArray = npt.NDArray[np.float64]
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

"""Rounds do not depend on each other: overlaps at several lags, and whole rounds that come again.

If rounds are drawn independently and alike, whoever is coupled within a round, then a round has as
much in common with the one ``ℓ`` before as with any other. Disjoint pairs of rounds are independent
then, so their mean overlap is held against that of pairs put together at random: nothing is
assumed of the probabilities, claimed or not. Rounds that are equal are counted the same way, at
every distance: two workers with one seed, a generator that starts anew, a recording that loops.

Looks are at 64, 128, 256, ... rounds, the ``j``-th at the rate ``δ / (j (j + 1))``, so that the
rate holds at any time.

Source of the intervals: Hoeffding (1963), the bound by relative entropy; Maurer and Pontil (2009),
by the empirical variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray, WordArray
from roundlot.verify.audits.draws import Layout
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.tests.verdict import Verdict, decide

LAGS = (1, 2, 3, 4, 6, 8, 12, 16)
FIRST_LOOK = 64  # rounds; looks double from there
SHIFT = 0.25  # of the share drawn again, absolute, that a support rules out
_WORDS = 16  # overlaps are counted on 1,024 pairs: all of them, or a sample
_CANDIDATES = 8  # distances tried of each kind; all are paid for
_ONES = np.array([value.bit_count() for value in range(256)], dtype=np.uint8)


class RoundsCheck(StreamingCheck):
    """Rounds do not depend on each other."""

    def __init__(self, layout: Layout, *, rate: float, miss: float) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=SHIFT)
        rng = np.random.default_rng(20)
        size = layout.n_pairs
        self._key = rng.integers(1, 2**63, size=size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        width = min(size, 64 * _WORDS)
        self._place = np.full(size, -1, dtype=np.int64)
        self._place[np.sort(rng.permutation(size)[:width])] = np.arange(width)
        self._words = -(-width // 64)
        self._marks = np.empty((0, self._words), dtype=np.uint64)
        self._overlaps = _Overlaps()
        self._hashes: list[WordArray] = []
        self._next, self._look = FIRST_LOOK, 0
        self.tested = 0
        self.found = ""
        self.worst = (0.0, 0.0)

    def update(self, batch: Batch) -> None:
        if not batch.rounds:
            return
        marks, hashes = self._mark(batch), self._hash(batch)
        done = 0
        while done < batch.rounds:
            take = min(batch.rounds - done, self._next - self.rounds)
            self._enter(marks[done : done + take], hashes[done : done + take])
            done += take
            if self.rounds == self._next:
                self._judge()

    def _enter(self, marks: WordArray, hashes: WordArray) -> None:
        self._overlaps.enter(np.concatenate([self._marks, marks]), len(marks), self.rounds)
        self._marks = np.concatenate([self._marks, marks])[-max(LAGS) :]
        self._hashes.append(hashes)
        self.rounds += len(marks)

    def _mark(self, batch: Batch) -> WordArray:
        """``(rounds, words)``, a bit for each pair that is watched."""
        bits = np.zeros((batch.rounds, 64 * self._words), dtype=np.bool_)
        place = self._place[batch.pair]
        kept = place >= 0
        bits[batch.turn[kept], place[kept]] = True
        return np.packbits(bits, axis=1).view(np.uint64)

    def _hash(self, batch: Batch) -> WordArray:
        """``(rounds,)``: the same for the same round, else different but for 2⁻⁶⁴ or so."""
        if batch.aggregate is not None:
            rows = np.concatenate(batch.aggregate, axis=1) + 0.0  # −0 is 0
            keys = np.random.default_rng(23).integers(2**63, size=rows.shape[1], dtype=np.uint64)
            bits = np.ascontiguousarray(rows).view(np.uint64)
            return np.asarray(((bits ^ (bits >> np.uint64(29))) * (2 * keys + 1)).sum(axis=1))
        sums = np.concatenate([[np.uint64(0)], np.cumsum(self._key[batch.pair], dtype=np.uint64)])
        ends = np.cumsum(np.bincount(batch.turn, minlength=batch.rounds))
        return np.asarray(sums[ends] - np.concatenate([[np.uint64(0)], sums[ends[:-1]]]))

    def _judge(self) -> None:
        """Look: at rounds so far, for what may still be spent."""
        self._look += 1
        rate = self.rate / (self._look * (self._look + 1))
        self.tested, self._next = self.rounds, 2 * self.rounds
        if not self.found:
            self.found = self._overlaps.verdict(0.5 * rate) or self._repeats(0.5 * rate)
            self.worst = self._overlaps.worst()

    def _repeats(self, rate: float) -> str:
        hashes = np.concatenate(self._hashes)
        self._hashes = [hashes]
        lag = repeated_lag(hashes, rate)
        return f"whole rounds come again {lag} rounds later" if lag else ""

    @property
    def refuted(self) -> bool:
        return bool(self.found)

    @property
    def sees(self) -> float:
        """The shift of the share drawn again that the last look would have shown."""
        return self._width(self.tested, self._look)

    def _width(self, rounds: int, look: int) -> float:
        if rounds < FIRST_LOOK:
            return math.inf
        each = 0.5 * self.rate / (look * (look + 1)) / (4.0 * len(LAGS) + 2.0)
        pairs = rounds // 2 - max(LAGS)
        hoeffding = math.sqrt(math.log(4.0 / each) / (2.0 * pairs))
        return 2.0 * hoeffding + math.sqrt(2.0 * -math.log(self.miss) / pairs)

    def needed(self) -> float:
        rounds, look = FIRST_LOOK, 1
        while self._width(rounds, look) > SHIFT:
            rounds, look = 2 * rounds, look + 1
        return float(rounds)

    def verdict(self) -> Verdict:
        again, usual = self.worst
        return Verdict(
            claim="rounds do not depend on each other",
            outcome=decide(refuted=self.refuted, powered=self.sees <= SHIFT),
            estimate=again,
            expected=usual,
            detectable=self.sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.tested,
            statistic=float(self.refuted),
            threshold=1.0,
            detail=(
                f"{self.found or 'nothing in common with earlier rounds but by chance'}; share "
                f"drawn again, lags {', '.join(map(str, LAGS))}, and whole rounds at any distance; "
                "detectable is an absolute shift of that share at one lag"
            ),
        )


@dataclass(kw_only=True)
class Sums:
    """How many numbers there were, their sum and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    square: float = 0.0

    def add(self, count: int, total: float, square: float) -> None:
        """Enter more numbers."""
        self.count += count
        self.total += total
        self.square += square

    @property
    def mean(self) -> float:
        """Their mean; 0 of none."""
        return self.total / self.count if self.count else 0.0

    def interval(self, miss: float) -> tuple[float, float]:
        """Covers the mean except with probability ``miss``; the better of two, each of a half."""
        if self.count < 2:
            return 0.0, 1.0
        low, high = _by_entropy(self.mean, math.log(4.0 / miss) / self.count)
        variance = max(self.square - self.total * self.mean, 0.0) / (self.count - 1)
        logarithm = math.log(8.0 / miss)
        # Both sides: the one-sided bound at a quarter of the rate, written as log(2/(miss/4)).
        radius = math.sqrt(2.0 * variance * logarithm / self.count)
        radius += 7.0 * logarithm / (3.0 * (self.count - 1))
        return max(low, self.mean - radius), min(high, self.mean + radius)


def _by_entropy(mean: float, most: float) -> tuple[float, float]:
    """The means ``m`` with ``kl(mean, m) <= most``."""
    return _end(mean, most, 0.0), _end(mean, most, 1.0)


def _end(mean: float, most: float, end: float) -> float:
    inside, outside = mean, end
    for _ in range(60):
        middle = 0.5 * (inside + outside)
        if _divergence(mean, middle) <= most:
            inside = middle
        else:
            outside = middle
    return outside


def _divergence(q: float, p: float) -> float:
    total = 0.0
    for a, b in ((q, p), (1.0 - q, 1.0 - p)):
        if a > 0.0:
            if b <= 0.0:
                return math.inf
            total += a * math.log(a / b)
    return total


@dataclass(kw_only=True)
class _Overlaps:
    """Mean overlaps of disjoint pairs of rounds: at every lag, two phases each, and at random."""

    lags: dict[tuple[int, int], Sums] = field(
        default_factory=lambda: {(lag, phase): Sums() for lag in LAGS for phase in (0, 1)}
    )
    usual: Sums = field(default_factory=Sums)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(21))

    def enter(self, marks: WordArray, fresh: int, start: int) -> None:
        """The last ``fresh`` of ``marks`` are the rounds from ``start`` on."""
        before = len(marks) - fresh
        for lag in LAGS:
            later = np.arange(max(before, lag), len(marks))
            overlap = _overlap(marks[later], marks[later - lag])
            turn = (start + later - before - lag) // lag
            for phase in (0, 1):
                _add(self.lags[lag, phase], overlap[turn % 2 == phase])
        order = self.rng.permutation(np.arange(before, len(marks)))
        half = order.size // 2
        _add(self.usual, _overlap(marks[order[:half]], marks[order[half : 2 * half]]))

    def verdict(self, rate: float) -> str:
        """Which lag has another mean overlap than pairs at random; "" if none."""
        each = rate / (len(self.lags) + 1)
        low, high = self.usual.interval(each)
        for (lag, _), sums in self.lags.items():
            least, most = sums.interval(each)
            if least > high or most < low:
                often = "more" if least > high else "less"
                return f"clients are drawn again {often} often {lag} rounds later"
        return ""

    def worst(self) -> tuple[float, float]:
        """The mean overlap furthest from the usual one, and that."""
        usual = self.usual.mean
        return max((s.mean for s in self.lags.values()), key=lambda m: abs(m - usual)), usual


def _add(sums: Sums, values: FloatArray) -> None:
    sums.add(values.size, float(values.sum()), float(values @ values))


def _overlap(one: WordArray, other: WordArray) -> FloatArray:
    """``(R,)`` in 0..1: what both rounds have, over what the larger has; 0 if both are empty."""
    both = _bits(one & other)
    sizes = [_bits(x) for x in (one, other)]
    return np.asarray(both / np.maximum(np.maximum(*sizes), 1))


def _bits(words: WordArray) -> IntArray:
    """``(R,)``, ones in the words of every row; NumPy counts them itself from 2.0 on only."""
    each = _ONES[np.ascontiguousarray(words).view(np.uint8)]
    return np.asarray(each.sum(axis=1, dtype=np.int64))


def repeated_lag(hashes: WordArray, rate: float) -> int:
    """The distance at which rounds are equal more often than at random; 0 if there is none.

    Equal pairs among ``n`` disjoint ones are binomial if rounds are independent and alike, with
    the chance that random pairs show; a few distances are looked at, and all are paid for.
    """
    from scipy.special import betainc, betaincinv

    n = hashes.size
    order = np.random.default_rng(n).permutation(n)
    half = n // 2
    equal = int((hashes[order[:half]] == hashes[order[half : 2 * half]]).sum())
    chance = float(betaincinv(equal + 1.0, half - equal, 1.0 - 0.5 * rate)) if equal < half else 1.0
    if chance >= 1.0:
        return 0
    each = 0.5 * rate / (2.0 * n)
    for lag in _likely(hashes):
        same = hashes[lag:] == hashes[:-lag]
        for phase in (0, 1):
            pairs = same[(np.arange(n - lag) // lag) % 2 == phase]
            hits = int(pairs.sum())
            if hits and betainc(float(hits), pairs.size - hits + 1.0, chance) <= each:
                return lag
    return 0


def _likely(hashes: WordArray) -> list[int]:
    """Distances worth a look: the lags, those to the last equal round, and by autocorrelation."""
    n = hashes.size
    _, where = np.unique(hashes, return_inverse=True)
    order = np.lexsort((np.arange(n), where))
    gaps = np.diff(order)[np.diff(where[order]) == 0]
    often: list[int] = np.bincount(gaps, minlength=2).argsort()[::-1][:_CANDIDATES].tolist()
    values = np.random.default_rng(24).standard_normal(int(where.max()) + 1)[where]
    spectrum = np.abs(np.fft.rfft(values - values.mean(), 2 * n)) ** 2
    echo = np.fft.irfft(spectrum)[1 : n - 1]
    loud = 1 + np.argsort(echo)[::-1][:_CANDIDATES]
    found = dict.fromkeys([*range(1, 17), *often, *map(int, loud)])
    return [lag for lag in found if 0 < lag < n]

"""Coins thrown until the right number comes up: their sums, chances, and compiled trials.

Sums over all samples of a given size are taken one unit after another, in any exact or float
numbers. A sample ``s`` of independent coins weighs ``Π_{k in s} p_k Π_{k not in s} q_k``;
Sampford's weighs ``Σ_{k in s} q_k`` times that. Every step adds products of what is not negative:
nothing cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.philox import (
    ATTEMPT,
    BITS,
    STREAM_EXTRA,
    STREAM_MODEL,
    STREAM_ROW,
    Picks,
    Words,
    pick_below,
    word,
)
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import DrawError

Numbers = npt.NDArray[Any]

_BLOCK = 16  # units whose pairs are worked out together, within a cache
# Newton's steps, the relative error at which they end, the error that is accepted where rounding
# lets them come no nearer, and the longest step in log-odds.
_STEPS = 60
_CLOSE = 2e-14
_ROUNDING = 1e-10
_LONGEST = 3.0
_ONE = np.int64(1 << BITS)
#: Designs refuse when less than 1e-5 of the trials count: all of so many fail in e^-167 of rounds.
MOST_TRIALS = 1 << 24
#: A 1/514 of the places or more gives a unit, up to 257 of them: all fail in e^-127 of trials.
MOST_PLACES = 1 << 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Coins:
    """Units with weights of coming up and of not.

    Attributes:
        p, q: ``(V,)``, floats, integers or rationals; ``p + q`` the same for every unit.
        size: how many come up.
        sampford: whether a sample also weighs ``Σ q`` over its units.
    """

    p: Numbers
    q: Numbers
    size: int
    sampford: bool

    def total(self) -> Any:
        """The weight of all samples."""
        return self._weigh(self._forward(self.p, self.q, self.size)[:, -1], 0)[self.size]

    def single(self, unit: int) -> Any:
        """The weight of the samples that hold ``unit``."""
        keep = np.arange(len(self.p)) != unit
        rest = self._forward(self.p[keep], self.q[keep], self.size - 1)[:, -1]
        return self.p[unit] * self._weigh(rest, self.q[unit])[self.size - 1]

    def singles(self) -> Numbers:
        """``(V,)``, ``single`` of every unit."""
        return self.p * self._without(self.p, self.q, self.q, self.size - 1)

    def absences(self) -> Numbers:
        """``(V,)``, the weight of the samples without each unit."""
        return self.q * self._without(self.p, self.q, np.zeros_like(self.q), self.size)

    def pairs(self) -> Numbers:
        """``(V, V)``, the weight of the samples that hold both; 0 on the diagonal."""
        number = len(self.p)
        table = np.zeros((number, number), dtype=self.p.dtype)
        if self.size < 2:
            return table
        for first in range(0, number, _BLOCK):
            units = np.arange(first, min(first + _BLOCK, number))[:, None]
            others = np.arange(number - 1)[None, :]
            others = others + (others >= units)
            p, q = self.p[others], self.q[others]
            joined = self._without(p, q, self.q[units] + q, self.size - 2)
            table[units, others] = self.p[units] * p * joined
        return table

    def _without(self, p: Numbers, q: Numbers, added: Numbers, size: int) -> Numbers:
        """``(..., V)``: for every unit, the others' samples of ``size``.

        ``added`` is the ``Σ q`` of those who join them.
        """
        left = self._forward(p, q, size)[:, :-1]
        right = self._forward(p[..., ::-1], q[..., ::-1], size)[:, -2::-1, ..., ::-1]
        plain = np.moveaxis((left[0] * right[0]).sum(axis=-1), 0, -1)
        if not self.sampford:
            return np.asarray(plain)
        weighed = (left[0] * right[1] + left[1] * right[0]).sum(axis=-1)
        return np.asarray(np.moveaxis(weighed, 0, -1) + added * plain)

    def _weigh(self, last: Numbers, added: Any) -> Numbers:
        return np.asarray(last[1] + added * last[0] if self.sampford else last[0])

    def _forward(self, p: Numbers, q: Numbers, size: int) -> Numbers:
        """``(2, V + 1, ..., size + 1)``: weights of samples of the first units, by size.

        The first table is plain, the second Sampford's, left at 0 if not asked for.
        """
        number = p.shape[-1]
        table = np.zeros((2, number + 1, *p.shape[:-1], size + 1), dtype=p.dtype)
        table[0, 0, ..., 0] = 1
        for unit in range(number):
            up, down = p[..., unit, None], q[..., unit, None]
            plain, weighed = table[0, unit], table[1, unit]
            table[0, unit + 1] = down * plain
            table[0, unit + 1, ..., 1:] += up * plain[..., :-1]
            if self.sampford:
                table[1, unit + 1] = down * weighed
                table[1, unit + 1, ..., 1:] += up * (weighed[..., :-1] + down * plain[..., :-1])
        return table


def coins_for(asked: Counts, size: int) -> Counts:
    """``(V,)``, coins that come up with the chances ``asked``, given that ``size`` come up.

    Newton on the concave log-likelihood of the log-odds, whose curvature is the covariance of the
    draws; steps that do not come closer are halved. The coins add up to ``size``, nearly: then the
    number is right as often as it can be.

    Args:
        asked: ``(V,)`` in units of ``2^-62``, strictly between 0 and 1, with the sum ``size``.

    Raises:
        ConvergenceError: relative errors that stay above 1e-10 after 60 steps.

    Source: Chen, Dempster and Liu, Weighted finite population sampling to maximize entropy (1994).
    """
    wanted = asked / ONE
    odds = np.log(wanted) - np.log((ONE - asked) / ONE)
    best, step = np.inf, np.zeros_like(odds)
    for _ in range(_STEPS):
        trial = _shifted(odds + step, size)
        sums = Coins(p=_chance(trial), q=_chance(-trial), size=size, sampford=False)
        given = sums.singles() / sums.total()
        miss = float(np.max(np.abs(given / wanted - 1.0)))
        if miss < best:
            best, odds = miss, trial
            if miss < _CLOSE:
                break
            step = _newton(sums, wanted - given)
        elif best < _ROUNDING:  # as near as rounding lets it come
            break
        else:
            step = step / 2.0
    if best >= _ROUNDING:
        raise ConvergenceError(
            f"conditional Poisson came within {best:.2g} of the probabilities asked for; "
            "take 'pivotal', which has them exactly"
        )
    return _on_grid(odds)


def _newton(sums: Coins, gap: FloatArray) -> FloatArray:
    whole = sums.total()
    given, absent = sums.singles() / whole, sums.absences() / whole
    covariance = sums.pairs() / whole - np.outer(given, given)
    np.fill_diagonal(covariance, given * absent)
    # Adding a constant to all log-odds changes nothing: scale, and take the shortest step.
    scale = 1.0 / np.sqrt(np.diag(covariance))
    scaled = covariance * np.outer(scale, scale)
    step = scale * np.linalg.lstsq(scaled, scale * gap, rcond=1e-12)[0]
    return np.asarray(step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300)))


def _chance(odds: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _shifted(odds: FloatArray, size: int) -> FloatArray:
    """The log-odds plus the constant that makes the chances add up to ``size``, by bisection."""
    low, high = -odds.max() - 50.0, -odds.min() + 50.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _chance(odds + middle).sum() < size:
            low = middle
        else:
            high = middle
    return np.asarray(odds + 0.5 * (low + high))


def _on_grid(odds: FloatArray) -> Counts:
    rare = np.rint(np.ldexp(_chance(-np.abs(odds)), BITS)).astype(np.int64)
    rare = np.maximum(rare, 1)
    return np.where(odds > 0.0, ONE - rare, rare)


class Trials(NamedTuple):
    """What is thrown: a record, so that compiled loops take one argument for it.

    Attributes:
        coins: of the ``units`` that are neither certain nor impossible, in units of ``2^-62``.
        units: their numbers; unit ``V`` is a phantom, what a total lacks of an integer.
        asked: ``(V + 1,)``, tells the certain ones.
        size: how many come up.
        extra: one unit is drawn in proportion to the coins, and its own must not come up.
    """

    coins: Words
    units: Words
    asked: Words
    size: int
    extra: bool


@compiled
def draw_rejective(
    counts: Words, trials: Trials, start: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: coins are thrown until the right number of them comes up.

    Raises:
        DrawError: ``MOST_TRIALS`` trials of a round that do not count.
    """
    n_rounds, n_processors = out.shape
    totals = counts.sum(axis=1)
    drawn = np.empty(n_processors + 1, np.bool_)
    for row in range(n_rounds):
        number = start + row
        for who in range(n_processors + 1):
            drawn[who] = trials.asked[who] == _ONE
        for trial in range(MOST_TRIALS):
            if _trial(trials, trial, number, key0, key1, drawn):
                break
        else:
            raise DrawError("no trial of 2^24 drew the right number; take the design 'pivotal'")
        for who in range(n_processors):
            out[row, who] = -1
            if drawn[who]:
                out[row, who] = pick_below(
                    counts[who], totals[who], number, who, STREAM_MODEL, key0, key1
                )


@compiled
def _trial(
    trials: Trials,
    trial: int,
    number: int,
    key0: int,
    key1: int,
    drawn: npt.NDArray[np.bool_],
) -> bool:
    """Throw every coin once, and write who came up; whether the trial counts."""
    added = _extra_unit(trials.coins, trial, number, key0, key1) if trials.extra else -1
    came = 0
    for place in range(trials.coins.size):
        up = word(number, place, STREAM_ROW + ATTEMPT * trial, key0, key1) < trials.coins[place]
        if place == added:
            if up:
                return False
            up = True
        came += up
        if came > trials.size:
            return False
        drawn[trials.units[place]] = up
    return came == trials.size


@compiled
def _extra_unit(coins: Words, trial: int, number: int, key0: int, key1: int) -> Any:
    """A unit in proportion to its coin: any unit, kept with the coin's probability.

    Even places of the counter hold the unit, odd ones the coin, all of one trial's own stream.
    """
    stream = STREAM_EXTRA + ATTEMPT * trial
    mask = 1
    while mask < coins.size:
        mask *= 2
    for place in range(MOST_PLACES):
        unit = word(number, 2 * place, stream, key0, key1) & (mask - 1)
        if unit < coins.size and word(number, 2 * place + 1, stream, key0, key1) < coins[unit]:
            return unit
    raise DrawError("no unit came up at 65536 places; take the design 'pivotal'")

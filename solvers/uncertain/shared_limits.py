"""The worst case of uncertain scores where limits are shared: solve, price, deviate again.

For prices ``κ`` of the entries and a price ``θ`` of a deviation the best probability of an entry is
``p = clip(δ/θ, √(a²/κ), √((a²+δ)/κ))`` within its floor and ceiling, and its share ``z`` of the
deviation follows. The sum program of ``a² + z δ`` has prices of its own; at the worst case they are
the same. Its bound holds for any ``z``, so nothing rests on how these were found. Steps from prices
to prices shrink by a factor; Anderson's mixing of the last few makes ten of them of fifty.

Source: Bertsimas and Sim (2004); Walker and Ni, Anderson acceleration for fixed-point iterations
(2011).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.solution import Solution
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.claim import claim_of

#: Sum programs that are solved at most, and after how many without a gain no more.
STEPS, PATIENCE = 80, 12
FINE = 2e-13  # relative: about what a sum program with shared limits is proved to
SLOW, DRIFTING = 0.5, 2  # a gap that falls by less, for more steps: those that follow are longer
MEMORY = 6  # steps that are mixed
FARTHEST = 4.0  # powers of two from a plain step: beyond, a mixed one is not believed
LOWEST = -900.0  # log₂ of prices that stand for 0; scores are near 1
OCTAVES = 1000.0  # of a deviation's price, both ways
NEAR, NARROW = 2.0**-6, 1e-13  # octaves between the first two tried, and the last

#: The sum program of some shares ``(V, S)``; and the worst ``Σ λ a²/p`` of some ``p``.
Solve = Callable[[FloatArray], Solution]
Value = Callable[[FloatArray], float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Deviating:
    """Squared scores ``low (V, S)``, and ``delta >= 0`` that may be added to each.

    Attributes:
        low, delta: ``(V, S)``, weighted, in units of ``4**exponent``.
        floor, ceiling: ``(V, S)``.
        exponent: of that unit.
    """

    low: FloatArray = field(repr=False)
    delta: FloatArray = field(repr=False)
    floor: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    exponent: int

    @property
    def moves(self) -> FloatArray:
        """``(V, S)``, 1 where a score may be higher, else 0."""
        return (self.delta > 0.0).astype(np.float64)

    def shares(self, kappa: FloatArray, count: float, near: float) -> tuple[FloatArray, float]:
        """``z (V, S)``, how far each deviates at prices ``κ (V, S)`` if ``count`` may in all.

        Also ``log₂`` of the price of a deviation; ``near`` is a guess at it.
        """
        low, high = -OCTAVES, OCTAVES
        many, few = self.moves, np.zeros_like(self.low)
        middle, step = near, NEAR
        while high - low > NARROW:
            found = self._at(kappa, math.exp2(middle))
            if found.sum() > count:
                low, many = middle, found
            else:
                high, few = middle, found
            if low > -OCTAVES and high < OCTAVES:  # between two that were tried
                middle = (low + high) / 2.0
            else:
                step, middle = 4.0 * step, low + step if high == OCTAVES else high - step
                middle = min(OCTAVES, max(-OCTAVES, middle))
            if middle in (low, high):
                break
        over, under = float(many.sum()), float(few.sum())
        part = (count - under) / (over - under) if over > under else 0.0
        return np.clip(few + min(1.0, max(0.0, part)) * (many - few), 0.0, 1.0), high

    def _at(self, kappa: FloatArray, theta: float) -> FloatArray:
        with np.errstate(all="ignore"):
            kink = self.delta / theta
            least, most = (np.sqrt(m / kappa) for m in (self.low, self.low + self.delta))
            free = kappa > 0.0
            least, most = np.where(free, least, np.inf), np.where(free, most, np.inf)
            p = np.clip(np.clip(kink, least, most), self.floor, self.ceiling)
            inside = np.clip((kappa * kink * kink - self.low) / self.delta, 0.0, 1.0)
        shares = np.where(p < kink, 1.0, np.where(p > kink, 0.0, inside))
        return np.where(self.delta > 0.0, shares, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstCase:
    """The probabilities of least worst case, and the sum program that proves the highest bound.

    Attributes:
        probabilities: ``(V, S)``.
        value: their worst case.
        shares: ``(V, S)``, of the bound.
        inner: that program's solution.
    """

    probabilities: FloatArray = field(repr=False)
    value: float
    shares: FloatArray = field(repr=False)
    inner: Solution = field(repr=False)

    @property
    def gap(self) -> float:
        """Relative; infinite while nothing is proved."""
        bound = self.inner.certificate.user_bound
        return self.value / bound - 1.0 if bound > 0.0 and self.value < math.inf else math.inf

    def better(self, other: WorstCase) -> WorstCase:
        """The lower value, and the higher bound."""
        design = min(self, other, key=lambda x: x.value)
        proof = max(self, other, key=lambda x: x.inner.certificate.user_bound)
        return WorstCase(
            probabilities=design.probabilities,
            value=design.value,
            shares=proof.shares,
            inner=proof.inner,
        )


def worst_case(deviating: Deviating, count: float, solve: Solve, value: Value) -> WorstCase:
    """The worst case of any limits.

    Args:
        deviating: the squares, and what may be added.
        count: how many deviate at most.
        solve: gives the sum program's solution of shares whose sum is at most ``count``.
        value: of probabilities.

    Raises:
        InfeasibleError, ConvergenceError: of the first sum program.
    """
    moves = deviating.moves
    shares = moves * min(1.0, count / max(1.0, float(moves.sum())))
    best = _tried(shares, solve, value)
    if not 0.0 < count < moves.sum():
        return best
    mixing, last, idle, drift, far = _Mixing(moves=moves > 0.0), best, 0, 0, 1.0
    theta = 0.0
    for _ in range(STEPS):
        if best.gap <= FINE or idle >= PATIENCE:
            break
        kappa = mixing.next(_kappa(last.inner, deviating.exponent))
        shares, theta = deviating.shares(kappa, count, theta)
        if far > 1.0:
            shares = _farther(last.shares, shares, far, count)
            mixing.forget()
        try:
            trial = _tried(shares, solve, value)
        except ConvergenceError:  # what was found before stands with its gap
            break
        before, best = best.gap, best.better(trial)
        idle = 0 if best.gap < 0.9 * before else idle + 1
        drift = drift + 1 if best.gap > SLOW * before else 0
        if far > 1.0 and trial.gap > last.gap:  # too far: on from where it was
            drift, far = 0, 1.0
            continue
        last, far = trial, 2.0 * far if drift > DRIFTING else 1.0
    return best


def _farther(old: FloatArray, new: FloatArray, far: float, count: float) -> FloatArray:
    """On along a step: shares that drift while no probability moves would take many of them."""
    shares = np.clip(old + far * (new - old), 0.0, 1.0)
    return shares * min(1.0, count / max(float(shares.sum()), count))


def _tried(shares: FloatArray, solve: Solve, value: Value) -> WorstCase:
    inner = solve(shares)
    p = inner.probabilities
    return WorstCase(probabilities=p, value=value(p), shares=shares, inner=inner)


def _kappa(inner: Solution, exponent: int) -> FloatArray:
    """``(V, S)``, what entries pay for a unit of probability, in units of ``4**exponent``."""
    problem: Problem = inner.problem
    prices = claim_of(inner.certificate).prices
    kappa = np.zeros(problem.scores.shape)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for limit, values in prices.by_limit(problem):
            kappa = limit.plus_prices(kappa, values)
        for limit, values in prices.by_floor(problem):
            kappa = limit.plus_prices(kappa, -values)
        return np.asarray(np.ldexp(kappa, 2 * (prices.exponent - exponent)))


class _Mixing:
    """Anderson's mixing of ``log₂ κ``, where scores may deviate."""

    def __init__(self, *, moves: BoolArray) -> None:
        self._moves = moves
        self._points: list[FloatArray] = []
        self._steps: list[FloatArray] = []
        self._at: FloatArray | None = None
        self._priced: BoolArray | None = None

    def forget(self) -> None:
        """What follows does not go on from the last prices."""
        self._points, self._steps, self._at, self._priced = [], [], None, None

    def next(self, kappa: FloatArray) -> FloatArray:
        """The prices to deviate at, from those of the last program."""
        priced: BoolArray = self._moves & (kappa > 0.0)
        with np.errstate(divide="ignore"):
            new = np.maximum(np.log2(kappa, where=priced, out=np.zeros_like(kappa)), LOWEST)[priced]
        if self._at is None or self._priced is None or (priced != self._priced).any():
            self._points, self._steps = [], []
            self._at, self._priced = new, priced
            return kappa
        self._points = [*self._points, self._at][-MEMORY:]
        self._steps = [*self._steps, new - self._at][-MEMORY:]
        self._at = self._mixed(new)
        with np.errstate(over="ignore", under="ignore"):
            out = kappa.copy()
            out[priced] = np.exp2(self._at)
        return out

    def _mixed(self, new: FloatArray) -> FloatArray:
        if len(self._steps) < 2:
            return new
        steps, points = (np.diff(np.array(x), axis=0).T for x in (self._steps, self._points))
        weights = np.linalg.lstsq(steps, self._steps[-1], rcond=1e-8)[0]
        mixed = new - (points + steps) @ weights
        if not (np.abs(mixed - new) <= FARTHEST).all():
            self._points, self._steps = [], []
            return new
        return np.asarray(mixed)

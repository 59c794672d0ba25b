"""The worst case of uncertain scores: which of them deviate, against the best probabilities.

For a price ``θ`` of a deviation and ``κ`` of a draw, the best probability of an entry is

    p = clip(δ/θ, √(a²/κ), √((a²+δ)/κ)),  within its floor and ceiling,

piecewise linear and increasing in ``x = 1/√κ``. So a processor's cap bounds its ``x``, the budget
fixes one ``x`` for all others, and stationarity gives the share ``z`` of each deviation, which
falls as ``θ`` grows until they add up to what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray

#: Halvings of a bracket in logarithms; the widest is 2,100 octaves, and an ulp is left.
HALVINGS = 66
#: Octaves between two prices that shares are told apart at.
NARROW = 1e-13
#: Roots of scores near 1 and probabilities leave these for no price that matters.
SMALLEST, LARGEST = 2.0**-1000, 2.0**1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Deviations:
    """Squared scores ``low (V, S)``, ``delta >= 0`` that may be added, and the separable limits.

    Attributes:
        low: ``(V, S)``, weighted squares ``λ a²``, the largest near 1.
        delta: ``(V, S)``, weighted, in the same unit.
        floor: ``(V, S)``.
        ceiling: ``(V, S)``.
        caps: ``(V,)``.
        budget: ``m``.
    """

    low: FloatArray
    delta: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    budget: float

    def shares(self, count: float) -> FloatArray:
        """``z (V, S)`` in ``[0, 1]``: how far each deviates if ``count`` may in all."""
        moves = self.delta > 0.0
        if count >= np.count_nonzero(moves):
            return moves.astype(np.float64)
        if count == 0.0:
            return np.zeros_like(self.low)
        few, many = self._around(count)
        over, under = float(many.sum()), float(few.sum())
        part = (count - under) / (over - under) if over > under else 0.0
        return np.clip(few + min(1.0, max(0.0, part)) * (many - few), 0.0, 1.0)

    def _around(self, count: float) -> tuple[FloatArray, FloatArray]:
        """Shares that add up to at most, and to at least, ``count``, at neighbouring prices.

        False position with halved ends in ``log θ``, in which the sum falls.
        """
        few, many = np.zeros_like(self.low), (self.delta > 0.0).astype(np.float64)
        low, high = math.log2(SMALLEST), math.log2(LARGEST)
        above, below = float(many.sum()) - count, -count
        at, side = self._guess(count), 0
        for step in range(2 * HALVINGS):
            shares = self._at(math.exp2(at))
            over = float(shares.sum()) - count
            if over > 0.0:
                low, many, above = at, shares, over
                below, side = (below / 2.0 if side > 0 else below), 1
            else:
                high, few, below = at, shares, over
                above, side = (above / 2.0 if side < 0 else above), -1
            if high - low < NARROW or over == 0.0:
                return (few, few) if over == 0.0 else (few, many)
            part = above / (above - below) if above > below else 0.5
            at = low + (high - low) * (part if step % 4 < 3 and high - low < 64.0 else 0.5)
            near = 2.0 ** (step + 1)
            if high - low >= 64.0:  # one end is still the first: go out from the guess
                at = max(at, high - near) if over <= 0.0 else min(at, low + near)
        return few, many

    def _guess(self, count: float) -> float:
        """``log2 θ`` if all deviated alike: the ``count``-th largest ``δ/p``."""
        part = count / np.count_nonzero(self.delta)
        scores = np.sqrt(self.low + part * self.delta)
        p = np.clip(scores * (self.budget / scores.sum()), self.floor, self.ceiling)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            dear = (self.delta / p)[self.delta > 0.0]
        dear = np.sort(np.minimum(dear, LARGEST))[::-1]
        return math.log2(max(float(dear[min(int(count), dear.size - 1)]), SMALLEST))

    def _at(self, theta: float) -> FloatArray:
        """``z`` where a deviation costs ``theta``."""
        with np.errstate(over="ignore", divide="ignore"):
            kink = np.minimum(self.delta / theta, LARGEST)
        a, b = np.sqrt(self.low), np.sqrt(self.low + self.delta)

        def drawn(x: FloatArray) -> tuple[FloatArray, FloatArray]:
            """``p`` at ``x``, and its slope."""
            least, most = a * x[:, None], b * x[:, None]
            p = np.clip(np.clip(kink, least, most), self.floor, self.ceiling)
            slope = np.where(least > kink, a, np.where(most < kink, b, 0.0))
            return p, np.where((p > self.floor) & (p < self.ceiling), slope, 0.0)

        def of_rows(x: FloatArray) -> tuple[FloatArray, FloatArray]:
            p, slope = drawn(x)
            return p.sum(axis=1) - self.caps, slope.sum(axis=1)

        def of_all(level: FloatArray) -> tuple[FloatArray, FloatArray]:
            p, slope = drawn(np.minimum(level, most))
            free = np.where(level < most, slope.sum(axis=1), 0.0)
            return p.sum(keepdims=True)[0] - self.budget, free.sum(keepdims=True)

        most = _root(of_rows, len(a))
        x = np.minimum(_root(of_all, 1), most)
        return self._stationary(drawn(x)[0], kink, x[:, None])

    def _stationary(self, p: FloatArray, kink: FloatArray, x: FloatArray) -> FloatArray:
        """``z = (κ p² − a²)/δ`` at the kink, 1 below it, 0 above."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            inside = np.clip(((p / x) ** 2 - self.low) / self.delta, 0.0, 1.0)
        shares = np.where(p < kink, 1.0, np.where(p > kink, 0.0, inside))
        return np.where(self.delta > 0.0, shares, 0.0)


def _root(excess: Callable[[FloatArray], tuple[FloatArray, FloatArray]], size: int) -> FloatArray:
    """``(size,)``, the greatest ``x`` at which each increasing ``excess`` is at most 0.

    ``excess`` gives values and slopes: Newton's steps where they stay between the brackets, which
    close in by halvings in logarithms else.
    """
    low, high = np.full(size, SMALLEST), np.full(size, LARGEST)
    x = np.ones(size)
    for step in range(2 * HALVINGS):
        value, slope = excess(x)
        low, high = np.where(value > 0.0, low, x), np.where(value > 0.0, x, high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x - value / slope
        wide = high > low * (1.0 + 2.0**-50)
        moving = wide & ~(np.abs(newton - x) <= 2.0**-50 * x)
        if not moving.any():
            break
        wanted = (newton > low) & (newton < high) & (step % 8 < 7)
        x = np.where(wanted, newton, np.where(wide, np.sqrt(low) * np.sqrt(high), x))
    return x

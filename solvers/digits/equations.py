"""What limits and variances come to, row by row, at prices and at probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np

from roundlot.solvers.digits.decimals import ONE, ZERO, Digits
from roundlot.solvers.digits.guess import Guess, Start
from roundlot.theory.arrays import BoolArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Equations:
    """A question's rows with the entries that they hold; all within its context.

    Attributes:
        low, high, fixed, cost: ``(n,)``, as of the question.
        bounds, all_counts: of each row of limits, and its ``(n,)`` counts.
        allowed, is_norm: ``(J,)``, as of the question.
        all_moments: ``(J, n)``.
        order: of the norm.
    """

    low: Digits = field(repr=False)
    high: Digits = field(repr=False)
    fixed: Digits = field(repr=False)
    cost: Digits = field(repr=False)
    bounds: list[Decimal] = field(repr=False)
    all_counts: list[Digits] = field(repr=False)
    allowed: Digits = field(repr=False)
    is_norm: BoolArray = field(repr=False)
    all_moments: Digits = field(repr=False)
    order: float

    @cached_property
    def some(self) -> list[IntArray]:
        """Which entries each row of limits holds."""
        return [np.flatnonzero(row) for row in self.all_counts]

    @cached_property
    def counts(self) -> list[Digits]:
        """Their counts."""
        return [row[at] for row, at in zip(self.all_counts, self.some, strict=True)]

    @cached_property
    def some_moments(self) -> list[IntArray]:
        """Which entries each row of variances holds."""
        return [np.flatnonzero(row) for row in self.all_moments]

    @cached_property
    def moments(self) -> list[Digits]:
        """Their moments."""
        return [row[at] for row, at in zip(self.all_moments, self.some_moments, strict=True)]

    @property
    def worst(self) -> bool:
        """Whether the norm is the largest."""
        return self.order == math.inf

    @property
    def power(self) -> Decimal:
        """``α − 1`` of another norm."""
        return ZERO if self.worst else Decimal(self.order) - 1

    def kappa(self, prices: Digits) -> Digits:
        """``(n,)``, what a draw of each entry costs at prices of rows."""
        found = self.cost.copy()
        for r in np.flatnonzero(prices).tolist():
            found[self.some[r]] += prices[r] * self.counts[r]
        return found

    def moments_at(self, weights: Digits) -> Digits:
        """``(n,)``, what each entry has over ``p`` at weights of variances."""
        found = self.fixed.copy()
        for j in np.flatnonzero(weights).tolist():
            found[self.some_moments[j]] += weights[j] * self.moments[j]
        return found

    def used(self, row: int, p: Digits) -> Decimal:
        """What the entries of a row of limits come to, without signs."""
        return sum(np.abs(self.counts[row]) * p[self.some[row]], ZERO)

    def left(self, row: int, p: Digits) -> Decimal:
        """What a row of limits leaves."""
        used: Decimal = sum(self.counts[row] * p[self.some[row]], ZERO)
        return self.bounds[row] - used

    def spent(self, row: int, p: Digits) -> Decimal:
        """What a row of variances comes to."""
        return sum(self.moments[row] / p[self.some_moments[row]], ZERO)

    def room(self, row: int, guess: Guess) -> Decimal:
        """What a row of variances leaves."""
        allowed: Decimal = self.allowed[row]
        if self.is_norm[row]:
            weight = guess.weights[row]
            allowed += guess.top if self.worst else weight ** (ONE / self.power) if weight else ZERO
        return allowed - self.spent(row, guess.p)

    def value(self, start: Start) -> Decimal:
        """About what the objective is."""
        if self.is_norm.any():
            tops = [
                weight * (self.spent(j, start.p) - self.allowed[j])
                for j, weight in enumerate(start.weights)
                if self.is_norm[j]
            ]
            total: Decimal = abs(sum(tops, ZERO))
            return total
        over = (m / x for m, x in zip(self.fixed, start.p, strict=True) if m)
        fixed: Decimal = sum(over, ZERO)
        paid: Decimal = sum(self.cost * start.p, ZERO)
        return paid + fixed

    def has_top(self, guess: Guess) -> bool:
        """Whether the largest variance is an unknown."""
        return self.worst and bool((self.is_norm & guess.held).any())

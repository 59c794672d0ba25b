"""Intervals for the mean of independent numbers in 0..1, and for a probability, at fixed times.

Source: Hoeffding (1963), the bound by relative entropy; Maurer and Pontil (2009), by the empirical
variance; Clopper and Pearson (1934).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


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

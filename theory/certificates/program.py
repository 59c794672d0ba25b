"""The sum program inside every goal, on which prices prove a lower bound."""

from __future__ import annotations

from dataclasses import dataclass, field

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.prices import Prices
from roundlot.theory.problem import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Minimise ``Σ f_s (a² + w d²)/p + Σ cost p`` within a problem's limits.

    Attributes:
        problem: its scores are ``a``.
        factors: ``(S,)``, ``f >= 0``.
        prices: of the limits, and of ``4**exponent``.
        weight: ``w >= 0``.
        shares: ``(V, S)``, ``d``, 0 where a pair is not available; None where ``w`` is 0.
        cost: ``(V, S)``; None where a draw costs nothing.
    """

    problem: Problem
    factors: FloatArray
    prices: Prices
    weight: float = 0.0
    shares: FloatArray | None = None
    cost: FloatArray | None = field(default=None, repr=False)

    @property
    def additions(self) -> int:
        """At most how many roundings go into ``κ``."""
        return 3 + len(self.prices.levels) + 2 * len(self.prices.costs) + (self.cost is not None)

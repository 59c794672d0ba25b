"""What a certificate says."""

from __future__ import annotations

from dataclasses import dataclass, field

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.goal import Goal
from roundlot.theory.certificates.prices import Prices
from roundlot.theory.problem import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """A design of a problem, prices, and the numbers that they are said to prove.

    Attributes:
        problem: as it was given, in the user's units.
        goal: what is made small.
        probabilities: ``(V, S)``, the design.
        prices: of the problem's limits.
        variance_prices: ``(S,)``, ``>= 0``, prices of the models' variances: ``ω`` of a norm,
            ``μ`` of the ceilings; None for "sum" and "participation", where they are the weights.
        objective: what the design is said to cost.
        lower_bound: what no feasible design is said to go below.
        gap: said to be at least ``objective / optimum − 1``.
        variance: ``Σ λ Var`` of the design; None where nothing is said.
    """

    problem: Problem
    goal: Goal
    probabilities: FloatArray = field(repr=False)
    prices: Prices = field(repr=False)
    variance_prices: FloatArray | None = field(default=None, repr=False)
    objective: float
    lower_bound: float
    gap: float
    variance: float | None = None

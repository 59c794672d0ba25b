"""The last pass: probabilities of a block within all limits, what they cost and what they prove."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.solvers.coupled.newton import Dual
from roundlot.solvers.coupled.pricing import read_prices
from roundlot.solvers.coupled.program import Shared, program
from roundlot.solvers.proof.bound import VANISHING, Lagrangian
from roundlot.solvers.proof.lowering import lower_by, lowered
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.sums import quotient_above
from roundlot.solvers.streams.blocks import SHARED, Block, Sums, cost_limits
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import nearest

# Above what terms below the normal range can have lost, each, in the unit of a bound.
LOST = 2.0**-1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """What the probabilities of some blocks cost and prove, to be added without rounding.

    Attributes:
        cost: ``Σ a²/p``, rounded up; None if it is infinite.
        up, down: the positive and the negative part of the bound; the latter None if it is beyond
            float64, and the bound then 0.
        rounding: of both, relative.
        prices: ``1 + S + K``, of the limits of all blocks: the greatest that a block was priced
            with, as the bound holds for all that are higher.
        sums: of the probabilities.
        loose: ``(1 + S + K,)``, roughly those of what is above its floor.
    """

    cost: Fraction | None
    up: Fraction
    down: Fraction | None
    rounding: float
    prices: tuple[Fraction, ...]
    sums: Sums
    loose: FloatArray

    def __add__(self, other: Terms) -> Terms:
        return Terms(
            cost=_sum(self.cost, other.cost),
            up=self.up + other.up,
            down=_sum(self.down, other.down),
            rounding=max(self.rounding, other.rounding),
            prices=tuple(map(max, zip(self.prices, other.prices, strict=True))),
            sums=self.sums + other.sums,
            loose=self.loose + other.loose,
        )

    def proof(self, rooms: tuple[Fraction | None, ...]) -> tuple[float, float, float]:
        """``(objective, lower_bound, gap)`` of the whole table, rounded outward.

        Args:
            rooms: ``1 + S + K``, what floors leave of the limits of all blocks.
        """
        spent = sum(
            (y * room for y, room in zip(self.prices, rooms, strict=True) if room is not None),
            Fraction(0),
        )
        down = self.up if self.down is None else self.down
        bound = self.up - down - Fraction(self.rounding) * (self.up + down) - spent
        bound = max(bound, Fraction(0))
        below = nearest(bound, up=False)
        if self.cost is None:
            return math.inf, below, math.inf
        above = nearest(self.cost, up=True)
        if not self.cost:
            return above, below, 0.0
        if not bound:
            return above, below, math.inf
        return above, below, _gap(self.cost, bound)


def finished(
    block: Block, shared: Shared, eta: FloatArray, cuts: FloatArray
) -> tuple[FloatArray, Terms]:
    """Probabilities ``(rows, S)`` of a block at ``η``, and their terms.

    They keep the limits of rows and groups; for those of all blocks they are lowered by the parts
    ``cuts (1 + S + K,)`` of themselves.
    """
    problem = block.problem
    ready = program(problem, shared)
    dual = Dual(program=ready)
    p = dual.write(eta)
    least = np.minimum(ready.least, ready.tables.ceiling)
    np.maximum(p, least, out=p, where=(p < least) & (ready.tables.scores > 0.0))
    prices = read_prices(problem, ready, dual.prices(eta), dual.paid)
    out = lowered(block.local, ready.in_problem_order(p))
    _cut(block, out, cuts)
    return out, _terms(block, out, prices)


def _cut(block: Block, out: FloatArray, cuts: FloatArray) -> None:
    floor = block.problem.bounds[0]
    for place, limit in block.shared_limits:
        if limit.weights is None:
            lower_by(out, floor, limit, cuts[place])
            continue
        for cut, row in zip(cuts[place].tolist(), cost_limits(limit), strict=True):
            lower_by(out, floor, row, np.array([cut]))


def _terms(block: Block, p: FloatArray, prices: Prices) -> Terms:
    problem = block.problem
    lagrangian = Lagrangian.of(problem, prices)
    up, down = lagrangian.parts(SHARED)
    if not VANISHING < up < math.inf:  # what vanished may be more than the margin covers
        up, down = 0.0, down + LOST * problem.scores.size
    unit = Fraction(4) ** lagrangian.exponent
    cost = lagrangian.cost(p)
    each = [prices.budget, *prices.models.tolist(), *prices.costs.tolist()]
    loose = np.zeros(len(each))
    free = np.where(p > problem.bounds[0], p, 0.0)
    for place, limit in block.shared_limits:
        loose[place] = limit.sums(free)
    return Terms(
        cost=Fraction(cost) * unit if math.isfinite(cost) else None,
        up=Fraction(up) * unit,
        down=Fraction(down) * unit if math.isfinite(down) else None,
        rounding=lagrangian.relative,
        prices=tuple(Fraction(y) * Fraction(4) ** prices.exponent for y in each),
        sums=Sums.of(problem, p),
        loose=loose,
    )


def _gap(cost: Fraction, bound: Fraction) -> float:
    over = max(0, cost.numerator * bound.denominator - bound.numerator * cost.denominator)
    return quotient_above(over, bound.numerator * cost.denominator)


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other

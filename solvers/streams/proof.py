"""The last pass: probabilities of a block within all limits, what they cost and what they prove."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
from roundlot.solvers.streams.exactly import Carriers, Move, best_of, carriers
from roundlot.solvers.streams.needed import limited
from roundlot.solvers.streams.nested import drawn_within, priced_at, without_scores
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.problem import Structure

# Above what terms below the normal range can have lost, each, in the unit of a bound.
LOST = 2.0**-1000
# Powers of two between which numbers are float64 with all of their digits.
LEAST, MOST = -1000, 1020


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
        offered: ``(S,)``, prices of the models' floors: the least of the blocks, as the bound holds
            for all that are lower.
        free: ``(S,)``, roughly what can be raised of each model.
        carriers: entries that can take up what sums of models are off.
    """

    cost: Fraction | None
    up: Fraction
    down: Fraction | None
    rounding: float
    prices: tuple[Fraction, ...]
    sums: Sums
    loose: FloatArray
    offered: tuple[Fraction, ...]
    free: FloatArray
    carriers: Carriers = ()

    def __add__(self, other: Terms) -> Terms:
        return Terms(
            cost=_sum(self.cost, other.cost),
            up=self.up + other.up,
            down=_sum(self.down, other.down),
            rounding=max(self.rounding, other.rounding),
            prices=tuple(map(max, zip(self.prices, other.prices, strict=True))),
            sums=self.sums + other.sums,
            loose=self.loose + other.loose,
            offered=tuple(map(min, zip(self.offered, other.offered, strict=True))),
            free=self.free + other.free,
            carriers=best_of(self.carriers, other.carriers),
        )

    def proof(
        self, rooms: tuple[Fraction | None, ...], lows: tuple[Fraction, ...]
    ) -> tuple[float, float, float, int]:
        """``(objective, lower_bound, gap, unit)`` of the whole table, rounded outward.

        The first two are in units of ``4**unit``, 0 where float64 holds objective and prices.

        Args:
            rooms: ``1 + S + K``, what floors leave of the limits of all blocks.
            lows: ``S``, what floors of models lack.
        """
        spent = sum(
            (y * room for y, room in zip(self.prices, rooms, strict=True) if room is not None),
            Fraction(0),
        )
        down = self.up if self.down is None else self.down
        spent -= sum((w * low for w, low in zip(self.offered, lows, strict=True)), Fraction(0))
        bound = self.up - down - Fraction(self.rounding) * (self.up + down) - spent
        bound = max(bound, Fraction(0))
        unit = self._unit
        below = nearest(bound / Fraction(4) ** unit, up=False)
        if self.cost is None:
            return math.inf, below, math.inf, unit
        above = nearest(self.cost / Fraction(4) ** unit, up=True)
        if not self.cost:
            return above, below, 0.0, unit
        if not bound:
            return above, below, math.inf, unit
        return above, below, _gap(self.cost, bound), unit

    @property
    def _unit(self) -> int:
        """Of cost and prices: 0 where float64 holds all of them."""
        every = [x for x in (self.cost, *self.prices, *self.offered) if x]
        powers = [x.numerator.bit_length() - x.denominator.bit_length() for x in every]
        if all(LEAST < power < MOST for power in powers):
            return 0
        return max(powers) // 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What makes probabilities of a table, and all of a block's terms.

    Attributes:
        prices: ``η (D,)``; where sums have floors ``(1 + S + K,)`` prices of the limits of all
            blocks, then ``(S,)`` of the models' floors.
        cuts: ``(1 + S + K,)``, parts of themselves by which probabilities are lowered for the
            limits of all blocks; where sums have floors ``(S,)`` more by which models are raised.
        moves: probabilities of single pairs.
        parts: where sums have floors, prices and parts of what is mixed; all is at ``prices``
            where there are none.
    """

    prices: FloatArray
    cuts: FloatArray
    moves: tuple[Move, ...] = ()
    parts: tuple[tuple[FloatArray, float], ...] = ()


def finished(block: Block, shared: Shared, plan: Plan) -> tuple[FloatArray, Terms]:
    """Probabilities ``(rows, S)`` of a block by a plan, and their terms.

    They keep the limits of rows and groups.
    """
    if shared.nested:
        return _beside_floors(limited(block, shared.tight), shared, plan)
    problem, eta = block.problem, plan.prices
    ready = program(problem, shared)
    dual = Dual(program=ready)
    p = dual.write(eta)
    least = np.minimum(ready.least, ready.tables.ceiling)
    np.maximum(p, least, out=p, where=(p < least) & (ready.tables.scores > 0.0))
    prices = read_prices(problem, ready, dual.prices(eta), dual.paid)
    out = lowered(block.local, ready.in_problem_order(p))
    held = np.zeros(out.shape, dtype=np.bool_)
    _cut(block, out, plan.cuts, held)
    return out, _terms(block, out, prices, held)


def bare_terms(block: Block, shared: Shared, paid: FloatArray) -> Terms:
    """Terms of a block without scores at prices as in :class:`Plan`: a bound above 0 is of limits
    that cannot be met.
    """
    block = limited(block, shared.tight)
    block = replace(block, problem=without_scores(block.problem))
    p = block.problem.bounds[0]
    prices = priced_at(block.problem, shared, paid)
    return _terms(block, p, prices, np.zeros(p.shape, dtype=np.bool_))


def _beside_floors(block: Block, shared: Shared, plan: Plan) -> tuple[FloatArray, Terms]:
    size = shared.active.size
    offered = plan.prices[size:]
    out, prices, held, capped = drawn_within(
        block, shared, plan.prices, plan.parts, plan.cuts[size:]
    )
    _cut(block, out, plan.cuts[:size], held)
    for move in plan.moves:
        if 0 <= move.row - block.first < len(out):
            out[move.row - block.first, move.model] = move.value
    terms = _terms(block, out, prices, held, capped)
    if not any(shared.equal):
        return out, terms
    groups = held & ~np.broadcast_to(offered > 0.0, held.shape)
    return out, replace(terms, carriers=carriers(block, out, shared.equal, groups))


def _cut(block: Block, out: FloatArray, cuts: FloatArray, held: BoolArray) -> None:
    floor = np.where(held, out, block.problem.bounds[0])
    for place, limit in block.shared_limits:
        if limit.weights is None:
            lower_by(out, floor, limit, cuts[place])
            continue
        for cut, row in zip(cuts[place].tolist(), cost_limits(limit), strict=True):
            lower_by(out, floor, row, np.array([cut]))


def _terms(
    block: Block, p: FloatArray, prices: Prices, held: BoolArray, capped: BoolArray | None = None
) -> Terms:
    problem = block.problem
    lagrangian = Lagrangian.of(problem, prices)
    up, down = lagrangian.parts(SHARED)
    if not VANISHING < up < math.inf:  # what vanished may be more than the margin covers
        up, down = 0.0, down + LOST * problem.scores.size
    unit = Fraction(4) ** lagrangian.exponent
    cost = lagrangian.cost(p)
    each = [prices.budget, *prices.models.tolist(), *prices.costs.tolist()]
    loose = np.zeros(len(each))
    free = np.where((p > problem.bounds[0]) & ~held, p, 0.0)
    able = np.where(p < problem.bounds[1], p, 0.0)
    if capped is not None:
        able[capped] = 0.0
    offered = np.zeros(problem.n_models)
    for limit, values in prices.by_floor(problem) if prices.floors else ():
        if limit.structure is Structure.MODELS:
            offered = values
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
        offered=tuple(Fraction(w) * Fraction(4) ** prices.exponent for w in offered.tolist()),
        free=able.sum(axis=0),
    )


def _gap(cost: Fraction, bound: Fraction) -> float:
    over = max(0, cost.numerator * bound.denominator - bound.numerator * cost.denominator)
    return quotient_above(over, bound.numerator * cost.denominator)


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other

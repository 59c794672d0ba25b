"""The Lagrangian bound of large problems in floats, every rounding counted.

Scores, factors and prices are brought to one power of two. Prices that lose digits on the way are
taken as they then are: any prices ``>= 0`` prove a bound. Entries whose products could leave the
normal range are done in fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.certificates.compensated import CHUNK, UNIT, near_sum
from roundlot.theory.certificates.exact_bound import entry_minima, floor_cost
from roundlot.theory.certificates.prices import Prices
from roundlot.theory.certificates.program import Program
from roundlot.theory.certificates.room import spent
from roundlot.theory.certificates.rounding import ZERO, two_to

# Products and quotients of a moment or price within these, and of bounds above SMALL, are normal.
LEAST, MOST, SMALL = 2.0**-400, 2.0**400, 2.0**-200
ZEROS = -(2**14)  # an exponent below that of any product of two floats
TINIEST = Fraction(1, 2**1073)  # above what one product loses below the normal range


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaled:
    """A program in units of ``2**exponent``, which is even; scores per column in their own."""

    program: Program
    units: IntArray
    factors: FloatArray
    prices: Prices
    exponent: int


def float_bound(program: Program) -> Fraction:
    """What no feasible design goes below; 0, which always holds, where prices overflow."""
    scaled = _scaled(program)
    own = replace(program, prices=replace(scaled.prices, exponent=scaled.exponent // 2))
    minima, left = ZERO, ZERO
    for first in range(0, program.problem.n_processors, CHUNK):
        values, unsafe = _minima(scaled, slice(first, first + CHUNK))
        minima += Fraction(float(near_sum(values.reshape(-1)))) * (1 - Fraction(4 * UNIT))
        if unsafe.any():
            where = ((first + int(v), int(s)) for v, s in np.argwhere(unsafe))
            left += sum(entry_minima(own, where), ZERO)
    for part in spent(program.problem, scaled.prices):
        total = float(near_sum(part))
        if not np.isfinite(total):
            return ZERO
        minima -= Fraction(total) * (1 + Fraction(4 * UNIT)) + part.size * TINIEST
    return minima * two_to(scaled.exponent) + left + floor_cost(program)


def _scaled(program: Program) -> Scaled:
    units = _tops(program.problem.scores)
    if program.shares is not None and program.weight > 0.0:
        units = np.maximum(units, _tops(program.shares) + np.frexp(np.sqrt(program.weight))[1])
    held = (units > ZEROS // 2) & (program.factors > 0.0)
    tops = (2 * units + np.frexp(program.factors)[1])[held]
    exponent = 2 * (int(tops.max()) // 2 + 1) if held.any() else 0
    with np.errstate(over="ignore", under="ignore"):
        factors = np.ldexp(program.factors, 2 * units - exponent)
    return Scaled(
        program=program,
        units=units,
        factors=factors,
        prices=_moved(program.prices, exponent),
        exponent=exponent,
    )


def _tops(table: FloatArray) -> IntArray:
    """Per column the exponent of a power of two just above its largest; ``ZEROS`` where all are 0.

    A model without scores must not set the unit of the others.
    """
    top = table.max(axis=0)
    return np.asarray(np.where(top > 0.0, np.frexp(top)[1], ZEROS), dtype=np.int64)


def _moved(prices: Prices, exponent: int) -> Prices:
    """Prices in units of ``2**exponent``, cut off where they would overflow: any price will do."""
    shift = 2 * prices.exponent - exponent

    def moved(values: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", under="ignore"):
            return np.minimum(np.ldexp(values, shift), np.finfo(np.float64).max)

    return Prices(
        budget=float(moved(np.array(prices.budget))),
        processors=moved(prices.processors),
        levels=tuple(map(moved, prices.levels)),
        models=moved(prices.models),
        costs=moved(prices.costs),
    )


def _minima(scaled: Scaled, rows: slice) -> tuple[FloatArray, BoolArray]:
    """At most ``min M/p + κ (p − l)`` entry by entry, 0 where it is left to fractions; and where.

    Each quantity is off by a relative ``slack`` at most: roundings of ``M``, of ``κ`` (its root
    halves them) and of the formula itself.
    """
    problem = scaled.program.problem
    mask = problem.available[rows]
    floor = np.where(mask, problem.floor[rows], 0.0)
    ceiling = np.where(mask, problem.ceiling[rows], 0.0)
    moment, held = _moments(scaled, rows)
    kappa = _kappa(scaled, rows)
    slack = (scaled.program.additions + (8 if scaled.program.shares is not None else 2) + 8) * UNIT
    with np.errstate(all="ignore"):
        safe = held & (moment >= LEAST) & (moment <= MOST) & (ceiling >= SMALL)
        safe &= ((kappa == 0.0) | (kappa >= LEAST)) & (kappa <= MOST)
        safe &= (floor == 0.0) | (floor >= SMALL)
        spent_at_floor = kappa * floor
        free = 2.0 * np.sqrt(moment) * np.sqrt(kappa) * (1.0 - slack)
        free -= spent_at_floor * (1.0 + slack)
        at_floor = moment / floor * (1.0 - slack)
        at_ceiling = (moment / ceiling + kappa * (ceiling - floor)) * (1.0 - slack)
        to_floor = spent_at_floor * floor * (1.0 - 2.0 * slack) >= moment
        to_ceiling = kappa * ceiling * ceiling * (1.0 + 2.0 * slack) <= moment
        values = np.where(to_ceiling, at_ceiling, np.where(to_floor, at_floor, free))
    return np.where(safe, values, 0.0), held & ~safe


def _moments(scaled: Scaled, rows: slice) -> tuple[FloatArray, BoolArray]:
    """``f (a² + w d²)`` in scaled units, and where it is above 0."""
    program = scaled.program
    scores = program.problem.scores[rows]
    held = scores > 0.0
    with np.errstate(over="ignore", under="ignore"):
        square = np.square(np.ldexp(scores, -scaled.units))
        if program.shares is not None:
            shares = program.shares[rows]
            held = held | ((shares > 0.0) & (program.weight > 0.0))
            root, power = np.frexp(np.sqrt(program.weight))  # no product of theirs underflows
            square += np.square(root * np.ldexp(shares, power - scaled.units))
        moments = square * scaled.factors
    return moments, np.asarray(held & (program.factors > 0.0))


def _kappa(scaled: Scaled, rows: slice) -> FloatArray:
    """What every entry pays for a unit of probability, in scaled units."""
    problem, prices = scaled.program.problem, scaled.prices
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        own = prices.budget + prices.processors[rows]
        for (_, label, _), level in zip(problem.levels, prices.levels, strict=True):
            own = own + level[label[rows]]
        kappa = own[:, None] + prices.models
        if problem.costs is not None:
            for rate, cost in zip(prices.costs.tolist(), problem.costs, strict=True):
                if rate > 0.0:
                    kappa = kappa + rate * cost[rows]
        if scaled.program.cost is not None:
            kappa = kappa + np.ldexp(scaled.program.cost[rows], -scaled.exponent)
    return np.asarray(kappa)

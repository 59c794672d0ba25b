"""A lower bound on a sum program, from any prices: in fractions, or in floats for large problems.

In floats every rounding is counted. Scores, factors and prices are brought to one power of two.
Prices that lose digits on the way are taken as they then are: any prices ``>= 0`` prove a bound.
Entries whose products could leave the normal range are done in fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.certificates.arithmetic import (
    CHUNK,
    EXACT,
    UNIT,
    ZERO,
    above,
    below,
    exact_excess,
    near_sum,
    root_below,
    two_parts,
    two_to,
)
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.certificates.feasibility import (
    SURE,
    exact_cost_excess,
    exact_excess_of,
    excesses,
)
from roundlot.theory.problem import Limit, Problem, Structure


def proved_bound(program: Program, *, exact: bool = False) -> Fraction:
    """What no feasible probabilities go below, ``Σ min (M/p + κ p) − yᵀ b``, at least 0.

    Stack all limits but the boxes as ``A p <= b`` with ``A >= 0``; for any ``y >= 0`` and
    ``κ = Aᵀ y`` every feasible ``p`` has ``Σ M/p >= Σ min_{l <= p <= u} (M/p + κ (p − l)) −
    yᵀ (b − A l)``. Where ``M = 0`` the minimum is 0, at ``p = l``; where ``κ = 0 < M`` it is at
    ``p = u``. Floors of sums, ``B p >= f``, add ``wᵀ (f − B l)`` for any ``w >= 0`` and take
    ``Bᵀ w`` off ``κ``; where that is negative the minimum is at ``p = u``, whatever ``M``.
    """
    exact = exact or program.problem.scores.size <= EXACT
    bound = exact_bound(program) if exact else float_bound(program)
    return max(ZERO, bound)


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Minimise ``Σ (f_s (a² + w d²) + e_s a²)/p + Σ cost p`` within a problem's linear limits.

    Attributes:
        problem: its scores are ``a``.
        factors: ``(S,)``, ``f >= 0``, in units of ``2**powers``.
        prices: of the limits, and of ``4**exponent``; of ceilings of variances, ``e``.
        weight: ``w >= 0``.
        shares: ``(V, S)``, ``d``, 0 where a pair is not available; None where ``w`` is 0.
        cost: ``(V, S)``; None where a draw costs nothing.
        powers: ``(S,)``, whole numbers; None is 0.
    """

    problem: Problem
    factors: FloatArray
    prices: Prices
    weight: float = 0.0
    shares: FloatArray | None = None
    cost: FloatArray | None = field(default=None, repr=False)
    powers: IntArray | None = None

    @cached_property
    def extra(self) -> FloatArray:
        """``(S,)``, ``e``."""
        given = self.prices.ceilings
        return np.zeros(self.problem.n_models) if given is None else given

    @cached_property
    def priced_limits(self) -> tuple[tuple[Limit, FloatArray], ...]:
        """Every limit on a sum with its prices."""
        return self.prices.by_limit(self.problem)

    @cached_property
    def priced_floors(self) -> tuple[tuple[Limit, FloatArray], ...]:
        """Every floor of a sum with its prices."""
        return self.prices.by_floor(self.problem)

    @property
    def additions(self) -> int:
        """At most how many roundings go into ``κ``."""
        return 3 + len(self.prices.levels) + 2 * len(self.prices.costs) + (self.cost is not None)


def exact_bound(program: Program) -> Fraction:
    """What no feasible probabilities go below, to 400 binary digits; it may be negative."""
    problem = program.problem
    minima = sum(entry_minima(program, np.ndindex(problem.scores.shape)), ZERO)
    spent_ = _room(program.problem, program.priced_limits)
    gained = _room(program.problem, program.priced_floors)
    unit = two_to(2 * program.prices.exponent)
    return minima + floor_cost(program) + (gained - spent_) * unit


def entry_minima(program: Program, entries: Iterable[tuple[int, ...]]) -> Iterator[Fraction]:
    """At most ``min_{l <= p <= u} M/p + κ (p − l)`` of some entries."""
    floor, ceiling = program.problem.bounds
    for v, s in entries:
        moment = second_moment(program, v, s)
        if moment or program.prices.floors:
            limits = Fraction(float(floor[v, s])), Fraction(float(ceiling[v, s]))
            yield least(moment, price(program, v, s), *limits)


def least(moment: Fraction, kappa: Fraction, floor: Fraction, ceiling: Fraction) -> Fraction:
    """At most ``min M/p + κ (p − l)`` over ``l <= p <= u``."""
    if kappa < 0:
        return (below(moment / ceiling) if moment else ZERO) - above(-kappa * (ceiling - floor))
    if not moment:
        return ZERO
    if kappa * ceiling * ceiling <= moment:
        return below(moment / ceiling + kappa * (ceiling - floor))
    if kappa * floor * floor >= moment:
        return below(moment / floor)
    return 2 * root_below(moment * kappa) - kappa * floor


def second_moment(program: Program, v: int, s: int) -> Fraction:
    """``f (a² + w d²) + e a²``."""
    own = Fraction(float(program.problem.scores[v, s])) ** 2
    square = own
    if program.shares is not None:
        square += Fraction(program.weight) * Fraction(float(program.shares[v, s])) ** 2
    factor = Fraction(float(program.factors[s]))
    if program.powers is not None:
        factor *= two_to(int(program.powers[s]))
    return factor * square + Fraction(float(program.extra[s])) * own


def price(program: Program, v: int, s: int) -> Fraction:
    """``κ_vs``, what an entry pays for a unit of probability."""
    total = ZERO
    for limit, prices in program.priced_limits:
        for row, times in limit.column(v, s):
            total += Fraction(float(prices[row])) * Fraction(times)
    for limit, prices in program.priced_floors:
        for row, times in limit.column(v, s):
            total -= Fraction(float(prices[row])) * Fraction(times)
    own = ZERO if program.cost is None else Fraction(float(program.cost[v, s]))
    return total * two_to(2 * program.prices.exponent) + own


def floor_cost(program: Program) -> Fraction:
    """``Σ cost l``, which all probabilities pay."""
    return ZERO if program.cost is None else _dot(program.cost, program.problem.bounds[0])


def _room(problem: Problem, priced: Iterable[tuple[Limit, FloatArray]]) -> Fraction:
    """``yᵀ (b − A l)`` of some limits with their prices, in units of these."""
    floor, total = problem.bounds[0], ZERO
    for limit, prices in priced:
        for row in np.flatnonzero(prices).tolist():
            low, weights = limit.row(row, floor)
            taken = _sum(low) if weights is None else _dot(weights, low)
            total += Fraction(float(prices[row])) * (Fraction(float(limit.bound[row])) - taken)
    return total


def _sum(values: FloatArray) -> Fraction:
    return sum(map(Fraction, values[values > 0.0].tolist()), ZERO)


def _dot(one: FloatArray, other: FloatArray) -> Fraction:
    held = (one > 0.0) & (other > 0.0)
    pairs = zip(one[held].tolist(), other[held].tolist(), strict=True)
    return sum((Fraction(x) * Fraction(y) for x, y in pairs), ZERO)


# Products and quotients of a moment or price within these, and of bounds above SMALL, are normal.
LEAST, MOST, SMALL = 2.0**-400, 2.0**400, 2.0**-200
ZEROS = -(2**14)  # an exponent below that of any product of two floats
LESS, MORE = 1 - Fraction(4 * UNIT), 1 + Fraction(4 * UNIT)  # what a sum of terms may be off by
TINIEST = Fraction(1, 2**1073)  # above what one product loses below the normal range


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaled:
    """A program in units of ``2**exponent``, which is even; scores per column in their own."""

    program: Program
    units: IntArray
    factors: FloatArray
    extra: FloatArray
    prices: Prices
    exponent: int


def float_bound(program: Program) -> Fraction:
    """What no feasible probabilities go below; 0, which always holds, where prices overflow."""
    found = scaled(program)
    own = replace(program, prices=replace(found.prices, exponent=found.exponent // 2))
    minima, left = ZERO, ZERO
    for first in range(0, program.problem.n_processors, CHUNK):
        values, unsafe = _minima(found, slice(first, first + CHUNK))
        minima += Fraction(float(near_sum(np.maximum(values, 0.0).reshape(-1)))) * LESS
        if program.prices.floors:
            minima -= Fraction(float(near_sum(np.maximum(-values, 0.0).reshape(-1)))) * MORE
        if unsafe.any():
            where = ((first + int(v), int(s)) for v, s in np.argwhere(unsafe))
            left += sum(entry_minima(own, where), ZERO)
    for part in spent(program.problem, found.prices, program.problem.bounds[0]):
        total = float(near_sum(part))
        if not np.isfinite(total):
            return ZERO
        minima -= Fraction(total) * MORE + part.size * TINIEST
    for limit, rates in found.prices.by_floor(program.problem):
        minima += _gained(limit, program.problem.bounds[0], rates)
    return minima * two_to(found.exponent) + left + floor_cost(program)


def scaled(program: Program) -> Scaled:
    units = _tops(program.problem.scores)
    if program.shares is not None and program.weight > 0.0:
        units = np.maximum(units, _tops(program.shares) + np.frexp(np.sqrt(program.weight))[1])
    powers = np.zeros(units.size, dtype=np.int64) if program.powers is None else program.powers
    wanted = (program.factors > 0.0) | (program.extra > 0.0)
    held = (units > ZEROS // 2) & wanted
    most = np.maximum(
        np.where(program.factors > 0.0, np.frexp(program.factors)[1] + powers, ZEROS),
        np.where(program.extra > 0.0, np.frexp(program.extra)[1], ZEROS),
    )
    tops = (2 * units + most)[held]
    exponent = 2 * (int(tops.max()) // 2 + 1) if held.any() else 0
    with np.errstate(over="ignore", under="ignore"):
        factors = np.ldexp(program.factors, 2 * units + powers - exponent)
        extra = np.ldexp(program.extra, 2 * units - exponent)
    return Scaled(
        program=program,
        units=units,
        factors=factors,
        extra=extra,
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
        floors=tuple(map(moved, prices.floors)),
        ceilings=prices.ceilings,
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
    moment, held = moments(scaled, rows)
    kappa, paid = entry_prices(scaled, rows), entry_paid(scaled, rows)
    slack = (scaled.program.additions + (8 if scaled.program.shares is not None else 2) + 10) * UNIT
    with np.errstate(all="ignore"):
        if paid is not None:
            held = held | (mask & (paid > 0.0))
            wide = slack + (len(scaled.prices.floors) + 8) * UNIT
            kappa = kappa * (1.0 - wide) - paid * (1.0 + wide)
        negative = kappa < 0.0
        safe = held & (moment >= LEAST) & (moment <= MOST) & (ceiling >= SMALL)
        safe &= ((kappa == 0.0) | (np.abs(kappa) >= LEAST)) & (np.abs(kappa) <= MOST)
        if paid is not None:
            safe |= mask & (moment == 0.0) & (np.abs(kappa) <= MOST) & (kappa <= -LEAST)
            safe |= mask & (moment == 0.0) & (kappa >= 0.0)
        safe &= (floor == 0.0) | (floor >= SMALL)
        spent_at_floor = kappa * floor
        free = 2.0 * np.sqrt(moment) * np.sqrt(kappa) * (1.0 - slack)
        free -= spent_at_floor * (1.0 + slack)
        at_floor = moment / floor * (1.0 - slack)
        at_ceiling = (moment / ceiling + kappa * (ceiling - floor)) * (1.0 - slack)
        to_floor = spent_at_floor * floor * (1.0 - 2.0 * slack) >= moment
        to_ceiling = kappa * ceiling * ceiling * (1.0 + 2.0 * slack) <= moment
        values = np.where(to_ceiling, at_ceiling, np.where(to_floor, at_floor, free))
        if paid is not None:
            there = kappa * (ceiling - floor) * (1.0 + slack)
            there = there + np.where(moment > 0.0, moment / ceiling * (1.0 - slack), 0.0)
            values = np.where(negative, there, np.where(moment > 0.0, values, 0.0))
    return np.where(safe, values, 0.0), held & ~safe


def moments(scaled: Scaled, rows: slice) -> tuple[FloatArray, BoolArray]:
    """``f (a² + w d²) + e a²`` in scaled units, and where it is above 0."""
    program = scaled.program
    scores = program.problem.scores[rows]
    held = scores > 0.0
    with np.errstate(over="ignore", under="ignore"):
        own = np.square(np.ldexp(scores, -scaled.units))
        square = own.copy()
        if program.shares is not None:
            shares = program.shares[rows]
            held = held | ((shares > 0.0) & (program.weight > 0.0))
            root, power = np.frexp(np.sqrt(program.weight))  # no product of theirs underflows
            square += np.square(root * np.ldexp(shares, power - scaled.units))
        found = square * scaled.factors + own * scaled.extra
    wanted = (held & (program.factors > 0.0)) | ((scores > 0.0) & (program.extra > 0.0))
    return found, np.asarray(wanted)


def entry_prices(scaled: Scaled, rows: slice) -> FloatArray:
    """What every entry pays for a unit of probability, in scaled units."""
    kappa = np.zeros((1, 1))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for limit, prices in scaled.prices.by_limit(scaled.program.problem):
            kappa = limit.plus_prices(kappa, prices, rows)
        if scaled.program.cost is not None:
            kappa = kappa + np.ldexp(scaled.program.cost[rows], -scaled.exponent)
    return kappa


def entry_paid(scaled: Scaled, rows: slice) -> FloatArray | None:
    """What every entry is paid for a unit of probability by floors of sums, in scaled units."""
    if not scaled.prices.floors:
        return None
    paid = np.zeros((1, 1))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for limit, prices in scaled.prices.by_floor(scaled.program.problem):
            paid = limit.plus_prices(paid, prices, rows)
    return np.asarray(np.broadcast_to(paid, scaled.program.problem.scores[rows].shape))


def _gained(limit: Limit, floor: FloatArray, prices: FloatArray) -> Fraction:
    """At most ``wᵀ (f − B l)``; its rounding is counted as in :func:`spent`."""
    room = limit.bound
    if floor.any():
        if limit.structure is Structure.GROUPS:
            room = -excesses(limit, floor)
        else:
            room = np.array([-float(exact_excess_of(limit, r, floor)) for r in range(limit.size)])
        room = room - (SURE * limit.bound + UNIT * 2.0 * np.abs(room))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        parts = np.where(prices > 0.0, prices * room, 0.0)
    gain, loss = (float(near_sum(np.maximum(part, 0.0))) for part in (parts, -parts))
    if not np.isfinite(gain + loss):
        return -Fraction(float(np.finfo(np.float64).max)) * parts.size
    return Fraction(gain) * LESS - Fraction(loss) * MORE - parts.size * TINIEST


UNSURE = 2.0**-70  # of a cap: a room that is less is known to fewer digits than a price may have
UP = 1.0 + 8.0 * UNIT  # four roundings, of a room and of its product with a price, and as many more


def spent(problem: Problem, prices: Prices, table: FloatArray) -> Iterator[FloatArray]:
    """At least ``y (b − A x)`` of every limit, kind by kind, each an array of numbers ``>= 0``.

    ``x (V, S)`` are floors, or a design.
    """
    bare = not table.any()
    for limit, rates in prices.by_limit(problem):
        yield _times(rates, limit.bound if bare else _rooms(limit, table))


def _times(prices: FloatArray, left: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        product = prices * np.maximum(left, 0.0) * UP
    return np.where(prices > 0.0, product, 0.0)


def _rooms(limit: Limit, table: FloatArray) -> FloatArray:
    """``b − A x``, from above."""
    caps = limit.bound
    if limit.structure is Structure.PROCESSORS:
        high, low = two_parts(table.T)
        return _surely(limit, (caps - high) - low, table)
    if limit.structure is Structure.GROUPS:
        return _surely(limit, -excesses(limit, table), table)
    return np.array([_room_of(limit, row, table) for row in range(limit.size)])


def _surely(limit: Limit, rooms: FloatArray, table: FloatArray) -> FloatArray:
    """Rooms known to ``SURE`` of their caps, from above; those that are less, one by one."""
    found = rooms + SURE * limit.bound
    for row in np.flatnonzero(np.abs(rooms) <= UNSURE * limit.bound).tolist():
        found[row] = _room_of(limit, row, table)
    return np.asarray(found)


def _room_of(limit: Limit, row: int, table: FloatArray) -> float:
    low, weights = limit.row(row, table)
    bound = float(limit.bound[row])
    if weights is None:
        return -exact_excess(low, bound)
    return float(np.nextafter(-float(exact_cost_excess(weights, low, bound)), np.inf))

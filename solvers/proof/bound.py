"""A lower bound on the optimum that holds in exact arithmetic, from any prices.

Stack all limits but the boxes as ``A p <= b`` with ``A >= 0``. For any ``y >= 0`` and
``κ = Aᵀ y``, every feasible ``p`` has

    ``Σ a²/p >= Σ (a²/p + κ (p − l)) − yᵀ (b − A l) >= Σ F(κ_vs) − yᵀ (b − A l)``,
    ``F(κ) = min_{l <= p <= u} a²/p + κ (p − l)``.

``F`` rises with ``κ``, as ``p >= l``, hence ``F(κ) >= F(ρ²)`` for any float ``ρ`` with ``ρ² <= κ``,
and ``F(ρ²)`` is polynomial in ``ρ`` but for quotients at the box (``2 a ρ − ρ² l`` inside it).
Solvers of the base problem know ``ρ`` itself. Elsewhere it comes from ``κ`` in floats: a sum of
``n`` products of non-negative floats is within ``(n + 1) u`` of the truth, the root is correctly
rounded, and both are taken down by more than that. Prices are what their floats say; any other
price is as valid. Floors of sums, ``B p >= f`` at prices ``w >= 0``, take ``Bᵀ w`` off
``κ`` and add ``wᵀ (f − B l)``; where ``κ < 0``, ``F(κ) = a²/u + κ (u − l)``. The rounding of the
positive and of the negative part is at most a known number of units of each, which is taken off.

Of probabilities the distance to the bound is a sum of terms that are all ``>= 0``,

    ``Σ a²/p − bound =
    Σ [a²/p + κ p − min_{l <= q <= u} (a²/q + κ q)] + yᵀ (b − A p) + wᵀ (B p − f)``,

``(a/√p − √κ √p)²`` each where nothing is clipped: computed as such it is right to its own last
digits, also beside a variance ``Σ a² (1−p)/p`` that is tiny beside ``Σ a²/p``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.asking import asked_beside
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.sums import excesses, quotient_above, rooms, spent
from roundlot.solvers.water.scaling import (
    exponent_of,
    has_no_floors,
    is_base,
    near_costs,
    working_scores,
)
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only_view
from roundlot.theory.certificates.claim import price_complaints
from roundlot.theory.problem import Limit, Structure

# Scores and roots below 2**TARGET: their squares, and sums of them, stay in range.
TARGET = 300
# A bound whose terms are that small may have lost more than its margin below the normal range.
VANISHING = 2.0**-600
# Given away so that an audit that widens every single operation still proves the bound.
SPARE = 2.0**-45
# The same of a distance, in parts of the objective: audits know sums to some 2**-90 of themselves.
SPARE_DISTANCE = 2.0**-80
# The same of an objective less a distance: audits sum either in floats.
SPARE_DIFFERENCE = 2.0**-48
# A bound that near to the objective needs no other.
CLOSE = 2.0**-42
# Above the rounding of scores with their model's weight, and of a term.
ROUNDED = 64.0 * 2.0**-53
# Rows that are priced at a time, so that no table of the size of the problem is written.
BLOCK = 1 << 14
# Relative error of NumPy's pairwise sum of any number of terms `>= 0` that fits in memory.
PLAIN = 2.0**-45
GREATEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lagrangian:
    """A problem with a price on every limit of a sum, in one unit of ``2**exponent``.

    Attributes:
        problem: the problem.
        scores: ``(V, S)``; ``√λ a`` is ``scores * scale``, no square of which overflows.
        scale: a power of two, neither 0 nor infinite.
        limits: the limits on sums, costs near 1; prices: ``(R,)`` of each, in squared units.
        floors: prices of the floors of sums, one array for each of the problem's, in the same; none
            where all are 0, as without such floors.
        roots: ``(V,)``, of what each row pays, where they are known; else None.
        exponent: of the unit of scores and roots.
    """

    problem: Problem
    scores: FloatArray
    scale: float
    limits: tuple[Limit, ...] = field(repr=False)
    prices: tuple[FloatArray, ...] = field(repr=False)
    roots: FloatArray | None = field(repr=False)
    exponent: int
    floors: tuple[FloatArray, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, problem: Problem, prices: Multipliers | Prices) -> Lagrangian:
        """A problem at any prices, or roots of them.

        Raises:
            InvalidProblemError: a price that is missing, negative, NaN or infinite, or roots for a
                problem that limits more sums than they price.
        """
        if isinstance(prices, Multipliers):
            return cls._of_roots(problem, prices)
        for complaint in price_complaints(problem, prices):
            raise InvalidProblemError(complaint)
        limits, values, top = [], [], 0.0
        for limit, price in prices.by_limit(problem):
            near, powers = near_costs(limit)
            limits.append(near)
            values.append((price, powers))
            top += _dearest(near, np.ldexp(price, powers))
        top += sum(float(price.max(initial=0.0)) for price in prices.floors)
        half = (exponent_of(top) + 1) // 2 if top > 0.0 else None
        exponent, scores, scale = _unit(problem, half, prices)
        shift = 2 * (prices.exponent - exponent)
        some = any(price.any() for price in prices.floors)
        return cls(
            problem=problem,
            scores=scores,
            scale=scale,
            limits=tuple(limits),
            prices=tuple(np.ldexp(price, shift + powers) for price, powers in values),
            roots=None,
            exponent=exponent,
            floors=tuple(np.ldexp(price, shift) for price in prices.floors if some),
        )

    @classmethod
    def _of_roots(cls, problem: Problem, multipliers: Multipliers) -> Lagrangian:
        if not problem.is_plain:
            raise InvalidProblemError(
                "these multipliers price the budget and the processors' caps only; give Prices"
            )
        top = max(float(multipliers.rows.max()), multipliers.level)
        exponent, scores, scale = _unit(problem, exponent_of(top) if top else None, multipliers)
        shift = multipliers.exponent - exponent
        level, roots = math.ldexp(multipliers.level, shift), np.ldexp(multipliers.rows, shift)
        np.maximum(roots, level, out=roots)
        above = roots - level
        above *= roots + level
        return cls(
            problem=problem,
            scores=scores,
            scale=scale,
            limits=problem.sum_limits(),
            prices=(np.array([level * level]), above),
            roots=roots,
            exponent=exponent,
        )

    def bound(self) -> float:
        """What no feasible ``p`` undercuts, in units of ``4**exponent``, rounded down."""
        return rounded_down(*self.parts(), self.relative)

    def bound_at(self, probabilities: FloatArray) -> float:
        """The same from probabilities ``(V, S)``, if that proves more: cost less distance.

        Prices of floors of sums and of the caps around them may be many times their difference:
        the parts of the bound lose its digits, the distance keeps them.
        """
        bound = self.bound()
        if not self.floors or not self._are_within_boxes(probabilities):
            return bound
        cost = self.cost(probabilities)
        if bound >= cost * (1.0 - CLOSE) or cost == math.inf:
            return bound
        apart = self.distance(probabilities)
        if not apart < 0.5 * cost:
            return bound
        return max(bound, cost * (1.0 - 4.0 * self._margin - SPARE_DIFFERENCE) - apart)

    def gap_of(self, probabilities: FloatArray) -> float:
        """What the prices prove of feasible ``p``: at most ``cost / optimum − 1``."""
        return gap_above(self.cost(probabilities), self.bound_at(probabilities))

    def _are_within_boxes(self, probabilities: FloatArray) -> bool:
        floor, ceiling = self._boxes
        return bool(((floor <= probabilities) & (probabilities <= ceiling)).all())

    def parts(self, shared: frozenset[Structure] = frozenset()) -> tuple[float, float]:
        """The positive and the negative part of the bound, but for limits that are ``shared``.

        Of a block of rows: what the prices of those ask is added up over all blocks first.
        """
        up, down = self._minima()
        down += math.fsum(map(above_sum, self._spent(shared)))
        if self.floors:
            gained, lost = self._gained(shared)
            up, down = up + gained, down + lost
        return up, down

    @property
    def relative(self) -> float:
        """What rounding made of either part, relative to it."""
        return self._margin + (SPARE if self.roots is None else 0.0)

    def cost(self, probabilities: FloatArray) -> float:
        """``Σ λ a²/p`` of probabilities ``(V, S)`` in units of ``4**exponent``, rounded up."""
        table = read_only_view(probabilities)

        def work(rows: slice) -> float:
            flat = self.scores[rows].reshape(-1), table[rows].reshape(-1)
            return float(kernels.moment_sum(*flat, self.scale))

        return _added(kernels.in_pieces(work, _pieces(len(table)))) * (1.0 + self._margin)

    def distance(self, probabilities: FloatArray) -> float:
        """At least ``Σ λ a²/p − bound`` of feasible probabilities, in units of ``4**exponent``.

        A sum of terms ``>= 0``: no digits of large sums are lost in their difference.
        """
        parts = self.entries_above(probabilities)
        for limit, prices in zip(self.limits, self.prices, strict=True):
            parts.append(above_sum(spent(limit, probabilities, prices)))
        if math.inf in parts:
            return math.inf
        return math.fsum(parts) * (1.0 + SPARE) + SPARE_DISTANCE * self.cost(probabilities)

    def entries_above(self, probabilities: FloatArray) -> list[float]:
        """What entries are above their least, and what sums beyond their floors were worth.

        At least, in parts that are ``>= 0``: the distance without what limits leave.
        """
        floor, ceiling = self._boxes

        def work(rows: slice) -> float:
            table = (self.scores[rows], self.scale, floor[rows], ceiling[rows])
            p = read_only_view(probabilities[rows])
            return float(kernels.distance_terms(*table, p, *self._kappa(rows), ROUNDED))

        parts = kernels.in_pieces(work, _pieces(len(self.scores)))
        for limit, prices in self._priced_floors():
            beyond = np.maximum(0.0, -rooms(limit, probabilities)) * (1.0 + SPARE)
            parts.append(above_sum(prices * beyond))
        return parts

    def variance_gap(self, probabilities: FloatArray) -> float:
        """At most ``variance / least variance − 1``, rounded up; 0 where nothing varies."""
        table = read_only_view(probabilities)

        def work(rows: slice) -> float:
            flat = self.scores[rows].reshape(-1), table[rows].reshape(-1)
            return float(kernels.variance_below(*flat, self.scale))

        parts = kernels.in_pieces(work, _pieces(len(table)))
        variance = _added(parts)
        if variance == 0.0 and not ((self.scores > 0.0) & (probabilities < 1.0)).any():
            return 0.0  # nothing varies, and no variance is less
        variance *= 1.0 - self._margin
        apart = self.distance(probabilities)
        if not apart < variance * (1.0 - SPARE) < math.inf:
            return math.inf
        return float(np.nextafter(apart / (variance - apart) * (1.0 + SPARE), math.inf))

    def _kappa(self, rows: slice) -> tuple[FloatArray, FloatArray]:
        """What entries pay, ``(rows, S)`` or ``(rows, 1)``, and how far off it may be."""
        if self.roots is not None:
            kappa = np.square(self.roots[rows, None])
            return kappa, kappa * ROUNDED
        if self.floors:
            kappa, width = self._beside_floors(rows)
            width = width + np.abs(kappa) * ROUNDED
        else:
            kappa, off = self._asked(rows)
            width = kappa * (off + ROUNDED)
        shape = len(self.scores[rows]), kappa.shape[1]
        both = (np.broadcast_to(x, shape) for x in (kappa, width))
        one, other = (np.ascontiguousarray(x) for x in both)
        return one, other

    def _asked(self, rows: slice) -> tuple[FloatArray, float]:
        """``Aᵀ y``, of a shape that broadcasts to ``(rows, S)``, and its relative rounding."""
        kappa, terms = np.zeros((1, 1)), 10  # of budget, caps, models, products and to spare
        for limit, prices in zip(self.limits, self.prices, strict=True):
            kappa = limit.plus_prices(kappa, prices, rows)
            if limit.structure in (Structure.GROUPS, Structure.WEIGHTED):
                terms += 1 if limit.labels is not None else limit.size
        return kappa, terms * 2.0**-52

    def _beside_floors(self, rows: slice) -> tuple[FloatArray, FloatArray]:
        """``Aᵀ y − Bᵀ w`` and how far off it may be, of shapes that broadcast as above."""
        limits = zip(self.limits, self.prices, strict=True)
        return asked_beside(limits, self._priced_floors(), rows)

    def _priced_floors(self) -> Iterator[tuple[Limit, FloatArray]]:
        """Floors of sums with their prices; none where all of these are 0."""
        return zip(self.problem.sum_floors() if self.floors else (), self.floors, strict=True)

    @cached_property
    def _margin(self) -> float:
        weighted = not np.all(self.problem.model_weights == 1.0)
        return margin(self.problem.n_models, weighted=weighted)

    def _minima(self) -> tuple[float, float]:
        """The positive and the negative part of ``Σ F(ρ²)``."""
        if self.roots is not None and is_base(self.problem):
            roots = self.roots
            found = kernels.in_pieces(
                lambda rows: kernels.free_terms(self.scores[rows], roots[rows], self.scale),
                _pieces(len(roots)),
            )
            return _added(found), 0.0
        floor, ceiling = self._boxes

        def work(rows: slice) -> tuple[float, float, float]:
            roots, below = self._roots(rows)
            box = floor[rows], ceiling[rows]
            up, down = kernels.box_terms(self.scores[rows], self.scale, *box, roots)
            if below is None:
                return up, down, 0.0
            # there p = u, and √κ counts as 0 above
            return up, down, above_sum((below * (box[1] - box[0])).reshape(-1))

        ups, *downs = zip(*kernels.in_pieces(work, _pieces(len(self.scores))), strict=True)
        return math.fsum(ups), math.fsum([*downs[0], *downs[1]])

    def _roots(self, rows: slice) -> tuple[FloatArray, FloatArray | None]:
        """``ρ`` with ``ρ² <= max(κ, 0)``, and at least ``max(−κ, 0)``, None where it is 0.

        Each ``(rows, S)``, or ``(rows, 1)`` where all entries of a row pay the same.
        """
        if self.roots is not None:
            return self.roots[rows, None], None
        if not self.floors:
            kappa, off = self._asked(rows)
            return np.asarray(np.sqrt(kappa * (1.0 - off)) * (1.0 - 2.0**-52)), None
        kappa, width = self._beside_floors(rows)
        kappa = (kappa - width) - np.abs(kappa) * 2.0**-51  # of the difference, and to spare
        below = np.maximum(-kappa, 0.0)
        return np.sqrt(np.maximum(kappa, 0.0)) * (1.0 - 2.0**-52), below

    def _gained(self, shared: frozenset[Structure]) -> tuple[float, float]:
        """The positive and the negative part of at most ``wᵀ (f − B l)``."""
        bare, gained, lost = has_no_floors(self.problem), 0.0, 0.0
        for limit, prices in self._priced_floors():
            if limit.structure in shared:
                continue
            room = limit.bound if bare else -excesses(limit, self._boxes[0])
            parts = prices * room
            gained += float(np.sum(np.maximum(parts, 0.0))) * (1.0 - PLAIN)
            lost += above_sum(np.maximum(-parts, 0.0))
        return gained, lost

    def _spent(self, shared: frozenset[Structure]) -> Iterator[FloatArray]:
        """Above ``y (b − A l)``, limit by limit; three roundings each, which the margin covers."""
        bare = has_no_floors(self.problem)
        for limit, prices in zip(self.limits, self.prices, strict=True):
            if limit.structure in shared:
                continue
            yield prices * limit.bound if bare else spent(limit, self._boxes[0], prices)

    @cached_property
    def _boxes(self) -> tuple[FloatArray, FloatArray]:
        """``(l, u)``: tables of the size of the problem, written only where somebody reads them."""
        return self.problem.bounds


def margin(models: int, *, weighted: bool = False) -> float:
    """Relative rounding of either part, in all: runs of at most 32 terms of a few operations each.

    Runs are added error-free up to ``2u``; square roots of model weights cost 8 units more.
    """
    return (min(models, kernels.RUN) + 32 + (8 if weighted else 0)) * kernels.UNIT


def above_sum(values: FloatArray) -> float:
    """At least the sum of a flat array of values ``>= 0``, but for one rounding."""
    high, low, width = kernels.wide_faithful_sum(read_only_view(values))
    return high + low + width


def rounded_down(up: float, down: float, relative: float) -> float:
    """``up − down`` less its rounding and anything that underflowed, at least 0."""
    if not VANISHING < up < math.inf or not down < math.inf:
        return 0.0
    return max(0.0, (up - down) - relative * (up + down))


def in_user_units(value: float, exponent: int, *, up: bool) -> float:
    """``value * 4**exponent``, rounded outward where it leaves the range of float64."""
    with np.errstate(over="ignore", under="ignore"):
        moved = float(np.ldexp(value, 2 * exponent))
    if up:
        return math.nextafter(moved, math.inf) if value > 0.0 and moved < 1e-290 else moved
    return min(GREATEST, math.nextafter(moved, 0.0) if moved < 1e-290 else moved)


def unit_of(value: float, exponent: int) -> int:
    """0 where float64 holds ``value * 4**exponent``, else the power of four just below it."""
    with np.errstate(over="ignore", under="ignore"):
        moved = float(np.ldexp(value, 2 * exponent))
    held = value == 0.0 or value == math.inf or sys.float_info.min <= moved < math.inf
    return 0 if held else exponent + (math.frexp(value)[1] - 1) // 2


def gap_above(value: float, bound: float) -> float:
    """``value / bound − 1`` rounded up, from the numbers as they are written; 0 when both are 0."""
    if value == 0.0:
        return 0.0
    if not (bound > 0.0 and value < math.inf):
        return math.inf
    (cost, units), (least, parts) = value.as_integer_ratio(), bound.as_integer_ratio()
    return quotient_above(max(0, cost * parts - least * units), least * units)


def brought(scores: FloatArray, shift: int) -> tuple[FloatArray, float]:
    """Scores and a factor whose product is ``scores * 2**shift``; the factor neither 0 nor inf."""
    if abs(shift) > 1000:
        return read_only_view(np.ldexp(scores, shift)), 1.0
    return read_only_view(scores), math.ldexp(1.0, shift)


def _unit(
    problem: Problem, top: int | None, prices: Multipliers | Prices
) -> tuple[int, FloatArray, float]:
    """``(exponent, scores, scale)``: scores, and roots below ``2**top`` in units of the prices."""
    scores, unit = working_scores(problem)
    greatest = max(kernels.in_pieces(lambda rows: float(scores[rows].max()), _pieces(len(scores))))
    tops = [exponent_of(greatest) + unit] if greatest > 0.0 else []
    tops += [] if top is None else [top + prices.exponent]
    exponent = max(tops, default=0) - TARGET
    return exponent, *brought(scores, unit - exponent)


def _dearest(limit: Limit, prices: FloatArray) -> float:
    """Above what any entry pays for a limit, without writing a table."""
    if limit.weights is None:
        return float(prices.max(initial=0.0))
    return float(prices @ limit.weights.max(axis=(1, 2), initial=0.0))


def _pieces(rows: int) -> list[slice]:
    """Rows that are priced at a time."""
    return kernels.pieces(rows, BLOCK)


def _added(values: list[float]) -> float:
    """Their sum, infinite where it leaves the range of float64."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.inf

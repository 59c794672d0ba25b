"""Whether float64 has any probabilities near an optimum: where ``1 - p`` is all but 0, it may not.

Every number here is a fraction. Probabilities of fractions ``q`` within all limits show what the
optimum is at most. For prices ``y >= 0`` of limits, weights ``ω`` of variances and ``κ = Aᵀ y``,
whatever float64 holds has

    ``Σ ω Var(p) >= Σ_vs min_p (ω a²/p + κ p) − yᵀ b − Σ ω a²``,

the minimum over the floats ``p`` from the floor up to the largest that leaves something to all
others that must be drawn: one of the two next to ``a √(ω/κ)``, as what is minimised is convex.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers.proof.prices import Prices
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import (
    BITS,
    dual_norm,
    nearest,
    norm,
    root_below,
    two_to,
)
from roundlot.theory.problem import Structure

#: Entries; up to here fractions take well under a second.
FEW = 200
LEAST = 5e-324  # the least probability there is above 0
HIGH = 1.0 - 2.0**-20  # a probability above it may have to be nearer to 1 than float64 allows
DEEPEST = 2200.0  # the least share of others beside it, as a power of two: of squares of scores
NEVER = two_to(10**5)  # above any variance there is
ROUGH, FINE = 2.0**-5, 2.0**-30  # to which powers of two are found
HIGHEST = 256.0  # the largest share
FAR = 40.0  # the most that a price or a weight is raised by, as a power of two
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
Table = list[list[Fraction]]
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """A problem in fractions.

    Attributes:
        problem: it.
        squares: of scores, ``(V, S)``.
        rows: of every limit on a sum: what each pair in it counts, and the right side.
        floor: ``(V, S)``.
        of_pair: which of the rows count a pair.
    """

    problem: Problem
    squares: Table = field(repr=False)
    rows: list[tuple[dict[Pair, Fraction], Fraction]] = field(repr=False)
    floor: Table = field(repr=False)
    of_pair: dict[Pair, list[int]] = field(repr=False)

    @classmethod
    def of(cls, problem: Problem) -> Exact:
        """Its limits and squares, from the same lists as everywhere."""
        rows: list[tuple[dict[Pair, Fraction], Fraction]] = []
        v_count, s_count = problem.scores.shape
        of_pair: dict[Pair, list[int]] = {
            (v, s): [] for v in range(v_count) for s in range(s_count)
        }
        for limit in problem.sum_limits():
            for row in range(limit.size):
                v, s, counts = (x.tolist() for x in limit.entries(row))
                held = {
                    (at, model): Fraction(count)
                    for at, model, count in zip(v, s, counts, strict=True)
                    if problem.available[at, model]
                }
                for pair in held:
                    of_pair[pair].append(len(rows))
                rows.append((held, Fraction(float(limit.bound[row]))))
        return cls(
            problem=problem,
            squares=[[Fraction(a) ** 2 for a in line] for line in problem.scores.tolist()],
            rows=rows,
            floor=as_fractions(problem.bounds[0]),
            of_pair=of_pair,
        )

    def least(self, pair: Pair) -> Fraction:
        """What a pair must have in float64."""
        v, s = pair
        wanted = self.squares[v][s] > 0
        return max(self.floor[v][s], Fraction(LEAST)) if wanted else self.floor[v][s]

    def most(self) -> FloatArray:
        """``(V, S)``, the largest floats that leave something to all others that must be drawn."""
        ceiling = self.problem.bounds[1].copy()
        for held, bound in self.rows:
            used = sum((c * self.least(pair) for pair, c in held.items()), Fraction(0))
            for pair, c in held.items():
                room = max(Fraction(0), (bound - used) / c + self.least(pair))
                if room < Fraction(float(ceiling[pair])):
                    ceiling[pair] = nearest(room, up=False)
        return ceiling

    def variances(self, table: Table) -> list[Fraction]:
        """``(S,)``, ``Σ a² (1/p − 1)``, rounded up."""
        totals = [Fraction(0)] * self.problem.n_models
        for squares, line in zip(self.squares, table, strict=True):
            for s, (square, p) in enumerate(zip(squares, line, strict=True)):
                if square:
                    totals[s] += _rounded_up(
                        square.numerator * (p.denominator - p.numerator),
                        square.denominator * p.numerator,
                    )
        return totals

    def room(self, table: Table, row: int) -> Fraction:
        """What a limit leaves."""
        held, bound = self.rows[row]
        return bound - sum((c * table[v][s] for (v, s), c in held.items()), Fraction(0))

    def kept(self, table: Table) -> bool:
        """Whether probabilities are at most what boxes, limits and ceilings of variances allow."""
        top, held = self.problem.bounds[1], self.problem.model_variance_ceilings
        pairs = [(v, s) for v, line in enumerate(table) for s in range(len(line))]
        if any(table[v][s] > Fraction(float(top[v, s])) for v, s in pairs):
            return False
        if any(self.room(table, row) < 0 for row in range(len(self.rows))):
            return False
        if held is None:
            return True
        if any(self.squares[v][s] and not table[v][s] for v, s in pairs):
            return False
        variances = zip(self.variances(table), held.tolist(), strict=True)
        return all(x == 0 or x <= Fraction(most) for x, most in variances if most < math.inf)

    def norm(self, table: Table, order: float) -> Fraction:
        """``‖λ Var‖_order``, rounded up; with ``NEVER`` for what is never drawn."""
        if any(
            a > 0 and p == 0
            for squares, line in zip(self.squares, table, strict=True)
            for a, p in zip(squares, line, strict=True)
        ):
            return NEVER
        weights = self.problem.model_weights.tolist()
        return norm(
            [Fraction(w) * x for w, x in zip(weights, self.variances(table), strict=True)], order
        ).high

    def value(self, probabilities: FloatArray, order: float) -> Fraction:
        """The same of floats ``(V, S)``."""
        return self.norm(as_fractions(probabilities), order)


def _rounded_up(numerator: int, denominator: int) -> Fraction:
    """A quotient ``>= 0`` to ``BITS`` digits, without a common divisor of long numbers."""
    shift = BITS - numerator.bit_length() + denominator.bit_length()
    if shift >= 0:
        return Fraction(-((-numerator << shift) // denominator), 1 << shift)
    return Fraction(-(-numerator // (denominator << -shift)) << -shift)


def as_fractions(values: FloatArray) -> Table:
    """``(V, S)``, exactly."""
    return [[Fraction(x) for x in line] for line in values.tolist()]


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """Prices in fractions: what no probabilities of float64 undercut is a concave function of them.

    Attributes:
        exact: the problem.
        most: ``(V, S)``, the largest floats that can be.
        order: of the norm.
        weights: ``(S,)``, ``ω``.
        ceilings: ``(S,)``, of ceilings of variances.
        rows: of the limits.
        terms: what pairs were found to be worth.
    """

    exact: Exact
    most: FloatArray
    order: float
    weights: list[Fraction]
    ceilings: list[Fraction]
    rows: list[Fraction]
    terms: dict[tuple[int, int, Fraction, Fraction], Fraction] = field(default_factory=dict)

    @classmethod
    def of(
        cls, exact: Exact, most: FloatArray, weights: FloatArray, prices: Prices, order: float
    ) -> Priced:
        """From prices in units of ``4**exponent`` of the problem's own."""
        problem, unit = exact.problem, two_to(2 * prices.exponent)
        paid = np.zeros(problem.n_models) if prices.ceilings is None else prices.ceilings
        return cls(
            exact=exact,
            most=most,
            order=order,
            weights=[Fraction(x) for x in weights.tolist()],
            ceilings=[Fraction(x) for x in paid.tolist()],
            rows=[
                Fraction(price) * unit
                for _, values in prices.by_limit(problem)
                for price in np.asarray(values).ravel().tolist()
            ],
        )

    def bound(self) -> Fraction:
        """What no ``‖λ Var‖_order`` of probabilities of float64 is below; at least 0."""
        exact, problem = self.exact, self.exact.problem
        total = -sum(
            (price * bound for price, (_, bound) in zip(self.rows, exact.rows, strict=True)),
            Fraction(0),
        )
        low = problem.bounds[0]
        for (v, s), rows in exact.of_pair.items():
            if problem.available[v, s]:
                kappa = sum((self.rows[r] * exact.rows[r][0][v, s] for r in rows), Fraction(0))
                factor = self.weights[s] + self.ceilings[s]
                known = self.terms.get((v, s, factor, kappa))
                if known is None:
                    square = factor * exact.squares[v][s]
                    high = float(self.most[v, s])
                    known = _least(square, kappa, float(low[v, s]), high) - square
                    self.terms[v, s, factor, kappa] = known
                total += known
        for price, ceiling in zip(self.ceilings, _ceilings(problem), strict=True):
            if price:
                total -= price * Fraction(ceiling)
        given = zip(self.weights, problem.model_weights.tolist(), strict=True)
        length = dual_norm([w / Fraction(k) for w, k in given], self.order).high
        return max(Fraction(0), total / length) if length else Fraction(0)

    def in_floats(self) -> tuple[Prices, FloatArray]:
        """The same as prices in units of ``4**exponent``, and weights; any are as valid."""
        top = max([*self.rows, Fraction(0)])
        exponent = (top.numerator.bit_length() - top.denominator.bit_length()) // 2
        flat = iter([float(price / two_to(2 * exponent)) for price in self.rows])
        levels: list[FloatArray] = []
        alone: dict[Structure, FloatArray] = {}
        for limit in self.exact.problem.sum_limits():
            values = np.array([next(flat) for _ in range(limit.size)])
            if limit.structure is Structure.GROUPS:
                levels.append(values)
            else:
                alone[limit.structure] = values
        prices = Prices(
            budget=float(alone[Structure.TOTAL][0]),
            processors=alone[Structure.PROCESSORS],
            levels=tuple(levels),
            models=alone.get(Structure.MODELS, np.zeros(self.exact.problem.n_models)),
            costs=alone.get(Structure.WEIGHTED, np.zeros(0)),
            exponent=exponent,
            ceilings=np.array([float(x) for x in self.ceilings]) if any(self.ceilings) else None,
        )
        return prices, np.array([float(x) for x in self.weights])

    def improved(self, probabilities: FloatArray) -> Priced:
        """With the price of one limit after another, and each weight, multiplied by what is best.

        Of limits that hold pairs that are nearly always drawn: what they leave is beyond the digits
        that solvers have.
        """
        best, most = self, self.bound()
        table = as_fractions(probabilities)
        held = dict.fromkeys(
            row
            for v, s in np.argwhere(probabilities > HIGH)
            for row in self.exact.of_pair[int(v), int(s)]
            if self.exact.room(table, row) < Fraction(1, 2**20)
        )
        places = [("rows", r) for r in held] + [("weights", s) for s in range(len(self.weights))]
        for name, at in places:
            if getattr(best, name)[at]:
                best, most = best._along(name, at, most)
        return best

    def _along(self, name: str, at: int, most: Fraction) -> tuple[Priced, Fraction]:
        tried: dict[float, tuple[Fraction, Priced]] = {}

        def loss(power: float) -> Fraction:
            values = list(getattr(self, name))
            values[at] *= _power(power)
            made = replace(self, rows=values) if name == "rows" else replace(self, weights=values)
            tried[power] = made.bound(), made
            return -tried[power][0]

        _searched(loss, -DEEPEST if name == "rows" else -FAR, FAR)
        found, made = max(tried.values(), key=lambda pair: pair[0])
        return (made, found) if found > most else (self, most)


def _power(exponent: float) -> Fraction:
    """``2**exponent``, to the digits of a float."""
    whole = math.floor(exponent)
    return two_to(whole) * Fraction(2.0 ** (exponent - whole))


def _ceilings(problem: Problem) -> list[float]:
    given = problem.model_variance_ceilings
    return [math.inf] * problem.n_models if given is None else given.tolist()


def _least(square: Fraction, kappa: Fraction, low: float, high: float) -> Fraction:
    """``min square/p + κ p`` over floats from ``low > 0``, or above 0, to ``high``."""
    if square == 0:
        return kappa * Fraction(low)
    if kappa <= 0:
        return square / Fraction(high) + kappa * Fraction(high)
    root = root_below(square / kappa)
    near = min(max(nearest(root, up=False), low, LEAST), high) if root < Fraction(high) else high
    return min(
        square / Fraction(p) + kappa * Fraction(p) for p in _floats(near, max(low, LEAST), high)
    )


def _floats(near: float, low: float, high: float) -> Iterator[float]:
    """A float and its neighbours, within a range."""
    for p in (math.nextafter(near, 0.0), near, math.nextafter(near, 2.0 * high)):
        if low <= p <= high:
            yield p


def within_reach(exact: Exact, probabilities: FloatArray, order: float) -> tuple[Fraction, Table]:
    """The norm of some probabilities in fractions, near these, rounded up; and which.

    Beside a pair that is drawn nearly always others of a limit that it is held by are multiplied by
    one factor, near the best there is, and that pair takes what they leave, with all its digits.
    """
    high = [(int(v), int(s)) for v, s in np.argwhere(probabilities > HIGH)]
    table = as_fractions(probabilities)
    best = exact.norm(table, order)
    for pair, row in [(None, None), *_holding(exact, table, high)]:
        tried: dict[float, tuple[Fraction, Table]] = {}

        def at(
            power: float,
            base: Table = table,
            of: tuple[Pair | None, int | None] = (pair, row),
            tried: dict[float, tuple[Fraction, Table]] = tried,
        ) -> Fraction:
            if power not in tried:
                made = _beside(exact, base, *of, power, high)
                tried[power] = exact.norm(made, order) if exact.kept(made) else NEVER, made
            return tried[power][0]

        at(0.0)
        if pair is not None:
            _searched(at, -DEEPEST, HIGHEST)
        value, made = min(tried.values(), key=lambda found: found[0])
        if value < best:
            best, table = value, made
    return best, table


def _holding(exact: Exact, table: Table, high: list[Pair]) -> Iterator[tuple[Pair, int]]:
    """Pairs that are drawn nearly always, with each limit of theirs that leaves next to nothing."""
    for pair in high:
        for row in exact.of_pair[pair]:
            if exact.room(table, row) < Fraction(1, 2**20) and len(exact.rows[row][0]) > 1:
                yield pair, row


def _searched(value: Callable[[float], Fraction], low: float, high: float) -> None:
    """Tries powers of two until the best is among them: few digits of it where it is far from 0."""
    near = _least_of(value, low, high, until=1.0)
    far = abs(near) > 4.0
    _least_of(
        value, *((near - 1.0, near + 1.0) if far else (-4.0, 4.0)), until=ROUGH if far else FINE
    )


def _least_of(
    value: Callable[[float], Fraction], low: float, high: float, *, until: float
) -> float:
    """Where a function that falls and then rises is least, by the golden section."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    while high - low > until:
        if value(left) <= value(right):
            high, right, left = right, left, right - GOLDEN * (right - low)
        else:
            low, left, right = left, right, left + GOLDEN * (high - left)
    return left if value(left) <= value(right) else right


def _beside(
    exact: Exact,
    table: Table,
    pair: Pair | None,
    row: int | None,
    power: float,
    high: list[Pair],
) -> Table:
    """A copy, in which others of a limit have ``2**power`` of what they had, and pairs the rest."""
    made = [list(line) for line in table]
    if pair is not None and row is not None:
        factor = _power(power)
        for v, s in exact.rows[row][0]:
            if (v, s) not in high:
                made[v][s] = max(exact.floor[v][s], made[v][s] * factor)
        made[pair[0]][pair[1]] = exact.floor[pair[0]][pair[1]]
        _fill(exact, made, pair)
    for other in high:
        _fill(exact, made, other)
    return made


def _fill(exact: Exact, table: Table, pair: Pair) -> None:
    """Raises one entry to what its limits leave."""
    v, s = pair
    room = Fraction(float(exact.problem.bounds[1][v, s])) - table[v][s]
    for row in exact.of_pair[pair]:
        room = min(room, exact.room(table, row) / exact.rows[row][0][pair])
    if room > 0:
        table[v][s] += room

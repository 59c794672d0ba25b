"""Least length of a round for a given variance, where lateness costs a given rate.

``T`` is the longest time of those drawn. With ``q_vj`` the probability that processor ``v`` draws a
pair that takes ``t_j`` or longer and ``z_j = −Σ_v log(1 − q_vj)``,

    E[T] = Σ_j (t_j − t_{j−1}) (1 − e^(−z_j)).

Every ``z_j`` is convex in the probabilities and ``1 − e^(−z)`` is concave. Wherever the latter is
replaced by a line in ``z`` what is left is convex: minimise ``w Var + Σ_j c_j z_j + Σ κ p`` under a
budget, which falls apart into processors once the budget has a price. Above the curve (tangents)
that is a step of descent, below it (chords) it is a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IndexArray

PRICE_STEPS = 100
PRICE_PRECISION = 1e-13
WEIGHT_STEPS = 200
# Weights of the variance beyond these are as good as none, or as nothing else.
LIGHTEST, HEAVIEST = 1e-250, 1e250


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """Probabilities of one program, with the prices at which they are its optimum.

    Attributes:
        p: ``(V, S)``, rows in the order of their times.
        rooms: ``(V,)``, what each row leaves of 1, to full precision where it is tiny.
        weight: ``w``, of the variance.
        price: of a draw; 0 where the budget is slack.
        rates: ``(J + 1,)``, sums of ``c``.
        variance: in squared units of the program's scores.
        paid: ``(R,)``, prices of limits that couple processors, where the program has them.
    """

    p: FloatArray = field(repr=False)
    rooms: FloatArray = field(repr=False)
    weight: float
    price: float
    rates: FloatArray = field(repr=False)
    variance: float
    paid: FloatArray | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class LateProgram:
    """A problem and its times, scores near 1 and times at most 1, rows in the order of their times.

    Attributes:
        order: ``(V, S)``: pair ``k`` of a row here is pair ``order[v, k]`` of the problem's.
        times: ``(J,)``, the different times, rising.
        steps: ``(J,)``, from one to the next, from 0.
        server: ``(V, S)``, time that a draw adds wherever it ends.
        extra: ``(V, S)``, what it pays beside for limits that couple processors; not part of the
            length.
        rebate: what all who keep these limits pay for them at most.
        overhead: that every round takes.
        exponents: of the units of scores and of times.
    """

    roots: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    budget: float
    order: IndexArray
    ranks: IndexArray
    times: FloatArray
    steps: FloatArray
    server: FloatArray
    overhead: float
    exponents: tuple[int, int]
    extra: FloatArray | float = 0.0
    rebate: float = 0.0

    def given(self, weight: float, rates: FloatArray) -> kernels.Late:
        """What the compiled loops read."""
        return kernels.Late(
            self.roots * math.sqrt(weight),
            self.server + self.extra,
            self.floor,
            self.ceiling,
            self.caps,
            self.ranks,
            rates,
        )

    def least(self, weight: float, rates: FloatArray, start: Point | None = None) -> Point:
        """The optimum of ``w Var + Σ c z + Σ κ p``; ``rates`` are sums of ``c``."""
        program = self.given(weight, rates)
        out = np.empty_like(self.roots)
        rooms = np.full(len(out), 0.5) if start is None else start.rooms.copy()

        def at(price: float) -> tuple[float, float]:
            drawn, falls = kernels.least_late(program, price, rooms, out)
            return float(drawn), float(falls)

        guess = 0.0 if start is None else start.price
        scale = weight * (float(self.roots.sum()) / self.budget) ** 2
        price = _price(at, self.budget, guess, scale)
        return Point(
            p=out,
            rooms=rooms,
            weight=weight,
            price=price,
            rates=rates,
            variance=self.variance(out),
        )

    def within(
        self,
        variance: float,
        rates: FloatArray,
        start: Point,
        *,
        precision: float,
        least: float = 0.0,
    ) -> Point | None:
        """The optimum of ``Σ c z + Σ κ p`` with at most this variance; None if there is none.

        Its variance is as large to ``precision``, relative to what is above ``least``.
        """
        here = self.least(start.weight, rates, start)
        low = high = None  # optima with more variance, and with less
        factor, widest = 4.0, math.inf
        for _ in range(WEIGHT_STEPS):
            if here.variance <= variance:
                high = here
                if variance - here.variance <= precision * (variance - least):
                    return here
            else:
                low = here
            if low is None:
                assert high is not None
                weight = high.weight / factor
            elif high is None:
                weight = low.weight * factor
            else:
                width = math.log(high.weight / low.weight)
                weight = _between(low, high, variance, narrow=width <= 0.5 * widest)
                widest = min(widest, width)
                if weight in (low.weight, high.weight):
                    return high
            if not LIGHTEST < weight < HEAVIEST:
                return high
            factor = min(factor * factor, 1e40)
            here = self.least(weight, rates, here)
        return high

    def without_server(self) -> LateProgram:
        """Of variances and lateness alone: what a draw adds to the length is not part of either."""
        return replace(self, server=np.zeros_like(self.server), extra=0.0, rebate=0.0)

    def bound(self, point: Point) -> float:
        """At most ``w Var + Σ c z + Σ κ p`` of all probabilities within the limits."""
        given = self.given(point.weight, point.rates)
        terms = kernels.late_terms(given, point.price, point.rooms, point.p)
        return float(terms) - point.price * self.budget - self.rebate

    def size(self, point: Point) -> float:
        """Of the terms that a bound is the sum of: what its rounding is relative to."""
        lateness = np.minimum(self.lateness(point.p), 1e3)
        late = float(np.diff(point.rates) @ lateness)
        drawn = 2.0 * float(((self.server + self.extra) * point.p).sum()) + 2.0 * self.rebate
        return point.weight * point.variance + 2.0 * point.price * self.budget + drawn + late

    def variance(self, p: FloatArray) -> float:
        """``Σ λ a² (1 − p)/p``."""
        wanted = self.roots > 0.0
        with np.errstate(divide="ignore", over="ignore"):
            terms = (self.roots[wanted] / p[wanted]) * (self.roots[wanted] * (1.0 - p[wanted]))
        return math.fsum(terms.tolist())

    def lateness(self, p: FloatArray) -> FloatArray:
        """``z (J,)``."""
        out = np.empty_like(self.times)
        kernels.lateness(self.ranks, p, out)
        return out

    def length(self, p: FloatArray) -> float:
        """Expected length of a round, overhead and server included."""
        late = -np.expm1(-self.lateness(p))
        return self.overhead + float(self.steps @ late) + float((self.server * p).sum())

    def in_problem_order(self, p: FloatArray) -> FloatArray:
        """Rows as the problem has them."""
        out = np.empty_like(p)
        np.put_along_axis(out, self.order, p, axis=1)
        return out

    def sorted(self, p: FloatArray) -> FloatArray:
        """A table of the problem, as rows are here."""
        return np.ascontiguousarray(np.take_along_axis(p, self.order, axis=1))


def sums_of(rates: FloatArray) -> FloatArray:
    """``(J + 1,)``, sums of the rates ``c`` of all earlier times."""
    return np.concatenate(([0.0], np.cumsum(rates)))


def late_program(
    problem: Problem, times: FloatArray, server: FloatArray, overhead: float
) -> LateProgram:
    """The program of a feasible problem; limits that couple processors are left out."""
    floor, ceiling = problem.bounds
    scores, unit = working_scores(problem)
    top = exponent_of(float(scores.max()))
    order = np.argsort(np.where(problem.available, times, 0.0), axis=1, kind="stable")

    def put(table: FloatArray) -> FloatArray:
        return np.ascontiguousarray(np.take_along_axis(table, order, axis=1))

    can = problem.available & (ceiling > 0.0) & ((scores > 0.0) | (floor > 0.0))
    seconds = put(np.where(can, times, 0.0))
    span = exponent_of(max(float(seconds.max()), overhead, float(np.max(server))))
    seconds = np.ldexp(seconds, -span)
    different, ranks = np.unique(seconds, return_inverse=True)
    return LateProgram(
        roots=np.ldexp(put(scores), -top),
        floor=put(floor),
        ceiling=put(np.where(can, ceiling, 0.0)),
        caps=np.minimum(np.ascontiguousarray(problem.processor_cap), 1.0),
        budget=problem.budget,
        order=order,
        ranks=np.ascontiguousarray(ranks.reshape(seconds.shape)),
        times=different,
        steps=np.diff(different, prepend=0.0),
        server=np.ldexp(put(np.broadcast_to(server, scores.shape)), -span),
        overhead=math.ldexp(overhead, -span),
        exponents=(unit + top, span),
    )


def _price(
    at: Callable[[float], tuple[float, float]], budget: float, guess: float, scale: float
) -> float:
    """The price at which the draws keep the budget; 0 if they do for nothing."""
    drawn, falls = at(0.0)
    if drawn <= budget:
        return 0.0
    low, high, factor = 0.0, math.inf, 4.0
    if guess > 0.0:
        price = guess
    else:
        price = _newton(0.0, drawn, falls, budget)
        price = price if 0.0 < price < math.inf else scale
    for _ in range(PRICE_STEPS):
        drawn, falls = at(price)
        if abs(drawn - budget) <= PRICE_PRECISION * budget:
            return price
        if drawn > budget:
            low = price
        else:
            high = price
        following = _newton(price, drawn, falls, budget)
        if not low < following < high:
            if high == math.inf:
                following, factor = max(factor * low, scale), min(factor * factor, 1e30)
            elif low == 0.0:
                following, factor = high / factor, min(factor * factor, 1e30)
            else:
                following = math.sqrt(low) * math.sqrt(high)
        if following in (low, high, 0.0):
            break
        price = following
    if drawn > budget and high < math.inf:
        at(high)
        return high
    return price


def _newton(price: float, drawn: float, falls: float, budget: float) -> float:
    """Of ``1/drawn²``, which is nearly linear in the price."""
    if not falls > 0.0:
        return math.nan
    return price + drawn * ((drawn / budget) ** 2 - 1.0) / (2.0 * falls)


def _between(low: Point, high: Point, variance: float, *, narrow: bool) -> float:
    """A weight between two: by the secant in logarithms, or their mean where that is slow."""
    first, last = math.log(low.weight), math.log(high.weight)
    more, less = math.log(low.variance / variance), math.log(max(high.variance, 1e-300) / variance)
    share = more / (more - less) if narrow and more < math.inf else 0.5
    return math.exp(first + (last - first) * min(max(share, 1e-3), 1.0 - 1e-3))

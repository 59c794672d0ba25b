"""From decimals to float64: probabilities within all limits, prices, and weights of variances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from roundlot.solvers.digits.binding import Binding
from roundlot.solvers.digits.decimals import CONTEXT, ONE, ZERO, Digits, digits
from roundlot.solvers.digits.guess import Start
from roundlot.solvers.digits.path import Point, followed
from roundlot.solvers.digits.question import Question
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certificates.claim import Prices, no_prices
from roundlot.theory.problem import Limit, Structure

# Where a last bit is a part of 1e-12 of what a probability leaves to others.
NEARLY = Decimal(1) - Decimal(2) ** -13

NEAR_TOP = 1 - Decimal("1e-6")  # a last bit of such a row's probabilities may make it the largest
SURE = Decimal("1e-20")  # a path that misses less is at its end

#: As `roundlot.solvers.central.floors.fitter`.
Fitter = Callable[[Problem], Callable[[FloatArray], FloatArray]]


@dataclass(frozen=True, kw_only=True, eq=False)
class InDigits:
    """An optimum in float64; how good it is, its certificate says.

    Attributes:
        probabilities: ``(V, S)``, within all limits on sums and boxes exactly.
        prices: of the limits, in units of ``4**exponent`` of the problem's scores.
        norm: ``(S,)``, weights ``ω`` of the variances in the norm, the largest near 1.
        ceilings: ``(S,)``, prices of ceilings of variances.
        miss: what the path missed of its end, relative.
        value: of the objective, before rounding; of a norm of finite order its power.
        between: the pair, all but always drawn, that loses most by rounding, and the floats on both
            sides of its probability; None if there is none.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    norm: FloatArray
    ceilings: FloatArray
    miss: float
    value: Decimal = ZERO
    between: tuple[int, int, float, float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearly:
    """What a solver in float64 found.

    Attributes:
        probabilities: ``(V, S)``.
        prices: of the limits, in units of ``4**exponent`` of the problem's scores.
        norm: ``(S,)``, weights of the variances in the norm; ceilings: prices of their ceilings.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    norm: FloatArray | None = None
    ceilings: FloatArray | None = None


def bettered(given: Question | None, fitter: Fitter, nearly: Nearly) -> InDigits | None:
    """The optimum near what was found, by the limits that bind there; None if it is not found.

    Raises:
        ConvergenceError: limits that leave no room for rounding.
    """
    if given is None:
        return None
    with localcontext(CONTEXT):
        try:
            point = Binding(given).followed(_start(given, nearly))
        except ArithmeticError:
            return None
        return None if point is None else _in_floats(given, point, ZERO, fitter)


def _start(given: Question, nearly: Nearly) -> Start:
    """In the question's units: weights of a worst model sum to 1, others are powers of its norm."""
    at = given.pairs[:, 0], given.pairs[:, 1]
    p = digits(np.clip(nearly.probabilities, *given.problem.bounds))[at]
    weights = np.full(len(given.models), ZERO)
    for j, (s, held) in enumerate(zip(given.models.tolist(), given.is_norm.tolist(), strict=True)):
        values = nearly.norm if held else nearly.ceilings
        if values is not None:
            weights[j] = Decimal(float(values[s]))
            if held:
                weights[j] /= Decimal(float(given.problem.model_weights[s]))
    power = Decimal(4) ** nearly.prices.exponent
    place = _places(given.problem, nearly.prices)
    prices = [Decimal(float(place(row.limit)[row.row])) * power for row in given.rows]
    unit, norm = ONE, given.is_norm
    if norm.any() and any(weights[norm]):
        if given.order == math.inf:
            unit = sum(weights[norm], ZERO)
        else:
            j = max(np.flatnonzero(norm).tolist(), key=lambda j: weights[j])
            some = given.moments[j] > 0
            top = sum(given.moments[j][some] / p[some], ZERO) - given.allowed[j]
            unit = weights[j] / top ** (Decimal(given.order) - 1) if top > 0 else ONE
    return Start(p=p, prices=np.array(prices, dtype=object) / unit, weights=weights / unit)


def in_digits(given: Question | None, fitter: Fitter) -> InDigits | None:
    """The optimum of a small problem; None if it is too large, or its path has no end.

    ``fitter``, of a problem, takes probabilities that are nearly within its limits there.

    Raises:
        ConvergenceError: limits that leave no room for rounding.
    """
    if given is None or not given.is_small:
        return None
    with localcontext(CONTEXT):
        try:
            point, miss = followed_to_the_end(given)
        except ArithmeticError:  # a product beyond all digits: the path was lost
            return None
        if not miss < 1:  # else what it is worth is for the certificate to say
            return None
        return _in_floats(given, point, miss, fitter)


def followed_to_the_end(given: Question) -> tuple[Point, Decimal]:
    """The end of the path, or where it is short of it what Newton's method makes of it.

    Raises:
        ArithmeticError: a product beyond all digits.
    """
    point, miss = followed(given)
    if miss > SURE:
        start = Start(p=point.p, prices=point.prices, weights=point.weights)
        better = Binding(given).followed(start)
        if better is not None:
            return better, ZERO
    return point, miss


def _in_floats(given: Question, point: Point, miss: Decimal, fitter: Fitter) -> InDigits:
    problem = given.problem
    norm, ceilings = _by_model(given, point)
    unit = max([*norm.tolist(), ZERO]) or Decimal(1)
    floor, ceiling = problem.bounds
    table = np.array([[float(x) for x in line] for line in given.table(point.p)])
    return InDigits(
        probabilities=fitter(problem)(np.clip(table, floor, ceiling)),
        prices=_prices(problem, given, point.prices / unit),
        norm=np.array([float(x / unit) for x in norm]),
        ceilings=np.array([_finite(x / unit) for x in ceilings]),
        miss=float(miss),
        value=_value(given, point),
        between=_between(given, point),
    )


def _between(given: Question, point: Point) -> tuple[int, int, float, float] | None:
    found, most = None, ZERO
    moments = given.fixed
    if point.weights.size:
        moments = moments + _counted(given, point) @ given.moments
    for (v, s), p, moment in zip(given.pairs.tolist(), point.p, moments, strict=True):
        if not NEARLY < p < 1:
            continue
        low = nearest(Fraction(p), up=False)
        high = math.nextafter(low, 2.0)
        # what is drawn always leaves nothing to others
        off = p - Decimal(low) if high >= 1.0 else min(p - Decimal(low), Decimal(high) - p)
        if moment * off > most:
            found, most = (v, s, low, high), moment * off
    return found


def _tops(given: Question, point: Point) -> Digits:
    """What rows of variances are above what they may be."""
    spent = [
        sum((m / p for m, p in zip(row, point.p, strict=True) if m), ZERO) for row in given.moments
    ]
    tops: Digits = np.array(spent, dtype=object) - given.allowed
    return tops


def _counted(given: Question, point: Point) -> Digits:
    """What rounding of each row of variances costs: where the largest counts, all that are it."""
    if given.order != math.inf or not given.is_norm.any():
        return point.weights
    tops = _tops(given, point)
    largest = max(tops[given.is_norm])
    return np.array(
        [
            (ONE if top >= NEAR_TOP * largest else ZERO) if held else weight
            for top, held, weight in zip(tops, given.is_norm, point.weights, strict=True)
        ],
        dtype=object,
    )


def _value(given: Question, point: Point) -> Decimal:
    if not given.is_norm.any():
        over = (m / p for m, p in zip(given.fixed, point.p, strict=True) if m)
        paid: Decimal = sum(given.cost * point.p, sum(over, ZERO))
        return paid
    tops = _tops(given, point)[given.is_norm]
    if given.order == math.inf:
        return Decimal(max(tops))
    return sum((max(top, ZERO) ** Decimal(given.order) for top in tops), ZERO)


def _by_model(given: Question, point: Point) -> tuple[Digits, Digits]:
    """``(S,)`` weights of the norm, those of the models included, and prices of ceilings."""
    norm, ceilings = (np.full(given.problem.n_models, ZERO) for _ in range(2))
    rows = zip(given.models.tolist(), given.is_norm.tolist(), point.weights, strict=True)
    for s, held, weight in rows:
        if held:
            norm[s] = weight * Decimal(float(given.problem.model_weights[s]))
        else:
            ceilings[s] = weight
    return norm, ceilings


def _finite(value: Decimal) -> float:
    return min(float(value), float(np.finfo(np.float64).max))


def _prices(problem: Problem, given: Question, prices: Digits) -> Prices:
    """Of every limit, in a common power of four."""
    top = max([*prices.tolist(), ZERO])
    exponent = 0 if not top else math.floor(float(top.ln() / Decimal(4).ln()))
    power = Decimal(4) ** exponent
    out = no_prices(problem)
    out = replace(out, models=np.zeros(problem.n_models))
    budget = np.zeros(1)
    place = _places(problem, out, budget)
    for row, price in zip(given.rows, prices, strict=True):
        place(row.limit)[row.row] = float(price / power)
    return replace(out, budget=float(budget[0]), exponent=exponent)


def _places(
    problem: Problem, prices: Prices, budget: FloatArray | None = None
) -> Callable[[Limit], FloatArray]:
    """Where the prices of a limit stand, ``(R,)``."""
    models = prices.models if prices.models.size else np.zeros(problem.n_models)
    places: dict[Structure, FloatArray] = {
        Structure.TOTAL: np.array([prices.budget]) if budget is None else budget,
        Structure.PROCESSORS: prices.processors,
        Structure.MODELS: models,
        Structure.WEIGHTED: prices.costs,
    }
    groups = [x for x in problem.sum_limits() if x.structure is Structure.GROUPS]
    levels = {id(limit): values for limit, values in zip(groups, prices.levels, strict=True)}
    given = prices.floors or no_prices(problem).floors
    floors = {id(limit): x for limit, x in zip(problem.sum_floors(), given, strict=True)}

    def place(limit: Limit) -> FloatArray:
        if id(limit) in floors:
            return floors[id(limit)]
        return levels[id(limit)] if id(limit) in levels else places[limit.structure]

    return place

"""A small problem in decimals of many digits: pairs that can move, limits, and variances."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.digits.decimals import CONTEXT, ONE, ZERO, Digits, digits
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Limit, Structure

#: Pairs, and rows of limits and of variances, up to which a search takes seconds.
MOST_PAIRS, MOST_ROWS = 48, 52
#: The same where it is known about which limits bind.
LARGE_PAIRS, LARGE_ROWS = 4000, 1200


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """``Σ counts p <= bound``; a floor of a sum has both with a minus.

    Attributes:
        limit: of the problem; None for one that is not.
        row: of that limit.
        counts: ``(n,)``, of the pairs that can move.
        bound: less what the others take.
        floor: whether it is a floor.
    """

    limit: Limit
    row: int
    counts: Digits = field(repr=False)
    bound: Decimal
    floor: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """Minimise a norm of variances, or ``Σ fixed/p + Σ cost p``, within limits and ceilings.

    Attributes:
        problem: of which it is.
        pairs: ``(n, 2)``, the pairs that can move.
        low, high: ``(n,)``, their boxes.
        rows: limits on sums.
        fixed: ``(n,)``, what the objective has over ``p``.
        cost: ``(n,)``.
        moments: ``(J, n)``, of rows of variances: what each has over ``p``.
        allowed: ``(J,)``, what these sums may come to; of rows of the norm what is taken off.
        is_norm: ``(J,)``, which are rows of the norm.
        models: ``(J,)``, of which model each is.
        order: of the norm.
    """

    problem: Problem
    pairs: npt.NDArray[np.int64] = field(repr=False)
    low: Digits = field(repr=False)
    high: Digits = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    fixed: Digits = field(repr=False)
    cost: Digits = field(repr=False)
    moments: Digits = field(repr=False)
    allowed: Digits
    is_norm: npt.NDArray[np.bool_]
    models: npt.NDArray[np.int64]
    order: float

    @property
    def is_small(self) -> bool:
        """Whether a path takes seconds."""
        rows = len(self.rows) + len(self.models)
        return len(self.pairs) <= MOST_PAIRS and rows <= MOST_ROWS

    def table(self, values: Digits) -> Digits:
        """``(V, S)`` probabilities from those of the pairs that can move."""
        out = digits(self.problem.bounds[0])
        out[self.pairs[:, 0], self.pairs[:, 1]] = values
        return out


def question(
    problem: Problem,
    *,
    weights: FloatArray | None = None,
    norm: FloatArray | None = None,
    ceilings: FloatArray | None = None,
    cost: FloatArray | None = None,
    order: float = math.inf,
    unlimited: bool = False,
    large: bool = False,
) -> Question | None:
    """A feasible problem in decimals; None if it is too large, or nothing can move.

    Args:
        problem: its limits and scores.
        weights: ``(S,)``, of the second moments ``Σ weights a²/p`` that the objective has.
        norm: ``(S,)``, weights of the variances whose norm is made small.
        ceilings: ``(S,)``, of variances; infinite for none.
        cost: ``(V, S)``.
        order: of the norm.
        unlimited: whether the budget is left out.
        large: whether it is asked with a start.
    """
    low, high = problem.bounds
    moves = np.argwhere(problem.available & (high > low))
    if not 0 < len(moves) <= (LARGE_PAIRS if large else MOST_PAIRS):
        return None
    most = LARGE_ROWS if large else MOST_ROWS
    with localcontext(CONTEXT):
        return _made(problem, moves, weights, norm, ceilings, cost, order, unlimited, most)


def _made(
    problem: Problem,
    moves: npt.NDArray[np.int64],
    weights: FloatArray | None,
    norm: FloatArray | None,
    ceilings: FloatArray | None,
    cost: FloatArray | None,
    order: float,
    unlimited: bool,
    most: int,
) -> Question | None:
    low, high = problem.bounds
    rows = _rows(problem, moves, unlimited)
    if len(rows) > most:
        return None
    at = moves[:, 0], moves[:, 1]
    scores = digits(problem.scores)
    moments, allowed, is_norm, models = [], [], [], []
    for s in range(problem.n_models):
        for values, held in ((norm, True), (ceilings, False)):
            if values is None or not problem.scores[:, s].any():
                continue
            value = float(values[s])
            if not (value > 0.0 if held else math.isfinite(value)):
                continue
            weight = Decimal(value) if held else ONE
            column = weight * scores[at] ** 2
            column[moves[:, 1] != s] = ZERO
            room = sum((weight * a * a for a in scores[:, s]), ZERO)
            room -= _still(problem, moves, s, weight)
            moments.append(column)
            allowed.append(room if held else room + Decimal(value))
            is_norm.append(held)
            models.append(s)
    if len(rows) + len(models) > most:
        return None
    count = len(moves)
    return Question(
        problem=problem,
        pairs=moves,
        low=digits(low)[at],
        high=digits(high)[at],
        rows=rows,
        fixed=np.full(count, ZERO)
        if weights is None
        else digits(weights)[moves[:, 1]] * scores[at] ** 2,
        cost=np.full(count, ZERO) if cost is None else digits(cost)[at],
        moments=np.array(moments, dtype=object).reshape(len(moments), count),
        allowed=np.array(allowed, dtype=object),
        is_norm=np.array(is_norm, dtype=np.bool_),
        models=np.array(models, dtype=np.int64),
        order=order,
    )


def _still(problem: Problem, moves: npt.NDArray[np.int64], s: int, weight: Decimal) -> Decimal:
    """``Σ λ a²/p`` of a model's pairs that cannot move."""
    low = problem.bounds[0]
    moving = {int(v) for v, model in moves if model == s}
    total = ZERO
    for v in np.flatnonzero(problem.scores[:, s] > 0.0).tolist():
        if v not in moving:
            p = float(low[v, s])
            if p == 0.0:
                return Decimal("Infinity")
            total += weight * Decimal(float(problem.scores[v, s])) ** 2 / Decimal(p)
    return total


def _rows(problem: Problem, moves: npt.NDArray[np.int64], unlimited: bool) -> tuple[Row, ...]:
    low, place = problem.bounds[0], {(int(v), int(s)): i for i, (v, s) in enumerate(moves)}
    high = problem.bounds[1]
    found = []
    for limit in (*problem.sum_limits(), *problem.sum_floors()):
        if unlimited and limit.structure is Structure.TOTAL:
            continue
        sign = -1 if limit.at_least else 1
        for row in range(limit.size):
            bound = float(limit.bound[row])
            if not math.isfinite(bound) or (limit.at_least and bound <= 0.0):
                continue
            counts, taken, most = np.full(len(moves), ZERO), Fraction(0), Fraction(0)
            for v, s, count in zip(*(x.tolist() for x in limit.entries(row)), strict=True):
                if count and problem.available[v, s]:
                    i = place.get((v, s))
                    if i is None:
                        taken += Fraction(count) * Fraction(float(low[v, s]))
                    else:
                        counts[i] = Decimal(sign) * Decimal(count)
                    most += Fraction(count) * Fraction(float(high[v, s]))
            if not counts.any() or (not limit.at_least and most <= Fraction(bound)):
                continue  # nothing it could hold
            left = Fraction(bound) - taken
            found.append(
                Row(
                    limit=limit,
                    row=row,
                    counts=counts,
                    bound=Decimal(sign) * Decimal(left.numerator) / Decimal(left.denominator),
                    floor=limit.at_least,
                )
            )
    return tuple(found)

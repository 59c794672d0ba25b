"""The sums that limits are about, each with a bound on what rounding made of it.

A loop for each structure of ``A``: this is the one place that chooses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure

# Above what products below the normal range can lose, in sums of terms near 1.
TINY = 2.0**-960
# Cost rows whose budget is within 2**±NEAR are taken as they are: moving them is a copy.
NEAR = 200
# Costs that many times above their budget are as good as infinite.
GREATEST = 1e300
# Up to so many rows a loop over them is faster than arrays.
FEW = 64

Values = TypeVar("Values", float, FloatArray)


def excesses(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, at least ``A p − b``; ``<= 0`` proves the row. Of cost rows in their own units."""
    if limit.structure is Structure.WEIGHTED:
        return np.array([_row_excess(row, table) for row in cost_rows(limit)])
    return _excesses(*_sums(limit, table), limit.bound)


def spent(limit: Limit, table: FloatArray, prices: FloatArray) -> FloatArray:
    """``(R,)``, above ``y (b − A p)`` but for its own rounding, and at least 0."""
    if limit.structure is Structure.PROCESSORS:
        out = np.zeros(limit.size)
        kernels.spent_by_row(table, np.ascontiguousarray(limit.bound), prices, out)
        return out
    return prices * _rooms_of(limit, table)


def _rooms_of(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, at least ``b − A p``, and 0."""
    if limit.structure is Structure.WEIGHTED:
        return np.array([_row_room(row, table) for row in cost_rows(limit, scaled=False)])
    if limit.structure is Structure.TOTAL:  # at a price without bound, what is left must be exact
        return np.array([_exact_room(float(limit.bound[0]), table.reshape(-1))])
    return _rooms(*_sums(limit, table), limit.bound)


def cost_rows(limit: Limit, *, scaled: bool = True) -> Iterator[Limit]:
    """Weighted sums one by one, in units in which the right side is near 1."""
    assert limit.weights is not None
    for k, bound in enumerate(limit.bound.tolist()):
        cost = limit.weights[k : k + 1]
        unit = _unit(bound if bound > 0.0 else float(cost.max())) if scaled else 0
        with np.errstate(over="ignore"):
            cost = np.minimum(np.ldexp(cost, -unit), GREATEST) if unit else cost
        yield replace(limit, weights=cost, bound=np.ldexp(limit.bound[k : k + 1], -unit))


def cost_excess(table: FloatArray, cost: FloatArray, limit: float, *, exact: bool) -> float:
    """At least ``Σ cost p − limit``, for a limit near 1; rough, or exact to second order."""
    flat, p = np.ascontiguousarray(cost).reshape(-1), table.reshape(-1)
    if not exact:
        over = float(kernels.rough_weighted_sum(flat, p)) - limit
        return over + (TINY if over > -limit else 0.0)
    return float(kernels.excess(*kernels.weighted_sum(flat, p), limit)) + (TINY if p.any() else 0.0)


def quotient_above(over: int, under: int) -> float:
    """The least float64 that is not below ``over / under``."""
    near = over / under
    top, bottom = near.as_integer_ratio()
    return near if top * under >= over * bottom else math.nextafter(near, math.inf)


def _exact_room(bound: float, values: FloatArray) -> float:
    """``b − Σ`` rounded up, at least 0; digit by digit only where a faster sum tells less."""
    high, low, width = kernels.wide_faithful_sum(values)
    left, error = _two_sum(bound, -high)
    left, rest = _two_sum(left, error - low)
    doubt = width + 4.0 * kernels.UNIT * (abs(error) + abs(low) + abs(rest) + width)
    known = abs(rest) > doubt or rest == doubt == 0.0
    if known and abs(rest) + doubt < 0.9 * (left - math.nextafter(left, 0.0)):
        return math.nextafter(left, math.inf) if rest > 0.0 else left
    exactly = Fraction(bound) - kernels.exact_sum(values)
    return max(0.0, quotient_above(exactly.numerator, exactly.denominator))


def _row_excess(row: Limit, table: FloatArray) -> float:
    assert row.weights is not None
    cost, bound = row.weights[0], float(row.bound[0])
    rough = cost_excess(table, cost, bound, exact=False)
    return rough if rough <= 0.0 else cost_excess(table, cost, bound, exact=True)


def _row_room(row: Limit, table: FloatArray) -> float:
    assert row.weights is not None
    bound = float(row.bound[0])
    cost = np.ascontiguousarray(row.weights[0]).reshape(-1)
    high, low, width = kernels.weighted_sum(cost, table.reshape(-1))
    if not np.isfinite(high + low):
        return bound
    return float(_rooms(np.array([high]), np.array([low]), np.array([width]), row.bound)[0]) + TINY


def _unit(limit: float) -> int:
    """The power of two to take out: only what is far from 1 is moved, most is not copied."""
    power = int(np.frexp(limit)[1])
    return power if abs(power) > NEAR else 0


def _sums(limit: Limit, table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``(h, e, w)`` with ``|A p − h − e| <= w``, each ``(R,)``."""
    high, low = np.zeros(limit.size), np.zeros((limit.size, 2))
    if limit.structure is Structure.MODELS:
        kernels.sum_by_model(table, high, low)
    else:
        kernels.sum_by_label(table, _labels(limit, len(table)), high, low)
    terms = {Structure.MODELS: len(table), Structure.PROCESSORS: table.shape[1]}
    return high, low[:, 0], 2.0 * kernels.UNIT * terms.get(limit.structure, table.size) * low[:, 1]


def _labels(limit: Limit, rows: int) -> IntArray:
    """The row of ``A`` that each processor counts in."""
    if limit.labels is not None:
        return limit.labels
    if limit.structure is Structure.PROCESSORS:
        return np.arange(rows, dtype=np.int64)
    return np.zeros(rows, dtype=np.int64)


def _excesses(
    high: FloatArray, low: FloatArray, width: FloatArray, limits: FloatArray
) -> FloatArray:
    if limits.size < FEW:
        given = zip(high, low, width, limits, strict=True)
        return np.array([kernels.excess(*values) for values in given])
    total, error = _two_sum(high, -limits)
    rest = low + error + width + 4.0 * kernels.UNIT * (np.abs(low) + np.abs(error))
    return np.asarray(total + rest)


def _rooms(high: FloatArray, low: FloatArray, width: FloatArray, limits: FloatArray) -> FloatArray:
    room, error = _two_sum(limits, -high)
    room = room + (error - low)
    slack = 8.0 * kernels.UNIT * (np.abs(room) + np.abs(error) + np.abs(low))
    return np.maximum(0.0, room + width + slack)


def _two_sum(x: Values, y: Values) -> tuple[Values, Values]:
    """``(s, e)`` with ``s + e = x + y`` exactly. Source: Knuth (1969)."""
    total = x + y
    shadow = total - x
    return total, (x - (total - shadow)) + (y - shadow)

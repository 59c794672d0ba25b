"""The sums that limits are about, each with a bound on what rounding made of it.

A loop for each structure of ``A``: this is the one place that chooses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.theory.arrays import FloatArray, IntArray, read_only_view
from roundlot.theory.problem import Limit, Structure

# Above what products below the normal range can lose, in sums of terms near 1.
TINY = 2.0**-960
# Cost rows whose budget is within 2**±NEAR are taken as they are: moving them is a copy.
NEAR = 200
# Costs that many times above their budget are as good as infinite.
GREATEST = 1e300
# Below this part of its limit an excess may be what a sum in floats leaves in doubt.
DOUBTFUL = 2.0**-56
# Above the rounding of a room and of its product with a price.
ABOVE = 1.0 + 2.0**-49
# What is that part of its limit may be off by 40 units: what is left of the limit is not by 3.
SMALL = 2.0**-5
# Up to so many rows a loop over them is faster than arrays.
FEW = 64

Values = TypeVar("Values", float, FloatArray)


def excesses(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, at least ``A p − b``; ``<= 0`` proves the row. Of cost rows in their own units."""
    if limit.structure is Structure.WEIGHTED:
        return np.array([_row_excess(row, table) for row in cost_rows(limit)])
    found = _excesses(*_sums(limit, table), limit.bound)
    for row in np.flatnonzero((found > 0.0) & (found <= DOUBTFUL * limit.bound)).tolist():
        values = read_only_view(limit.row(row, table)[0]).reshape(-1)
        found[row] = kernels.exact_over(values, float(limit.bound[row]))
    return found


def _total_over(values: FloatArray, budget: float) -> float:
    """``Σ values − m`` to some ``4 u`` of itself, with its exact sign."""
    high, low, width = kernels.wide_faithful_sum(read_only_view(values))
    left, error = _two_sum(high, -budget)
    over = left + (error + low)
    if width > 0.0 and width + kernels.UNIT * abs(error + low) > kernels.UNIT * abs(over):
        return float(kernels.large_over(values, budget))
    return float(over)


def total_excess(values: FloatArray, budget: float) -> float:
    """At least ``Σ values − m`` of a flat array; ``<= 0`` proves it, ``> 0`` is certain."""
    over = float(kernels.excess(*kernels.wide_faithful_sum(read_only_view(values)), budget))
    if 0.0 < over <= DOUBTFUL * budget:
        return float(kernels.large_over(values, budget))
    return over


def shortfalls(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, at least ``f − B p``; ``<= 0`` proves the row of a floor of sums."""
    high, low, width = _sums(limit, table)
    return _excesses(-high, -low, width, -limit.bound)


def spent(limit: Limit, table: FloatArray, prices: FloatArray) -> FloatArray:
    """``(R,)``, above ``y (b − A p)`` but for its own rounding, and at least 0."""
    return prices * (np.maximum(0.0, rooms(limit, table)) * ABOVE)


def rooms(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, ``b − A p`` to some ``4 u`` of itself, with its exact sign, however small it is.

    Of weighted sums, products that leave the range of float64 are not to be told from 0.
    """
    if limit.structure is Structure.PROCESSORS:
        out = np.zeros(limit.size)
        kernels.row_rooms(read_only_view(table), read_only_view(limit.bound), out)
        return out
    if limit.structure is Structure.TOTAL:
        return np.array([-_total_over(table.reshape(-1), float(limit.bound[0]))])
    if limit.structure is Structure.WEIGHTED:
        return np.array([_cost_room(limit, row, table) for row in range(limit.size)])
    high, low, width = _sums(limit, table)
    left, error = _two_sum(limit.bound, -high)
    rest = error - low
    out = left + rest
    doubt = width + kernels.UNIT * np.abs(rest)
    near = np.flatnonzero((doubt > kernels.UNIT * np.abs(out)) & (width > 0.0))
    out[near] = -exact_excesses(limit, table, near)
    return out


def exact_excesses(limit: Limit, table: FloatArray, rows: IntArray) -> FloatArray:
    """``A p − b`` of some rows of groups, models or the total, to some ``4 u``, the sign exact."""
    out = np.empty(rows.size)
    if limit.structure is Structure.GROUPS:
        order, first = (read_only_view(x) for x in limit.members)
        everything = np.full(limit.size, -1)
        given = read_only_view(limit.bound), read_only_view(rows), out
        kernels.exact_excesses(read_only_view(table), order, first, everything, *given)
        return out
    for k, row in enumerate(rows.tolist()):
        values = read_only_view(limit.row(row, table)[0]).reshape(-1)
        out[k] = kernels.exact_over(values, float(limit.bound[row]))
    return out


def cost_rows(limit: Limit, *, scaled: bool = True) -> Iterator[Limit]:
    """Weighted sums one by one, in units in which the right side is near 1."""
    assert limit.weights is not None
    for k, bound in enumerate(limit.bound.tolist()):
        cost = limit.weights[k : k + 1]
        unit = cost_unit(bound if bound > 0.0 else float(cost.max())) if scaled else 0
        with np.errstate(over="ignore"):
            cost = np.minimum(np.ldexp(cost, -unit), GREATEST) if unit else cost
        yield replace(limit, weights=cost, bound=np.ldexp(limit.bound[k : k + 1], -unit))


def rough_sums(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, ``A p`` to some ``40 u`` and what products lose; infinite beyond float64."""
    if limit.structure is not Structure.WEIGHTED:
        return limit.sums(table)
    assert limit.weights is not None
    flat = read_only_view(table).reshape(-1)
    given = (read_only_view(cost).reshape(-1) for cost in limit.weights)
    found = np.array([kernels.rough_weighted_sum(cost, flat) for cost in given])
    return np.where(np.isnan(found), np.inf, found)


def cost_excess(table: FloatArray, cost: FloatArray, limit: float, *, exact: bool) -> float:
    """At least ``Σ cost p − limit``, for a limit near 1; rough, or exact to second order."""
    flat, p = read_only_view(cost).reshape(-1), read_only_view(table).reshape(-1)
    if not exact:
        over = float(kernels.rough_weighted_sum(flat, p)) - limit
        return over + (TINY if over > -limit else 0.0)
    return float(kernels.excess(*kernels.weighted_sum(flat, p), limit)) + (TINY if p.any() else 0.0)


def quotient_above(over: int, under: int) -> float:
    """The least float64 that is not below ``over / under``."""
    near = over / under
    top, bottom = near.as_integer_ratio()
    return near if top * under >= over * bottom else math.nextafter(near, math.inf)


def _row_excess(row: Limit, table: FloatArray) -> float:
    assert row.weights is not None
    cost, bound = row.weights[0], float(row.bound[0])
    rough = cost_excess(table, cost, bound, exact=False)
    if rough <= 0.0:
        return rough
    over = cost_excess(table, cost, bound, exact=True)
    if over <= 0.0 or over > DOUBTFUL * bound:
        return over
    flat, p = read_only_view(cost).reshape(-1), read_only_view(table).reshape(-1)
    exactly, small = kernels.exact_weighted_over(flat, p, bound)
    return float(exactly) + (TINY if small else 0.0)


def _cost_room(limit: Limit, row: int, table: FloatArray) -> float:
    """What a table leaves of a cost row, up to products that are too small for float64."""
    assert limit.weights is not None
    bound = float(limit.bound[row])
    cost = read_only_view(limit.weights[row]).reshape(-1)
    unit = cost_unit(bound if bound > 0.0 else float(cost.max()))
    with np.errstate(over="ignore"):
        cost = read_only_view(np.minimum(np.ldexp(cost, -unit), GREATEST)) if unit else cost
    flat, near = read_only_view(table).reshape(-1), math.ldexp(bound, -unit)
    rough = float(kernels.rough_weighted_sum(cost, flat))
    if rough <= SMALL * near:
        return math.ldexp(near - rough, unit)
    high, low, width = kernels.weighted_sum(cost, flat)
    left, error = _two_sum(near, -high)
    rest = error - low
    out = left + rest
    if width > 0.0 and width + kernels.UNIT * abs(rest) > kernels.UNIT * abs(out):
        out = -kernels.exact_weighted_over(cost, flat, near)[0]
    return math.ldexp(out, unit)


def cost_unit(limit: float) -> int:
    """The power of two to take out: only what is far from 1 is moved, most is not copied."""
    power = int(np.frexp(limit)[1])
    return power if abs(power) > NEAR else 0


def _sums(limit: Limit, table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``(h, e, w)`` with ``|A p − h − e| <= w``, each ``(R,)``."""
    if limit.structure is Structure.TOTAL:
        found = kernels.wide_faithful_sum(read_only_view(table).reshape(-1))
        return np.array([found[0]]), np.array([found[1]]), np.array([found[2]])
    table, high, low = read_only_view(table), np.zeros(limit.size), np.zeros((limit.size, 2))
    if limit.structure is Structure.MODELS:
        kernels.sum_by_model(table, high, low)
    else:
        kernels.sum_by_label(table, _labels(limit, len(table)), high, low)
    terms = {Structure.MODELS: len(table), Structure.PROCESSORS: table.shape[1]}
    return high, low[:, 0], 2.0 * kernels.UNIT * terms.get(limit.structure, table.size) * low[:, 1]


def _labels(limit: Limit, rows: int) -> IntArray:
    """The row of ``A`` that each processor counts in."""
    if limit.labels is not None:
        return read_only_view(limit.labels)
    if limit.structure is Structure.PROCESSORS:
        return read_only_view(np.arange(rows, dtype=np.int64))
    return read_only_view(np.zeros(rows, dtype=np.int64))


def _excesses(
    high: FloatArray, low: FloatArray, width: FloatArray, limits: FloatArray
) -> FloatArray:
    if limits.size < FEW:
        given = zip(high, low, width, limits, strict=True)
        return np.array([kernels.excess(*values) for values in given])
    total, error = _two_sum(high, -limits)
    rest = low + error + width + 4.0 * kernels.UNIT * (np.abs(low) + np.abs(error))
    return np.asarray(total + rest)


def _two_sum(x: Values, y: Values) -> tuple[Values, Values]:
    """``(s, e)`` with ``s + e = x + y`` exactly. Source: Knuth (1969)."""
    total = x + y
    shadow = total - x
    return total, (x - (total - shadow)) + (y - shadow)

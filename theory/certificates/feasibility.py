"""Limits that a design violates, as real numbers, by however little."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import exact_excess, two_parts
from roundlot.theory.problem import Limit, Problem, Structure

NEAR = 1e-9  # above the rounding of any plain sum here; what is nearer is summed exactly
SURE = 2.0**-90  # relative accuracy of two_parts
FEW = 64  # members; larger groups are few, and each is summed by itself
SPLITTER = 2.0**27 + 1.0  # Dekker: halves of a float64 whose products are exact
LARGE, SMALL = 2.0**400, 2.0**-400  # within these no product of two rounds below the normal range


def infeasibilities(problem: Problem, design: FloatArray) -> Iterator[str]:
    """Every kind of limit that is violated, with the place and the size of one violation each.

    Args:
        problem: with its limits.
        design: ``(V, S)``, the probabilities.
    """
    if not np.isfinite(design).all():
        yield "a probability is NaN or infinite"
        return
    yield from _outside_bounds(problem, design)
    if np.abs(design).max() > LARGE:
        return  # sums would overflow
    total, *others = problem.sum_limits()
    for limit in (*others, total):
        yield from _exceeded(limit, design)
    for limit in problem.sum_floors():
        yield from _missed(limit, design)


def _outside_bounds(problem: Problem, design: FloatArray) -> Iterator[str]:
    floor, ceiling = problem.bounds
    for wrong, limit, word in (
        (design < floor, floor, "below its floor"),
        (design > ceiling, ceiling, "above its ceiling"),
    ):
        if wrong.any():
            v, s = (int(i) for i in np.argwhere(wrong)[0])
            by = abs(float(design[v, s]) - float(limit[v, s]))
            yield (
                f"probabilities[{v}, {s}] is {float(design[v, s])!r}, {word} "
                f"{float(limit[v, s])!r} by {by:.3g}"
            )


def _exceeded(limit: Limit, design: FloatArray) -> Iterator[str]:
    """Of limits that may have a row a processor the first, of others all that are exceeded."""
    for row in np.flatnonzero(_near(limit, design)).tolist():
        over = exact_excess_of(limit, row, design)
        if over > 0:
            by, bound = float(min(over, np.finfo(np.float64).max)), limit.bound[row]
            yield f"{limit.title(row)} is {by:.3g} above its {limit.word} {bound:g}"
            if limit.structure in (Structure.PROCESSORS, Structure.GROUPS):
                return


def _missed(limit: Limit, design: FloatArray) -> Iterator[str]:
    """The first floor of a kind that a sum stays below, as real numbers."""
    near = np.flatnonzero(limit.sums(design) < limit.bound * (1.0 + NEAR))
    for row in near[limit.bound[near] > 0.0].tolist():
        under = -exact_excess_of(limit, row, design)
        if under > 0:
            floor = limit.bound[row]
            yield f"{limit.title(row)} is {float(under):.3g} below its {limit.word} {floor:g}"
            return


def _near(limit: Limit, design: FloatArray) -> BoolArray:
    """Which rows floats cannot show to hold."""
    bound = limit.bound
    if limit.structure is Structure.GROUPS:
        return np.asarray(excesses(limit, design) > -SURE * bound)
    if limit.structure is Structure.PROCESSORS:
        high, low = two_parts(design.T)
        # two floats and their rounding error are their exact sum; of more, it is below SURE
        sure = 0.0 if design.shape[1] <= 2 else SURE
        return np.asarray((high - bound) + low > -sure * bound)
    if limit.structure is Structure.WEIGHTED:
        return np.ones(limit.size, dtype=np.bool_)  # `cost_excess` looks first itself
    return np.asarray(limit.sums(design) > bound * (1.0 - NEAR))


def exact_excess_of(limit: Limit, row: int, design: FloatArray) -> Fraction | float:
    """``(A p − b)`` of a row, with its exact sign; of a weighted sum far below 0 only the sign."""
    values, weights = limit.row(row, design)
    bound = float(limit.bound[row])
    if weights is None:
        return exact_excess(values, bound)
    return cost_excess(weights, values, bound)


def excesses(limit: Limit, table: FloatArray) -> FloatArray:
    """``Σ table − cap`` of every group of rows, off by ``SURE`` of the cap and one rounding.

    Members of small groups are added one rank after the other, all groups at once.
    """
    caps, (order, first) = limit.bound, limit.members
    sizes = np.diff(first)
    high, low = np.zeros(caps.size), np.zeros(caps.size)
    row_high, row_low = two_parts(table.T)
    for rank in range(min(int(sizes.max(initial=0)), FEW)):
        groups = np.flatnonzero((sizes > rank) & (sizes <= FEW))
        rows = order[first[groups] + rank]
        before, added = high[groups], row_high[rows]
        total = before + added
        part = total - before
        low[groups] += (before - (total - part)) + (added - part) + row_low[rows]
        high[groups] = total
    found = (high - caps) + low
    for g in np.flatnonzero(sizes > FEW).tolist():
        found[g] = exact_excess(limit.row(g, table)[0], float(caps[g]))
    return found


def cost_excess(cost: FloatArray, design: FloatArray, budget: float) -> Fraction | float:
    """``Σ cost p − budget`` with its exact sign; only the sign where it is far below 0."""
    with np.errstate(over="ignore", under="ignore"):
        if budget > 0.0 and float((cost / budget * design).sum()) <= 1.0 - NEAR:
            return -budget
    return exact_cost_excess(cost, design, budget)


def exact_cost_excess(cost: FloatArray, design: FloatArray, budget: float) -> Fraction | float:
    """``Σ cost p − budget``, correctly rounded or exact.

    Products are split into two floats that sum to them exactly; in the odd case that this could
    round, everything is done in fractions.
    """
    held = (cost > 0.0) & (design > 0.0)
    x, p = cost[held], design[held]
    power = int(np.frexp(budget if budget > 0.0 else x.max(initial=0.0))[1])
    with np.errstate(over="ignore", under="ignore"):
        scaled, limit = np.ldexp(x, -power), float(np.ldexp(budget, -power))
    ranges = scaled.size and (scaled.max() > LARGE or min(scaled.min(), p.min()) < SMALL)
    if ranges:
        pairs = zip(x.tolist(), p.tolist(), strict=True)
        return sum((Fraction(c) * Fraction(q) for c, q in pairs), -Fraction(budget))
    over = exact_excess(np.concatenate(_products(scaled, p)), limit)
    with np.errstate(over="ignore", under="ignore"):
        return float(np.copysign(max(abs(np.ldexp(over, power)), 5e-324), over)) if over else 0.0


def _products(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The products rounded, and what the rounding left out."""
    product = x * y
    (a, b), (c, d) = _halves(x), _halves(y)
    return product, ((a * c - product) + a * d + b * c) + b * d


def _halves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    shadow = SPLITTER * values
    high = shadow - (shadow - values)
    return high, values - high

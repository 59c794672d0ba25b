"""Limits that a design violates, as real numbers, by however little."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certificates.compensated import exact_excess, two_parts
from roundlot.theory.problem import Problem

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
    yield from _above_caps(problem, design)
    for name, label, caps in problem.levels:
        yield from _above_labelled(name, design, label, caps)
    if problem.model_budgets is not None:
        for s, budget in enumerate(problem.model_budgets.tolist()):
            yield from _above(f"model {s}", "budget", design[:, s], budget)
    if problem.costs is not None and problem.cost_budgets is not None:
        pairs = zip(problem.costs, problem.cost_budgets.tolist(), strict=True)
        for k, (cost, budget) in enumerate(pairs):
            over = cost_excess(cost, design, budget)
            if over > 0:
                by = float(min(over, np.finfo(np.float64).max))
                yield f"cost row {k} is {by:.3g} above its budget {budget:g}"
    yield from _above("the sum of all draws", "budget", design, problem.budget)


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


def _above_caps(problem: Problem, design: FloatArray) -> Iterator[str]:
    caps = problem.processor_cap
    high, low = two_parts(design.T)
    excess = (high - caps) + low
    # two floats and their rounding error are their exact sum; of more, the error is below SURE
    sure = 0.0 if problem.n_models <= 2 else SURE
    for v in np.flatnonzero(excess > -sure * caps):
        over = exact_excess(design[v], float(caps[v]))
        if over > 0.0:
            yield f"processor {v} is {over:.3g} above its cap {caps[v]:g}"
            return


def _above(name: str, limit: str, values: FloatArray, most: float) -> Iterator[str]:
    if float(values.sum()) <= most * (1.0 - NEAR):
        return
    over = exact_excess(values, most)
    if over > 0.0:
        yield f"{name} is {over:.3g} above its {limit} {most:g}"


def _above_labelled(
    name: str, design: FloatArray, label: IntArray, caps: FloatArray
) -> Iterator[str]:
    near = np.flatnonzero(excesses(design, label, caps) > -SURE * caps)
    if not near.size:
        return
    order, first = _members(label, caps.size)
    for g in near.tolist():
        over = exact_excess(design[order[first[g] : first[g + 1]]], float(caps[g]))
        if over > 0.0:
            yield f"{name} {g} is {over:.3g} above its cap {caps[g]:g}"
            return


def excesses(table: FloatArray, label: IntArray, caps: FloatArray) -> FloatArray:
    """``Σ table − cap`` of every group of rows, off by ``SURE`` of the cap and one rounding.

    Members of small groups are added one rank after the other, all groups at once.
    """
    order, first = _members(label, caps.size)
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
        found[g] = exact_excess(table[order[first[g] : first[g + 1]]], float(caps[g]))
    return found


def _members(label: IntArray, groups: int) -> tuple[IntArray, IntArray]:
    """Rows in the order of their labels, and where those of each label begin."""
    order = np.argsort(label, kind="stable")
    return order, np.searchsorted(label[order], np.arange(groups + 1))


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

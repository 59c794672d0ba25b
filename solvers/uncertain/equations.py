"""Floors of sums that use up what limits allow: their sums are met exactly, in whole numbers.

Expected sums are sums of products with chances, of 106 digits, so that hardly any floats meet a
floor and a budget at once where these are the same. Those that do lie near, however: what all pay
the same price for may be shared out among three of them in whole units of their last places.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from roundlot.solvers.uncertain.whole_numbers import small_solution
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.certificates.part import Part
from roundlot.theory.problem import Limit

TIGHT = 1e-11  # relative: a floor that is met by less may have to be met exactly
MOST = 7  # entries of a row that may move: triples of them are tried
LEAST = 2.0**-20  # of the largest: smaller entries are not moved
FARTHEST = 2.0**-20  # of an entry, that it may move: the square of it is lost of the optimum


def met_exactly(part: Part) -> Part | None:
    """The part with probabilities that meet every floor of a sum that is tight exactly.

    Args:
        part: within its limits up to rounding.

    Returns:
        None where no such probabilities were found within all limits.
    """
    for limits in (part.problem.sum_floors(), part.problem.sum_floors()[::-1]):
        found = part
        for limit in limits:
            found = _rows_met(found, limit)
        if next(found.exceeded(), None) is None:
            return found
    return None


def _rows_met(part: Part, limit: Limit) -> Part:
    p = part.probabilities.copy()
    rows = [row for row in range(limit.size) if limit.bound[row] > 0.0]
    spare = _spare(part, limit)
    for row in rows:
        bound = Fraction(float(limit.bound[row]))
        lack = bound - part.sum_of(limit, row)
        if abs(lack) <= TIGHT * bound:
            _row_met(part, limit, row, p, lack, spare / len(rows))
    return replace(part, probabilities=read_only(p))


def _spare(part: Part, limit: Limit) -> Fraction:
    """What the budget allows above all floors of one kind."""
    budget = part.problem.sum_limits()[0]
    total = Fraction(0)
    for row in range(limit.size):
        total += Fraction(float(limit.bound[row])) * part.share_of(limit, row)
    return max(Fraction(0), Fraction(float(budget.bound[0])) - total)


def _row_met(
    part: Part, limit: Limit, row: int, p: FloatArray, lack: Fraction, room: Fraction
) -> None:
    """Moves a few entries of a row so that it sums to its floor, or above by at most ``room``."""
    floor, ceiling = part.problem.bounds
    v, s, _ = limit.entries(row)
    held = p[v, s]
    free = (held > floor[v, s]) & (held < ceiling[v, s])
    if not free.any():
        return
    order = _chosen(np.flatnonzero(free), held, part.factors_of(limit, row))
    units = [Fraction(float(np.spacing(x))) for x in held[order].tolist()]
    factors = [
        Fraction(float(c)) * unit
        for c, unit in zip(part.factors_of(limit, row)[order].tolist(), units, strict=True)
    ]
    scale = max(x.denominator for x in (*factors, lack))
    whole = [int(x * scale) for x in factors]
    moved = small_solution(whole, int(lack * scale), int(room * scale))
    if moved is None:
        return
    for at, unit, x in zip(order.tolist(), units, moved, strict=True):
        here = (int(v[at]), int(s[at]))
        there = Fraction(float(p[here])) + x * unit
        if abs(x * unit) > FARTHEST * Fraction(float(p[here])) or Fraction(float(there)) != there:
            return
    for at, unit, x in zip(order.tolist(), units, moved, strict=True):
        here = (int(v[at]), int(s[at]))
        p[here] = float(Fraction(float(p[here])) + x * unit)


def _chosen(free: IntArray, held: FloatArray, factors: FloatArray) -> IntArray:
    """Which may move: those whose products have the finest last places, and different factors.

    What is finer than all that move is left over, and alike factors are one unknown.
    """
    large = free[held[free] >= LEAST * held[free].max()]
    places = np.array([_last_place(held[i], factors[i]) for i in large.tolist()])
    order = large[np.argsort(places, kind="stable")]
    _, first = np.unique(factors[order], return_index=True)
    chosen = sorted(first.tolist())
    rest = [i for i in range(order.size) if i not in set(chosen)]
    return np.asarray(order[(chosen + rest)[:MOST]], dtype=np.int64)


def _last_place(p: float, factor: float) -> int:
    """The exponent of what the last place of ``p`` counts, times ``factor``."""
    product = Fraction(float(np.spacing(p))) * Fraction(float(factor))
    return -(product.denominator.bit_length() - 1)

"""How far probabilities are from the bound that prices prove: a sum of terms that are ``>= 0``.

``Σ M/p − bound = Σ [M/p + κ p − min_{l <= q <= u} (M/q + κ q)] + yᵀ (b − A p) + wᵀ (B p − f)``.
Each is computed as a product or a square, so that rounding is relative to what it is: the sum is
known where it is tiny beside ``Σ M/p``, as it must be beside a variance that is. In fractions for
small problems, in floats with every rounding counted for large ones.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import (
    CHUNK,
    EXACT,
    UNIT,
    ZERO,
    above,
    near_sum,
    two_to,
)
from roundlot.theory.certificates.bound import (
    LEAST,
    MOST,
    SMALL,
    TINIEST,
    Program,
    Scaled,
    entry_paid,
    entry_prices,
    least,
    moments,
    price,
    scaled,
    second_moment,
    spent,
)
from roundlot.theory.certificates.feasibility import exact_excess_of


def proved_distance(program: Program, design: FloatArray, *, exact: bool = False) -> Fraction:
    """At least ``Σ M/p − bound`` of a feasible design ``(V, S)``, ``p > 0`` wherever ``M > 0``.

    The bound is that of the prices, which no feasible probabilities go below.
    """
    if exact or design.size <= EXACT:
        terms = (entry_distance(program, design, v, s) for v, s in np.ndindex(design.shape))
        return sum(terms, ZERO) + _left(program, design)
    return _in_floats(program, design)


def entry_distance(program: Program, design: FloatArray, v: int, s: int) -> Fraction:
    """``M/p + κ p − min (M/q + κ q)``, rounded up."""
    floor, ceiling = program.problem.bounds
    low, high = Fraction(float(floor[v, s])), Fraction(float(ceiling[v, s]))
    p, kappa = Fraction(float(design[v, s])), price(program, v, s)
    moment = second_moment(program, v, s)
    if _is_least(moment, kappa, p, low, high):
        return ZERO  # exactly, however large what is compared
    cost = (moment / p if moment else ZERO) + kappa * (p - low)
    return above(cost - least(moment, kappa, low, high))


def _is_least(
    moment: Fraction, kappa: Fraction, p: Fraction, low: Fraction, high: Fraction
) -> bool:
    """Whether ``p`` is the end of its range at which ``M/q + κ q`` is least."""
    at_most = p == high and kappa * high * high <= moment
    return at_most or (p == low and kappa >= 0 and kappa * low * low >= moment)


def _left(program: Program, design: FloatArray) -> Fraction:
    """``yᵀ (b − A p) + wᵀ (B p − f)``, exactly."""
    total = ZERO
    for sign, priced in ((1, program.priced_limits), (-1, program.priced_floors)):
        for limit, prices in priced:
            for row in np.flatnonzero(prices).tolist():
                left = Fraction(float(limit.bound[row])) - _weighted(*limit.row(row, design))
                total += sign * Fraction(float(prices[row])) * left
    return total * two_to(2 * program.prices.exponent)


def _weighted(values: FloatArray, weights: FloatArray | None) -> Fraction:
    if weights is None:
        return sum(map(Fraction, values[values > 0.0].tolist()), ZERO)
    held = (values > 0.0) & (weights > 0.0)
    pairs = zip(values[held].tolist(), weights[held].tolist(), strict=True)
    return sum((Fraction(x) * Fraction(y) for x, y in pairs), ZERO)


def _in_floats(program: Program, design: FloatArray) -> Fraction:
    found = scaled(program)
    own = replace(program, prices=replace(found.prices, exponent=found.exponent // 2))
    total, left = ZERO, ZERO
    for first in range(0, len(design), CHUNK):
        values, unsafe = _terms(found, design, slice(first, first + CHUNK))
        total += Fraction(float(near_sum(values.reshape(-1)))) * (1 + Fraction(4 * UNIT))
        total += values.size * TINIEST
        for v, s in np.argwhere(unsafe).tolist():
            left += entry_distance(own, design, first + v, s)
    for part in spent(program.problem, found.prices, design):
        some = float(near_sum(part))
        if not np.isfinite(some):
            return Fraction(float(np.finfo(np.float64).max)) * two_to(found.exponent)
        total += Fraction(some) * (1 + Fraction(4 * UNIT)) + part.size * TINIEST
    for limit, prices in found.prices.by_floor(program.problem):
        for row in np.flatnonzero(prices).tolist():
            beyond = max(0.0, float(exact_excess_of(limit, row, design)))
            total += Fraction(float(prices[row])) * Fraction(np.nextafter(beyond, np.inf))
    return total * two_to(found.exponent) + left


def _terms(found: Scaled, design: FloatArray, rows: slice) -> tuple[FloatArray, BoolArray]:
    """At least ``M/p + κ p − min (M/q + κ q)`` entry by entry, 0 where it is left to fractions."""
    problem = found.program.problem
    mask, p = problem.available[rows], design[rows]
    floor = np.where(mask, problem.floor[rows], 0.0)
    ceiling = np.where(mask, problem.ceiling[rows], 0.0)
    moment, held = moments(found, rows)
    slack = (found.program.additions + 16) * UNIT
    low, high = _kappa(found, rows, slack)
    wide = 1.0 + slack
    with np.errstate(all="ignore"):
        normal = (floor == 0.0) | (floor >= SMALL)
        for kappa in (low, high):
            normal &= ((kappa == 0.0) | (np.abs(kappa) >= LEAST)) & (np.abs(kappa) <= MOST)
        safe = normal & (moment >= LEAST) & (moment <= MOST) & (p >= SMALL) & (ceiling >= SMALL)
        root = np.sqrt(moment)
        least_, most = (np.sqrt(np.maximum(kappa, 0.0)) * p for kappa in (low, high))
        apart = np.maximum(np.abs(root - least_), np.abs(root - most)) + slack * (root + most)
        free = apart * apart / p
        from_floor = (p - floor) * np.maximum(high - moment / p / floor / wide, 0.0)
        from_ceiling = (ceiling - p) * np.maximum(moment / p / ceiling * wide - low, 0.0)
        to_floor = (floor > 0.0) & (low * floor * floor >= moment * wide)
        to_ceiling = high * ceiling * ceiling * wide <= moment
        values = np.where(to_ceiling, from_ceiling, np.where(to_floor, from_floor, free))
        beyond = np.maximum(high, 0.0) * (p - floor) + np.maximum(-low, 0.0) * (ceiling - p)
        values = np.where(held, values, beyond) * (1.0 + 8.0 * UNIT)
    sure = np.where(held, safe, normal)
    return np.where(sure, values, 0.0), np.asarray(~sure)


def _kappa(found: Scaled, rows: slice, slack: float) -> tuple[FloatArray, FloatArray]:
    """What every entry pays, from below and from above; floors of sums pay for it."""
    shape = found.program.problem.scores[rows].shape
    kappa, paid = np.broadcast_to(entry_prices(found, rows), shape), entry_paid(found, rows)
    if paid is None:
        return kappa * (1.0 - slack), kappa * (1.0 + slack)
    slack += (len(found.prices.floors) + 8) * UNIT
    low = kappa * (1.0 - slack) - paid * (1.0 + slack)
    return low, kappa * (1.0 + slack) - paid * (1.0 - slack)

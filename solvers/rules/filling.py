"""Sharing a budget in proportion to sizes, under ceilings, row caps and a total.

A share of uniform probabilities as a floor (`floored`) keeps a rule from forgetting anybody.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.rules.limits import Limits
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray

# Largest size after scaling, as a power of 2: 600 decades of sizes fit below it.
_TOP = 990


def fill(sizes: FloatArray, limits: Limits) -> FloatArray:
    """``(V, S)``, floors plus a leftover shared in proportion to the sizes, as full as it gets.

    ``p = l + min(u − l, a · min(t, τ_v))``: one rate ``t`` that spends the budget, and a rate
    ``τ_v`` at which row ``v`` reaches its cap. Without floors and ceilings these are the optimal
    probabilities for scores equal to the sizes.

    Args:
        sizes: ``(V, S)``, finite and ``>= 0``.
        limits: what has to hold; it does, exactly.
    """
    scaled = rescale(np.where(limits.room > 0.0, sizes, 0.0))
    ceiling = row_rates(scaled, limits.room, limits.row_room)
    rates = np.minimum(ceiling, _common_rate(scaled, limits, ceiling))
    return limits.settle(_at_rate(scaled, limits.room, rates), sizes > 0.0)


def rescale(sizes: FloatArray) -> FloatArray:
    """The sizes times a power of 2 that puts the largest near 1e298, so that sums stay finite."""
    exponent = int(np.frexp(sizes.max(initial=0.0))[1])
    return np.asarray(np.ldexp(sizes, _TOP - exponent))


def row_rates(sizes: FloatArray, room: FloatArray, totals: FloatArray) -> FloatArray:
    """``(V,)``, the rate ``τ`` where ``Σ_s min(room, τ a)`` reaches a row's total; may be inf."""
    shut = sizes <= 0.0
    rates = np.zeros(len(sizes))
    for _ in range(sizes.shape[1] + 1):
        left = totals - np.where(shut & (sizes > 0.0), room, 0.0).sum(axis=1)
        moving = np.where(shut, 0.0, sizes).sum(axis=1)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            better = np.where(moving > 0.0, np.maximum(left, 0.0) / moving, np.inf)
        # Rates only rise: rounding must not reopen a pair that is full.
        rates = np.maximum(rates, better)
        full = shut | (_at_rate(sizes, np.inf, rates) >= room)
        if np.array_equal(full, shut):
            break
        shut = full
    return np.asarray(rates)


def split(sizes: FloatArray, totals: FloatArray, limits: Limits) -> FloatArray:
    """``(V, S)``, row totals beyond the floors shared within each row, and settled.

    Args:
        sizes: ``(V, S)``, finite and ``>= 0``.
        totals: ``(V,)``, what each row gets beyond its floors.
        limits: what has to hold; it does, exactly.
    """
    scaled = rescale(np.where(limits.room > 0.0, sizes, 0.0))
    rates = row_rates(scaled, limits.room, np.minimum(totals, limits.row_room))
    return limits.settle(_at_rate(scaled, limits.room, rates), sizes > 0.0)


def floored(problem: Problem, limits: Limits, share: float) -> Limits:
    """The same limits with floors ``l + share (uniform − l)``, which always fit.

    Uniform probabilities are feasible and so is anything between them and the floors.

    Args:
        problem: says which pairs are available.
        limits: to be raised.
        share: in ``[0, 1]``.

    Raises:
        InvalidProblemError: a share outside ``[0, 1]``.
    """
    if not 0.0 <= share <= 1.0:
        raise InvalidProblemError(f"the uniform share is {share:g}; give a number from 0 to 1")
    even = fill(problem.available.astype(np.float64), limits)
    lower = np.minimum(limits.lower + share * (even - limits.lower), even)
    return Limits(lower=lower, upper=limits.upper, cap=limits.cap, budget=limits.budget)


def _common_rate(sizes: FloatArray, limits: Limits, ceiling: FloatArray) -> float:
    """The rate ``t`` that spends the budget: Newton from the left, finite and monotone."""
    left, rate = limits.budget_left, 0.0
    moving = float(sizes.sum())
    fixed, count = 0.0, -1
    while moving > 0.0:
        with np.errstate(over="ignore"):
            better = max(left - fixed, 0.0) / moving
        if better <= rate:
            break
        rate = better
        shares = _at_rate(sizes, limits.room, np.minimum(ceiling, rate))
        free = (shares < limits.room) & (rate < ceiling)[:, None] & (sizes > 0.0)
        if int(free.sum()) == count:
            break
        count = int(free.sum())
        moving, fixed = float(sizes[free].sum()), float(shares[~free].sum())
    return rate if moving > 0.0 else np.inf


def _at_rate(sizes: FloatArray, room: FloatArray | float, rates: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        shares = np.multiply(sizes, rates[:, None], out=np.zeros_like(sizes), where=sizes > 0.0)
    return np.asarray(np.minimum(room, shares))

"""Floors of sums that cost nothing: an optimum without them that keeps them is one with them.

Without floors of sums entries pay nothing that is negative, and the solvers of such problems hold
more digits than the central path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from roundlot.solvers.central.settling import fits
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.scaling import changed, greatest
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices, prices_of_roots

SURELY = 1e-9  # relative, above the rounding of any plain sum

Found = TypeVar("Found")


def without_floors(problem: Problem) -> Problem:
    """The same problem without floors of sums."""
    return changed(problem, client_floor=None, group_floors=(), model_floors=None)


def without_free_levels(problem: Problem) -> Problem:
    """The same problem without clients' and groups' caps, where these are more than rows can use.

    So they are where a level has floors only.
    """
    for _, labels, caps in problem.levels:
        counts = np.bincount(labels, minlength=caps.size)
        if (counts * greatest(problem.processor_cap) > caps).any():
            return problem
    return changed(problem, client_cap=None, groups=(), group_caps=())


def keeps_floors(problem: Problem, p: FloatArray) -> bool:
    """Whether probabilities within all other limits keep the floors of sums, too."""
    for limit in problem.sum_floors():
        if (limit.sums(p) < limit.bound * (1.0 - SURELY)).any():
            return False
    return fits(problem, p)


def beside_floors(
    problem: Problem, solve: Callable[[Problem], Found], drawn: Callable[[Found], FloatArray]
) -> Found | None:
    """What is found without the floors of sums, if it keeps them; else None.

    Args:
        problem: with floors of sums.
        solve: of a problem without.
        drawn: the probabilities ``(V, S)`` of what was found.
    """
    try:
        found = solve(without_floors(problem))
    except (ConvergenceError, InfeasibleError):
        return None  # the central path says what is wrong, with the floors
    return found if keeps_floors(problem, drawn(found)) else None


def unpriced(problem: Problem, prices: Multipliers | Prices) -> Prices:
    """Prices of all other limits, with prices of 0 of the floors of sums."""
    if isinstance(prices, Multipliers):
        prices = prices_of_roots(
            problem, level=prices.level, rows=prices.rows, exponent=prices.exponent
        )
    nothing = no_prices(problem)
    return replace(prices, levels=prices.levels or nothing.levels, floors=nothing.floors)

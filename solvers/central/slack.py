"""Floors of sums that cost nothing: an optimum without them that keeps them is one with them.

Without floors of sums entries pay nothing that is negative, and the solvers of such problems hold
more digits than the central path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from roundlot.solvers.central.settling import fits
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices, prices_of_roots

SURELY = 1e-9  # relative, above the rounding of any plain sum

Found = TypeVar("Found")


def without_floors(problem: Problem) -> Problem:
    """The same problem without floors of sums."""
    return changed(problem, client_floor=None, group_floors=(), model_floors=None)


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
    return replace(prices, floors=no_prices(problem).floors)

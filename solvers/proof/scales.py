"""Whether float64 holds numbers of the size of squared scores, and what brings them into range."""

from __future__ import annotations

import math
import sys
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem

# A square below it has lost digits: the least normal float64 over the rounding of one.
LEAST_SQUARE = 2.0**-1022 / 2.0**-52
# A probability that small still gives a cost that is finite.
TINIEST = 1e-6


def may_leave_range(problem: Problem) -> bool:
    """Whether squares of the scores, over probabilities, may be above float64's range or below."""
    return squares_leave_range(float(problem.weighted_scores.max()), problem.scores.size)


def squares_leave_range(greatest: float, entries: int) -> bool:
    """The same of so many scores up to ``greatest``."""
    square = greatest * greatest
    return square * entries / TINIEST == math.inf or (greatest > 0.0 and square < LEAST_SQUARE)


def same_in_range(greatest: float, wanted: float, what: str = "scores") -> str:
    """What to do where numbers leave float64: a factor that takes the largest score near 1."""
    factor = min(max(Decimal(wanted) / Decimal(greatest), Decimal("1e-300")), Decimal("1e300"))
    return f"multiply all {what} by {factor:.0e}: no probability changes"


def holds(value: float) -> bool:
    """Whether float64 holds a number ``>= 0`` with all its digits."""
    return value == 0.0 or sys.float_info.min <= value < math.inf


def require_held(values: npt.ArrayLike, *, size: float, greatest: float, what: str) -> None:
    """Refuses numbers that float64 does not hold.

    Args:
        values: ``>= 0``.
        size: above 0 if some of them are.
        greatest: score.
        what: they are, of size score².

    Raises:
        InvalidProblemError: naming the factor that brings the scores near 1.
    """
    most = float(np.max(values, initial=0.0))
    if most == math.inf or (size > 0.0 and most < sys.float_info.min):
        raise InvalidProblemError(
            f"{what} {'above' if most == math.inf else 'below'} the range of float64; "
            f"{same_in_range(greatest, 1.0)}"
        )


def at_least_above_0(value: float, *, some: bool) -> float:
    """A sum of positive terms, if there are ``some``: not 0 where it is below what float64 has."""
    return math.ulp(0.0) if some and value == 0.0 else value

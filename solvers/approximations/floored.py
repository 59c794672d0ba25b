"""Limits whose floors are raised by a share of the uniform design: nobody is forgotten."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.approximations.filling import fill
from roundlot.solvers.approximations.limits import Limits
from roundlot.theory import InvalidProblemError, Problem


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

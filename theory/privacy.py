"""Probabilities that a privacy budget allows: amplification by secret sampling."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.errors import InvalidProblemError

# The quotient is taken down by more than its handful of roundings, so that it never promises more.
ROUNDING = 2.0**-48


@overload
def privacy_ceiling(epsilon: float, local_epsilon: float) -> float: ...


@overload
def privacy_ceiling(epsilon: Any, local_epsilon: Any) -> FloatArray: ...


def privacy_ceiling(epsilon: Any, local_epsilon: Any) -> float | FloatArray:
    """The greatest probability ``u`` with ``log(1 + u (e^ε₀ − 1)) <= ε``, at most 1.

    A round that is ``ε₀``-differentially private for whoever takes part is ``ε``-private for one
    who takes part with probability ``u``, independently of all others, if nobody learns who took
    part: ``u = (e^ε − 1) / (e^ε₀ − 1)``. Use it as ``ceiling`` of a problem; ``docs/privacy.md``
    says what is promised and what is not.

    Args:
        epsilon: ``ε > 0``, what a round may cost a client; a number, or one a client or pair.
        local_epsilon: ``ε₀ > 0``, of the round's mechanism, for a client that takes part, with the
            weight that its update then has.

    Returns:
        Of the shape of both together, a float for two numbers; rounded down.

    Raises:
        InvalidProblemError: what is no number, or not above 0 and finite.

    Source: Kasiviswanathan, Lee, Nissim, Raskhodnikova and Smith (2011); Balle, Barthe and
    Gaboardi (NeurIPS 2018), theorem 8, by which it is tight for Poisson sampling.
    """
    wanted, own = _positive(epsilon, "epsilon"), _positive(local_epsilon, "local_epsilon")
    with np.errstate(under="ignore", over="ignore"):
        # e^(ε − ε₀) (1 − e^−ε) / (1 − e^−ε₀): no term overflows
        share = np.exp(wanted - own) * (np.expm1(-wanted) / np.expm1(-own))
    found = np.where(wanted >= own, 1.0, np.minimum(share * (1.0 - ROUNDING), 1.0))
    return found if found.ndim else float(found)


def _positive(values: Any, name: str) -> FloatArray:
    table = real_numbers(values, name)
    bad = ~(np.isfinite(table) & (table > 0.0))
    if bad.any():
        raise InvalidProblemError(
            f"{name} is {table[bad].flat[0]:g}; it must be finite and above 0"
        )
    return table

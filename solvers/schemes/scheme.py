"""A sampling scheme, as bounds see it: the mean and second moment of its aggregation weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.schemes.definite import is_positive_semidefinite
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
Row = tuple[Fraction, ...]
Table = tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingScheme:
    """A server that steps along ``Σ_i c_i ∇f_i(x)`` with random weights ``c``, drawn afresh.

    Attributes:
        name: what the scheme is called.
        weights: ``(n,)`` fractions above 0, ``w_i = E c_i``; the objective is ``F = Σ w_i f_i``.
        second_moment: ``(n, n)`` fractions, ``M_ij = E[c_i c_j]``.

    Numbers may be given as fractions, integers, or floats (taken as the fractions they are).

    Raises:
        InvalidProblemError: a weight that is not above 0, or a second moment that no random
            weights with this mean have: not symmetric, or ``M − w wᵀ`` not semidefinite.
    """

    name: str
    weights: Row
    second_moment: Table

    def __post_init__(self) -> None:
        weights = fractions(self.weights, "weights")
        table = tuple(fractions(row, "second_moment") for row in self.second_moment)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "second_moment", table)
        if not weights or min(weights) <= 0:
            raise InvalidProblemError("weights must be above 0; leave out clients that have none")
        if len(table) != len(weights) or any(len(row) != len(weights) for row in table):
            raise InvalidProblemError(
                f"second_moment must be {len(weights)} x {len(weights)}, one row for each weight"
            )
        if any(table[i][j] != table[j][i] for i in range(len(table)) for j in range(i)):
            raise InvalidProblemError("second_moment is not symmetric; E[c_i c_j] is")
        if not is_positive_semidefinite(self.covariance):
            raise InvalidProblemError(
                "second_moment − weights weightsᵀ is not positive semidefinite; no random weights "
                "have these moments"
            )

    @property
    def n_clients(self) -> int:
        """``n``."""
        return len(self.weights)

    @property
    def covariance(self) -> Table:
        """``(n, n)``, ``Cov(c_i, c_j) = M_ij − w_i w_j``."""
        return tuple(
            tuple(m - w * v for m, v in zip(row, self.weights, strict=True))
            for row, w in zip(self.second_moment, self.weights, strict=True)
        )

    @property
    def participation_variance(self) -> Fraction:
        """``Var H`` of the total weight ``H = Σ c_i``."""
        return sum((sum(row, Fraction(0)) for row in self.covariance), Fraction(0))

    def floats(self) -> tuple[FloatArray, FloatArray]:
        """``weights (n,)`` and ``covariance (n, n)`` in float64, each correctly rounded."""
        return np.array(self.weights, dtype=np.float64), np.array(self.covariance, dtype=np.float64)

    def __repr__(self) -> str:
        return f"SamplingScheme({self.name!r}, {self.n_clients} clients)"


def fractions(values: Sequence[Any], name: str) -> Row:
    """The numbers as fractions; floats are the fractions they are.

    Raises:
        InvalidProblemError: something that is not a finite number.
    """
    return tuple(fraction(value, name) for value in values)


def fraction(value: Any, name: str) -> Fraction:
    """One number as a fraction.

    Raises:
        InvalidProblemError: not a finite number.
    """
    try:
        plain = value.item() if isinstance(value, np.generic) else value
        return Fraction(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidProblemError(f"{name} holds {value!r}; give finite numbers") from error

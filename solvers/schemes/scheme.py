"""Sampling schemes, as bounds see them: mean and second moment of their aggregation weights.

The schemes in use, each by its exact moments, and any other by its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certified_rounds.algebra import is_positive_semidefinite
from roundlot.theory.text import plural

Row = tuple[Fraction, ...]
Table = tuple[Row, ...]
Matrix = Sequence[Sequence[Fraction]]
Numbers = Sequence[Any]

MOST = int(1e300)  # of any number; float64 has no more than 1.8e308


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
        clients = plural(self.n_clients, "client")
        return f"SamplingScheme({self.name!r}, {self.n_clients} {clients})"


def fractions(values: Sequence[Any], name: str) -> Row:
    """The numbers as fractions; floats are the fractions they are.

    Raises:
        InvalidProblemError: something that is not a finite number.
    """
    one_by_one = listed(values)
    if one_by_one is None:
        raise InvalidProblemError(f"{name} is {briefly(values)}; give a list of numbers")
    return tuple(fraction(value, f"{name}[{i}]") for i, value in enumerate(one_by_one))


def listed(value: Any) -> list[Any] | None:
    """What it holds, in order; None of what holds nothing in an order, such as a number."""
    if isinstance(value, str | bytes | Mapping | Set):
        return None
    try:
        return list(value)
    except TypeError:
        return None


def briefly(value: Any) -> str:
    """As it was given, on one line and cut short."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no number of some thousand digits
        return "a number of thousands of digits"
    return text if len(text) <= 40 else f"{text[:37]}..."


def fraction(value: Any, name: str) -> Fraction:
    """One number as a fraction.

    Raises:
        InvalidProblemError: not a finite number, or one beyond 1e300.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    plain = plain.item() if isinstance(plain, np.ndarray) and plain.ndim == 0 else plain
    try:
        if isinstance(plain, bool | str):
            raise TypeError
        found = Fraction(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidProblemError(f"{name} is {briefly(value)}; give a finite number") from error
    if abs(found) > MOST:
        raise InvalidProblemError(
            f"{name} is {briefly(value)}; give a number up to 1e300, in larger units if need be"
        )
    return found


def whole(value: Any, name: str, most: int) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        InvalidProblemError: anything else.
    """
    number = fraction(value, name)
    if number.denominator != 1 or not 1 <= number <= most:
        raise InvalidProblemError(
            f"{name} is {briefly(value)}; give a whole number from 1 to {most}"
        )
    return int(number)


def full_participation(weights: Numbers) -> SamplingScheme:
    """Everybody, every round: ``c_i = w_i``."""
    return independent_clients(weights, [1] * len(weights), name="full participation")


def independent_clients(
    weights: Numbers, probabilities: Numbers, *, name: str = "independent"
) -> SamplingScheme:
    """Client ``i`` takes part with ``p_i``, whatever the others do: ``c_i = 1{i} w_i / p_i``.

    Raises:
        InvalidProblemError: a probability outside ``(0, 1]``.
    """
    return independent_processors(weights, [(p,) for p in probabilities], name=name)


def independent_processors(
    weights: Numbers, probabilities: Sequence[Numbers], *, name: str = "processors"
) -> SamplingScheme:
    """One model on clients with ``B_i`` processors: ``c_i = Σ_{b drew} w_i / (B_i p_ib)``.

    Args:
        weights: ``(n,)``, ``w``.
        probabilities: for every client its ``B_i`` probabilities, in ``(0, 1]``.

    Raises:
        InvalidProblemError: another number of clients, or a probability outside ``(0, 1]``.
    """
    w = fractions(weights, "weights")
    rows = [_probabilities(row) for row in probabilities]
    if len(rows) != len(w):
        raise InvalidProblemError(
            f"probabilities are for {len(rows)} {plural(len(rows), 'client')}, weights {len(w)}"
        )
    spread = [
        (share / len(row)) ** 2 * sum((1 / p - 1 for p in row), Fraction(0))
        for share, row in zip(w, rows, strict=True)
    ]
    return _scheme(name, w, lambda i, j: w[i] * w[j] + (spread[i] if i == j else 0))


def fixed_size(weights: Numbers, size: int) -> SamplingScheme:
    """``size`` of the ``n`` clients, uniformly without replacement: ``c_i = 1{i} w_i n / size``.

    Raises:
        InvalidProblemError: a size outside 1 to ``n``.
    """
    w = fractions(weights, "weights")
    n = len(w)
    if not 1 <= size <= n:
        raise InvalidProblemError(f"size is {size}; with {n} {plural(n, 'client')} give 1 to {n}")
    pair = Fraction(n * (size - 1), size * (n - 1)) if n > 1 else Fraction(1)
    return _scheme(
        f"{size} of {n}", w, lambda i, j: w[i] * w[j] * (Fraction(n, size) if i == j else pair)
    )


def multinomial(weights: Numbers, draws: int, chances: Numbers | None = None) -> SamplingScheme:
    """``draws`` draws with replacement: ``c_i = (times i came) w_i / (draws · chance_i)``.

    ``chances`` (summing to 1) are the weights over their sum by default: MD sampling by data size.

    Raises:
        InvalidProblemError: no draws, or chances that are not above 0 or do not sum to 1.
    """
    w = fractions(weights, "weights")
    q = fractions([v / sum(w) for v in w] if chances is None else chances, "chances")
    if len(q) != len(w) or min(q) <= 0 or sum(q) != 1:
        raise InvalidProblemError("chances must be above 0, one for each weight, summing to 1")
    if draws < 1:
        raise InvalidProblemError(f"draws is {draws}; give at least 1")
    again = Fraction(draws - 1, draws)
    return _scheme(
        f"{draws} with replacement",
        w,
        lambda i, j: w[i] * w[j] * (again + (1 / (draws * q[i]) if i == j else 0)),
    )


def from_outcomes(
    chances: Numbers, weights: Sequence[Numbers], *, name: str = "outcomes"
) -> SamplingScheme:
    """Any scheme with few outcomes: outcome ``k`` has ``chances[k]`` and ``c = weights[k] (n,)``.

    Raises:
        InvalidProblemError: chances that are negative or do not sum to 1, or ragged weights.
    """
    q, table = fractions(chances, "chances"), [fractions(row, "weights") for row in weights]
    if len(q) != len(table) or len({len(row) for row in table}) != 1:
        raise InvalidProblemError("give one row of weights, all as long, for each chance")
    if min(q) < 0 or sum(q) != 1:
        raise InvalidProblemError("chances must be at least 0 and sum to 1 exactly; use fractions")

    def expected(i: int, j: int | None = None) -> Fraction:
        outcomes = zip(q, table, strict=True)
        return sum((a * c[i] * (1 if j is None else c[j]) for a, c in outcomes), Fraction(0))

    return _scheme(name, tuple(expected(i) for i in range(len(table[0]))), expected)


def _scheme(name: str, weights: Row, moment: Any) -> SamplingScheme:
    n = range(len(weights))
    table = tuple(tuple(Fraction(moment(i, j)) for j in n) for i in n)
    return SamplingScheme(name=name, weights=weights, second_moment=table)


def _probabilities(row: Numbers) -> Row:
    found = fractions(row, "probabilities")
    if not found or min(found) <= 0 or max(found) > 1:
        raise InvalidProblemError(
            f"probabilities {list(map(float, found))} must lie in (0, 1]: a client that is never "
            "drawn biases the step"
        )
    return found

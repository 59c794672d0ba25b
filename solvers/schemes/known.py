"""The sampling schemes in use, each by the exact moments of its aggregation weights."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from roundlot.solvers.schemes.scheme import Row, SamplingScheme, fractions
from roundlot.theory import InvalidProblemError

Numbers = Sequence[Any]


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
        raise InvalidProblemError(f"probabilities are for {len(rows)} clients, weights {len(w)}")
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
        raise InvalidProblemError(f"size is {size}; with {n} clients give 1 to {n}")
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

"""Instances small enough that every outcome of a round can be listed, in rational numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.kinds import as_annotated
from roundlot.theory.random_streams import TINY, TINY_DIRECTIONS

Table = tuple[tuple[Fraction, ...], ...]
Vector = tuple[Fraction, ...]
MOST_OUTCOMES = 20_000
MOST_SIZE = MOST_OUTCOMES  # a row of so many models has as many outcomes


@dataclass(frozen=True, kw_only=True, eq=False)
class TinyInstance:
    """Weighted updates and a design, all rational.

    Attributes:
        updates: ``updates[v][s]`` is the vector ``u_vs``; its length is the same for all ``v``.
        weights: ``(V, S)``, what each row adds to the aggregate weight ``H``.
        probabilities: ``(V, S)``, rows summing to at most 1.
        client: ``(V,)``, the client of every processor.
    """

    updates: tuple[tuple[Vector, ...], ...]
    weights: Table
    probabilities: Table
    client: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(min(row) < 0 or sum(row) > 1 for row in self.probabilities):
            raise InvalidProblemError("probabilities must be at least 0 and rows sum to at most 1")
        outcomes = (self.n_models + 1) ** self.n_processors
        if outcomes > MOST_OUTCOMES:
            raise InvalidProblemError(
                f"{self.n_processors} processors and {self.n_models} models have {outcomes} "
                f"outcomes; give an instance with at most {MOST_OUTCOMES}"
            )

    @property
    def n_processors(self) -> int:
        """``V``."""
        return len(self.probabilities)

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self.probabilities[0])

    def outcomes(self) -> Iterator[tuple[tuple[int, ...], Fraction]]:
        """Every possible draw (the model of each processor, −1 idle) and its probability."""
        choices = [(*enumerate(row), (-1, 1 - sum(row))) for row in self.probabilities]
        for draw in product(*choices):
            chance = Fraction(1)
            for _, factor in draw:
                chance *= factor
            if chance:
                yield tuple(model for model, _ in draw), chance


@as_annotated
def random_instance(
    seed: int, *, processors: int = 5, models: int = 2, clients: int = 4, dim: int = 2
) -> TinyInstance:
    """A random instance with small integers over small integers; some clients own several rows.

    Raises:
        InvalidProblemError: more outcomes than can be listed.
    """
    sizes = {"processors": processors, "models": models, "clients": clients, "dim": dim}
    for name, size in sizes.items():
        if not 1 <= size <= MOST_SIZE:
            raise InvalidProblemError(f"{name} is {size}; give 1 to {MOST_SIZE}, all are listed")
    rng = TINY.generator(seed)
    client = np.sort(rng.integers(0, clients, processors))
    owned = np.bincount(client, minlength=clients)
    data = rng.integers(1, 6, (clients, models))
    total = data[np.unique(client)].sum(axis=0)
    steps = rng.integers(-3, 4, (clients, models, dim))
    weights = tuple(
        tuple(Fraction(int(data[i, s]), int(total[s] * owned[i])) for s in range(models))
        for i in client
    )
    updates = tuple(
        tuple(tuple(weights[v][s] * int(x) for x in steps[i, s]) for s in range(models))
        for v, i in enumerate(client)
    )
    return TinyInstance(
        updates=updates,
        weights=weights,
        probabilities=tuple(_random_row(rng, models) for _ in range(processors)),
        client=tuple(int(i) for i in client),
    )


def instance_of(solution: Any, seed: int = 0) -> TinyInstance:
    """A tiny instance with the scores and the very probabilities of a solved problem.

    A float is a rational number, so nothing is rounded: updates are the scores times rational unit
    vectors ``((1 − t²), 2t)/(1 + t²)`` in random directions.

    Args:
        solution: a record with a ``problem`` and ``probabilities``.
        seed: of the directions.

    Raises:
        InvalidProblemError: more outcomes than can be listed.
    """
    rng = TINY_DIRECTIONS.generator(seed)
    problem = solution.problem
    scores = _rational(problem.scores)
    weights = problem.weights if problem.weights is not None else np.ones_like(problem.scores)
    updates = tuple(
        tuple(tuple(score * x for x in _unit_vector(rng)) for score in row) for row in scores
    )
    return TinyInstance(
        updates=updates,
        weights=_rational(np.where(problem.available, weights, 0.0)),
        probabilities=_within_rows(_rational(solution.probabilities)),
        client=tuple(range(len(scores))),
    )


def floats(table: Sequence[Sequence[Fraction]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The nearest float64 to every entry."""
    return np.array([[float(x) for x in row] for row in table], dtype=np.float64)


def _random_row(rng: np.random.Generator, models: int) -> tuple[Fraction, ...]:
    parts = rng.integers(1, 6, models)
    whole = int(parts.sum() + rng.integers(0, 4))
    return tuple(Fraction(int(part), whole) for part in parts)


def _unit_vector(rng: np.random.Generator) -> Vector:
    slope = Fraction(int(rng.integers(-7, 8)), int(rng.integers(1, 6)))
    norm = 1 + slope * slope
    return ((1 - slope * slope) / norm, 2 * slope / norm)


def _rational(table: Any) -> Table:
    return tuple(tuple(Fraction(float(x)) for x in row) for row in np.asarray(table))


def _within_rows(table: Table) -> Table:
    """Rows of floats may exceed 1 by their rounding; then the largest entry gives it up."""
    rows = []
    for row in table:
        excess = sum(row) - 1
        if 0 < excess < Fraction(1, 10**9):
            largest = max(range(len(row)), key=row.__getitem__)
            row = tuple(x - excess if s == largest else x for s, x in enumerate(row))
        rows.append(row)
    return tuple(rows)

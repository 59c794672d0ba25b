"""Whether a symmetric matrix of fractions is positive semidefinite: decided, not estimated."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Matrix = Sequence[Sequence[Fraction]]


def is_positive_semidefinite(matrix: Matrix) -> bool:
    """Exact answer by the LDLᵀ factorisation in rational arithmetic; ``matrix`` is symmetric.

    A pivot below 0, or a pivot of 0 with something left in its row, refutes.
    """
    left = [list(row) for row in matrix]
    while left:
        (pivot, *row), *rest = left
        if pivot < 0 or (pivot == 0 and any(row)):
            return False
        below = [entries[1:] for entries in rest]
        left = below if pivot == 0 else _complement(below, row, pivot)
    return True


def _complement(
    block: list[list[Fraction]], row: list[Fraction], pivot: Fraction
) -> list[list[Fraction]]:
    """The Schur complement ``block − row rowᵀ / pivot``."""
    factors = [entry / pivot for entry in row]
    return [
        [value - factor * entry for value, entry in zip(values, row, strict=True)]
        if factor
        else values
        for values, factor in zip(block, factors, strict=True)
    ]

"""Quadratic forms in named vectors, and the exact decision whether one is a sum of squares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from roundlot.theory.certified_rounds.work import bits_of, spend

Vector = Mapping[int, Fraction]  # coefficients of the vectors of a block
Form = dict[tuple[int, int], Fraction]  # (i, j), i <= j: coefficient of ⟨v_i, v_j⟩
Matrix = list[list[Fraction]]


def unit(index: int) -> Vector:
    """One vector by itself."""
    return {index: Fraction(1)}


def combined(*terms: tuple[Fraction | int, Vector]) -> Vector:
    """The sum of ``factor · vector``."""
    found: dict[int, Fraction] = {}
    for factor, vector in terms:
        for index, value in vector.items():
            found[index] = found.get(index, Fraction(0)) + factor * value
    return {index: value for index, value in found.items() if value}


def product(left: Vector, right: Vector, factor: Fraction | int = 1) -> Form:
    """``factor ⟨left, right⟩``."""
    found: Form = {}
    for i, a in left.items():
        for j, b in right.items():
            key = (i, j) if i <= j else (j, i)
            found[key] = found.get(key, Fraction(0)) + factor * a * b
    return found


def total(terms: Iterable[tuple[Fraction | int, Form]]) -> Form:
    """The sum of ``factor · form``."""
    found: Form = {}
    for factor, form in terms:
        if factor:
            for key, value in form.items():
                found[key] = found.get(key, Fraction(0)) + factor * value
    return found


def matrix(form: Form, size: int) -> Matrix:
    """The symmetric ``(size, size)`` matrix of a form."""
    found = [[Fraction(0)] * size for _ in range(size)]
    for (i, j), value in form.items():
        if i == j:
            found[i][i] = value
        else:
            found[i][j] = found[j][i] = value / 2
    return found


def is_positive_semidefinite(symmetric: Sequence[Sequence[Fraction]]) -> bool:
    """Whether a symmetric matrix is positive semidefinite: elimination in whole numbers.

    A pivot below 0, or a pivot of 0 with something left in its row, refutes.

    Numbers grow by their own length with every pivot, which is spent before.

    Source: Bareiss (Math. Comput. 1968).
    """
    size = len(symmetric)
    spend(size**3 // 3, size * bits_of(value for row in symmetric for value in row) // 4)
    common = math.lcm(*(value.denominator for row in symmetric for value in row), 1)
    left = [[int(value * common) for value in row] for row in symmetric]
    previous = 1
    while left:
        (pivot, *row), *rest = left
        if pivot < 0 or (pivot == 0 and any(row)):
            return False
        if pivot == 0:
            left = [values[1:] for values in rest]
            continue
        left = [
            [
                (pivot * value - first * entry) // previous
                for value, entry in zip(values, row, strict=True)
            ]
            for first, *values in rest
        ]
        previous = pivot
    return True

"""Vectors by names, their inner products as real numbers of a Rocq file, and sums of squares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from roundlot.theory.certified_rounds.algebra import Matrix

Vector = Mapping[str, Fraction]  # by the name of an independent vector
Linear = dict[str, Fraction]  # by the name of a real number; "1" is the number itself
ONE = Fraction(1)


@dataclass(frozen=True, kw_only=True)
class Square:
    """``factor ‖vector‖²``."""

    factor: Fraction
    vector: Vector


def as_squares(symmetric: Matrix, vectors: list[Vector]) -> Iterator[Square]:
    """A form in ``vectors`` as squares, by elimination."""
    left = [list(row) for row in symmetric]
    for first in count():
        if not left:
            return
        (pivot, *row), *rest = left
        if pivot:
            factors = [ONE, *(entry / pivot for entry in row)]
            vector = combined(zip(factors, vectors[first:], strict=True))
            yield Square(factor=pivot, vector=vector)
            rest = [
                [value, *(v - a * b for v, b in zip(values, row, strict=True))]
                for a, (value, *values) in zip(factors[1:], rest, strict=True)
            ]
        left = [values[1:] for values in rest]


def interpolation(
    a: tuple[Vector, Vector], b: tuple[Vector, Vector], L: Fraction, mu: Fraction
) -> Linear:
    """The right side of ``f_a − f_b >= …``, moved to the left; Taylor et al. (2017), theorem 4."""
    (x, g), (z, h) = a, b
    way, turn = combined([(ONE, x), (-ONE, z)]), combined([(ONE, g), (-ONE, h)])
    found = inner(h, way, -ONE)
    share = ONE / (2 * (1 - mu / L))
    add(found, inner(turn, turn, -share / L))
    add(found, inner(way, way, -share * mu))
    add(found, inner(turn, way, 2 * share * mu / L))
    return found


def unit(name: str) -> Vector:
    """One vector by itself."""
    return {name: ONE}


def deviation(own: Vector) -> Vector:
    """What a client has beyond the mean of its kind; of what all share nothing is left."""
    return {f"d{name}": value for name, value in own.items() if name != "e"}


def combined(terms: Iterable[tuple[Fraction, Vector]]) -> Vector:
    """The sum of ``factor · vector``."""
    found: Linear = {}
    for factor, vector in terms:
        add(found, {name: factor * value for name, value in vector.items()})
    return {name: value for name, value in found.items() if value}


def add(found: Linear, more: Mapping[str, Fraction], factor: Fraction = ONE) -> None:
    """``factor · more`` to what is there."""
    for name, value in more.items():
        found[name] = found.get(name, Fraction(0)) + factor * value


def place(name: str) -> tuple[int, int, int]:
    """Of a vector in every list: its letter, its kind of clients, its local step."""
    name = name.removeprefix("d")  # only products of two deviations are named
    return "ehgn".index(name[0]), int(name[1:2] or 0), int(name[2:] or 0)


def product(a: str, b: str) -> str:
    """The name of the inner product of two vectors."""
    first, second = sorted((a, b), key=place)
    return f"{first}_{second}"


def inner(left: Vector, right: Vector, factor: Fraction = ONE) -> Linear:
    """``factor ⟨left, right⟩``."""
    found: Linear = {}
    for a, x in left.items():
        for b, y in right.items():
            add(found, {product(a, b): factor * x * y})
    return found


def number(value: Fraction) -> str:
    """For Rocq, with brackets unless it is a whole number that is not negative."""
    if value.denominator == 1:
        return str(value.numerator) if value >= 0 else f"(- {-value.numerator})"
    text = f"{abs(value.numerator)} / {value.denominator}"
    return f"({text})" if value >= 0 else f"(- ({text}))"


def written(value: Mapping[str, Fraction]) -> str:
    """For Rocq."""
    parts = [f"{number(factor)} * {name}" for name, factor in value.items() if factor]
    return " + ".join(parts) or "0"


def added_up(parts: list[str]) -> str:
    """The sum of all by halves: one after the other its type would be written in every step."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"(both _ _ {added_up(parts[:middle])}\n    {added_up(parts[middle:])})"

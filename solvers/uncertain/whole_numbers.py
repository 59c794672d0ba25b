"""Small whole numbers ``x`` with ``R <= Σ C x <= R + room``: sums of products met to the last bit.

Floats are whole numbers of units in the last place, so a sum of products with chances that must
come to a number exactly is an equation in whole numbers. Solutions of three unknowns are a lattice
of dimension two; near any point there is one about as far away as the square root of its area,
which for numbers of 53 digits is 26 digits: half of a float stays as it was.

Source: Lagrange's reduction of a lattice of dimension two, and rounding to it after Babai (1986).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

NEAR = 64  # steps of a second unknown that are tried where there is room


def small_solution(factors: list[int], least: int, room: int) -> list[int] | None:
    """The smallest ``x`` that was found, or None: one, two or three of them are not 0.

    Args:
        factors: ``C``, above 0.
        least: ``R``.
        room: at least 0.
    """
    found = list(_with_few(factors, least, room))
    if not found and room <= max(factors):
        found = list(_with_three(factors, least))
    return min(found, key=lambda x: max(map(abs, x)), default=None)


def _with_few(factors: list[int], least: int, room: int) -> Iterator[list[int]]:
    """With one that moves, or two if there is room."""
    for i, factor in enumerate(factors):
        x = -(-least // factor)
        if x * factor <= least + room:
            yield _placed(len(factors), {i: x})
    for i, j in combinations(range(len(factors)), 2) if room else ():
        for y in range(-NEAR, NEAR + 1):
            x = -(-(least - y * factors[j]) // factors[i])
            if x * factors[i] + y * factors[j] <= least + room:
                yield _placed(len(factors), {i: x, j: y})


def _with_three(factors: list[int], total: int) -> Iterator[list[int]]:
    for at in combinations(range(len(factors)), 3):
        found = _of_three([factors[i] for i in at], total)
        if found is not None:
            yield _placed(len(factors), dict(zip(at, found, strict=True)))


def _placed(size: int, values: dict[int, int]) -> list[int]:
    return [values.get(i, 0) for i in range(size)]


def _of_three(factors: list[int], total: int) -> list[int] | None:
    """A short solution of ``Σ C x = total``."""
    first, second, third = factors
    two, s, t = _euclid(first, second)
    all_, u, v = _euclid(two, third)
    times, rest = divmod(total, all_)
    if rest:
        return None
    x = [times * u * s, times * u * t, times * v]
    one = [second // two, -first // two, 0]
    other = [-s * third // all_, -t * third // all_, two // all_]
    one, other = _reduced(one, other)
    a, b, c = _dot(one, one), _dot(one, other), _dot(other, other)
    p, q, area = _dot(one, x), _dot(other, x), a * c - b * b
    i, j = _nearest(p * c - q * b, area), _nearest(q * a - p * b, area)
    return [k - i * m - j * n for k, m, n in zip(x, one, other, strict=True)]


def _reduced(one: list[int], other: list[int]) -> tuple[list[int], list[int]]:
    """The two shortest vectors of their lattice."""
    while True:
        if _dot(one, one) > _dot(other, other):
            one, other = other, one
        times = _nearest(_dot(one, other), _dot(one, one))
        if not times:
            return one, other
        other = [n - times * m for m, n in zip(one, other, strict=True)]


def _dot(one: list[int], other: list[int]) -> int:
    return sum(map(int.__mul__, one, other))


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _euclid(one: int, other: int) -> tuple[int, int, int]:
    """``(g, s, t)`` with ``g = gcd = s one + t other``."""
    g, s = one, 1
    last, after = other, 0
    while last:
        times = g // last
        g, last, s, after = last, g - times * last, after, s - times * after
    return g, s, (g - s * one) // other if other else 0

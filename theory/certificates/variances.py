"""What a variance is made of, enclosed: ``Σ x²/p``, ``Σ x² (1−p)/p`` and ``Σ x²`` of a table."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import (
    EXACT,
    NOTHING,
    UNIT,
    Enclosure,
    around,
    near_sum,
    two_to,
)

SMALL = 2.0**-400  # quotients and squares of what is above it stay in the normal range
ROUNDINGS = Fraction(8 * UNIT)  # of a term and of its sum: at most six units, and two to spare


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Per model: ``Σ x²/p``, ``Σ x² (1−p)/p`` and ``Σ x²``, in squared units of ``x``."""

    moments: tuple[Enclosure, ...]
    variances: tuple[Enclosure, ...]
    squares: tuple[Enclosure, ...]


def sums(table: FloatArray, design: FloatArray, *, exact: bool = False) -> Sums:
    """Those of ``x = table`` ``(V, S)``, with ``p > 0`` wherever ``x > 0``; all in fractions, if
    ``exact`` or few.
    """
    exact = exact or table.size <= EXACT
    columns = [_column(x, p, exact=exact) for x, p in zip(table.T, design.T, strict=True)]
    moments, variances, squares = zip(*columns, strict=True)
    return Sums(moments=moments, variances=variances, squares=squares)


def exact_variance(scores: FloatArray, design: FloatArray) -> Enclosure:
    """``Σ a² (1−p)/p`` of one model, ``(V,)`` each, to 400 binary digits."""
    return _column(scores, design, exact=True)[1]


def unit_of(values: FloatArray) -> int:
    """The exponent of a power of two just above the largest value; 0 where all are 0."""
    return int(np.frexp(values.max(initial=0.0))[1])


def _column(x: FloatArray, p: FloatArray, *, exact: bool) -> tuple[Enclosure, Enclosure, Enclosure]:
    held = x > 0.0
    x, p = np.ascontiguousarray(x[held]), np.ascontiguousarray(p[held])
    unit = unit_of(x)
    with np.errstate(under="ignore"):
        scaled = np.ldexp(x, -unit)
    plain = np.zeros_like(held[held]) if exact else (scaled >= SMALL) & (p >= SMALL)
    found = _in_floats(scaled[plain], p[plain], two_to(2 * unit))
    rest = [_term(*pair) for pair in zip(x[~plain].tolist(), p[~plain].tolist(), strict=True)]
    for term in rest:
        found = (found[0] + term[0], found[1] + term[1], found[2] + term[2])
    return found


def _in_floats(
    x: FloatArray, p: FloatArray, unit: Fraction
) -> tuple[Enclosure, Enclosure, Enclosure]:
    if not x.size:
        return NOTHING, NOTHING, NOTHING
    moments = x / p * x
    return (
        _wide(near_sum(moments), unit),
        _wide(near_sum(moments * (1.0 - p)), unit),
        _wide(near_sum(x * x), unit),
    )


def _wide(value: FloatArray, unit: Fraction) -> Enclosure:
    scaled = Fraction(float(value)) * unit
    return Enclosure(scaled * (1 - ROUNDINGS), scaled * (1 + ROUNDINGS))


def _term(x: float, p: float) -> tuple[Enclosure, Enclosure, Enclosure]:
    square, share = Fraction(x) ** 2, Fraction(p)
    return around(square / share), around(square * (1 - share) / share), around(square)


def never_drawn(table: FloatArray, design: FloatArray) -> BoolArray:
    """Where ``x > 0`` and ``p = 0``: the variance is infinite."""
    return np.asarray((table > 0.0) & (design == 0.0))

"""Loops over the rows of the base program, piece by piece: what threads share.

Sums of pieces are added without rounding, or with one; they depend on the number of rows alone.
"""

from __future__ import annotations

import math
from fractions import Fraction

from roundlot.solvers import kernels
from roundlot.theory.arrays import FloatArray

# Rows of a piece: the loops are short, so pieces are long.
ROWS = 1 << 16


def rows_of(count: int) -> list[slice]:
    """Ranges of rows."""
    return kernels.pieces(count, ROWS)


def caps_at(caps: FloatArray, rows: slice) -> FloatArray:
    """The caps of some rows, or the one that all share."""
    return caps if caps.size == 1 else caps[rows]


def summed(
    scores: FloatArray, caps: FloatArray, level: float, sums: FloatArray
) -> tuple[float, float, float, float]:
    """As `kernels.summed`."""
    found = kernels.in_pieces(
        lambda rows: kernels.summed(scores[rows], caps_at(caps, rows), level, sums[rows]),
        rows_of(len(scores)),
    )
    top, wanted, held, free = zip(*found, strict=True)
    most = max(top) if all(x == x for x in top) else math.nan
    return most, total(wanted), total(held), total(free)


def total(parts: tuple[float, ...]) -> float:
    """Their sum, rounded once; infinite or NaN where one is."""
    try:
        return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)
    except OverflowError:
        return math.inf


def base_piece(
    sums: FloatArray, caps: FloatArray, level: float, budget: float
) -> tuple[float, float]:
    """As `kernels.base_piece`."""
    found = kernels.in_pieces(
        lambda rows: kernels.base_piece(sums[rows], caps_at(caps, rows), level, 0.0),
        rows_of(len(sums)),
    )
    less, free = zip(*found, strict=True)
    return total((budget, *less)), total(free)


Width = tuple[Fraction, float]


def shared_piece(sums: FloatArray, limit: float) -> tuple[int, Width, float, float]:
    """``(rows at or above the limit, the sum of the others, greatest below, least above)``.

    The sum comes with what it may be off by.
    """
    found = kernels.in_pieces(
        lambda rows: kernels.shared_faithful_piece(sums[rows], limit), rows_of(len(sums))
    )
    count, high, low, width, below, above = zip(*found, strict=True)
    return sum(count), _sum(high, low, width), max(below), min(above)


def own_piece(
    sums: FloatArray, caps: FloatArray, level: float
) -> tuple[Width, Width, float, float]:
    """As `kernels.faithful_piece`, the first two with what they may be off by."""
    found = kernels.in_pieces(
        lambda rows: kernels.faithful_piece(sums[rows], caps[rows], level), rows_of(len(sums))
    )
    held, free, low, high = zip(*found, strict=True)
    first, second = (_sum(*zip(*part, strict=True)) for part in (held, free))
    return first, second, max(low), min(high)


def _sum(high: tuple[float, ...], low: tuple[float, ...], width: tuple[float, ...]) -> Width:
    return sum(map(Fraction, (*high, *low)), Fraction(0)), math.fsum(width)


def write_surely(
    scores: FloatArray,
    sums: FloatArray,
    caps: FloatArray,
    level: float,
    least: float,
    out: FloatArray,
) -> None:
    """As `kernels.write_surely`."""
    kernels.in_pieces(
        lambda rows: kernels.write_surely(
            scores[rows], sums[rows], caps_at(caps, rows), level, least, out[rows]
        ),
        rows_of(len(scores)),
    )


def row_roots(sums: FloatArray, caps: FloatArray, level: float, out: FloatArray) -> None:
    """As `kernels.row_roots`."""
    kernels.in_pieces(
        lambda rows: kernels.row_roots(sums[rows], caps_at(caps, rows), level, out[rows]),
        rows_of(len(sums)),
    )

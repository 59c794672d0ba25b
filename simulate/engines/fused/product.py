"""Matrix products of any size, cut into blocks that stay in registers."""

from __future__ import annotations

from typing import Any

from roundlot.simulate.engines.fused.vectors import LANES, block
from roundlot.solvers.kernels.compiling import compiled

_WIDE = 4 * LANES
_wide_4, _wide_2, _wide_1 = (block(rows, 4, masked=False) for rows in (4, 2, 1))
_narrow_8, _narrow_4, _narrow_2, _narrow_1 = (block(rows, 1, masked=True) for rows in (8, 4, 2, 1))
_LANES, _INT = LANES, 4


@compiled
def product(
    a: int,
    row: int,
    off: int,
    b: int,
    b_row: int,
    count: int,
    start: int,
    start_row: int,
    c: int,
    place: int,
    scale: Any,
    rows: int,
    columns: int,
    floor: Any,
) -> None:
    """``C[place(r) + n] = start[r, n] + scale * sum_j A[row[r] + off[j]] B[j, n]``, all addresses.

    ``A, B, start, C`` are float32, ``row, off, place`` int32; ``start_row`` 0: one row for all.
    B may be read up to 15 entries beyond each row's end, and so must the start.
    No entry falls below ``floor``.
    """
    n = 0
    while n + _WIDE <= columns:
        _wide(
            a, row, off, b + _INT * n, b_row, count, start + _INT * n, start_row, c + _INT * n,
            place, scale, rows, floor,
        )  # fmt: skip
        n += _WIDE
    while n < columns:
        width = min(_LANES, columns - n)
        _narrow(
            a, row, off, b + _INT * n, b_row, count, start + _INT * n, start_row, c + _INT * n,
            place, scale, rows, width, floor,
        )  # fmt: skip
        n += _LANES


@compiled
def _wide(
    a: int,
    row: int,
    off: int,
    b: int,
    b_row: int,
    count: int,
    start: int,
    start_row: int,
    c: int,
    place: int,
    scale: Any,
    rows: int,
    floor: Any,
) -> None:
    """64 columns."""
    step = _INT * start_row
    while rows >= 4:
        _wide_4(a, row, off, b, b_row, count, start, start_row, c, place, scale, 0, floor)
        row, start, place = row + 4 * _INT, start + 4 * step, place + 4 * _INT
        rows -= 4
    if rows >= 2:
        _wide_2(a, row, off, b, b_row, count, start, start_row, c, place, scale, 0, floor)
        row, start, place = row + 2 * _INT, start + 2 * step, place + 2 * _INT
        rows -= 2
    if rows >= 1:
        _wide_1(a, row, off, b, b_row, count, start, start_row, c, place, scale, 0, floor)


@compiled
def _narrow(
    a: int,
    row: int,
    off: int,
    b: int,
    b_row: int,
    count: int,
    start: int,
    start_row: int,
    c: int,
    place: int,
    scale: Any,
    rows: int,
    width: int,
    floor: Any,
) -> None:
    """Up to 16 columns."""
    step = _INT * start_row
    while rows >= 8:
        _narrow_8(a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 8 * _INT, start + 8 * step, place + 8 * _INT
        rows -= 8
    if rows >= 4:
        _narrow_4(a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 4 * _INT, start + 4 * step, place + 4 * _INT
        rows -= 4
    if rows >= 2:
        _narrow_2(a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 2 * _INT, start + 2 * step, place + 2 * _INT
        rows -= 2
    if rows >= 1:
        _narrow_1(a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor)

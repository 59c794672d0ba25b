"""Matrix products of any size, cut into blocks that stay in registers."""

from __future__ import annotations

from typing import Any

from roundlot.simulate.compiled import compiled
from roundlot.simulate.training.fused_tile import LANES, block

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
            a,
            row,
            off,
            b + _INT * n,
            b_row,
            count,
            start + _INT * n,
            start_row,
            c + _INT * n,
            place,
            scale,
            rows,
            floor,
        )
        n += _WIDE
    while n < columns:
        width = min(_LANES, columns - n)
        _narrow(
            a,
            row,
            off,
            b + _INT * n,
            b_row,
            count,
            start + _INT * n,
            start_row,
            c + _INT * n,
            place,
            scale,
            rows,
            width,
            floor,
        )
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
    r, step = 0, _INT * start_row
    while r + 4 <= rows:
        _wide_4(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            0,
            floor,
        )
        r += 4
    if r + 2 <= rows:
        _wide_2(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            0,
            floor,
        )
        r += 2
    if r < rows:
        _wide_1(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            0,
            floor,
        )


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
    r, step = 0, _INT * start_row
    while r + 8 <= rows:
        _narrow_8(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            width,
            floor,
        )
        r += 8
    if r + 4 <= rows:
        _narrow_4(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            width,
            floor,
        )
        r += 4
    if r + 2 <= rows:
        _narrow_2(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            width,
            floor,
        )
        r += 2
    if r < rows:
        _narrow_1(
            a,
            row + _INT * r,
            off,
            b,
            b_row,
            count,
            start + step * r,
            start_row,
            c,
            place + _INT * r,
            scale,
            width,
            floor,
        )

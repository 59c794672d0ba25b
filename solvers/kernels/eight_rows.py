"""Sums of eight rows at once, the entries of each in their order.

A vector holds one entry of each row. Memory has rows one after the other, so squares of entries are
transposed in registers: three exchanges, as in a Fourier transform, between vectors that are 1, 2
and 4 rows apart. That is faster than entry by entry, and the sums are the same to the last bit.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from roundlot.solvers.kernels.instruction import numba_type

ROWS = 8
# What each exchange takes of two vectors: places of the first from 0 on, of the second from 8 on.
ODD_EVEN = ([0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15])
PAIRS = ([0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15])
HALVES = ([0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15])


class _AddEightRows:
    """``add_eight_rows(x, start, width, count, out, at)`` in a compiled loop.

    Writes to ``out[at : at + 8]`` the sums of the first ``count`` entries, from 0 on, of eight rows
    of ``width``, the first at ``x[start]``. ``x`` is flat, float64 or float32; ``out`` is float64.
    """

    def __call__(self, x: Any, start: int, width: int, count: int, out: Any, at: int) -> None:
        """The same in Python."""
        for v in range(ROWS):
            total = 0.0
            for s in range(count):
                total += float(x[start + v * width + s])
            out[at + v] = total

    @cached_property
    def _numba_type_(self) -> Any:
        from numba import types

        def add(
            typingctx: Any, x: Any, start: Any, width: Any, count: Any, out: Any, at: Any
        ) -> Any:
            place = types.intp
            return types.void(x, place, place, place, out, place), _emit

        return numba_type(add)


def _emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    from llvmlite import ir
    from numba.core import cgutils

    x, start, width, count, out, at = given
    x, out = (
        context.make_array(kind)(context, builder, array).data
        for kind, array in ((signature.args[0], x), (signature.args[4], out))
    )
    number = start.type
    first = [
        builder.gep(x, [builder.add(start, builder.mul(width, number(v)))]) for v in range(ROWS)
    ]
    vector = ir.VectorType(ir.DoubleType(), ROWS)
    sums = cgutils.alloca_once_value(builder, vector([0.0] * ROWS))

    def add(s: Any, size: int) -> None:
        total = builder.load(sums)
        for column in _columns(builder, first, s, size):
            total = builder.fadd(total, column)
        builder.store(total, sums)

    with cgutils.for_range(builder, builder.lshr(count, number(3))) as loop:
        add(builder.shl(loop.index, number(3)), ROWS)
    done = builder.and_(count, number(~7))
    for size in (4, 2, 1):  # what is left, by the bits of its number
        some = builder.and_(count, number(size))
        with builder.if_then(builder.icmp_unsigned("!=", some, number(0))):
            add(done, size)
        done = builder.add(done, some)
    place = builder.bitcast(builder.gep(out, [at]), vector.as_pointer())
    builder.store(builder.load(sums), place, align=8)
    return context.get_dummy_value()


def _columns(builder: Any, first: list[Any], s: Any, size: int) -> list[Any]:
    """Vectors of the entries from ``s`` on of eight rows, 8, 4, 2 or 1 of them."""
    from llvmlite import ir

    rows = [_entries(builder, builder.gep(row, [s]), size) for row in first]
    if size == 1:
        column = ir.VectorType(ir.DoubleType(), ROWS)(ir.Undefined)
        for v, entry in enumerate(rows):
            column = builder.insert_element(column, entry, ir.IntType(32)(v))
        return [column]
    if size == 2:
        rows = [_mixed(builder, rows[v], rows[v + 2], range(4)) for v in (0, 1, 4, 5)]
        rows = [_mixed(builder, rows[v], rows[v + 2], range(ROWS)) for v in (0, 1)]
    if size == 4:
        rows = [_mixed(builder, rows[v], rows[v + 4], range(ROWS)) for v in range(4)]
    # Exchanges between vectors 1, 2, 4 apart, of those that stand for different rows.
    for apart, (lower, upper) in ((1, ODD_EVEN), (2, PAIRS), (4, HALVES)):
        if apart < size:
            swapped = rows.copy()
            for v in range(size):
                if not v & apart:
                    swapped[v] = _mixed(builder, rows[v], rows[v + apart], lower)
                    swapped[v + apart] = _mixed(builder, rows[v], rows[v + apart], upper)
            rows = swapped
    return rows


def _entries(builder: Any, place: Any, size: int) -> Any:
    """Some entries of a row, in float64."""
    from llvmlite import ir

    kind, wide = place.type.pointee, ir.DoubleType()
    align = 4 if isinstance(kind, ir.FloatType) else 8
    if size > 1:
        place = builder.bitcast(place, ir.VectorType(kind, size).as_pointer())
        wide = ir.VectorType(wide, size)
    found = builder.load(place, align=align)
    return found if kind == ir.DoubleType() else builder.fpext(found, wide)


def _mixed(builder: Any, one: Any, other: Any, places: Any) -> Any:
    """The entries at some places of two vectors."""
    from llvmlite import ir

    number = ir.IntType(32)
    mask = ir.VectorType(number, len(places))([number(i) for i in places])
    return builder.shuffle_vector(one, other, mask)


add_eight_rows = _AddEightRows()

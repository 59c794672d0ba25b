"""A block of a matrix product held in registers, written for the compiler's vectors of 16 floats.

``C[place(r) + n] = start[r, n] + scale * sum_j A[row[r] + off[j]] B[j, n]``: a linear layer, a
convolution (taps are offsets, no copy of patches), the slope of weights (rows and offsets swapped)
and the slope of inputs are all this product. Each entry is one chain of multiply-adds in the order
of ``j``, whatever the block it lies in, so blocks do not change bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)
_FUSED = ("contract",)


def block(rows: int, vectors: int, *, masked: bool) -> Callable[..., None]:
    """The compiled product of ``rows`` x ``16 vectors`` entries.

    It takes A's address, its rows and offsets (addresses of int32), B's address and row length,
    how many ``j``, the start's address and row length (0: one row for all), C's address and
    places, the scale, and how many of the 16 columns to write (the last vector's, if masked).
    """

    signature = types.void(*[types.int64] * 10, types.float32, types.int64)

    @intrinsic  # type: ignore[misc]
    def product(
        typingctx: Any,
        a: Any,
        row: Any,
        off: Any,
        b: Any,
        b_row: Any,
        count: Any,
        start: Any,
        start_row: Any,
        c: Any,
        place: Any,
        scale: Any,
        width: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _emit(builder, given, rows, vectors, masked)
            return context.get_dummy_value()

        return signature, emit

    return product  # type: ignore[no-any-return]


def _emit(builder: Any, args: list[Any], rows: int, vectors: int, masked: bool) -> None:
    a, row, off, b, b_row, count, start, start_row, c, place, scale, width = args
    floats, ints = _FLOAT.as_pointer(), _INT.as_pointer()
    a, b, start, c = (builder.inttoptr(p, floats) for p in (a, b, start, c))
    row, off, place = (builder.inttoptr(p, ints) for p in (row, off, place))
    lines = [builder.gep(a, [_entry(builder, row, r)]) for r in range(rows)]
    sums = _sum_up(builder, lines, off, b, b_row, count, rows, vectors)
    spread = _spread(builder, scale)
    for r in range(rows):
        begin = builder.gep(start, [builder.mul(start_row, _LONG(r))])
        end = builder.gep(c, [_entry(builder, place, r)])
        for v in range(vectors):
            value = builder.fmul(sums[r][v], spread, flags=_FUSED)
            value = builder.fadd(value, _load(builder, begin, v), flags=_FUSED)
            _store(builder, value, end, v, width if masked else None)


def _sum_up(
    builder: Any,
    lines: list[Any],
    off: Any,
    b: Any,
    b_row: Any,
    count: Any,
    rows: int,
    vectors: int,
) -> list[list[Any]]:
    """The loop over ``j``; sums live in registers as the loop's variables."""
    before, loop, after = (
        builder.block,
        builder.append_basic_block("sum"),
        builder.append_basic_block("summed"),
    )
    builder.branch(loop)
    builder.position_at_end(loop)
    j = builder.phi(_LONG)
    j.add_incoming(_LONG(0), before)
    sums = [[builder.phi(_VECTOR) for _ in range(vectors)] for _ in range(rows)]
    shift = builder.sext(builder.load(builder.gep(off, [j])), _LONG)
    line = builder.gep(b, [builder.mul(j, b_row)])
    parts = [_load(builder, line, v) for v in range(vectors)]
    totals = []
    for r in range(rows):
        factor = _spread(builder, builder.load(builder.gep(lines[r], [shift])))
        totals.append(
            [
                builder.fadd(
                    builder.fmul(factor, parts[v], flags=_FUSED), sums[r][v], flags=_FUSED
                )
                for v in range(vectors)
            ]
        )
    further = builder.add(j, _LONG(1))
    builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
    j.add_incoming(further, loop)
    for r in range(rows):
        for v in range(vectors):
            sums[r][v].add_incoming(ir.Constant(_VECTOR, None), before)
            sums[r][v].add_incoming(totals[r][v], loop)
    builder.position_at_end(after)
    return totals


def _entry(builder: Any, table: Any, number: int) -> Any:
    return builder.sext(builder.load(builder.gep(table, [_LONG(number)])), _LONG)


def _spread(builder: Any, value: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _INT(0))
    zeros = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), zeros)


def _load(builder: Any, line: Any, vector: int) -> Any:
    place = builder.gep(line, [_LONG(LANES * vector)])
    return builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=4)


def _store(builder: Any, value: Any, line: Any, vector: int, width: Any) -> None:
    place = builder.bitcast(builder.gep(line, [_LONG(LANES * vector)]), _VECTOR.as_pointer())
    if width is None:
        builder.store(value, place, align=4)
        return
    numbers = ir.VectorType(_INT, LANES)
    one = builder.insert_element(
        ir.Constant(numbers, ir.Undefined), builder.trunc(width, _INT), _INT(0)
    )
    zeros = ir.Constant(numbers, [0] * LANES)
    widths = builder.shuffle_vector(one, ir.Constant(numbers, ir.Undefined), zeros)
    mask = builder.icmp_signed("<", ir.Constant(numbers, list(range(LANES))), widths)
    kind = ir.FunctionType(ir.VoidType(), [_VECTOR, _VECTOR.as_pointer(), _INT, _MASK])
    name = "llvm.masked.store.v16f32.p0"
    store = cgutils.get_or_insert_function(builder.module, kind, name)
    builder.call(store, [value, place, _INT(4), mask])


@intrinsic  # type: ignore[misc]
def next_ticket(typingctx: Any, counter: Any) -> Any:
    """Count one up at this address, for all threads at once; gives the number before."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _LONG.as_pointer())
        return builder.atomic_rmw("add", place, _LONG(1), "monotonic")

    return types.int64(types.intp), emit


@intrinsic  # type: ignore[misc]
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """The float32 with these 32 bits."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _FLOAT)

    return types.float32(types.int32), emit

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
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INTS = ir.VectorType(_INT, LANES)
_FUSED = ("contract",)


def block(rows: int, vectors: int, *, masked: bool) -> Callable[..., None]:
    """The compiled product of ``rows`` x ``16 vectors`` entries.

    It takes A's address, its rows and offsets (addresses of int32), B's address and row length,
    how many ``j``, the start's address and row length (0: one row for all), C's address and
    places, the scale, how many of the 16 columns to write (the last vector's, if masked), and
    what no entry falls below: ReLU's 0, or minus infinity.
    """

    signature = types.void(*[types.int64] * 10, types.float32, types.int64, types.float32)

    @intrinsic  # type: ignore[untyped-decorator]
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
        floor: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _emit(builder, given, rows, vectors, masked)
            return context.get_dummy_value()

        return signature, emit

    return product  # type: ignore[no-any-return]


def _emit(builder: Any, args: list[Any], rows: int, vectors: int, masked: bool) -> None:
    a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor = args
    floats, ints = _FLOAT.as_pointer(), _INT.as_pointer()
    a, b, start, c = (builder.inttoptr(p, floats) for p in (a, b, start, c))
    row, off, place = (builder.inttoptr(p, ints) for p in (row, off, place))
    lines = [builder.gep(a, [entry(builder, row, _LONG(r))]) for r in range(rows)]
    sums = _sum_up(builder, lines, off, b, b_row, count, rows, vectors)
    factor, least = spread(builder, scale), spread(builder, floor)
    mask = numbers_below(builder, width) if masked else None
    for r in range(rows):
        begin = builder.gep(start, [builder.mul(start_row, _LONG(r))])
        spot = entry(builder, place, _LONG(r))
        end = builder.gep(c, [spot])
        for v in range(vectors):
            value = builder.fmul(sums[r][v], factor, flags=_FUSED)
            value = builder.fadd(value, _load(builder, begin, v), flags=_FUSED)
            value = builder.select(builder.fcmp_ordered("<", value, least), least, value)
            store_vector(builder, value, builder.gep(end, [_LONG(LANES * v)]), mask)


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
        factor = spread(builder, builder.load(builder.gep(lines[r], [shift])))
        totals.append(
            [
                builder.fadd(builder.fmul(factor, parts[v], flags=_FUSED), sums[r][v], flags=_FUSED)
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


def _load(builder: Any, line: Any, vector: int) -> Any:
    return load_vector(builder, builder.gep(line, [_LONG(LANES * vector)]))


def entry(builder: Any, table: Any, number: Any) -> Any:
    """A number of an int32 table, as int64."""
    return builder.sext(builder.load(builder.gep(table, [number])), _LONG)


def spread(builder: Any, value: Any, kind: Any = _VECTOR) -> Any:
    """A vector of one value."""
    nothing = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(nothing, value, _INT(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(_INTS, [0] * LANES))


def load_vector(builder: Any, place: Any, kind: Any = _VECTOR) -> Any:
    """Sixteen numbers from anywhere."""
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=4)


def numbers_below(builder: Any, width: Any) -> Any:
    """A mask of the first ``width`` lanes."""
    widths = spread(builder, builder.trunc(width, _INT), _INTS)
    return builder.icmp_signed("<", ir.Constant(_INTS, list(range(LANES))), widths)


def store_vector(builder: Any, value: Any, place: Any, mask: Any) -> None:
    """Sixteen numbers to anywhere, or with a mask some of them."""
    place = builder.bitcast(place, value.type.as_pointer())
    if mask is None:
        builder.store(value, place, align=4)
        return
    kind = ir.FunctionType(ir.VoidType(), [value.type, place.type, _INT, mask.type])
    letter = "f" if value.type == _VECTOR else "i"
    name = f"llvm.masked.store.v{LANES}{letter}32.p0"
    store = cgutils.get_or_insert_function(builder.module, kind, name)
    builder.call(store, [value, place, _INT(4), mask])


@intrinsic  # type: ignore[untyped-decorator]
def next_ticket(typingctx: Any, counter: Any) -> Any:
    """Count one up at this address, for all threads at once; gives the number before."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _LONG.as_pointer())
        return builder.atomic_rmw("add", place, _LONG(1), "monotonic")

    return types.int64(types.intp), emit


@intrinsic  # type: ignore[untyped-decorator]
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """The float32 with these 32 bits."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _FLOAT)

    return types.float32(types.int32), emit

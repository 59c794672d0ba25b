"""Matrix products of any size, cut into blocks held in registers.

``C[place(r) + n] = start[r, n] + scale * sum_j A[row[r] + off[j]] B[j, n]``: a linear layer, a
convolution (taps are offsets, no copy of patches), the slope of weights (rows and offsets swapped)
and the slope of inputs are all this product. Each entry is one chain of multiply-adds in the order
of ``j``, whatever the block it lies in, so blocks do not change bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.vectors import (
    FLOAT,
    INT,
    INTS,
    LANES,
    LONG,
    VECTOR,
    entry,
    load_vector,
    numbers_below,
    spread,
    spread_pair,
    store_vector,
)
from roundlot.solvers.kernels.compiling import compiled

_FUSED = ("contract",)  # a multiply and an add may become one instruction, which rounds once


class Factors(NamedTuple):
    """``A`` with its rows and offsets, ``B`` with its row length, and how many ``j``.

    All but the last two are addresses: of float32, and of int32 for rows and offsets. ``B`` may be
    read up to 15 entries beyond each row's end.
    """

    a: int
    row: int
    off: int
    b: int
    b_row: int
    terms: int


class Goal(NamedTuple):
    """``start`` with its row length (0: one row for all), ``C`` with its places, scale and floor.

    No entry falls below the floor: ReLU's 0, or minus infinity. The start is read as ``B`` is.
    """

    start: int
    start_row: int
    c: int
    place: int
    scale: Any
    floor: Any


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


def paired_block(rows: int) -> Callable[..., None]:
    """The compiled product of ``rows`` x up to 8 entries, two ``j`` at a time.

    Eight columns fill half of a vector only. Where offsets come in neighbouring pairs, and ``B``
    has the two rows of each pair in turns (as `descent` lays it out), a vector holds eight columns
    of both: two chains for each entry, of even and of odd ``j``, which are added up at the end.

    It takes what `block` takes, less B's row length, with the number of pairs.
    """

    signature = types.void(*[types.int64] * 9, types.float32, types.int64, types.float32)

    @intrinsic  # type: ignore[untyped-decorator]
    def product(
        typingctx: Any,
        a: Any,
        row: Any,
        off: Any,
        b: Any,
        pairs: Any,
        start: Any,
        start_row: Any,
        c: Any,
        place: Any,
        scale: Any,
        width: Any,
        floor: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _emit_pairs(builder, given, rows)
            return context.get_dummy_value()

        return signature, emit

    return product  # type: ignore[no-any-return]


def _emit_pairs(builder: Any, args: list[Any], rows: int) -> None:
    a, row, off, b, pairs, start, start_row, c, place, scale, width, floor = args
    floats, ints = FLOAT.as_pointer(), INT.as_pointer()
    a, b, start, c = (builder.inttoptr(p, floats) for p in (a, b, start, c))
    row, off, place = (builder.inttoptr(p, ints) for p in (row, off, place))
    lines = [builder.gep(a, [entry(builder, row, LONG(r))]) for r in range(rows)]

    def terms(j: Any) -> tuple[list[Any], list[Any]]:
        shift = entry(builder, off, builder.shl(j, LONG(1)))
        both = load_vector(builder, builder.gep(b, [builder.mul(j, LONG(LANES))]))
        return [spread_pair(builder, builder.gep(line, [shift])) for line in lines], [both]

    sums = chains(builder, pairs, rows, 1, terms)
    halves = [[halved(builder, both)] for (both,) in sums]
    write(
        builder, halves, (start, start_row, c, place, scale, floor), numbers_below(builder, width)
    )


def halved(builder: Any, pairs: Any) -> Any:
    """Even and odd lanes added up, in the first eight lanes."""
    nothing = ir.Constant(VECTOR, ir.Undefined)
    even, odd = (
        builder.shuffle_vector(
            pairs, nothing, ir.Constant(INTS, [2 * (lane % 8) + first for lane in range(LANES)])
        )
        for first in (0, 1)
    )
    return builder.fadd(even, odd)


def _emit(builder: Any, args: list[Any], rows: int, vectors: int, masked: bool) -> None:
    a, row, off, b, b_row, count, start, start_row, c, place, scale, width, floor = args
    floats, ints = FLOAT.as_pointer(), INT.as_pointer()
    a, b, start, c = (builder.inttoptr(p, floats) for p in (a, b, start, c))
    row, off, place = (builder.inttoptr(p, ints) for p in (row, off, place))
    lines = [builder.gep(a, [entry(builder, row, LONG(r))]) for r in range(rows)]

    def terms(j: Any) -> tuple[list[Any], list[Any]]:
        shift = entry(builder, off, j)
        line = builder.gep(b, [builder.mul(j, b_row)])
        heads = [spread(builder, builder.load(builder.gep(one, [shift]))) for one in lines]
        return heads, [_load(builder, line, v) for v in range(vectors)]

    sums = chains(builder, count, rows, vectors, terms)
    goal = (start, start_row, c, place, scale, floor)
    write(builder, sums, goal, numbers_below(builder, width) if masked else None)


def chains(
    builder: Any, count: Any, rows: int, vectors: int, terms: Callable[[Any], Any]
) -> list[list[Any]]:
    """The loop over ``j``; sums live in registers as the loop's variables.

    Args:
        builder: of the code.
        count: of ``j``, at least 1.
        rows, vectors: of the sums.
        terms: of a ``j``: a vector a row, and vectors that each is multiplied by.
    """
    before, loop, after = (
        builder.block,
        builder.append_basic_block("sum"),
        builder.append_basic_block("summed"),
    )
    builder.branch(loop)
    builder.position_at_end(loop)
    j = builder.phi(LONG)
    j.add_incoming(LONG(0), before)
    sums = [[builder.phi(VECTOR) for _ in range(vectors)] for _ in range(rows)]
    heads, parts = terms(j)
    totals = [
        [
            builder.fadd(builder.fmul(heads[r], parts[v], flags=_FUSED), sums[r][v], flags=_FUSED)
            for v in range(vectors)
        ]
        for r in range(rows)
    ]
    further = builder.add(j, LONG(1))
    builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
    j.add_incoming(further, loop)
    for r in range(rows):
        for v in range(vectors):
            sums[r][v].add_incoming(ir.Constant(VECTOR, None), before)
            sums[r][v].add_incoming(totals[r][v], loop)
    builder.position_at_end(after)
    return totals


def write(builder: Any, sums: list[list[Any]], goal: tuple[Any, ...], mask: Any) -> None:
    """Sums times the scale, added to the start, to their places.

    All starts are read before anything is written: rows lie close, and a processor that reads what
    a masked store next to it may have written waits for that store.
    """
    start, start_row, c, place, scale, floor = goal
    factor, least = spread(builder, scale), spread(builder, floor)
    values: list[list[Any]] = []
    for r, row in enumerate(sums):
        begin = builder.gep(start, [builder.mul(start_row, LONG(r))])
        values.append([])
        for v, total in enumerate(row):
            value = builder.fmul(total, factor, flags=_FUSED)
            value = builder.fadd(value, _load(builder, begin, v), flags=_FUSED)
            least_or = builder.select(builder.fcmp_ordered("<", value, least), least, value)
            values[-1].append(least_or)
    for r, row in enumerate(values):
        end = builder.gep(c, [entry(builder, place, LONG(r))])
        for v, value in enumerate(row):
            store_vector(builder, value, builder.gep(end, [LONG(LANES * v)]), mask)


def _load(builder: Any, line: Any, vector: int) -> Any:
    return load_vector(builder, builder.gep(line, [LONG(LANES * vector)]))


_WIDE = 4 * LANES
_wide_4, _wide_2, _wide_1 = (block(rows, 4, masked=False) for rows in (4, 2, 1))
_narrow_10, _narrow_8, _narrow_4, _narrow_2, _narrow_1 = (
    block(rows, 1, masked=True) for rows in (10, 8, 4, 2, 1)
)
_pairs_8, _pairs_4, _pairs_2, _pairs_1 = (paired_block(rows) for rows in (8, 4, 2, 1))
_LANES, _INT = LANES, 4


@compiled
def product(factors: Any, goal: Any, rows: int, columns: int) -> None:
    """``(rows, columns)`` entries of ``C``."""
    n = 0
    while n + _WIDE <= columns:
        _wide(factors, goal, _INT * n, rows)
        n += _WIDE
    while n < columns:
        _narrow(factors, goal, _INT * n, rows, min(_LANES, columns - n))
        n += _LANES


@compiled
def _wide(factors: Any, goal: Any, skip: int, rows: int) -> None:
    """64 columns, ``skip`` bytes from the first."""
    a, row, off, b, b_row, terms = factors
    start, start_row, c, place, scale, floor = goal
    b, start, c = b + skip, start + skip, c + skip
    step = _INT * start_row
    while rows >= 4:
        _wide_4(a, row, off, b, b_row, terms, start, start_row, c, place, scale, 0, floor)
        row, start, place = row + 4 * _INT, start + 4 * step, place + 4 * _INT
        rows -= 4
    if rows >= 2:
        _wide_2(a, row, off, b, b_row, terms, start, start_row, c, place, scale, 0, floor)
        row, start, place = row + 2 * _INT, start + 2 * step, place + 2 * _INT
        rows -= 2
    if rows >= 1:
        _wide_1(a, row, off, b, b_row, terms, start, start_row, c, place, scale, 0, floor)


@compiled
def _narrow(factors: Any, goal: Any, skip: int, rows: int, width: int) -> None:
    """Up to 16 columns, ``skip`` bytes from the first."""
    a, row, off, b, b_row, terms = factors
    start, start_row, c, place, scale, floor = goal
    b, start, c = b + skip, start + skip, c + skip
    step = _INT * start_row
    if rows == 10:  # the taps of 3 x 3 and the bias; sums of two rows alone wait for one another
        _narrow_10(a, row, off, b, b_row, terms, start, start_row, c, place, scale, width, floor)
        return
    while rows >= 8:
        _narrow_8(a, row, off, b, b_row, terms, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 8 * _INT, start + 8 * step, place + 8 * _INT
        rows -= 8
    if rows >= 4:
        _narrow_4(a, row, off, b, b_row, terms, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 4 * _INT, start + 4 * step, place + 4 * _INT
        rows -= 4
    if rows >= 2:
        _narrow_2(a, row, off, b, b_row, terms, start, start_row, c, place, scale, width, floor)
        row, start, place = row + 2 * _INT, start + 2 * step, place + 2 * _INT
        rows -= 2
    if rows >= 1:
        _narrow_1(a, row, off, b, b_row, terms, start, start_row, c, place, scale, width, floor)


@compiled
def paired_product(factors: Any, goal: Any, rows: int, columns: int) -> None:
    """``(rows, columns)`` entries of ``C``, at most 8 columns, of a ``B`` in pairs."""
    a, row, off, b, _, terms = factors
    start, start_row, c, place, scale, floor = goal
    pairs, step = terms // 2, _INT * start_row
    while rows >= 8:
        _pairs_8(a, row, off, b, pairs, start, start_row, c, place, scale, columns, floor)
        row, start, place = row + 8 * _INT, start + 8 * step, place + 8 * _INT
        rows -= 8
    if rows >= 4:
        _pairs_4(a, row, off, b, pairs, start, start_row, c, place, scale, columns, floor)
        row, start, place = row + 4 * _INT, start + 4 * step, place + 4 * _INT
        rows -= 4
    if rows >= 2:
        _pairs_2(a, row, off, b, pairs, start, start_row, c, place, scale, columns, floor)
        row, start, place = row + 2 * _INT, start + 2 * step, place + 2 * _INT
        rows -= 2
    if rows >= 1:
        _pairs_1(a, row, off, b, pairs, start, start_row, c, place, scale, columns, floor)

"""Passes over 16 numbers at a time: softmax of few classes, the slope of ReLU, turned tables.

Like products, they read up to 15 entries beyond the end, and write none of them.
"""

from __future__ import annotations

import math
from typing import Any

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
    load_vector,
    numbers_below,
    spread,
    store_vector,
)

_FUSED = ("contract",)  # a multiply and an add may become one instruction, which rounds once
# As in `passes`: exp(x) is 2^k exp(r), and exp(r) by Taylor's series, |r| at most ln 2 / 2.
_LOG2E = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4
_LEAST = -87.0  # above ln 2^-126: smaller exponentials would have no normal float32
_SERIES = [1.0 / math.factorial(n) for n in range(7, -1, -1)]
_ROUNDER = 12582912.0  # 1.5 * 2^23: adding it leaves the nearest integer in low bits
_BIAS, _SHIFT = 127, 23  # of float32's exponent


@intrinsic  # type: ignore[untyped-decorator]
def kept_above_zero(typingctx: Any, values: Any, slopes: Any, out: Any, count: Any) -> Any:
    """Write the slopes whose values are above 0, else 0; all three at addresses of float32."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, slopes, out, count = given
        values, slopes, out = (
            builder.inttoptr(place, FLOAT.as_pointer()) for place in (values, slopes, out)
        )
        nothing = ir.Constant(VECTOR, None)
        before, loop = builder.block, builder.append_basic_block("kept")
        after = builder.append_basic_block("done")
        some = builder.icmp_signed(">", count, LONG(0))
        builder.cbranch(some, loop, after)
        builder.position_at_end(loop)
        place = builder.phi(LONG)
        place.add_incoming(LONG(0), before)
        value = load_vector(builder, builder.gep(values, [place]))
        slope = load_vector(builder, builder.gep(slopes, [place]))
        kept = builder.select(builder.fcmp_ordered(">", value, nothing), slope, nothing)
        left = builder.sub(count, place)
        store_vector(builder, kept, builder.gep(out, [place]), numbers_below(builder, left))
        further = builder.add(place, LONG(LANES))
        place.add_incoming(further, loop)
        builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), emit


@intrinsic  # type: ignore[untyped-decorator]
def softmax_slope(
    typingctx: Any, outputs: Any, classes: Any, label: Any, share: Any, slopes: Any
) -> Any:
    """Write ``share`` times the softmax less 1 at the label; 0, or NaN if the loss is not finite.

    At most 16 classes; outputs and slopes are addresses of float32.
    """

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        outputs, classes, label, share, slopes = given
        outputs, slopes = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (outputs, slopes))
        mask = numbers_below(builder, classes)
        lowest = ir.Constant(VECTOR, [-math.inf] * LANES)
        row = builder.select(mask, load_vector(builder, outputs), lowest)
        top = _folded(builder, row, _larger)
        powers = _exponentials(builder, builder.fsub(row, top))
        powers = builder.select(mask, powers, ir.Constant(VECTOR, None))
        total = _folded(builder, powers, lambda b, one, other: b.fadd(one, other))
        part = builder.fmul(powers, builder.fdiv(spread(builder, share), total))
        lanes = ir.Constant(INTS, list(range(LANES)))
        here = builder.icmp_signed("==", lanes, spread(builder, builder.trunc(label, INT), INTS))
        less = builder.fsub(part, spread(builder, share))
        store_vector(builder, builder.select(here, less, part), slopes, mask)
        own = builder.load(builder.gep(outputs, [label]))
        loss = builder.fsub(_first(builder, top), own)
        return builder.fmul(builder.fadd(loss, _first(builder, total)), FLOAT(0.0))

    return types.float32(types.int64, types.int64, types.int64, types.float32, types.int64), emit


def _exponentials(builder: Any, x: Any) -> Any:
    """``exp`` of numbers of at most 0, to float32's rounding; NaN stays."""
    least = _all(_LEAST)
    x = builder.select(builder.fcmp_ordered("<", x, least), least, x)
    shifted = builder.fadd(
        builder.fmul(x, _all(_LOG2E), flags=_FUSED), _all(_ROUNDER), flags=_FUSED
    )
    whole = builder.fsub(shifted, _all(_ROUNDER))
    part = builder.fsub(x, builder.fmul(whole, _all(_LN2_HIGH)))
    part = builder.fsub(part, builder.fmul(whole, _all(_LN2_LOW)))
    power = _all(_SERIES[0])
    for term in _SERIES[1:]:
        power = builder.fadd(builder.fmul(power, part, flags=_FUSED), _all(term), flags=_FUSED)
    bits = builder.add(builder.fptosi(whole, INTS), ir.Constant(INTS, [_BIAS] * LANES))
    scale = builder.bitcast(builder.shl(bits, ir.Constant(INTS, [_SHIFT] * LANES)), VECTOR)
    return builder.fmul(power, scale)


def _all(value: float) -> Any:
    return ir.Constant(VECTOR, [value] * LANES)


def _folded(builder: Any, vector: Any, join: Any) -> Any:
    """All lanes joined, halves first, in every lane."""
    step = LANES // 2
    while step:
        order = ir.Constant(INTS, [lane ^ step for lane in range(LANES)])
        other = builder.shuffle_vector(vector, vector, order)
        vector = join(builder, vector, other)
        step //= 2
    return vector


def _larger(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", one, other), one, other)


def _first(builder: Any, vector: Any) -> Any:
    return builder.extract_element(vector, INT(0))


@intrinsic  # type: ignore[untyped-decorator]
def turn_tile(
    typingctx: Any, table: Any, table_row: Any, rows: Any, columns: Any, out: Any, out_row: Any
) -> Any:
    """Write a table of at most 16 x 16 with rows and columns exchanged.

    Table and out are addresses of float32, row lengths are in floats.
    """

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        table, table_row, rows, columns, out, out_row = given
        table, out = (builder.inttoptr(place, FLOAT.as_pointer()) for place in (table, out))
        last = builder.sub(rows, LONG(1))
        lines = []
        for number in range(LANES):
            # Beyond the last row it is read again: what follows may be nobody's memory.
            row = builder.select(builder.icmp_signed("<", LONG(number), rows), LONG(number), last)
            lines.append(load_vector(builder, builder.gep(table, [builder.mul(row, table_row)])))
        mask = numbers_below(builder, rows)
        nobody = ir.Constant(mask.type, None)
        for number, line in enumerate(_exchanged(builder, lines)):
            there = builder.icmp_signed("<", LONG(number), columns)
            place = builder.gep(out, [builder.mul(LONG(number), out_row)])
            store_vector(builder, line, place, builder.select(there, mask, nobody))
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6), emit


def _exchanged(builder: Any, lines: list[Any]) -> list[Any]:
    """Sixteen vectors for the columns of sixteen: blocks of 8, 4, 2 and 1 swap places."""
    step = LANES // 2
    while step:
        after = list(lines)
        for low in range(LANES):
            if low & step:
                continue
            one, other = lines[low], lines[low | step]
            first = [LANES + (lane ^ step) if lane & step else lane for lane in range(LANES)]
            second = [LANES + lane if lane & step else lane ^ step for lane in range(LANES)]
            after[low] = builder.shuffle_vector(one, other, ir.Constant(INTS, first))
            after[low | step] = builder.shuffle_vector(one, other, ir.Constant(INTS, second))
        lines, step = after, step // 2
    return lines

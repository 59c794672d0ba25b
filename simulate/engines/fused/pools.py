"""One window of a pool, up to 16 channels at a time, written for the compiler's vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.vectors import (
    LANES,
    entry,
    load_vector,
    numbers_below,
    spread,
    store_vector,
)

_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)


@intrinsic  # type: ignore[untyped-decorator]
def largest_of(
    typingctx: Any,
    values: Any,
    taps: Any,
    n_taps: Any,
    out: Any,
    choice: Any,
    width: Any,
    floor: Any,
) -> Any:
    """Write the largest of the taps, or the floor, and its number: the first, NaN above all."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, taps, n_taps, out, choice, width, floor = given
        values, out = (builder.inttoptr(p, _FLOAT.as_pointer()) for p in (values, out))
        taps, choice = (builder.inttoptr(p, _INT.as_pointer()) for p in (taps, choice))
        begin = load_vector(builder, builder.gep(values, [entry(builder, taps, _LONG(0))]), _VECTOR)
        none = ir.Constant(_INTS, None)

        def body(tap: Any, state: list[Any]) -> list[Any]:
            place = builder.gep(values, [entry(builder, taps, tap)])
            value = load_vector(builder, place, _VECTOR)
            above = builder.fcmp_ordered(">", value, state[0])
            better = builder.or_(above, builder.fcmp_unordered("uno", value, value))
            number = spread(builder, builder.trunc(tap, _INT), _INTS)
            return [
                builder.select(better, value, state[0]),
                builder.select(better, number, state[1]),
            ]

        best, which = _loop(builder, n_taps, [begin, none], body)
        least, mask = spread(builder, floor, _VECTOR), numbers_below(builder, width)
        best = builder.select(builder.fcmp_ordered("<", best, least), least, best)
        store_vector(builder, best, out, mask)
        store_vector(builder, which, choice, mask)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6, types.float32), emit


@intrinsic  # type: ignore[untyped-decorator]
def mean_of(
    typingctx: Any, values: Any, taps: Any, n_taps: Any, out: Any, share: Any, width: Any
) -> Any:
    """Write ``share`` times the sum of the taps."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, taps, n_taps, out, share, width = given
        values, out = (builder.inttoptr(p, _FLOAT.as_pointer()) for p in (values, out))
        taps = builder.inttoptr(taps, _INT.as_pointer())

        def body(tap: Any, state: list[Any]) -> list[Any]:
            place = builder.gep(values, [entry(builder, taps, tap)])
            return [builder.fadd(state[0], load_vector(builder, place, _VECTOR))]

        (total,) = _loop(builder, n_taps, [ir.Constant(_VECTOR, None)], body)
        total = builder.fmul(total, spread(builder, share, _VECTOR))
        store_vector(builder, total, out, numbers_below(builder, width))
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4, types.float32, types.int64), emit


def giver(*, fresh: bool) -> Callable[..., None]:
    """Gives the slope of a window to its taps: written if windows do not overlap, else added.

    Times ``share``, to the window's choice or, with choice 0, to every tap; nothing if the
    window's value is not above the floor.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def give(
        typingctx: Any,
        slope: Any,
        choice: Any,
        taps: Any,
        n_taps: Any,
        out: Any,
        share: Any,
        width: Any,
        value: Any,
        floor: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _give(builder, given, fresh)
            return context.get_dummy_value()

        ints = [types.int64] * 5
        return types.void(*ints, types.float32, types.int64, types.int64, types.float32), emit

    return give  # type: ignore[no-any-return]


def _give(builder: Any, given: Any, fresh: bool) -> None:
    slope, choice, taps, n_taps, out, share, width, value, floor = given
    everywhere = builder.icmp_signed("==", choice, _LONG(0))
    slope, out, value = (builder.inttoptr(p, _FLOAT.as_pointer()) for p in (slope, out, value))
    # Without choices some readable place stands in; what is read there does not matter.
    choice = builder.select(everywhere, taps, choice)
    taps, choice = (builder.inttoptr(p, _INT.as_pointer()) for p in (taps, choice))
    which = load_vector(builder, choice, _INTS)
    part = builder.fmul(load_vector(builder, slope, _VECTOR), spread(builder, share, _VECTOR))
    above = builder.fcmp_ordered(
        ">", load_vector(builder, value, _VECTOR), spread(builder, floor, _VECTOR)
    )
    nothing = ir.Constant(_VECTOR, None)
    part = builder.select(above, part, nothing)
    mask = numbers_below(builder, width)
    every = spread(builder, everywhere, ir.VectorType(ir.IntType(1), LANES))

    def body(tap: Any, state: list[Any]) -> list[Any]:
        place = builder.gep(out, [entry(builder, taps, tap)])
        number = spread(builder, builder.trunc(tap, _INT), _INTS)
        here = builder.or_(every, builder.icmp_signed("==", which, number))
        total = builder.select(here, part, nothing)
        if not fresh:
            total = builder.fadd(load_vector(builder, place, _VECTOR), total)
        store_vector(builder, total, place, mask)
        return []

    _loop(builder, n_taps, [], body)


def _loop(builder: Any, count: Any, begin: list[Any], body: Any) -> list[Any]:
    """Run ``body(number, state)`` for numbers from 0 to ``count``, at least once."""
    before, loop = builder.block, builder.append_basic_block("taps")
    after = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    number = builder.phi(_LONG)
    number.add_incoming(_LONG(0), before)
    state = [builder.phi(value.type) for value in begin]
    for phi, value in zip(state, begin, strict=True):
        phi.add_incoming(value, before)
    new = body(number, state)
    for phi, value in zip(state, new, strict=True):
        phi.add_incoming(value, loop)
    further = builder.add(number, _LONG(1))
    number.add_incoming(further, loop)
    builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
    builder.position_at_end(after)
    return list(new)

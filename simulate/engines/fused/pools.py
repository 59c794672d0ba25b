"""Pools over slices of one thread's scratch: a window at a time, up to 16 channels at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.layout import MAX_POOL
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
    store_vector,
)
from roundlot.solvers.kernels.compiling import compiled

_ZERO, _ONE, _BYTES = np.float32(0.0), np.float32(1.0), 4
_LOWEST = np.float32(-np.inf)


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
        values, out = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (values, out))
        taps, choice = (builder.inttoptr(p, INT.as_pointer()) for p in (taps, choice))
        begin = load_vector(builder, builder.gep(values, [entry(builder, taps, LONG(0))]), VECTOR)
        none = ir.Constant(INTS, None)

        def body(tap: Any, state: list[Any]) -> list[Any]:
            place = builder.gep(values, [entry(builder, taps, tap)])
            value = load_vector(builder, place, VECTOR)
            above = builder.fcmp_ordered(">", value, state[0])
            better = builder.or_(above, builder.fcmp_unordered("uno", value, value))
            number = spread(builder, builder.trunc(tap, INT), INTS)
            return [
                builder.select(better, value, state[0]),
                builder.select(better, number, state[1]),
            ]

        best, which = _loop(builder, n_taps, [begin, none], body)
        least, mask = spread(builder, floor, VECTOR), numbers_below(builder, width)
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
        values, out = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (values, out))
        taps = builder.inttoptr(taps, INT.as_pointer())

        def body(tap: Any, state: list[Any]) -> list[Any]:
            place = builder.gep(values, [entry(builder, taps, tap)])
            return [builder.fadd(state[0], load_vector(builder, place, VECTOR))]

        (total,) = _loop(builder, n_taps, [ir.Constant(VECTOR, None)], body)
        total = builder.fmul(total, spread(builder, share, VECTOR))
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
    everywhere = builder.icmp_signed("==", choice, LONG(0))
    slope, out, value = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (slope, out, value))
    # Without choices some readable place stands in; what is read there does not matter.
    choice = builder.select(everywhere, taps, choice)
    taps, choice = (builder.inttoptr(p, INT.as_pointer()) for p in (taps, choice))
    which = load_vector(builder, choice, INTS)
    part = builder.fmul(load_vector(builder, slope, VECTOR), spread(builder, share, VECTOR))
    above = builder.fcmp_ordered(
        ">", load_vector(builder, value, VECTOR), spread(builder, floor, VECTOR)
    )
    nothing = ir.Constant(VECTOR, None)
    part = builder.select(above, part, nothing)
    mask = numbers_below(builder, width)
    every = spread(builder, everywhere, ir.VectorType(ir.IntType(1), LANES))

    def body(tap: Any, state: list[Any]) -> list[Any]:
        place = builder.gep(out, [entry(builder, taps, tap)])
        number = spread(builder, builder.trunc(tap, INT), INTS)
        here = builder.or_(every, builder.icmp_signed("==", which, number))
        total = builder.select(here, part, nothing)
        if not fresh:
            total = builder.fadd(load_vector(builder, place, VECTOR), total)
        store_vector(builder, total, place, mask)
        return []

    _loop(builder, n_taps, [], body)


def _loop(builder: Any, count: Any, begin: list[Any], body: Any) -> list[Any]:
    """Run ``body(number, state)`` for numbers from 0 to ``count``, at least once."""
    before, loop = builder.block, builder.append_basic_block("taps")
    after = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    number = builder.phi(LONG)
    number.add_incoming(LONG(0), before)
    state = [builder.phi(value.type) for value in begin]
    for phi, value in zip(state, begin, strict=True):
        phi.add_incoming(value, before)
    new = body(number, state)
    for phi, value in zip(state, new, strict=True):
        phi.add_incoming(value, loop)
    further = builder.add(number, LONG(1))
    number.add_incoming(further, loop)
    builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
    builder.position_at_end(after)
    return list(new)


_write_back, _add_back = giver(fresh=True), giver(fresh=False)


@compiled
def pool(layer: Any, places: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Largest or mean of every window; the choice is the window's first largest, as in torch."""
    deep, windows = layer.channels, samples * layer.out_height * layer.out_width
    n_taps = layer.kernel_height * layer.kernel_width
    share = _ONE / np.float32(n_taps)
    base, picks, ints = scratch.ctypes.data, choices.ctypes.data, places.ctypes.data
    taps = ints + _BYTES * layer.tap_places
    floor = _ZERO if layer.mode else _LOWEST
    for window in range(windows):
        begin = layer.into + places[layer.pixels + window]
        end = layer.out + places[layer.out_places + window]
        pick = layer.choice + window * deep
        for c in range(0, deep, LANES):
            source, goal = base + _BYTES * (begin + c), base + _BYTES * (end + c)
            width = min(LANES, deep - c)
            if layer.kind == MAX_POOL:
                largest_of(source, taps, n_taps, goal, picks + _BYTES * (pick + c), width, floor)
            else:
                mean_of(source, taps, n_taps, goal, share, width)


@compiled
def pool_back(layer: Any, places: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Slopes of the inputs from those of the outputs, both without a halo."""
    deep, windows = layer.channels, samples * layer.out_height * layer.out_width
    n_taps = layer.kernel_height * layer.kernel_width
    largest = layer.kind == MAX_POOL
    share = _ONE if largest else _ONE / np.float32(n_taps)
    base, picks, ints = scratch.ctypes.data, choices.ctypes.data, places.ctypes.data
    taps = ints + _BYTES * layer.spread_taps
    size = samples * layer.height * layer.width * deep
    apart = (layer.step_y >= layer.kernel_height) & (layer.step_x >= layer.kernel_width)
    if not apart or windows * n_taps * deep != size:
        scratch[layer.into_slope : layer.into_slope + size] = _ZERO
    floor = _ZERO if layer.mode else _LOWEST
    for window in range(windows):
        corner = layer.into_slope + places[layer.into_places + window]
        pick = layer.choice + window * deep
        slope = layer.out_slope + window * deep
        for c in range(0, deep, LANES):
            choice = picks + _BYTES * (pick + c) if largest else 0
            source, goal = base + _BYTES * (slope + c), base + _BYTES * (corner + c)
            value = base + _BYTES * (layer.out + places[layer.out_places + window] + c)
            width = min(LANES, deep - c)
            if apart:
                _write_back(source, choice, taps, n_taps, goal, share, width, value, floor)
            else:
                _add_back(source, choice, taps, n_taps, goal, share, width, value, floor)

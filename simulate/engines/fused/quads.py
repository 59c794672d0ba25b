"""Largest of windows of 2 x 2 that cover an image: whole vectors of 8 or 16 channels, no loop.

The choice is the window's first largest, as in torch, or -1 where nothing is passed back: where
the largest is not above the floor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.vectors import (
    FLOAT,
    INT,
    LONG,
    load_vector,
    spread,
    store_vector,
)
from roundlot.solvers.kernels.compiling import compiled

_ZERO, _BYTES = np.float32(0.0), 4
_LOWEST = np.float32(-np.inf)


def _largest(lanes: int) -> Callable[..., None]:
    """Write the largest of a window and its number; addresses, and distances in floats."""

    @intrinsic  # type: ignore[untyped-decorator]
    def largest(
        typingctx: Any, values: Any, row: Any, pixel: Any, out: Any, choice: Any, floor: Any
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            values, row, pixel, out, choice, floor = given
            floats = ir.VectorType(FLOAT, lanes)
            best, which = ir.Undefined, _all(0, lanes)
            for number, place in enumerate(_window(builder, values, row, pixel)):
                value = _load(builder, place, floats)
                if not number:
                    best = value
                    continue
                above = builder.fcmp_ordered(">", value, best)
                better = builder.or_(above, builder.fcmp_unordered("uno", value, value))
                best = builder.select(better, value, best)
                which = builder.select(better, _all(number, lanes), which)
            least = spread(builder, floor, floats)
            passed = builder.fcmp_ordered(">", best, least)
            below = builder.fcmp_ordered("<", best, least)
            _store(builder, builder.select(below, least, best), out)
            _store(builder, builder.select(passed, which, _all(-1, lanes)), choice)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5, types.float32), emit

    return largest  # type: ignore[no-any-return]


def _given(lanes: int) -> Callable[..., None]:
    """Write the slope of a window to its choice and 0 to the other three."""

    @intrinsic  # type: ignore[untyped-decorator]
    def give(typingctx: Any, slope: Any, choice: Any, out: Any, row: Any, pixel: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            slope, choice, out, row, pixel = given
            floats, ints = ir.VectorType(FLOAT, lanes), ir.VectorType(INT, lanes)
            part = _load(builder, slope, floats)
            which = _load(builder, choice, ints)
            for number, place in enumerate(_window(builder, out, row, pixel)):
                here = builder.icmp_signed("==", which, _all(number, lanes))
                _store(builder, builder.select(here, part, ir.Constant(floats, None)), place)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5), emit

    return give  # type: ignore[no-any-return]


def _window(builder: Any, first: Any, row: Any, pixel: Any) -> list[Any]:
    """Addresses of the four pixels."""
    down, right = (builder.shl(distance, LONG(2)) for distance in (row, pixel))
    below = builder.add(first, down)
    return [first, builder.add(first, right), below, builder.add(below, right)]


def _all(number: int, lanes: int) -> Any:
    return ir.Constant(ir.VectorType(INT, lanes), [number] * lanes)


def _load(builder: Any, place: Any, kind: Any) -> Any:
    return load_vector(builder, builder.inttoptr(place, FLOAT.as_pointer()), kind)


def _store(builder: Any, value: Any, place: Any) -> None:
    store_vector(builder, value, builder.inttoptr(place, FLOAT.as_pointer()), None)


_largest_8, _largest_16, _given_8, _given_16 = _largest(8), _largest(16), _given(8), _given(16)


@compiled
def quad(layer: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Largest of every window."""
    deep, row = layer.channels, layer.into_row
    base, pick = scratch.ctypes.data, choices.ctypes.data + _BYTES * layer.choice
    floor = _ZERO if layer.mode else _LOWEST
    for line in range(samples * layer.out_height):
        n, y = line // layer.out_height, line % layer.out_height
        begin = layer.into + layer.into_origin + n * layer.into_sample + 2 * y * row
        end = layer.out + layer.out_origin + n * layer.out_sample + y * layer.out_row
        source, goal = base + _BYTES * begin, base + _BYTES * end
        for _ in range(layer.out_width):
            if deep == 8:
                _largest_8(source, row, deep, goal, pick, floor)
            else:
                for c in range(0, _BYTES * deep, 64):
                    _largest_16(source + c, row, deep, goal + c, pick + c, floor)
            source, goal = source + 2 * _BYTES * deep, goal + _BYTES * deep
            pick += _BYTES * deep


@compiled
def quad_back(layer: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Slopes of the inputs from those of the outputs, both without a halo."""
    deep, row = layer.channels, layer.width * layer.channels
    base, pick = scratch.ctypes.data, choices.ctypes.data + _BYTES * layer.choice
    slope, goal = base + _BYTES * layer.out_slope, base + _BYTES * layer.into_slope
    for _ in range(samples * layer.out_height):
        for _ in range(layer.out_width):
            if deep == 8:
                _given_8(slope, pick, goal, row, deep)
            else:
                for c in range(0, _BYTES * deep, 64):
                    _given_16(slope + c, pick + c, goal + c, row, deep)
            slope, pick = slope + _BYTES * deep, pick + _BYTES * deep
            goal += 2 * _BYTES * deep
        goal += _BYTES * row

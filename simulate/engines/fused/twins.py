"""Convolutions of 3 x 3 from one channel to eight: two neighbouring pixels share a vector.

Lanes hold output 0 of both pixels, output 1 of both, and so on: the two numbers that a tap sees
lie together and fill a vector in turns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.product import chains, halved, write
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

_OUTPUTS, _INT = 8, 4
_ROWS, _SLOPES = 8, 10  # pairs of pixels at a time; taps and bias
_TWICE = [lane // 2 for lane in range(LANES)]
_IN_TURNS = [lane // 2 + _OUTPUTS * (lane % 2) for lane in range(LANES)]
_APART = [2 * (lane % _OUTPUTS) + lane // _OUTPUTS for lane in range(LANES)]


def _mixed(builder: Any, vector: Any, order: list[int]) -> Any:
    nothing = ir.Constant(VECTOR, ir.Undefined)
    return builder.shuffle_vector(vector, nothing, ir.Constant(INTS, order))


def _outputs(rows: int) -> Callable[..., None]:
    """The compiled outputs of so many pairs of pixels.

    It takes addresses: inputs, pixels and taps (of int32), weights, how many taps, start, outputs,
    their places; and what no output falls below.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def outputs(
        typingctx: Any,
        a: Any,
        row: Any,
        off: Any,
        b: Any,
        count: Any,
        start: Any,
        c: Any,
        place: Any,
        floor: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _emit(builder, given, rows)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 8, types.float32), emit

    return outputs  # type: ignore[no-any-return]


def _emit(builder: Any, given: Any, rows: int) -> None:
    a, row, off, b, count, start, c, place, floor = given
    a, b, start, c = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (a, b, start, c))
    row, off, place = (builder.inttoptr(p, INT.as_pointer()) for p in (row, off, place))
    lines = [builder.gep(a, [entry(builder, row, LONG(2 * r))]) for r in range(rows)]

    def terms(j: Any) -> tuple[list[Any], list[Any]]:
        shift = entry(builder, off, j)
        weights = load_vector(builder, builder.gep(b, [builder.mul(j, LONG(_OUTPUTS))]))
        heads = [spread_pair(builder, builder.gep(line, [shift])) for line in lines]
        return heads, [_mixed(builder, weights, _TWICE)]

    begin = _mixed(builder, load_vector(builder, start), _TWICE)
    least = spread(builder, floor)
    for r, (total,) in enumerate(chains(builder, count, rows, 1, terms)):
        value = builder.fadd(total, begin)
        value = builder.select(builder.fcmp_ordered("<", value, least), least, value)
        end = builder.gep(c, [entry(builder, place, LONG(2 * r))])
        store_vector(builder, _mixed(builder, value, _APART), end, None)


@intrinsic  # type: ignore[untyped-decorator]
def _slopes(
    typingctx: Any, a: Any, row: Any, off: Any, b: Any, pairs: Any, c: Any, place: Any, scale: Any
) -> Any:
    """Add ``scale`` times the slopes of nine taps and the bias; arguments as of the outputs."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        a, row, off, b, pairs, c, place, scale = given
        a, b, c = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (a, b, c))
        row, off, place = (builder.inttoptr(p, INT.as_pointer()) for p in (row, off, place))
        lines = [builder.gep(a, [entry(builder, row, LONG(r))]) for r in range(_SLOPES)]

        def terms(j: Any) -> tuple[list[Any], list[Any]]:
            shift = entry(builder, off, builder.shl(j, LONG(1)))
            both = load_vector(builder, builder.gep(b, [builder.mul(j, LONG(LANES))]))
            heads = [spread_pair(builder, builder.gep(line, [shift])) for line in lines]
            return heads, [_mixed(builder, both, _IN_TURNS)]

        sums = chains(builder, pairs, _SLOPES, 1, terms)
        halves = [[halved(builder, both)] for (both,) in sums]
        goal = (c, LONG(_OUTPUTS), c, place, scale, FLOAT(float("-inf")))
        write(builder, halves, goal, numbers_below(builder, LONG(_OUTPUTS)))
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7, types.float32), emit


_outputs_8, _outputs_1 = _outputs(_ROWS), _outputs(1)


@compiled
def twin_forward(factors: Any, goal: Any, pixels: int) -> None:
    """Outputs of so many pixels, an even number; `Factors` and `Goal` as of a product."""
    a, row, off, b, _, terms = factors
    start, _, c, place, _, floor = goal
    left = pixels // 2
    while left >= _ROWS:
        _outputs_8(a, row, off, b, terms, start, c, place, floor)
        row, place, left = row + 2 * _ROWS * _INT, place + 2 * _ROWS * _INT, left - _ROWS
    while left:
        _outputs_1(a, row, off, b, terms, start, c, place, floor)
        row, place, left = row + 2 * _INT, place + 2 * _INT, left - 1


@compiled
def twin_slope(factors: Any, goal: Any) -> None:
    """Slopes of nine taps and the bias, added to what lies at the goal."""
    a, row, off, b, _, terms = factors
    _slopes(a, row, off, b, terms // 2, goal.c, goal.place, goal.scale)

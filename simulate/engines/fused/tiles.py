"""Convolutions of 3 x 3, padded by 1, on images of 4 x 4: all 16 pixels stay in registers.

A number loaded for one tap serves the other eight, so that multiply-adds bound the loops and not
loads; and taps that lie outside of the image, 44 of 144, are left out. One sample at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roundlot.simulate.engines.fused.product import halved
from roundlot.simulate.engines.fused.vectors import (
    FLOAT,
    LANES,
    LONG,
    VECTOR,
    load_vector,
    numbers_below,
    spread,
    spread_pair,
    store_vector,
)
from roundlot.solvers.kernels.compiling import compiled

_FUSED = ("contract",)  # a multiply and an add may become one instruction, which rounds once
_SIDE, _PIXELS, _TAPS, _BYTES, _LANES = 4, 16, 9, 4, LANES
_CENTRE = _TAPS // 2
#: A pixel of the input, the tap through which it is seen, and the pixel of the output that sees it.
_SEEN = [
    (_SIDE * y + x, 3 * (y - v + 1) + (x - u + 1), _SIDE * v + u)
    for y in range(_SIDE)
    for x in range(_SIDE)
    for v in range(max(0, y - 1), min(_SIDE, y + 2))
    for u in range(max(0, x - 1), min(_SIDE, x + 2))
]


def _image(*, paired: bool) -> Callable[..., None]:
    """The compiled convolution of one image: 16 outputs, or up to 8 of rows of ``B`` in pairs.

    It takes addresses and distances in floats: the first pixel, from row to row and from pixel to
    pixel; the weights, from tap to tap and from channel to channel (or pair to pair), how many
    channels or pairs; the start, one for all pixels; the first pixel of the outputs, from row to
    row and from pixel to pixel; how many outputs to write; and what none falls below.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def image(
        typingctx: Any,
        a: Any,
        a_row: Any,
        a_pixel: Any,
        b: Any,
        b_tap: Any,
        b_step: Any,
        count: Any,
        start: Any,
        c: Any,
        c_row: Any,
        c_pixel: Any,
        width: Any,
        floor: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            _emit_image(builder, given, paired)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 12, types.float32), emit

    return image  # type: ignore[no-any-return]


def _emit_image(builder: Any, args: list[Any], paired: bool) -> None:
    a, a_row, a_pixel, b, b_tap, b_step, count, start, c, c_row, c_pixel, width, floor = args
    a, b, start, c = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (a, b, start, c))
    pixels = _places(builder, a, a_row, a_pixel)
    taps = [builder.gep(b, [builder.mul(b_tap, LONG(t))]) for t in range(_TAPS)]

    def add(j: Any, sums: list[Any]) -> list[Any]:
        shift, skip = builder.shl(j, LONG(1)) if paired else j, builder.mul(j, b_step)
        weights = [load_vector(builder, builder.gep(tap, [skip])) for tap in taps]
        sums, last, value = list(sums), -1, None
        for pixel, tap, out in _SEEN:
            if pixel != last:
                place, last = builder.gep(pixels[pixel], [shift]), pixel
                value = spread_pair(builder, place) if paired else _spread_of(builder, place)
            sums[out] = _multiply_add(builder, value, weights[tap], sums[out])
        return sums

    sums = _loop(builder, count, _PIXELS, add)
    begin, least = load_vector(builder, start), spread(builder, floor)
    mask = numbers_below(builder, width) if paired else None
    for place, total in zip(_places(builder, c, c_row, c_pixel), sums, strict=True):
        value = builder.fadd(halved(builder, total) if paired else total, begin)
        value = builder.select(builder.fcmp_ordered("<", value, least), least, value)
        store_vector(builder, value, place, mask)


@intrinsic  # type: ignore[untyped-decorator]
def _slopes(
    typingctx: Any,
    a: Any,
    a_sample: Any,
    a_row: Any,
    a_pixel: Any,
    b: Any,
    b_pixel: Any,
    samples: Any,
    c: Any,
    c_tap: Any,
    scale: Any,
) -> Any:
    """Add ``scale`` times the slopes of the weights of one input and 16 outputs.

    Addresses, and distances in floats: inputs, outputs' slopes (without a halo), weights.
    """

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        a, a_sample, a_row, a_pixel, b, b_pixel, samples, c, c_tap, scale = given
        a, b, c = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (a, b, c))
        pixels = _places(builder, a, a_row, a_pixel)
        outs = [builder.gep(b, [builder.mul(b_pixel, LONG(o))]) for o in range(_PIXELS)]

        def add(n: Any, sums: list[Any]) -> list[Any]:
            shift = builder.mul(n, a_sample)
            skip = builder.mul(n, builder.mul(b_pixel, LONG(_PIXELS)))
            sums, found = list(sums), dict[int, Any]()
            for pixel, tap, out in _SEEN:
                for key, base, where in ((pixel, pixels[pixel], shift), (~out, outs[out], skip)):
                    if key not in found:
                        place = builder.gep(base, [where])
                        read = _spread_of if key >= 0 else load_vector
                        found[key] = read(builder, place)
                # The tap that sees all pixels has two chains: one would outlast all others.
                into = _TAPS if tap == _CENTRE and pixel % 2 else tap
                sums[into] = _multiply_add(builder, found[pixel], found[~out], sums[into])
            return sums

        sums = _loop(builder, samples, _TAPS + 1, add)
        sums[_CENTRE] = builder.fadd(sums[_CENTRE], sums[_TAPS])
        factor = spread(builder, scale)
        places = [builder.gep(c, [builder.mul(c_tap, LONG(t))]) for t in range(_TAPS)]
        for place, total in zip(places, sums[:_TAPS], strict=True):
            value = _multiply_add(builder, total, factor, load_vector(builder, place))
            store_vector(builder, value, place, None)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 9, types.float32), emit


@intrinsic  # type: ignore[untyped-decorator]
def _total(typingctx: Any, b: Any, b_pixel: Any, samples: Any, c: Any, scale: Any) -> Any:
    """Add ``scale`` times the sum over all pixels of 16 outputs' slopes."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        b, b_pixel, samples, c, scale = given
        b, c = (builder.inttoptr(p, FLOAT.as_pointer()) for p in (b, c))

        def add(n: Any, sums: list[Any]) -> list[Any]:
            line = builder.gep(b, [builder.mul(n, builder.mul(b_pixel, LONG(_PIXELS)))])
            sums = list(sums)
            for o in range(_PIXELS):
                part = load_vector(builder, builder.gep(line, [builder.mul(b_pixel, LONG(o))]))
                sums[o % _SIDE] = builder.fadd(sums[o % _SIDE], part)
            return sums

        one, two, three, four = _loop(builder, samples, _SIDE, add)
        total = builder.fadd(builder.fadd(one, two), builder.fadd(three, four))
        value = _multiply_add(builder, total, spread(builder, scale), load_vector(builder, c))
        store_vector(builder, value, c, None)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4, types.float32), emit


def _places(builder: Any, first: Any, row: Any, pixel: Any) -> list[Any]:
    """Of the 16 pixels."""
    lines = [builder.gep(first, [builder.mul(row, LONG(y))]) for y in range(_SIDE)]
    steps = [builder.mul(pixel, LONG(x)) for x in range(_SIDE)]
    return [builder.gep(line, [step]) for line in lines for step in steps]


def _spread_of(builder: Any, place: Any) -> Any:
    return spread(builder, builder.load(place))


def _multiply_add(builder: Any, one: Any, other: Any, total: Any) -> Any:
    return builder.fadd(builder.fmul(one, other, flags=_FUSED), total, flags=_FUSED)


def _loop(builder: Any, count: Any, vectors: int, body: Any) -> list[Any]:
    """Sums from 0 on, renewed by ``body(number, sums)`` for numbers from 0 to ``count``."""
    before, loop = builder.block, builder.append_basic_block("image")
    after = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    number = builder.phi(LONG)
    number.add_incoming(LONG(0), before)
    sums = [builder.phi(VECTOR) for _ in range(vectors)]
    new = body(number, sums)
    for phi, value in zip(sums, new, strict=True):
        phi.add_incoming(ir.Constant(VECTOR, None), before)
        phi.add_incoming(value, loop)
    further = builder.add(number, LONG(1))
    number.add_incoming(further, loop)
    builder.cbranch(builder.icmp_signed("<", further, count), loop, after)
    builder.position_at_end(after)
    return list(new)


_plain, _pairs = _image(paired=False), _image(paired=True)


@compiled
def image_forward(
    layer: Any, base: int, weights: int, start: int, samples: int, floor: Any
) -> None:
    """The outputs; ``base`` is the scratch's address, weights and start lie in it."""
    outputs, inputs = layer.out_channels, layer.channels
    for n in range(samples):
        source = layer.into + layer.into_origin + n * layer.into_sample
        goal = layer.out + layer.out_origin + n * layer.out_sample
        for o in range(0, outputs, _LANES):
            _plain(
                base + _BYTES * source,
                layer.into_row,
                inputs,
                base + _BYTES * (weights + o),
                inputs * outputs,
                outputs,
                inputs,
                base + _BYTES * (start + o),
                base + _BYTES * (goal + o),
                layer.out_row,
                outputs,
                _LANES,
                floor,
            )


@compiled
def image_back(layer: Any, base: int, zeros: int, samples: int, floor: Any) -> None:
    """Slopes of the inputs from those of the outputs, by turned weights; both without a halo."""
    outputs, inputs = layer.out_channels, layer.channels
    for n in range(samples):
        source = base + _BYTES * (layer.out_slope + n * _PIXELS * outputs)
        goal = layer.into_slope + n * _PIXELS * inputs
        row, end, line = _SIDE * outputs, base + _BYTES * goal, _SIDE * inputs
        turned, start = base + _BYTES * layer.turned, base + _BYTES * zeros
        if layer.paired:
            pairs = outputs // 2
            _pairs(
                source, row, outputs, turned, pairs * _LANES, _LANES, pairs,
                start, end, line, inputs, inputs, floor,
            )  # fmt: skip
            continue
        for i in range(0, inputs, _LANES):
            skip = _BYTES * i
            _plain(
                source, row, outputs, turned + skip, outputs * inputs, inputs, outputs,
                start, end + skip, line, inputs, _LANES, floor,
            )  # fmt: skip


@compiled
def image_slope(layer: Any, base: int, weights: int, samples: int, scale: Any) -> None:
    """Add ``scale`` times the slopes of weights and bias to what lies at ``weights``."""
    outputs, inputs = layer.out_channels, layer.channels
    source = layer.into + layer.into_origin
    for o in range(0, outputs, _LANES):
        slopes = base + _BYTES * (layer.out_slope + o)
        for i in range(inputs):
            _slopes(
                base + _BYTES * (source + i),
                layer.into_sample,
                layer.into_row,
                inputs,
                slopes,
                outputs,
                samples,
                base + _BYTES * (weights + i * outputs + o),
                inputs * outputs,
                scale,
            )
        if layer.bias:
            goal = weights + _TAPS * inputs * outputs + o
            _total(slopes, outputs, samples, base + _BYTES * goal, scale)

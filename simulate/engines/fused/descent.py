"""Local descent of one client after another, forward, backward and step in one compiled loop."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from roundlot.simulate.engines.fused.lanes import turn_tile
from roundlot.simulate.engines.fused.layout import ACTIVATE, GEMM, HALF
from roundlot.simulate.engines.fused.passes import (
    activate,
    activate_back,
    cross_entropy,
    squared_error,
)
from roundlot.simulate.engines.fused.pools import pool, pool_back
from roundlot.simulate.engines.fused.product import Factors, Goal, paired_product, product
from roundlot.simulate.engines.fused.quads import quad, quad_back
from roundlot.simulate.engines.fused.tiles import image_back, image_forward, image_slope
from roundlot.simulate.engines.fused.twins import twin_forward, twin_slope
from roundlot.simulate.engines.fused.vectors import LANES, next_ticket
from roundlot.solvers.kernels.compiling import compiled

_LOWEST = np.float32(-np.inf)
_ZERO, _ONE, _BYTES = np.float32(0.0), np.float32(1.0), 4


class Net(NamedTuple):
    """A chain of layers as `layout.Table` lays it out, and where its parts lie in the scratch."""

    layers: Any
    places: Any
    first: Any
    where: Any
    weights: int
    slopes: int
    extra: int
    zeros: int
    slice: int


class Data(NamedTuple):
    """All samples of a task; labels are empty for squared error."""

    inputs: Any
    labels: Any
    targets: Any


class Steps(NamedTuple):
    """The batches of a round: rows, starts and counts as of `Batches`; a batch of 0 is all."""

    rows: Any
    starts: Any
    counts: Any
    epochs: int
    batch: int


class Rule(NamedTuple):
    """How a step goes.

    Attributes:
        begin: ``(n_weights,)`` where everybody starts.
        rate: step size.
        keep: what a step keeps of the weights, below 1 with decay or proximal.
        extra: ``(k, n_weights)``, ``(1, n_weights)`` or ``(0, ...)``: added at every step.
    """

    begin: Any
    rate: Any
    keep: Any
    extra: Any


class Queue(NamedTuple):
    """Clients in the order in which threads take them, and the next ticket, ``(1,)`` int64."""

    tickets: Any
    turns: Any


class Desk(NamedTuple):
    """What one thread works in: floats, and choices of pools."""

    scratch: Any
    choices: Any


@compiled
def train_some(
    queue: Any, net: Any, data: Any, steps: Any, rule: Any, desk: Any, moved: Any, totals: Any
) -> None:
    """Train clients until none is left; other threads do the same with the same queue.

    Args:
        queue: a `Queue`, shared by all threads.
        net: a `Net`.
        data: a `Data`.
        steps: a `Steps`.
        rule: a `Rule`.
        desk: a `Desk` of this thread.
        moved: ``(k, P)``, written: start less end.
        totals: ``(k,)``, written: 0, or NaN after a loss that is not finite.
    """
    size, scratch, extra, counts = rule.begin.size, desk.scratch, rule.extra, steps.counts
    weights = scratch[net.weights : net.weights + size]
    shift = scratch[net.extra : net.extra + size]
    while True:
        turn = next_ticket(queue.tickets.ctypes.data)
        if turn >= queue.turns.size:
            return
        k = queue.turns[turn]
        weights[:] = rule.begin
        if extra.shape[0]:
            shift[:] = extra[k if extra.shape[0] > 1 else 0]
        own = steps.rows[steps.starts[k] : steps.starts[k + 1]]
        width = counts[k] if steps.batch == 0 else min(steps.batch, counts[k])
        check = _ZERO
        for epoch in range(steps.epochs):
            order = own[epoch * counts[k] : (epoch + 1) * counts[k]]
            for place in range(0, counts[k], width):
                check += _step(net, data, rule, desk, order[place : place + width])
            if check != check:
                break
        totals[k] = check
        for i in range(size):
            weights[i] = rule.begin[i] - weights[i]
        _unpack(net, weights, moved[k])


@compiled
def _unpack(net: Any, weights: Any, out: Any) -> None:
    """Weights in the order of the flat row."""
    for number in range(net.layers.shape[0]):
        layer = net.layers[number]
        if layer.kind != GEMM:
            continue
        taps, outputs = layer.taps, layer.out_channels
        begin, end = layer.flat, layer.flat + taps * outputs
        if layer.plain:
            own = weights[layer.weights : layer.weights + taps * outputs]
            _turn(own, out[begin:end], 1, taps, outputs)
            begin = end
        for p in range(begin, end + outputs * layer.bias):
            out[p] = weights[net.where[p]]


@compiled
def _step(net: Any, data: Any, rule: Any, desk: Any, rows: Any) -> Any:
    """One step on these samples; at once if they are one slice, else by summed slopes."""
    size, scratch, keep = rule.begin.size, desk.scratch, rule.keep
    share = _ONE / np.float32(rows.size)
    check = _ZERO
    whole = rows.size <= net.slice
    regular = whole and (rule.extra.shape[0] > 0 or keep != _ONE)
    goal, scale = (net.weights, -rule.rate) if whole else (net.slopes, _ONE)
    slopes = scratch[net.slopes : net.slopes + size]
    if not whole:
        slopes[:] = _ZERO
    for begin in range(0, rows.size, net.slice):
        some = rows[begin : begin + net.slice]
        _load(net.first, some, data.inputs, scratch)
        _forward(net, desk, some.size)
        check += _loss(net, data, some, share, scratch)
        _backward(net, desk, some.size, goal, scale, keep, regular)
    if not whole:
        weights = scratch[net.weights : net.weights + size]
        shift = scratch[net.extra : net.extra + size]
        for i in range(size):
            weights[i] = (weights[i] * keep + shift[i]) - rule.rate * slopes[i]
    return check


@compiled
def _load(first: Any, rows: Any, inputs: Any, scratch: Any) -> None:
    """The samples' inputs into the scratch, within the halo."""
    line = first[5]
    for n in range(rows.size):
        source = inputs[rows[n]]
        for y in range(first[4]):
            begin = first[0] + first[3] + n * first[1] + y * first[2]
            out, part = scratch[begin : begin + line], source[y * line : (y + 1) * line]
            for i in range(line):
                out[i] = part[i]


@compiled
def _forward(net: Any, desk: Any, samples: int) -> None:
    scratch = desk.scratch
    base, ints = scratch.ctypes.data, net.places.ctypes.data
    for number in range(net.layers.shape[0]):
        layer = net.layers[number]
        if layer.kind == GEMM:
            outputs, taps = layer.out_channels, layer.taps
            weights = net.weights + layer.weights
            bias = weights + taps * outputs if layer.bias else net.zeros
            factors = Factors(
                a=base + _BYTES * layer.into,
                row=ints + _BYTES * layer.pixels,
                off=ints + _BYTES * layer.tap_places,
                b=base + _BYTES * weights,
                b_row=outputs,
                terms=taps,
            )
            goal = Goal(
                start=base + _BYTES * bias,
                start_row=0,
                c=base + _BYTES * layer.out,
                place=ints + _BYTES * layer.out_places,
                scale=_ONE,
                floor=_ZERO if layer.floor else _LOWEST,
            )
            pixels = samples * layer.out_height * layer.out_width
            if layer.tile:
                image_forward(layer, base, weights, bias, samples, goal.floor)
            elif layer.twin:
                twin_forward(factors, goal, pixels)
            else:
                product(factors, goal, pixels, outputs)
        elif layer.kind == ACTIVATE:
            if not layer.ahead:
                activate(layer, scratch, samples)
        elif layer.quad:
            quad(layer, scratch, desk.choices, samples)
        else:
            pool(layer, net.places, scratch, desk.choices, samples)


@compiled
def _loss(net: Any, data: Any, rows: Any, share: Any, scratch: Any) -> Any:
    last = net.layers[net.layers.shape[0] - 1]
    width = last.out_height * last.out_width * last.out_channels
    n = rows.size
    outputs = scratch[last.out : last.out + n * width]
    slopes = scratch[last.out_slope : last.out_slope + n * width]
    if data.labels.size:
        return cross_entropy(outputs, data.labels, rows, share, slopes)
    check = _ZERO
    for i in range(n):
        line = slice(i * width, (i + 1) * width)
        check += squared_error(outputs[line], data.targets[rows[i]], share, slopes[line])
    return check


@compiled
def _backward(
    net: Any, desk: Any, samples: int, goal: int, scale: Any, keep: Any, regular: bool
) -> None:
    """Add ``scale`` times the slopes of the weights to what lies at ``goal``, layer by layer."""
    scratch = desk.scratch
    for number in range(net.layers.shape[0] - 1, -1, -1):
        layer = net.layers[number]
        if layer.kind == GEMM:
            if layer.pass_on:
                _pass_on(layer, net, scratch, samples)
            if regular:
                begin = layer.weights
                end = begin + (layer.taps + 1) * layer.out_channels
                weights = scratch[net.weights + begin : net.weights + end]
                shift = scratch[net.extra + begin : net.extra + end]
                for i in range(weights.size):
                    weights[i] = weights[i] * keep + shift[i]
            _slope(layer, net, scratch, samples, goal, scale)
            if not layer.pass_on:
                return
        elif layer.kind == ACTIVATE:
            activate_back(layer, scratch, samples)
        elif layer.quad:
            quad_back(layer, scratch, desk.choices, samples)
        else:
            pool_back(layer, net.places, scratch, desk.choices, samples)


@compiled
def _slope(layer: Any, net: Any, scratch: Any, samples: int, goal: int, scale: Any) -> None:
    """Of the weights: rows are taps (the bias's is 1), sums go over pixels and samples."""
    base, ints = scratch.ctypes.data, net.places.ctypes.data
    outputs = layer.out_channels
    if layer.tile:
        image_slope(layer, base, goal + layer.weights, samples, scale)
        return
    end = base + _BYTES * (goal + layer.weights)
    factors = Factors(
        a=base + _BYTES * layer.into,
        row=ints + _BYTES * layer.tap_places,
        off=ints + _BYTES * layer.pixels,
        b=base + _BYTES * layer.out_slope,
        b_row=outputs,
        terms=samples * layer.out_height * layer.out_width,
    )
    into = Goal(
        start=end,
        start_row=outputs,
        c=end,
        place=ints + _BYTES * layer.weight_places,
        scale=scale,
        floor=_LOWEST,
    )
    if layer.twin and layer.bias:
        twin_slope(factors, into)
    else:
        product(factors, into, layer.taps + layer.bias, outputs)


@compiled
def _pass_on(layer: Any, net: Any, scratch: Any, samples: int) -> None:
    """Slopes of the inputs: for a convolution, one of the outputs' slopes spread by its strides."""
    base, ints = scratch.ctypes.data, net.places.ctypes.data
    outputs, inputs = layer.out_channels, layer.channels
    window = layer.kernel_height * layer.kernel_width
    pixels = samples * layer.height * layer.width
    if layer.mode == 0:
        inputs, window, pixels = layer.taps, 1, samples
    elif not layer.tile:
        _spread(layer, scratch, samples)
    weights = net.weights + layer.weights
    own = scratch[weights : weights + layer.taps * outputs]
    if layer.paired:
        _turn_pairs(own, scratch[layer.turned :], window, inputs, outputs)
    else:
        _turn(own, scratch[layer.turned :], window, inputs, outputs)
    if layer.tile:
        image_back(layer, base, net.zeros, samples, _LOWEST)
        return
    factors = Factors(
        a=base + _BYTES * layer.spread,
        row=ints + _BYTES * layer.spread_pixels,
        off=ints + _BYTES * layer.spread_taps,
        b=base + _BYTES * layer.turned,
        b_row=inputs,
        terms=window * outputs,
    )
    goal = Goal(
        start=base + _BYTES * net.zeros,
        start_row=0,
        c=base + _BYTES * layer.into_slope,
        place=ints + _BYTES * layer.into_places,
        scale=_ONE,
        floor=_LOWEST,
    )
    if layer.paired:
        paired_product(factors, goal, pixels, inputs)
    else:
        product(factors, goal, pixels, inputs)


@compiled
def _spread(layer: Any, scratch: Any, samples: int) -> None:
    deep, pieces = layer.out_channels, layer.out_width
    if layer.step_x == 1:
        deep, pieces = deep * pieces, 1
    source = layer.out_slope
    for n in range(samples):
        for y in range(layer.out_height):
            line = layer.spread + layer.spread_origin + n * layer.spread_sample
            line += y * layer.step_y * layer.spread_row
            for x in range(pieces):
                end = line + x * layer.step_x * deep
                out, part = scratch[end : end + deep], scratch[source : source + deep]
                for c in range(deep):
                    out[c] = part[c]
                source += deep


@compiled
def _turn(weights: Any, out: Any, window: int, inputs: int, outputs: int) -> None:
    """``(window, inputs, outputs)`` to ``(window backwards, outputs, inputs)``."""
    for tap in range(window):
        source = weights[tap * inputs * outputs : (tap + 1) * inputs * outputs]
        back = window - 1 - tap
        end = out[back * inputs * outputs : (back + 1) * inputs * outputs]
        read, write = source.ctypes.data, end.ctypes.data
        for i in range(0, inputs, LANES):
            for o in range(0, outputs, LANES):
                turn_tile(
                    read + _BYTES * (i * outputs + o),
                    outputs,
                    min(LANES, inputs - i),
                    min(LANES, outputs - o),
                    write + _BYTES * (o * inputs + i),
                    inputs,
                )


@compiled
def _turn_pairs(weights: Any, out: Any, window: int, inputs: int, outputs: int) -> None:
    """The same, with rows two by two: ``(window backwards, outputs / 2, 8, 2)``, gaps left."""
    pairs = outputs // 2
    for tap in range(window):
        source = weights[tap * inputs * outputs : (tap + 1) * inputs * outputs]
        back = (window - 1 - tap) * pairs * 2 * HALF
        for pair in range(pairs):
            end = out[back + pair * 2 * HALF : back + (pair + 1) * 2 * HALF]
            for i in range(inputs):
                end[2 * i] = source[i * outputs + 2 * pair]
                end[2 * i + 1] = source[i * outputs + 2 * pair + 1]

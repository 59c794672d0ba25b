"""Local descent of one client after another, forward, backward and step in one compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.simulate.engines.fused import layout as t
from roundlot.simulate.engines.fused.layout import ACTIVATE, GEMM
from roundlot.simulate.engines.fused.passes import (
    activate,
    activate_back,
    cross_entropy,
    pool,
    pool_back,
    squared_error,
)
from roundlot.simulate.engines.fused.product import product
from roundlot.simulate.engines.fused.vectors import next_ticket
from roundlot.solvers.kernels.compiling import compiled

_LOWEST = np.float32(-np.inf)
_ZERO, _ONE, _BYTES = np.float32(0.0), np.float32(1.0), 4


@compiled
def train_some(
    tickets: Any,
    turns: Any,
    layers: Any,
    places: Any,
    spots: Any,
    first: Any,
    begin: Any,
    where: Any,
    rows: Any,
    starts: Any,
    counts: Any,
    epochs: int,
    batch: int,
    slice_: int,
    inputs: Any,
    labels: Any,
    targets: Any,
    rate: Any,
    keep: Any,
    extra: Any,
    scratch: Any,
    choices: Any,
    moved: Any,
    totals: Any,
) -> None:
    """Train clients until none is left; other threads do the same with the same tickets.

    Args:
        tickets: ``(1,)`` int64, the next of ``turns``; counted up by all threads.
        turns: ``(k,)``: clients in the order in which they are taken.
        layers, places, first: of the table.
        spots: offsets in the scratch: weights, slopes, extra, zeros.
        begin: ``(n_weights,)`` where everybody starts.
        where: ``(P,)``: where each parameter lies among the weights.
        rows, starts, counts: of the batches.
        epochs, batch, slice_: passes, samples of a step (0: all), samples at a time.
        inputs, labels, targets: of all samples; labels are empty for squared error.
        rate, keep: step size; what a step keeps of the weights, below 1 with decay or proximal.
        extra: ``(k, n_weights)``, ``(1, n_weights)`` or ``(0, ...)``: added at every step.
        scratch, choices: of this thread.
        moved: ``(k, P)``, written: start less end.
        totals: ``(k,)``, written: 0, or NaN after a loss that is not finite.
    """
    size = begin.size
    weights = scratch[spots[0] : spots[0] + size]
    shift = scratch[spots[2] : spots[2] + size]
    while True:
        turn = next_ticket(tickets.ctypes.data)
        if turn >= turns.size:
            return
        k = turns[turn]
        weights[:] = begin
        if extra.shape[0]:
            shift[:] = extra[k if extra.shape[0] > 1 else 0]
        regular = extra.shape[0] > 0 or keep != _ONE
        own = rows[starts[k] : starts[k + 1]]
        width = counts[k] if batch == 0 else min(batch, counts[k])
        check = _ZERO
        for epoch in range(epochs):
            order = own[epoch * counts[k] : (epoch + 1) * counts[k]]
            for place in range(0, counts[k], width):
                some = order[place : place + width]
                check += _step(
                    layers,
                    places,
                    spots,
                    first,
                    some,
                    slice_,
                    inputs,
                    labels,
                    targets,
                    rate,
                    keep,
                    regular,
                    scratch,
                    choices,
                    size,
                )
            if check != check:
                break
        totals[k] = check
        out = moved[k]
        for p in range(where.size):
            out[p] = begin[where[p]] - weights[where[p]]


@compiled
def _step(
    layers: Any,
    places: Any,
    spots: Any,
    first: Any,
    rows: Any,
    slice_: int,
    inputs: Any,
    labels: Any,
    targets: Any,
    rate: Any,
    keep: Any,
    regular: bool,
    scratch: Any,
    choices: Any,
    size: int,
) -> Any:
    """One step on these samples; at once if they are one slice, else by summed slopes."""
    share = _ONE / np.float32(rows.size)
    check = _ZERO
    whole = rows.size <= slice_
    slopes = scratch[spots[1] : spots[1] + size]
    if not whole:
        slopes[:] = _ZERO
    for begin in range(0, rows.size, slice_):
        some = rows[begin : begin + slice_]
        _load(first, some, inputs, scratch)
        _forward(layers, places, spots, scratch, choices, some.size)
        check += _loss(layers, some, labels, targets, share, scratch)
        if whole:
            _backward(
                layers, places, spots, scratch, choices, some.size, spots[0], -rate, keep, regular
            )
        else:
            _backward(
                layers, places, spots, scratch, choices, some.size, spots[1], _ONE, keep, False
            )
    if not whole:
        weights, shift = (
            scratch[spots[0] : spots[0] + size],
            scratch[spots[2] : spots[2] + size],
        )
        for i in range(size):
            weights[i] = (weights[i] * keep + shift[i]) - rate * slopes[i]
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
def _forward(
    layers: Any, places: Any, spots: Any, scratch: Any, choices: Any, samples: int
) -> None:
    base, ints = scratch.ctypes.data, places.ctypes.data
    for number in range(layers.shape[0]):
        layer = layers[number]
        if layer[t.KIND] == GEMM:
            outputs, taps = layer[t.OUT_CHANNELS], layer[t.TAPS]
            weights = spots[0] + layer[t.WEIGHTS]
            bias = weights + taps * outputs if layer[t.BIAS] else spots[3]
            product(
                base + _BYTES * layer[t.IN],
                ints + _BYTES * layer[t.PIXELS],
                ints + _BYTES * layer[t.TAP_PLACES],
                base + _BYTES * weights,
                outputs,
                taps,
                base + _BYTES * bias,
                0,
                base + _BYTES * layer[t.OUT],
                ints + _BYTES * layer[t.OUT_PLACES],
                _ONE,
                samples * layer[t.OUT_HEIGHT] * layer[t.OUT_WIDTH],
                outputs,
                _ZERO if layer[t.FLOOR] else _LOWEST,
            )
        elif layer[t.KIND] == ACTIVATE:
            if not layer[t.AHEAD]:
                activate(layer, scratch, samples)
        else:
            pool(layer, places, scratch, choices, samples)


@compiled
def _loss(layers: Any, rows: Any, labels: Any, targets: Any, share: Any, scratch: Any) -> Any:
    last = layers[layers.shape[0] - 1]
    width = last[t.OUT_HEIGHT] * last[t.OUT_WIDTH] * last[t.OUT_CHANNELS]
    n = rows.size
    outputs = scratch[last[t.OUT] : last[t.OUT] + n * width]
    slopes = scratch[last[t.OUT_SLOPE] : last[t.OUT_SLOPE] + n * width]
    if labels.size:
        return cross_entropy(outputs, labels[rows], share, slopes)
    check = _ZERO
    for i in range(n):
        line = slice(i * width, (i + 1) * width)
        check += squared_error(outputs[line], targets[rows[i]], share, slopes[line])
    return check


@compiled
def _backward(
    layers: Any,
    places: Any,
    spots: Any,
    scratch: Any,
    choices: Any,
    samples: int,
    goal: int,
    scale: Any,
    keep: Any,
    regular: bool,
) -> None:
    """Add ``scale`` times the slopes of the weights to what lies at ``goal``, layer by layer."""
    for number in range(layers.shape[0] - 1, -1, -1):
        layer = layers[number]
        if layer[t.KIND] == GEMM:
            if layer[t.PASS_ON]:
                _pass_on(layer, places, spots, scratch, samples)
            if regular:
                begin = layer[t.WEIGHTS]
                end = begin + (layer[t.TAPS] + 1) * layer[t.OUT_CHANNELS]
                weights = scratch[spots[0] + begin : spots[0] + end]
                shift = scratch[spots[2] + begin : spots[2] + end]
                for i in range(weights.size):
                    weights[i] = weights[i] * keep + shift[i]
            _slope(layer, places, scratch, samples, goal, scale)
            if not layer[t.PASS_ON]:
                return
        elif layer[t.KIND] == ACTIVATE:
            activate_back(layer, scratch, samples)
        else:
            pool_back(layer, places, scratch, choices, samples)


@compiled
def _slope(layer: Any, places: Any, scratch: Any, samples: int, goal: int, scale: Any) -> None:
    """Of the weights: rows are taps (the bias's is 1), sums go over pixels and samples."""
    base, ints = scratch.ctypes.data, places.ctypes.data
    outputs = layer[t.OUT_CHANNELS]
    end = base + _BYTES * (goal + layer[t.WEIGHTS])
    product(
        base + _BYTES * layer[t.IN],
        ints + _BYTES * layer[t.TAP_PLACES],
        ints + _BYTES * layer[t.PIXELS],
        base + _BYTES * layer[t.OUT_SLOPE],
        outputs,
        samples * layer[t.OUT_HEIGHT] * layer[t.OUT_WIDTH],
        end,
        outputs,
        end,
        ints + _BYTES * layer[t.WEIGHT_PLACES],
        scale,
        layer[t.TAPS] + layer[t.BIAS],
        outputs,
        _LOWEST,
    )


@compiled
def _pass_on(layer: Any, places: Any, spots: Any, scratch: Any, samples: int) -> None:
    """Slopes of the inputs: for a convolution, one of the outputs' slopes spread by its strides."""
    base, ints = scratch.ctypes.data, places.ctypes.data
    outputs, inputs = layer[t.OUT_CHANNELS], layer[t.CHANNELS]
    window = layer[t.KERNEL_HEIGHT] * layer[t.KERNEL_WIDTH]
    pixels = samples * layer[t.HEIGHT] * layer[t.WIDTH]
    if layer[t.MODE] == 0:
        inputs, window, pixels = layer[t.TAPS], 1, samples
    else:
        _spread(layer, scratch, samples)
    _turn(
        scratch[
            spots[0] + layer[t.WEIGHTS] : spots[0] + layer[t.WEIGHTS] + layer[t.TAPS] * outputs
        ],
        scratch[layer[t.TURNED] : layer[t.TURNED] + layer[t.TAPS] * outputs],
        window,
        inputs,
        outputs,
    )
    product(
        base + _BYTES * layer[t.SPREAD],
        ints + _BYTES * layer[t.SPREAD_PIXELS],
        ints + _BYTES * layer[t.SPREAD_TAPS],
        base + _BYTES * layer[t.TURNED],
        inputs,
        window * outputs,
        base + _BYTES * spots[3],
        0,
        base + _BYTES * layer[t.IN_SLOPE],
        ints + _BYTES * layer[t.IN_PLACES],
        _ONE,
        pixels,
        inputs,
        _LOWEST,
    )


@compiled
def _spread(layer: Any, scratch: Any, samples: int) -> None:
    deep, pieces = layer[t.OUT_CHANNELS], layer[t.OUT_WIDTH]
    if layer[t.STEP_X] == 1:
        deep, pieces = deep * pieces, 1
    source = layer[t.OUT_SLOPE]
    for n in range(samples):
        for y in range(layer[t.OUT_HEIGHT]):
            line = layer[t.SPREAD] + layer[t.SPREAD_ORIGIN] + n * layer[t.SPREAD_SAMPLE]
            line += y * layer[t.STEP_Y] * layer[t.SPREAD_ROW]
            for x in range(pieces):
                end = line + x * layer[t.STEP_X] * deep
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
        for o in range(outputs):
            for i in range(inputs):
                end[o * inputs + i] = source[i * outputs + o]

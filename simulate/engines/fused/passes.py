"""Activations and losses, number by number, over slices of one thread's scratch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roundlot.simulate.engines.fused.lanes import kept_above_zero, softmax_slope
from roundlot.simulate.engines.fused.layout import RELU, TANH
from roundlot.simulate.engines.fused.vectors import LANES, float_of_bits
from roundlot.solvers.kernels.compiling import compiled

_ZERO, _ONE, _BYTES = np.float32(0.0), np.float32(1.0), 4
# exp(x) is 2^k exp(r), with k the nearest integer to x / ln 2. The high part of ln 2 has few bits,
# so that k times it is exact; the low part is what is left (Cody and Waite 1980).
_LOG2E = np.float32(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LEAST = np.float32(-87.0)  # above ln 2^-126: smaller exponentials would have no normal float32
# Taylor's series of exp(r): |r| is at most ln 2 / 2, what follows is below float32's rounding.
_C2, _C3, _C4, _C5, _C6, _C7 = (np.float32(1.0 / n) for n in (2.0, 6.0, 24.0, 120.0, 720.0, 5040.0))
_ROUNDER = np.float32(12582912.0)  # 1.5 * 2^23: adding it leaves the nearest integer in low bits.


@compiled
def activate(layer: Any, scratch: Any, samples: int) -> None:
    """The activation of a layer, in place or into its outputs."""
    line, lines = _lines(layer, samples)
    for number in range(lines):
        n, y = number // layer.height, number % layer.height
        begin = layer.into + layer.into_origin + n * layer.into_sample + y * layer.into_row
        end = layer.out + layer.out_origin + n * layer.out_sample + y * layer.out_row
        _activate(layer.mode, scratch[begin : begin + line], scratch[end : end + line])


@compiled
def _lines(layer: Any, samples: int) -> Any:
    """Length and number of the pieces without a gap: one, where there is no halo."""
    row = layer.width * layer.channels
    sample = row * layer.height
    if layer.into_sample == sample and layer.out_sample == sample:
        return sample * samples, 1
    return row, samples * layer.height


@compiled
def _activate(mode: int, x: Any, out: Any) -> None:
    if mode == RELU:
        for i in range(x.size):
            value = x[i]
            out[i] = _ZERO if value < _ZERO else value
    elif mode == TANH:
        for i in range(x.size):
            out[i] = math.tanh(x[i])
    else:
        for i in range(x.size):
            out[i] = _ONE / (_ONE + math.exp(-x[i]))


@compiled
def activate_back(layer: Any, scratch: Any, samples: int) -> None:
    """Slopes of the inputs from those of the outputs, which lie without a halo."""
    line, lines = _lines(layer, samples)
    for number in range(lines):
        n, y = number // layer.height, number % layer.height
        end = layer.out + layer.out_origin + n * layer.out_sample + y * layer.out_row
        after = layer.out_slope + number * line
        before = layer.into_slope + number * line
        if layer.mode == RELU:
            base = scratch.ctypes.data
            kept_above_zero(
                base + _BYTES * end, base + _BYTES * after, base + _BYTES * before, line
            )
            continue
        _activate_back(
            layer.mode,
            scratch[end : end + line],
            scratch[after : after + line],
            scratch[before : before + line],
        )


@compiled
def _activate_back(mode: int, value: Any, slope: Any, out: Any) -> None:
    if mode == TANH:
        for i in range(value.size):
            out[i] = slope[i] * (_ONE - value[i] * value[i])
    else:
        for i in range(value.size):
            out[i] = slope[i] * (_ONE - value[i]) * value[i]


@compiled
def cross_entropy(outputs: Any, labels: Any, rows: Any, share: Any, slopes: Any) -> Any:
    """Write slopes of the mean cross entropy; 0, or NaN if a loss is not finite.

    Args:
        outputs: ``(b c,)``, sample after sample; may be overwritten by their exponentials.
        labels: int64, of all samples.
        rows: ``(b,)``, which of them.
        share: one over the samples of the whole batch.
        slopes: ``(b c,)``, written.
    """
    n, classes = rows.size, outputs.size // rows.size
    check = _ZERO
    if classes <= LANES:
        read, write, step = outputs.ctypes.data, slopes.ctypes.data, _BYTES * classes
        for i in range(n):
            check += softmax_slope(
                read + i * step, classes, labels[rows[i]], share, write + i * step
            )
        return check
    for i in range(n):
        row = outputs[i * classes : (i + 1) * classes]
        top = row[0]
        for c in range(1, classes):
            top = row[c] if row[c] > top else top
        check += (top - row[labels[rows[i]]]) * _ZERO
        for c in range(classes):
            row[c] -= top
    _exponentials(outputs)
    for i in range(n):
        row, out = (
            outputs[i * classes : (i + 1) * classes],
            slopes[i * classes : (i + 1) * classes],
        )
        total = _ZERO
        for c in range(classes):
            total += row[c]
        check += total * _ZERO
        part = share / total
        for c in range(classes):
            out[c] = row[c] * part
        out[labels[rows[i]]] -= share
    return check


@compiled
def squared_error(outputs: Any, targets: Any, share: Any, slopes: Any) -> Any:
    """The same for half the squared distance."""
    total = _ZERO
    for i in range(outputs.size):
        apart = outputs[i] - targets[i]
        total += apart * apart
        slopes[i] = apart * share
    return total * _ZERO


@compiled
def _exponentials(x: Any) -> None:
    """``exp`` of numbers of at most 0, in place, to float32's rounding; NaN stays."""
    for i in range(x.size):
        value = x[i]
        value = _LEAST if value < _LEAST else value
        shifted = value * _LOG2E + _ROUNDER
        whole = shifted - _ROUNDER
        part = (value - whole * _LN2_HIGH) - whole * _LN2_LOW
        tail = _C6 + part * _C7
        tail = _C4 + part * (_C5 + part * tail)
        tail = _C2 + part * (_C3 + part * tail)
        power = float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))
        x[i] = (_ONE + part * (_ONE + part * tail)) * power

"""What is not a product: activations, pools, losses, over slices of one thread's scratch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roundlot.simulate.compiled import compiled
from roundlot.simulate.training import fused_table as t
from roundlot.simulate.training.fused_shapes import RELU, TANH
from roundlot.simulate.training.fused_tile import float_of_bits

_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_LOG2E = np.float32(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LEAST = np.float32(-87.0)
_C2, _C3, _C4, _C5, _C6, _C7 = (
    np.float32(1.0 / n) for n in (2.0, 6.0, 24.0, 120.0, 720.0, 5040.0)
)
_ROUNDER = np.float32(12582912.0)  # 1.5 * 2^23: adding it leaves the nearest integer in low bits.


@compiled
def activate(layer: Any, scratch: Any, samples: int) -> None:
    """The activation of a layer, in place or into its outputs."""
    line = layer[t.WIDTH] * layer[t.CHANNELS]
    for n in range(samples):
        for y in range(layer[t.HEIGHT]):
            begin = layer[t.IN] + layer[t.IN_ORIGIN] + n * layer[t.IN_SAMPLE] + y * layer[t.IN_ROW]
            end = (
                layer[t.OUT] + layer[t.OUT_ORIGIN] + n * layer[t.OUT_SAMPLE] + y * layer[t.OUT_ROW]
            )
            _activate(layer[t.MODE], scratch[begin : begin + line], scratch[end : end + line])


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
    line = layer[t.WIDTH] * layer[t.CHANNELS]
    for n in range(samples):
        for y in range(layer[t.HEIGHT]):
            end = (
                layer[t.OUT] + layer[t.OUT_ORIGIN] + n * layer[t.OUT_SAMPLE] + y * layer[t.OUT_ROW]
            )
            place = (n * layer[t.HEIGHT] + y) * line
            _activate_back(
                layer[t.MODE],
                scratch[end : end + line],
                scratch[layer[t.OUT_SLOPE] + place : layer[t.OUT_SLOPE] + place + line],
                scratch[layer[t.IN_SLOPE] + place : layer[t.IN_SLOPE] + place + line],
            )


@compiled
def _activate_back(mode: int, value: Any, slope: Any, out: Any) -> None:
    if mode == RELU:
        for i in range(value.size):
            kept = slope[i]
            out[i] = kept if value[i] > _ZERO else _ZERO
    elif mode == TANH:
        for i in range(value.size):
            out[i] = slope[i] * (_ONE - value[i] * value[i])
    else:
        for i in range(value.size):
            out[i] = slope[i] * (_ONE - value[i]) * value[i]


@compiled
def pool(layer: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Largest or mean of every window; the choice is the window's first largest, as in torch."""
    largest = layer[t.KIND] == t.MAX_POOL
    deep = layer[t.CHANNELS]
    share = _ONE / np.float32(layer[t.KERNEL_HEIGHT] * layer[t.KERNEL_WIDTH])
    for n in range(samples):
        for y in range(layer[t.OUT_HEIGHT]):
            for x in range(layer[t.OUT_WIDTH]):
                end = layer[t.OUT] + layer[t.OUT_ORIGIN] + n * layer[t.OUT_SAMPLE]
                end += y * layer[t.OUT_ROW] + x * deep
                pick = layer[t.CHOICE]
                pick += ((n * layer[t.OUT_HEIGHT] + y) * layer[t.OUT_WIDTH] + x) * deep
                begin = layer[t.IN] + layer[t.IN_ORIGIN] + n * layer[t.IN_SAMPLE]
                begin += y * layer[t.STEP_Y] * layer[t.IN_ROW] + x * layer[t.STEP_X] * deep
                out = scratch[end : end + deep]
                for ky in range(layer[t.KERNEL_HEIGHT]):
                    for kx in range(layer[t.KERNEL_WIDTH]):
                        tap = begin + ky * layer[t.IN_ROW] + kx * deep
                        values = scratch[tap : tap + deep]
                        number = ky * layer[t.KERNEL_WIDTH] + kx
                        if largest:
                            _larger(values, number, out, choices[pick : pick + deep])
                        elif number == 0:
                            for c in range(deep):
                                out[c] = values[c] * share
                        else:
                            for c in range(deep):
                                out[c] += values[c] * share


@compiled
def _larger(values: Any, number: int, out: Any, choice: Any) -> None:
    if number == 0:
        for c in range(values.size):
            out[c] = values[c]
            choice[c] = 0
        return
    tap = np.int32(number)
    for c in range(values.size):
        value, best = values[c], out[c]
        better = (value > best) | (value != value)
        out[c] = value if better else best
        choice[c] = tap if better else choice[c]


@compiled
def pool_back(layer: Any, scratch: Any, choices: Any, samples: int) -> None:
    """Slopes of the inputs from those of the outputs, both without a halo."""
    deep = layer[t.CHANNELS]
    sample = layer[t.HEIGHT] * layer[t.WIDTH] * deep
    share = _ONE / np.float32(layer[t.KERNEL_HEIGHT] * layer[t.KERNEL_WIDTH])
    scratch[layer[t.IN_SLOPE] : layer[t.IN_SLOPE] + samples * sample] = _ZERO
    for n in range(samples):
        for y in range(layer[t.OUT_HEIGHT]):
            for x in range(layer[t.OUT_WIDTH]):
                place = ((n * layer[t.OUT_HEIGHT] + y) * layer[t.OUT_WIDTH] + x) * deep
                slope = scratch[layer[t.OUT_SLOPE] + place : layer[t.OUT_SLOPE] + place + deep]
                choice = choices[layer[t.CHOICE] + place : layer[t.CHOICE] + place + deep]
                corner = layer[t.IN_SLOPE] + n * sample
                corner += (y * layer[t.STEP_Y] * layer[t.WIDTH] + x * layer[t.STEP_X]) * deep
                for ky in range(layer[t.KERNEL_HEIGHT]):
                    for kx in range(layer[t.KERNEL_WIDTH]):
                        tap = corner + (ky * layer[t.WIDTH] + kx) * deep
                        out = scratch[tap : tap + deep]
                        if layer[t.KIND] == t.MAX_POOL:
                            number = np.int32(ky * layer[t.KERNEL_WIDTH] + kx)
                            for c in range(deep):
                                out[c] += slope[c] if choice[c] == number else _ZERO
                        else:
                            for c in range(deep):
                                out[c] += slope[c] * share


@compiled
def cross_entropy(outputs: Any, labels: Any, share: Any, slopes: Any) -> Any:
    """Write slopes of the mean cross entropy; 0, or NaN if a loss is not finite.

    Args:
        outputs: ``(b c,)``, sample after sample; overwritten by their exponentials.
        labels: ``(b,)`` int64.
        share: one over the samples of the whole batch.
        slopes: ``(b c,)``, written.
    """
    n, classes = labels.size, outputs.size // labels.size
    check = _ZERO
    for i in range(n):
        row = outputs[i * classes : (i + 1) * classes]
        top = row[0]
        for c in range(1, classes):
            top = row[c] if row[c] > top else top
        check += (top - row[labels[i]]) * _ZERO
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
        out[labels[i]] -= share
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
        rest = (value - whole * _LN2_HIGH) - whole * _LN2_LOW
        tail = _C6 + rest * _C7
        tail = _C4 + rest * (_C5 + rest * tail)
        tail = _C2 + rest * (_C3 + rest * tail)
        power = float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))
        x[i] = (_ONE + rest * (_ONE + rest * tail)) * power

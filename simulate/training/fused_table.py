"""The table that compiled loops interpret: where everything of a chain of layers lies."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.fused_shapes import (
    ACTIVATE,
    GEMM,
    MAX_POOL,
    MEAN_POOL,
    RELU,
    Blob,
    Chain,
    Node,
)

IntArray = npt.NDArray[np.int64]
#: Columns of the table. Offsets are into a thread's scratch (floats) or into the list of places.
(
    KIND, MODE, IN, IN_SAMPLE, IN_ROW, IN_ORIGIN, HEIGHT, WIDTH, CHANNELS,
    OUT, OUT_SAMPLE, OUT_ROW, OUT_ORIGIN, OUT_HEIGHT, OUT_WIDTH, OUT_CHANNELS,
    IN_SLOPE, OUT_SLOPE, KERNEL_HEIGHT, KERNEL_WIDTH, STEP_Y, STEP_X,
    TAPS, WEIGHTS, BIAS, PIXELS, TAP_PLACES, OUT_PLACES, WEIGHT_PLACES,
    SPREAD, SPREAD_SAMPLE, SPREAD_ROW, SPREAD_ORIGIN, SPREAD_PIXELS, SPREAD_TAPS, IN_PLACES,
    TURNED, PASS_ON, CHOICE, FLOOR, AHEAD,
) = range(41)  # fmt: skip
_COLUMNS, _ALIGN, _SLACK = 41, 16, 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A chain of layers laid out for slices of a few samples.

    Attributes:
        layers: ``(L, 41)``, a row per layer.
        places: int32 lists of places, one after another.
        where: ``(P,)``: where each parameter of the flat row lies among the weights.
        n_weights: floats of all weights.
        weights, best, extra, outputs, slopes, zeros, ones: offsets in the scratch: weights in use,
            their slopes where batches are cut, the constant part of a step, last outputs, their
            slopes, zeros and ones (``n_ones``).
        scratch: floats a thread needs.
        choices: int32 a thread needs, for pools.
        first: of the input: offset, sample, row, origin, height, entries of a row.
        slice: samples at a time.
    """

    layers: IntArray
    places: npt.NDArray[np.int32]
    where: IntArray
    n_weights: int
    weights: int
    slopes: int
    extra: int
    zeros: int
    ones: int
    n_ones: int
    scratch: int
    choices: int
    first: IntArray
    slice: int


@dataclass
class _Room:
    """Counts out offsets, aligned to a vector."""

    size: int = 0

    def take(self, count: int) -> int:
        begin = self.size
        self.size += -(-(count + _SLACK) // _ALIGN) * _ALIGN
        return begin


@dataclass
class _Lists:
    parts: list[IntArray] = field(default_factory=list)
    size: int = 0

    def add(self, part: IntArray) -> int:
        begin = self.size
        self.parts.append(part)
        self.size += part.size
        return begin


def lay_out(chain: Chain, n_parameters: int, samples: int) -> Table:
    """The table of a chain for slices of so many samples."""
    room, lists, weights, choices = _Room(), _Lists(), _Room(), _Room()
    blobs = list({id(b): b for node in chain.nodes for b in (node.into, node.out)}.values())
    widest = max(max(blob.channels for blob in blobs), max(blob.entries for blob in blobs))
    n_ones = samples * max(blob.sample for blob in blobs)
    zeros, ones = room.take(widest), room.take(n_ones)
    values = {id(blob): room.take(samples * blob.sample) for blob in blobs}
    slopes = {id(blob): room.take(samples * blob.entries) for blob in blobs}
    layers = np.zeros((len(chain.nodes), _COLUMNS), np.int64)
    where, learnt = np.full(n_parameters, -1), False
    for row, node in zip(layers, chain.nodes, strict=True):
        _blobs(row, node, values, slopes)
        row[PASS_ON] = learnt
        if node.kind == GEMM:
            _weights(row, node, weights, where)
            _products(row, node, room, lists, samples, ones)
            learnt = True
        elif node.kind in (MAX_POOL, MEAN_POOL):
            _windows(row, node, lists, samples)
            row[CHOICE] = choices.take(samples * node.out.entries)
    _merge(layers, chain.nodes)
    first = chain.first
    line = first.width * first.channels
    head = [values[id(first)], first.sample, first.row, first.origin, first.height, line]
    return Table(
        layers=layers,
        places=np.concatenate([*lists.parts, np.zeros(_SLACK, np.int64)]).astype(np.int32),
        where=where,
        n_weights=weights.size,
        weights=room.take(weights.size),
        slopes=room.take(weights.size),
        extra=room.take(weights.size),
        zeros=zeros,
        ones=ones,
        n_ones=n_ones,
        scratch=room.size,
        choices=max(choices.size, 1),
        first=np.array(head, np.int64),
        slice=samples,
    )


def _merge(layers: IntArray, nodes: tuple[Node, ...]) -> None:
    """A ReLU right after a product is part of it."""
    for i, node in enumerate(nodes):
        if node.kind != ACTIVATE or node.mode != RELU or node.into is not node.out:
            continue
        if nodes[i - 1].kind == GEMM:
            layers[i - 1, FLOOR] = layers[i, AHEAD] = 1


def _blobs(row: IntArray, node: Node, values: dict[int, int], slopes: dict[int, int]) -> None:
    a, b = node.into, node.out
    row[KIND], row[MODE] = node.kind, node.mode
    for begin, blob in ((IN, a), (OUT, b)):
        size = (blob.height, blob.width, blob.channels)
        row[begin : begin + 7] = (values[id(blob)], blob.sample, blob.row, blob.origin, *size)
    row[IN_SLOPE], row[OUT_SLOPE] = slopes[id(a)], slopes[id(b)]
    row[KERNEL_HEIGHT : STEP_X + 1] = (*node.layer.kernel, *node.layer.stride)


def _weights(row: IntArray, node: Node, weights: _Room, where: IntArray) -> None:
    """Weights lie tap by tap, outputs together; the bias is one more tap, of inputs that are 1."""
    layer = node.layer
    outputs = layer.shape[0]
    taps = int(np.prod(layer.shape[1:]))
    begin = weights.take((taps + 1) * outputs)
    if layer.kind == "linear":
        source = node.order
    else:
        source = np.arange(taps).reshape(layer.shape[1:]).transpose(1, 2, 0).reshape(-1)
    flat = layer.weight + np.arange(outputs) * taps + source[:, None]
    where[flat] = begin + np.arange(taps)[:, None] * outputs + np.arange(outputs)
    if layer.bias >= 0:
        where[layer.bias + np.arange(outputs)] = begin + taps * outputs + np.arange(outputs)
    row[TAPS], row[WEIGHTS], row[BIAS] = taps, begin, layer.bias >= 0


def _products(
    row: IntArray, node: Node, room: _Room, lists: _Lists, samples: int, ones: int
) -> None:
    a, b, layer = node.into, node.out, node.layer
    taps = int(row[TAPS])
    row[OUT_PLACES] = lists.add(b.origin + b.pixels(samples))
    row[WEIGHT_PLACES] = lists.add(np.arange(taps + 1) * b.channels)
    row[TURNED] = room.take(taps * b.channels)
    one = [ones - int(row[IN])]
    if layer.kind == "linear":
        row[PIXELS] = lists.add(np.arange(samples) * a.entries)
        row[TAP_PLACES] = lists.add(np.concatenate([np.arange(taps), one]))
        row[SPREAD] = row[OUT_SLOPE]
        row[SPREAD_PIXELS] = lists.add(np.arange(samples) * b.channels)
        row[SPREAD_TAPS] = lists.add(np.arange(b.channels))
        row[IN_PLACES] = row[PIXELS]
        return
    row[PIXELS] = lists.add(a.pixels(samples, layer.stride, (b.height, b.width)))
    row[TAP_PLACES] = lists.add(np.concatenate([_taps(a, layer.kernel), one]))
    high, wide = layer.kernel
    spread = Blob(a.height + high - 1, a.width + wide - 1, b.channels)
    row[SPREAD] = room.take(samples * spread.sample)
    corner = (high - 1 - layer.padding[0]) * spread.row + (wide - 1 - layer.padding[1]) * b.channels
    row[SPREAD_SAMPLE : SPREAD_ORIGIN + 1] = (spread.sample, spread.row, corner)
    row[SPREAD_PIXELS] = lists.add(spread.pixels(samples, (1, 1), (a.height, a.width)))
    row[SPREAD_TAPS] = lists.add(_taps(spread, layer.kernel))
    row[IN_PLACES] = lists.add(np.arange(samples * a.height * a.width) * a.channels)


def _windows(row: IntArray, node: Node, lists: _Lists, samples: int) -> None:
    """Corners and pixels of a pool's windows, among values and among slopes, which have no halo."""
    a, b, layer = node.into, node.out, node.layer
    plain, size = Blob(a.height, a.width, a.channels), (b.height, b.width)
    row[PIXELS] = lists.add(a.origin + a.pixels(samples, layer.stride, size))
    row[TAP_PLACES] = lists.add(_taps(a, layer.kernel)[:: a.channels])
    row[OUT_PLACES] = lists.add(b.origin + b.pixels(samples))
    row[IN_PLACES] = lists.add(plain.pixels(samples, layer.stride, size))
    row[SPREAD_TAPS] = lists.add(_taps(plain, layer.kernel)[:: a.channels])


def _taps(blob: Blob, kernel: tuple[int, int]) -> IntArray:
    y, x = np.arange(kernel[0]) * blob.row, np.arange(kernel[1]) * blob.channels
    return np.asarray((y[:, None, None] + x[:, None] + np.arange(blob.channels)).reshape(-1))

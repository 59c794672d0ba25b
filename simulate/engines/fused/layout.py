"""What flows through a chain of layers: shapes checked, in the order of memory that suits products.

Images lie pixel by pixel, channels together, so that the taps of a convolution are short rows. The
table that the compiled loops read says where everything of the chain lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.simulate.engines.chains import Layer
from roundlot.theory.arrays import IntArray

GEMM, ACTIVATE, MAX_POOL, MEAN_POOL = range(4)
RELU, TANH, SIGMOID = range(3)
_ACTIVATIONS = {"relu": RELU, "tanh": TANH, "sigmoid": SIGMOID}


@dataclass(eq=False)
class Blob:
    """Values between two layers: height x width pixels of channels, within a halo of zeros."""

    height: int
    width: int
    channels: int
    halo: tuple[int, int] = (0, 0)

    @property
    def row(self) -> int:
        """Floats from a pixel to the one below."""
        return (self.width + 2 * self.halo[1]) * self.channels

    @property
    def sample(self) -> int:
        """Floats of a sample, with the halo."""
        return (self.height + 2 * self.halo[0]) * self.row

    @property
    def origin(self) -> int:
        """Where the first pixel is."""
        return self.halo[0] * self.row + self.halo[1] * self.channels

    @property
    def entries(self) -> int:
        """Floats of a sample without the halo."""
        return self.height * self.width * self.channels

    def pixels(
        self, samples: int, steps: tuple[int, int] = (1, 1), size: tuple[int, int] | None = None
    ) -> IntArray:
        """Where each pixel of each sample is; with ``steps`` every few, ``size`` how many."""
        height, width = size or (self.height, self.width)
        y, x = np.arange(height) * steps[0] * self.row, np.arange(width) * steps[1] * self.channels
        n = np.arange(samples) * self.sample
        return np.asarray((n[:, None, None] + y[:, None] + x).reshape(-1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """One layer and what flows in and out.

    ``order``: torch's number of each input of a linear layer.
    """

    kind: int
    layer: Layer
    mode: int
    into: Blob
    out: Blob
    order: IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """The nodes, and the input as it must lie."""

    nodes: tuple[Node, ...]
    first: Blob
    image: bool

    @property
    def last(self) -> Blob:
        """The outputs."""
        return self.nodes[-1].out


def read_chain(layers: tuple[Layer, ...], shape: tuple[int, ...]) -> Chain | str:
    """The chain for samples of this shape, or why there is none."""
    flat_first = bool(layers) and layers[0].kind == "flatten"
    image = len(shape) == 3 and not flat_first
    if not image and len(shape) != 1 and not flat_first:
        return f"samples of shape {shape} that are neither rows nor images"
    size = int(np.prod(shape))
    now = Blob(shape[1], shape[2], shape[0]) if image else Blob(1, 1, size)
    first, flat, order, nodes = now, not image, np.arange(now.entries), list[Node]()
    for number, layer in enumerate(layers):
        if _before_max_pool(layers, number):
            continue
        if layer.kind == "flatten":
            if not flat:
                order = np.arange(now.entries).reshape(now.channels, -1).T.reshape(-1)
            flat = True
            continue
        late = number > 0 and _before_max_pool(layers, number - 1)
        node = _node(layer, now, flat, order, bool(nodes) and nodes[-1].kind != ACTIVATE, late)
        if isinstance(node, str):
            return node
        nodes.append(node)
        now = node.out
        if node.kind != ACTIVATE:
            order = np.arange(now.entries)
    if not flat:
        return "outputs that are images; end with Flatten"
    if not np.array_equal(order, np.arange(now.entries)):
        return "outputs flattened from an image; end with a linear layer"
    return Chain(nodes=tuple(nodes), first=first, image=image)


def _before_max_pool(layers: tuple[Layer, ...], number: int) -> bool:
    """A ReLU that the max pool after it does instead, on fewer numbers, with the same slopes."""
    pair = [layer.kind for layer in layers[number : number + 2]]
    return pair == ["relu", "max pool"]


def _node(
    layer: Layer, now: Blob, flat: bool, order: IntArray, spare: bool, late: bool
) -> Node | str:
    if layer.kind in _ACTIVATIONS:
        # In place, unless the value before is what an earlier activation needs for its slope.
        out = now if spare else Blob(now.height, now.width, now.channels)
        mode = _ACTIVATIONS[layer.kind]
        return Node(kind=ACTIVATE, layer=layer, mode=mode, into=now, out=out, order=order)
    if layer.kind == "linear":
        if not flat or layer.shape[1] != now.entries:
            return f"a linear layer of {layer.shape[1]} inputs on something else"
        into = Blob(1, 1, layer.shape[0])
        return Node(kind=GEMM, layer=layer, mode=0, into=now, out=into, order=order)
    if flat:
        return f"a layer of kind {layer.kind!r} on rows"
    return _spatial(layer, now, late)


def _spatial(layer: Layer, now: Blob, late: bool) -> Node | str:
    pad = layer.padding
    sizes = [
        (size + 2 * p - k) // s + 1
        for size, p, k, s in zip(
            (now.height, now.width), pad, layer.kernel, layer.stride, strict=True
        )
    ]
    if min(sizes) < 1:
        return f"a {layer.kind} larger than its image"
    nothing = np.empty(0, np.int64)
    if layer.kind == "conv":
        if layer.shape[1] != now.channels:
            return f"a convolution of {layer.shape[1]} channels on {now.channels}"
        if any(p >= k for p, k in zip(pad, layer.kernel, strict=True)):
            return "a convolution padded by its kernel or more"
        now.halo = pad
        out = Blob(sizes[0], sizes[1], layer.shape[0])
        return Node(kind=GEMM, layer=layer, mode=1, into=now, out=out, order=nothing)
    kind = MAX_POOL if layer.kind == "max pool" else MEAN_POOL
    out = Blob(sizes[0], sizes[1], now.channels)
    return Node(kind=kind, layer=layer, mode=int(late), into=now, out=out, order=nothing)


_FIELDS = (
    "kind", "mode", "into", "into_sample", "into_row", "into_origin", "height", "width", "channels",
    "out", "out_sample", "out_row", "out_origin", "out_height", "out_width", "out_channels",
    "into_slope", "out_slope", "kernel_height", "kernel_width", "step_y", "step_x",
    "taps", "weights", "bias", "pixels", "tap_places", "out_places", "weight_places",
    "spread", "spread_sample", "spread_row", "spread_origin", "spread_pixels", "spread_taps",
    "into_places", "turned", "paired", "pass_on", "choice", "floor", "ahead", "flat", "plain",
    "tile", "twin", "quad",
)  # fmt: skip
#: What the loops know of a layer, whole numbers all: offsets into a thread's scratch, in floats,
#: or into the list of places.
LAYER = np.dtype([(name, np.int64) for name in _FIELDS], align=True)
_ALIGN = 16  # floats of a vector
_SLACK = 16  # floats that a vector may read beyond the last one
HALF = 8  # inputs up to which two outputs share a vector


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A chain of layers laid out for slices of a few samples.

    Attributes:
        layers: ``(L,)`` of ``LAYER``.
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

    layers: npt.NDArray[np.void]
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
    layers = np.zeros(len(chain.nodes), LAYER)
    where, learnt = np.full(n_parameters, -1), False
    for row, node in zip(layers, chain.nodes, strict=True):
        _blobs(row, node, values, slopes)
        row["pass_on"] = learnt
        if node.kind == GEMM:
            _weights(row, node, weights, where)
            _products(row, node, room, lists, samples, ones)
            learnt = True
        elif node.kind in (MAX_POOL, MEAN_POOL):
            _windows(row, node, lists, samples)
            row["choice"] = choices.take(samples * node.out.entries)
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


def _merge(layers: npt.NDArray[np.void], nodes: tuple[Node, ...]) -> None:
    """A ReLU right after a product is part of it."""
    for i, node in enumerate(nodes):
        if node.kind != ACTIVATE or node.mode != RELU or node.into is not node.out:
            continue
        if nodes[i - 1].kind == GEMM:
            layers["floor"][i - 1] = layers["ahead"][i] = 1


def _blobs(row: np.void, node: Node, values: dict[int, int], slopes: dict[int, int]) -> None:
    a, b = node.into, node.out
    row["kind"], row["mode"] = node.kind, node.mode
    for name, size, blob in (("into", "", a), ("out", "out_", b)):
        row[name], row[f"{name}_sample"] = values[id(blob)], blob.sample
        row[f"{name}_row"], row[f"{name}_origin"] = blob.row, blob.origin
        row[f"{size}height"], row[f"{size}width"] = blob.height, blob.width
        row[f"{size}channels"] = blob.channels
    row["into_slope"], row["out_slope"] = slopes[id(a)], slopes[id(b)]
    row["kernel_height"], row["kernel_width"] = node.layer.kernel
    row["step_y"], row["step_x"] = node.layer.stride


def _weights(row: np.void, node: Node, weights: _Room, where: IntArray) -> None:
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
    row["taps"], row["weights"], row["bias"] = taps, begin, layer.bias >= 0
    row["flat"], row["plain"] = layer.weight, np.array_equal(source, np.arange(taps))


def _products(
    row: np.void, node: Node, room: _Room, lists: _Lists, samples: int, ones: int
) -> None:
    a, b, layer = node.into, node.out, node.layer
    taps = int(row["taps"])
    row["tile"], row["twin"] = _is_tile(node), _is_twin(node)
    row["out_places"] = lists.add(b.origin + b.pixels(samples))
    row["weight_places"] = lists.add(np.arange(taps + 1) * b.channels)
    inputs = taps if layer.kind == "linear" else a.channels
    row["paired"] = inputs <= HALF and b.channels % 2 == 0
    row["turned"] = room.take((HALF if row["paired"] else inputs) * (taps // inputs) * b.channels)
    one = [ones - int(row["into"])]
    if layer.kind == "linear":
        row["pixels"] = lists.add(np.arange(samples) * a.entries)
        row["tap_places"] = lists.add(np.concatenate([np.arange(taps), one]))
        row["spread"] = row["out_slope"]
        row["spread_pixels"] = lists.add(np.arange(samples) * b.channels)
        row["spread_taps"] = lists.add(np.arange(b.channels))
        row["into_places"] = row["pixels"]
        return
    row["pixels"] = lists.add(a.pixels(samples, layer.stride, (b.height, b.width)))
    row["tap_places"] = lists.add(np.concatenate([_taps(a, layer.kernel), one]))
    high, wide = layer.kernel
    spread = Blob(a.height + high - 1, a.width + wide - 1, b.channels)
    row["spread"] = room.take(samples * spread.sample)
    corner = (high - 1 - layer.padding[0]) * spread.row + (wide - 1 - layer.padding[1]) * b.channels
    row["spread_sample"], row["spread_row"], row["spread_origin"] = (
        spread.sample,
        spread.row,
        corner,
    )
    row["spread_pixels"] = lists.add(spread.pixels(samples, (1, 1), (a.height, a.width)))
    row["spread_taps"] = lists.add(_taps(spread, layer.kernel))
    row["into_places"] = lists.add(np.arange(samples * a.height * a.width) * a.channels)


def _is_tile(node: Node) -> bool:
    """Whether the loops of `tiles` go over it: whole vectors of outputs, small images."""
    a, b, layer = node.into, node.out, node.layer
    shape = (layer.kernel, layer.stride, layer.padding, a.height, a.width)
    fits = b.channels % _ALIGN == 0 and (a.channels <= HALF or a.channels % _ALIGN == 0)
    return layer.kind == "conv" and fits and shape == ((3, 3), (1, 1), (1, 1), 4, 4)


def _is_twin(node: Node) -> bool:
    """Whether the loops of `twins` go over it: two neighbouring pixels share a vector."""
    a, b, layer = node.into, node.out, node.layer
    even = b.width % 2 == 0 and layer.kernel == (3, 3) and layer.stride[1] == 1
    return layer.kind == "conv" and even and (a.channels, b.channels) == (1, HALF)


def _is_quad(node: Node) -> bool:
    """Whether windows are of 2 x 2, cover the image and do not overlap; channels fill vectors."""
    a, layer = node.into, node.layer
    whole = a.height % 2 == 0 and a.width % 2 == 0 and layer.padding == (0, 0)
    full = a.channels == HALF or a.channels % _ALIGN == 0
    return node.kind == MAX_POOL and whole and full and layer.kernel == layer.stride == (2, 2)


def _windows(row: np.void, node: Node, lists: _Lists, samples: int) -> None:
    """Corners and pixels of a pool's windows, among values and among slopes, which have no halo."""
    a, b, layer = node.into, node.out, node.layer
    plain, size = Blob(a.height, a.width, a.channels), (b.height, b.width)
    row["quad"] = _is_quad(node)
    row["pixels"] = lists.add(a.origin + a.pixels(samples, layer.stride, size))
    row["tap_places"] = lists.add(_taps(a, layer.kernel)[:: a.channels])
    row["out_places"] = lists.add(b.origin + b.pixels(samples))
    row["into_places"] = lists.add(plain.pixels(samples, layer.stride, size))
    row["spread_taps"] = lists.add(_taps(plain, layer.kernel)[:: a.channels])


def _taps(blob: Blob, kernel: tuple[int, int]) -> IntArray:
    y, x = np.arange(kernel[0]) * blob.row, np.arange(kernel[1]) * blob.channels
    return np.asarray((y[:, None, None] + x[:, None] + np.arange(blob.channels)).reshape(-1))

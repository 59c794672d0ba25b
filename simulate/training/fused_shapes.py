"""What flows through a chain of layers: shapes checked, in the order of memory that suits products.

Images lie pixel by pixel, channels together, so that the taps of a convolution are short rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.stack import Layer

IntArray = npt.NDArray[np.int64]

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

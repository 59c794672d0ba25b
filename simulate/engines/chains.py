"""A network read as a chain of simple layers, for the engines that compute them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import nn

Kind = Literal["linear", "conv", "relu", "tanh", "sigmoid", "max pool", "average pool", "flatten"]
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of a chain.

    Attributes:
        kind: what it does.
        shape: of the weight: ``(out, in)`` or ``(out, in, height, width)``; () without a weight.
        weight: where the weight begins in the flat row, or −1.
        bias: where the bias, ``(out,)``, begins in the flat row, or −1.
        kernel: of a convolution or pool, (height, width).
        stride: of a convolution or pool.
        padding: zeros around a convolution's input, on each side of (height, width).
    """

    kind: Kind
    shape: tuple[int, ...] = ()
    weight: int = -1
    bias: int = -1
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)


def read_stack(module: nn.Module) -> tuple[Layer, ...] | str:
    """The layers of a (nested) ``nn.Sequential`` of simple layers, or why it is none.

    Linear, Conv2d (without groups or dilation, zero padding), ReLU, Tanh, Sigmoid, MaxPool2d and
    AvgPool2d (without padding, dilation or ceil_mode), Flatten (of all but the samples), Identity.
    """
    leaves = _leaves(module)
    if isinstance(leaves, str):
        return leaves
    if len({id(p) for p in module.parameters()}) != sum(len(list(x.parameters())) for x in leaves):
        return "layers share parameters"
    if not all(p.requires_grad for p in module.parameters()):
        return "some parameters are frozen"
    layers: list[Layer] = []
    place = 0
    for leaf in leaves:
        layer = _layer(leaf, place)
        if isinstance(layer, str):
            return layer
        place += sum(p.numel() for p in leaf.parameters())
        if layer is not None:
            layers.append(layer)
    return tuple(layers) if place else "it has no parameters"


def _leaves(module: nn.Module) -> list[nn.Module] | str:
    if _hooked(module):
        return f"{type(module).__name__} has hooks"
    if "forward" in vars(module):
        return f"{type(module).__name__} has a forward of its own"
    if type(module) is not nn.Sequential:
        return [module]
    out: list[nn.Module] = []
    for child in module:
        leaves = _leaves(child)
        if isinstance(leaves, str):
            return leaves
        out += leaves
    return out


def _hooked(module: nn.Module) -> bool:
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return any(getattr(module, name) for name in hooks)


def _layer(leaf: nn.Module, place: int) -> Layer | str | None:
    """The record, None for an identity, or why it is not simple; exact types, no subclasses."""
    simple: dict[type[nn.Module], Kind] = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}
    kind = simple.get(type(leaf))
    if kind is not None:
        return Layer(kind=kind)
    if type(leaf) is nn.Identity:
        return None
    if type(leaf) is nn.Linear:
        return _weighted("linear", leaf, place)
    if type(leaf) is nn.Conv2d:
        return _convolution(leaf, place)
    if type(leaf) is nn.MaxPool2d or type(leaf) is nn.AvgPool2d:
        return _pool(leaf)
    if type(leaf) is nn.Flatten:
        whole = (leaf.start_dim, leaf.end_dim) == (1, -1)
        return Layer(kind="flatten") if whole else "a Flatten that keeps some dimensions"
    return f"a layer of type {type(leaf).__name__}"


def _weighted(kind: Kind, leaf: nn.Linear | nn.Conv2d, place: int, **rest: Pair) -> Layer:
    bias = -1 if leaf.bias is None else place + leaf.weight.numel()
    return Layer(kind=kind, shape=tuple(leaf.weight.shape), weight=place, bias=bias, **rest)


def _convolution(leaf: nn.Conv2d, place: int) -> Layer | str:
    if leaf.groups != 1 or _pair(leaf.dilation) != (1, 1) or leaf.padding_mode != "zeros":
        return "a convolution with groups, dilation or padding other than zeros"
    padding = _padding(leaf)
    if padding is None:
        return "a convolution padded more on one side than on the other"
    return _weighted(
        "conv",
        leaf,
        place,
        kernel=_pair(leaf.kernel_size),
        stride=_pair(leaf.stride),
        padding=padding,
    )


def _padding(leaf: nn.Conv2d) -> Pair | None:
    if leaf.padding == "valid":
        return (0, 0)
    if leaf.padding == "same":
        height, width = _pair(leaf.kernel_size)
        return None if height % 2 == 0 or width % 2 == 0 else (height // 2, width // 2)
    return None if isinstance(leaf.padding, str) else _pair(leaf.padding)


def _pool(leaf: nn.MaxPool2d | nn.AvgPool2d) -> Layer | str:
    if _pair(leaf.padding) != (0, 0) or leaf.ceil_mode:
        return "a pool with padding or ceil_mode"
    stride = leaf.kernel_size if leaf.stride is None else leaf.stride
    kernel, steps = _pair(leaf.kernel_size), _pair(stride)
    if isinstance(leaf, nn.AvgPool2d):
        if leaf.divisor_override is not None:
            return "an average pool with a divisor of its own"
        return Layer(kind="average pool", kernel=kernel, stride=steps)
    if _pair(leaf.dilation) != (1, 1) or leaf.return_indices:
        return "a pool with dilation or indices"
    return Layer(kind="max pool", kernel=kernel, stride=steps)


def _pair(value: int | tuple[int, ...]) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])

"""Chains of linear and convolution layers, many clients at once, as batched products.

Values are ``(c, n, features)`` after linear layers and ``(c, channels, n, height, width)`` after
convolutions, ``c`` clients with ``n`` samples each: a convolution is then one product per client of
its weight ``(out, in·h·w)`` with its patches ``(in·h·w, n·places)``, and gives the next layer's
layout without a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from roundlot.simulate.engines.chains import Layer, Pair, read_stack
from roundlot.simulate.engines.side_by_side import SideBySideEngine, clients_in_memory
from roundlot.simulate.tasks.task import Task

_aten = torch.ops.aten


def supports(task: Task) -> str | None:
    """Why a task is no chain that this engine computes, or None."""
    layers = read_stack(task.module)
    if isinstance(layers, str):
        return layers
    return _shape_fault(layers, task.train.inputs.dim())


def _shape_fault(layers: Sequence[Layer], dimensions: int) -> str | None:
    """Samples are rows or images with channels; a linear layer takes rows."""
    if dimensions not in (2, 4):
        return f"inputs have {dimensions} dimensions, not 2 or 4"
    for layer in layers:
        if layer.kind == "flatten":
            dimensions = 2
        if layer.kind == "linear" and dimensions == 4:
            return "a linear layer takes images; put a Flatten before it"
    return None if dimensions == 2 else "outputs are images; put a Flatten at the end"


@final
class BatchedEngine(SideBySideEngine):
    """Trains many clients of a chain of simple layers at once, on CPU or GPU."""

    def _prepared(self, module: nn.Module) -> nn.Module:
        layers = read_stack(module)
        assert not isinstance(layers, str)
        self._layers: tuple[Layer, ...] = layers
        return module

    def _clients_at_a_time(self, width: int) -> int:
        sample = self._inputs[:1]
        inputs = sample.expand(width, *sample.shape[1:])
        return clients_in_memory(self._module, inputs, self.device)

    def _slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        active, width = shares.shape
        values = inputs.view(active, width, *inputs.shape[1:])
        if values.dim() == 5:
            values = values.transpose(1, 2)
        outputs, kept = forward(self._layers, pieces, values)
        losses, slope = self._loss_slope(outputs.to(shares.dtype), targets, shares)
        return losses, backward(self._layers, kept, slope.to(outputs.dtype))

    def _loss_slope(
        self, outputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Losses ``(a,)`` and their gradient with respect to the outputs."""
        if self.task.loss == "cross entropy":
            return _cross_entropy(outputs, targets.view(shares.shape), shares)
        with torch.enable_grad():
            leaf = outputs.detach().requires_grad_()
            each = self._sample_loss(leaf.flatten(0, 1), targets).view(shares.shape)
            losses = (each * shares).sum(dim=1)
            (slope,) = torch.autograd.grad(losses.sum(), leaf)
        return losses.detach(), slope


def _cross_entropy(outputs: Tensor, labels: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    log_shares: Any = functional.log_softmax(outputs, dim=2)
    labels, spread = labels.unsqueeze(2), shares.unsqueeze(2)
    losses = -(log_shares.gather(2, labels).squeeze(2) * shares).sum(dim=1)
    slope = log_shares.exp_().mul_(spread)
    return losses, slope.scatter_add_(2, labels, -spread)


def forward(
    layers: Sequence[Layer], pieces: Sequence[Tensor], values: Tensor
) -> tuple[Tensor, list[Any]]:
    """Outputs, and what each layer keeps for its backward pass."""
    kept: list[Any] = []
    left = iter(pieces)
    for layer in layers:
        weight = next(left) if layer.weight >= 0 else None
        bias = next(left) if layer.bias >= 0 else None
        values, keep = _FORWARD[layer.kind](layer, weight, bias, values)
        kept.append((weight, keep))
    return values, kept


def backward(layers: Sequence[Layer], kept: Sequence[Any], slope: Tensor) -> list[Tensor]:
    """Gradients of the pieces, in their order, from the outputs' gradient."""
    slopes: list[Tensor] = []
    first = next(place for place, layer in enumerate(layers) if layer.weight >= 0)
    for place in range(len(layers) - 1, first - 1, -1):
        layer, (weight, keep) = layers[place], kept[place]
        if weight is None:
            slope = _BACKWARD[layer.kind](layer, keep, slope)
            continue
        own, slope = _WEIGHTED[layer.kind](layer, weight, keep, slope, place > first)
        slopes = own + slopes
    return slopes


def _linear(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    across = weight.transpose(1, 2)
    if bias is None:
        return torch.bmm(values, across), values
    return torch.baddbmm(bias.unsqueeze(1), values, across), values


def _linear_back(
    layer: Layer, weight: Tensor, values: Tensor, slope: Tensor, further: bool
) -> tuple[list[Tensor], Tensor]:
    own = [torch.bmm(slope.transpose(1, 2), values)]
    if layer.bias >= 0:
        own.append(slope.sum(dim=1))
    return own, torch.bmm(slope, weight) if further else slope


def _conv(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Any]:
    height, width = layer.padding
    if height or width:
        values = functional.pad(values, (width, width, height, height))
    patches, size = _patches(values, layer.kernel, layer.stride)
    flat = weight.flatten(2)
    if bias is None:
        out = torch.bmm(flat, patches)
    else:
        out = torch.baddbmm(bias.unsqueeze(2), flat, patches)
    return out.view(*out.shape[:2], values.shape[2], *size), (patches, values.shape)


def _patches(values: Tensor, kernel: Pair, stride: Pair) -> tuple[Tensor, Pair]:
    """``(c, in·h·w, n·places)`` and how many places there are down and across."""
    down = (values.shape[3] - kernel[0]) // stride[0] + 1
    across = (values.shape[4] - kernel[1]) // stride[1] + 1
    clients, channels, n = values.shape[:3]
    out = values.new_empty((clients, channels, kernel[0], kernel[1], n, down, across))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            out[:, :, i, j] = _window(values, i, j, stride, (down, across))
    return out.view(clients, channels * kernel[0] * kernel[1], -1), (down, across)


def _window(values: Tensor, i: int, j: int, stride: Pair, size: Pair) -> Tensor:
    """What a kernel's entry (i, j) meets at all places; a view."""
    down = slice(i, i + stride[0] * (size[0] - 1) + 1, stride[0])
    return values[..., down, j : j + stride[1] * (size[1] - 1) + 1 : stride[1]]


def _conv_back(
    layer: Layer, weight: Tensor, keep: Any, slope: Tensor, further: bool
) -> tuple[list[Tensor], Tensor]:
    patches, shape = keep
    size = (slope.shape[3], slope.shape[4])
    flat = slope.flatten(2)
    own = [torch.bmm(flat, patches.transpose(1, 2)).view(weight.shape)]
    if layer.bias >= 0:
        own.append(flat.sum(dim=2))
    if not further:
        return own, slope
    clients, channels, n = shape[:3]
    parts = torch.bmm(weight.flatten(2).transpose(1, 2), flat)
    parts = parts.view(clients, channels, *layer.kernel, n, *size)
    below = slope.new_zeros(shape)
    for i in range(layer.kernel[0]):
        for j in range(layer.kernel[1]):
            _window(below, i, j, layer.stride, size).add_(parts[:, :, i, j])
    (height, width), (tall, wide) = layer.padding, shape[3:]
    return own, below[..., height : tall - height, width : wide - width]


def _relu(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    out = values.clamp_min(0.0)
    return out, out


def _tanh(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    out = values.tanh()
    return out, out


def _sigmoid(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    out = values.sigmoid()
    return out, out


def _max_pool(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Any]:
    planes = values.flatten(0, 1)
    out, places = functional.max_pool2d(planes, layer.kernel, layer.stride, return_indices=True)
    return out.view(*values.shape[:2], *out.shape[1:]), (planes, places)


def _max_pool_back(layer: Layer, keep: Any, slope: Tensor) -> Tensor:
    planes, places = keep
    flat = slope.reshape(places.shape)
    below = _aten.max_pool2d_with_indices_backward(
        flat, planes, layer.kernel, layer.stride, (0, 0), (1, 1), False, places
    )
    return torch.as_tensor(below).view(*slope.shape[:2], *planes.shape[1:])


def _average_pool(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    planes = values.flatten(0, 1)
    out = functional.avg_pool2d(planes, layer.kernel, layer.stride)
    return out.view(*values.shape[:2], *out.shape[1:]), planes


def _average_pool_back(layer: Layer, planes: Tensor, slope: Tensor) -> Tensor:
    below = _aten.avg_pool2d_backward(
        slope.flatten(0, 1), planes, layer.kernel, layer.stride, (0, 0), False, True, None
    )
    return torch.as_tensor(below).view(*slope.shape[:2], *planes.shape[1:])


def _flatten(layer: Layer, weight: Any, bias: Any, values: Tensor) -> tuple[Tensor, Any]:
    """Images become rows ``(c, n, features)``; what is flat stays."""
    if values.dim() == 3:
        return values, None
    return values.transpose(1, 2).flatten(2), values.shape


def _flatten_back(layer: Layer, shape: Any, slope: Tensor) -> Tensor:
    if shape is None:
        return slope
    clients, channels, n, height, width = shape
    return slope.view(clients, n, channels, height, width).transpose(1, 2).contiguous()


_FORWARD: dict[str, Any] = {
    "linear": _linear,
    "conv": _conv,
    "relu": _relu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "max pool": _max_pool,
    "average pool": _average_pool,
    "flatten": _flatten,
}
_WEIGHTED: dict[str, Any] = {"linear": _linear_back, "conv": _conv_back}
_BACKWARD: dict[str, Any] = {
    "relu": lambda layer, out, slope: _aten.threshold_backward(slope, out, 0.0),
    "tanh": lambda layer, out, slope: _aten.tanh_backward(slope, out),
    "sigmoid": lambda layer, out, slope: _aten.sigmoid_backward(slope, out),
    "max pool": _max_pool_back,
    "average pool": _average_pool_back,
    "flatten": _flatten_back,
}

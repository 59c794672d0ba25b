"""Chains of linear and convolution layers, many clients at once, by hand-written products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from roundlot.simulate.training.footprint import clients_in_memory
from roundlot.simulate.training.layer_products import backward, forward
from roundlot.simulate.training.side_by_side import SideBySideEngine
from roundlot.simulate.training.stack import Layer, read_stack
from roundlot.simulate.training.task import Task


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
        losses, slope = self._loss_slope(outputs, targets, shares)
        return losses, backward(self._layers, kept, slope)

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

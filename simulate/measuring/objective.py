"""A task's objective as a function of flat parameters, in float64: the numbers of its clients.

``f_i`` is the mean loss over client ``i``'s samples, plus the weight decay of the plan as
``λ/2 ‖w‖²``, for that is what the steps of training go down.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.tasks.parameters import Layout, layout
from roundlot.simulate.tasks.task import Task, sample_loss
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

_CHUNK = 512  # samples whose gradients are held at a time


@dataclass(frozen=True, kw_only=True, eq=False)
class Objective:
    """The ``f_i`` of one task under a plan; clients without data are left out."""

    task: Task
    plan: LocalPlan

    @cached_property
    def clients(self) -> IntArray:
        """``(N,)``: those who hold data."""
        return np.flatnonzero(self.task.train.counts > 0)

    @cached_property
    def weights(self) -> FloatArray:
        """``(N,)``: shares of the data."""
        counts = self.task.train.counts[self.clients].astype(np.float64)
        return np.asarray(counts / counts.sum())

    @property
    def dimension(self) -> int:
        """How many numbers are trained."""
        return self.task.n_parameters

    @property
    def floor(self) -> float | None:
        """What the shipped losses are never below; None for a loss of the user's own."""
        return None if callable(self.task.loss) else 0.0

    @cached_property
    def _module(self) -> nn.Module:
        return copy.deepcopy(self.task.module).cpu().double().train()

    @cached_property
    def _layout(self) -> Layout:
        return layout(self.task.module)

    def _samples(self, client: int) -> tuple[Tensor, Tensor]:
        inputs, targets = self.task.train.of(int(client))
        return _double(inputs), _double(targets)

    def _losses(self, flat: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        outputs = functional_call(self._module, self._layout.split(flat), (inputs,))
        return sample_loss(self.task.loss)(outputs, targets)

    def _mean(self, flat: Tensor, client: int) -> Tensor:
        decay = self.plan.weight_decay / 2.0
        return self._losses(flat, *self._samples(client)).mean() + decay * (flat @ flat)

    def values(self, point: FloatArray) -> FloatArray:
        """``(N,)``: every ``f_i``."""
        flat = _flat(point)
        with torch.no_grad():
            return np.array([float(self._mean(flat, i)) for i in self.clients])

    def gradients(self, point: FloatArray) -> FloatArray:
        """``(N, dim)``: every ``∇f_i``."""
        return np.stack([self._gradient(point, i) for i in self.clients])

    def _gradient(self, point: FloatArray, client: int) -> FloatArray:
        with torch.enable_grad():
            flat = _flat(point).requires_grad_()
            (found,) = torch.autograd.grad(self._mean(flat, client), flat)
        return np.asarray(found.numpy())

    def product(self, point: FloatArray, shares: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """``v -> Σ shares_i ∇²f_i v`` at a point, by a second differentiation of the gradient."""
        held = [(i, share) for i, share in zip(self.clients, shares.tolist(), strict=True) if share]
        with torch.enable_grad():
            flat = _flat(point).requires_grad_()
            slope = torch.stack(
                [
                    torch.autograd.grad(share * self._mean(flat, i), flat, create_graph=True)[0]
                    for i, share in held
                ]
            ).sum(dim=0)

        def multiplied(vector: FloatArray) -> FloatArray:
            with torch.enable_grad():
                along = slope @ torch.from_numpy(np.ascontiguousarray(vector))
                if not along.requires_grad:
                    return np.zeros_like(vector)  # the gradient is constant
                (found,) = torch.autograd.grad(along, flat, retain_graph=True, allow_unused=True)
            return np.zeros_like(vector) if found is None else np.asarray(found.numpy())

        return multiplied

    def noise(self, point: FloatArray) -> FloatArray:
        """``(N,)``: the exact variance of one mini-batch gradient of every client.

        Of ``b`` samples drawn without replacement from ``n``: ``S²/b · (n − b)/(n − 1)`` with
        ``S² = (1/n) Σ ‖g_j − ∇f_i‖²`` over single samples (Cochran, Sampling Techniques, 1977).
        """
        return np.array([self._noise(point, i) for i in self.clients])

    def _noise(self, point: FloatArray, client: int) -> float:
        n = int(self.task.train.counts[client])
        batch = n if self.plan.batch_size is None else min(self.plan.batch_size, n)
        if batch == n:
            return 0.0
        inputs, targets = self._samples(client)
        flat = _flat(point)
        total, squares = torch.zeros_like(flat), 0.0
        near = self._near(flat, inputs, targets)  # close to all: large gradients cancel less
        for first in range(0, n, _CHUNK):
            part = slice(first, first + _CHUNK)
            rows = self._each(flat, inputs[part], targets[part]) - near
            total += rows.sum(dim=0)
            squares += float(rows.square().sum())
        spread = max(squares / n - float((total / n).square().sum()), 0.0)
        return spread / batch * (n - batch) / (n - 1)

    def _near(self, flat: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """``(dim,)``: the gradient of the mean loss, without the decay, which has no noise."""
        with torch.enable_grad():
            row = flat.clone().requires_grad_()
            (found,) = torch.autograd.grad(self._losses(row, inputs, targets).mean(), row)
        return found

    def _each(self, flat: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """``(k, dim)``: gradients of single samples."""

        _ = self._module  # made before anything is traced

        def one(row: Tensor, x: Tensor, y: Tensor) -> Tensor:
            return self._losses(row, x[None], y[None]).sum()

        try:
            mapped: Tensor = vmap(grad(one), in_dims=(None, 0, 0))(flat, inputs, targets)
        except RuntimeError:  # layers that torch cannot map over samples: one after the other
            with torch.enable_grad():
                row = flat.clone().requires_grad_()
                rows = [
                    torch.autograd.grad(one(row, x, y), row)[0]
                    for x, y in zip(inputs, targets, strict=True)
                ]
            return torch.stack(rows)
        return mapped


def _flat(point: FloatArray) -> Tensor:
    row = torch.from_numpy(np.array(point, dtype=np.float64))
    if row.dim() != 1 or not bool(torch.isfinite(row).all()):
        raise InvalidProblemError("the parameters of a point are not finite; train with less steps")
    return row


def _double(data: Tensor) -> Tensor:
    part = data.detach().cpu()
    return part.double() if part.is_floating_point() else part

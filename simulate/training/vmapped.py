"""Any network, many clients at once: forward under torch.vmap, backward by autograd.

The sum of the clients' losses has every client's gradient in its own row, so that one backward
pass over batched operations serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, final

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from roundlot.simulate.training.flat import flatten, layout, with_parameters
from roundlot.simulate.training.footprint import clients_in_memory
from roundlot.simulate.training.recurrent import unroll
from roundlot.simulate.training.sample_loss import SampleLoss, sample_loss
from roundlot.simulate.training.side_by_side import SideBySideEngine
from roundlot.simulate.training.task import Task
from roundlot.simulate.training.task_engine import as_float32


def supports(task: Task) -> str | None:
    """Why a task cannot train under vmap, or None: found by trying it on two clients."""
    start = flatten(task.module)
    module = unroll(with_parameters(task.module, start).train())
    parts = layout(module)
    pieces = list(parts.split(start.repeat(2, 1)).values())
    inputs, targets = (as_float32(data[[0, 0]]) for data in (task.train.inputs, task.train.targets))
    loss, shares = sample_loss(task.loss), torch.ones(2, 1)
    try:
        batched_slopes(module, loss, parts.names, pieces, inputs, targets, shares)
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        return f"torch.vmap cannot run it ({str(error).strip().splitlines()[0]})"
    return None


@final
class VmappedEngine(SideBySideEngine):
    """Trains many clients at once, any network that torch.vmap can run."""

    def _prepared(self, module: nn.Module) -> nn.Module:
        return unroll(module)

    def _clients_at_a_time(self, width: int) -> int:
        return clients_in_memory(
            self._module, self._inputs[:1].expand(width, *self._inputs.shape[1:]), self.device
        )

    def _slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        names = self._layout.names
        return batched_slopes(
            self._module, self._sample_loss, names, pieces, inputs, targets, shares
        )


def batched_slopes(
    module: nn.Module,
    loss: SampleLoss,
    names: Sequence[str],
    pieces: Sequence[Tensor],
    inputs: Tensor,
    targets: Tensor,
    shares: Tensor,
) -> tuple[Tensor, Sequence[Tensor]]:
    """Losses ``(a,)`` and gradients ``(a, *shape)`` of ``a`` clients at ``pieces``."""
    active, width = shares.shape

    def forward(own: dict[str, Tensor], some: Tensor) -> Tensor:
        return cast("Tensor", functional_call(module, own, (some,)))

    with torch.enable_grad():
        leaves = [piece.detach().requires_grad_() for piece in pieces]
        own = dict(zip(names, leaves, strict=True))
        outputs = vmap(forward)(own, inputs.view(active, width, *inputs.shape[1:]))
        each = loss(outputs.flatten(0, 1), targets).view(active, width)
        totals = (each * shares).sum(dim=1)
        slopes = torch.autograd.grad(totals.sum(), leaves)
    return totals.detach(), slopes

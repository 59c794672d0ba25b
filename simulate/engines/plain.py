"""One client after another, one step after another: slow, and what the other engines must equal."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.task_engine import TaskEngine


@final
class PlainEngine(TaskEngine):
    """Trains clients in a loop with autograd; runs whatever torch runs."""

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = parameters.new_empty(count)
        for client in range(count):
            extra = (
                correction[client]
                if correction is not None and correction.dim() == 2
                else correction
            )
            end, totals[client] = self._descend(parameters, batches, client, rate, extra)
            torch.sub(parameters, end, out=moved[client])
        return moved, totals

    def _descend(
        self, start: Tensor, batches: Batches, client: int, rate: float, extra: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Where one client ends, and the sum of its steps' losses."""
        flat = start.clone()
        pieces = self._layout.split(flat)
        leaves = [p for p in self._module.parameters() if p.requires_grad]
        for leaf, piece in zip(leaves, pieces.values(), strict=True):
            leaf.data = piece
        total = start.new_zeros(())
        for rows in batches.of(client):
            some = self._rows(rows)
            with torch.enable_grad():
                outputs = self._module(self._inputs[some])
                loss = self._sample_loss(outputs, self._targets[some]).mean()
                slopes = torch.autograd.grad(loss, leaves)
            total += loss.detach()
            slope = torch.cat([part.reshape(-1) for part in slopes])
            self._step(flat, slope, start, rate, extra)
        return flat, total

    def _step(
        self, flat: Tensor, slope: Tensor, start: Tensor, rate: float, extra: Tensor | None
    ) -> None:
        plan = self.plan
        if extra is not None:
            slope += extra
        if plan.weight_decay:
            slope.add_(flat, alpha=plan.weight_decay)
        if plan.proximal:
            slope.add_(flat - start, alpha=plan.proximal)
        flat.sub_(slope, alpha=rate)

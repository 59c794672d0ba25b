"""Descent of many clients side by side; a subclass says how their gradients are computed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from roundlot.simulate.training.batches import Batches
from roundlot.simulate.training.schedule import Block, blocks
from roundlot.simulate.training.task_engine import TaskEngine


class SideBySideEngine(TaskEngine):
    """Trains blocks of clients, a step of all of a block's clients at a time."""

    def slopes(self, parameters: Tensor, rows: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Losses ``(a,)`` and gradients ``(a, P)`` of ``a`` networks, each at its own parameters.

        Args:
            parameters: ``(a, P)``.
            rows: ``(a, width)``, rows of the task's samples.
            shares: ``(a, width)``, what each sample's loss weighs in its network's loss.
        """
        pieces = list(self._layout.split(parameters).values())
        flat = rows.reshape(-1)
        losses, found = self._slopes(
            pieces, self._inputs.index_select(0, flat), self._targets.index_select(0, flat), shares
        )
        return losses, torch.cat([slope.detach().flatten(1) for slope in found], dim=1)

    @abstractmethod
    def _clients_at_a_time(self, width: int) -> int:
        """How many clients with steps of ``width`` samples train fastest together."""

    @abstractmethod
    def _slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        """Losses ``(a,)`` and gradients ``(a, *shape)`` at ``pieces`` ``(a, *shape)``.

        ``inputs`` and ``targets`` are ``(a × width, ...)``, ``shares`` ``(a, width)``: the weights
        of the samples' losses in a client's loss.
        """

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = parameters.new_empty(count)
        chunk = self.chunk or self._clients_at_a_time(int(batches.widths.max()))
        for block in blocks(batches, chunk):
            who = self._rows(block.clients)
            extra = correction
            if correction is not None:
                extra = correction[who] if correction.dim() == 2 else correction[None]
            end, total = self._descend(parameters, block, rate, extra)
            moved.index_copy_(0, who, torch.sub(parameters, end, out=end))
            totals.index_copy_(0, who, total)
        return moved, totals

    def _descend(
        self, start: Tensor, block: Block, rate: float, extra: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Where the block's clients end, ``(c, P)``, and the sums of their losses ``(c,)``."""
        count = len(block.clients)
        origin = list(self._layout.split(start[None]).values())
        pieces = [piece.repeat(count, *[1] * (piece.dim() - 1)) for piece in origin]
        extras = None if extra is None else list(self._layout.split(extra).values())
        rows, shares = self._rows(block.rows), torch.from_numpy(block.shares).to(self.device)
        totals = start.new_zeros(count)
        place = 0
        for active in block.active.tolist():
            some = slice(place, place + active * block.width)
            place = some.stop
            here = [piece[:active] for piece in pieces]
            loss, slopes = self._slopes(
                here,
                self._inputs.index_select(0, rows[some]),
                self._targets.index_select(0, rows[some]),
                shares[some].view(active, block.width),
            )
            totals[:active] += loss
            self._step(here, slopes, origin, extras, rate)
        return torch.cat([piece.flatten(1) for piece in pieces], dim=1), totals

    def _step(
        self,
        here: list[Tensor],
        slopes: Sequence[Tensor],
        origin: list[Tensor],
        extras: list[Tensor] | None,
        rate: float,
    ) -> None:
        plan, active = self.plan, len(here[0])
        slopes = [slope.detach() for slope in slopes]
        if extras is not None:
            slopes = [slope + extra[:active] for slope, extra in zip(slopes, extras, strict=True)]
        if plan.weight_decay:
            slopes = torch._foreach_add(slopes, here, alpha=plan.weight_decay)
        if plan.proximal:
            away = [piece - first for piece, first in zip(here, origin, strict=True)]
            slopes = torch._foreach_add(slopes, away, alpha=plan.proximal)
        torch._foreach_add_(here, slopes, alpha=-rate)

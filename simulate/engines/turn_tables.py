"""What lanes are given at every turn, in tables that a compiled step reads by the turn's number.

A step is then called with the same tensors at every turn: to make views of a turn's own takes as
long as a small step.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.lanes import LanePlan, look_up
from roundlot.simulate.engines.local_optimizer import adam_constants
from roundlot.simulate.engines.local_plan import LocalPlan

#: Turns at a time, and bytes of their targets at most.
_TURNS, _BYTES = 64, 1 << 24


class TurnTables:
    """Tables of ``T`` turns, ``L`` lanes and steps of ``width`` samples.

    Args:
        targets: of all samples of the task, on the device.
        plan: of local training.
        lanes: ``L``.
        width: samples of a step.
        kept: the type of shares and of Adam's corrections.
    """

    def __init__(
        self, targets: Tensor, plan: LocalPlan, lanes: int, width: int, kept: torch.dtype
    ) -> None:
        one = max(1, targets[:1].nbytes) * lanes * width
        self.turns = max(1, min(_TURNS, _BYTES // one))
        shape, device = (self.turns, lanes, width), targets.device
        self._all = targets
        self._rows = torch.zeros(shape, dtype=torch.int64, device=device)
        self._shares = torch.zeros(shape, dtype=kept, device=device)
        self._targets = targets.new_zeros((*shape, *targets.shape[1:]))
        self._betas: tuple[float, ...] = ()
        if plan.optimizer == "adam":
            self._betas = (plan.inertia, adam_constants(plan)[0])
        self._corrections = [self._shares.new_ones(shape[:2]) for _ in self._betas]
        self.numbers = list(torch.arange(self.turns, device=device).unbind())

    def fill(self, batches: Batches, plan: LanePlan, first: int) -> int:
        """Look up the turns from ``first`` on; gives how many there are in the tables."""
        some = slice(first, min(first + self.turns, len(plan.used)))
        count = some.stop - some.start
        rows, shares = self._rows[:count], self._shares[:count]
        on_cpu = rows.device.type == "cpu"
        here = (rows, shares) if on_cpu else (rows.cpu(), shares.cpu())
        look_up(batches, plan, some, *(table.numpy() for table in here))
        if not on_cpu:
            rows.copy_(here[0])
            shares.copy_(here[1])
        torch.index_select(self._all, 0, rows.flatten(), out=self._targets[:count].flatten(0, 2))
        taken = np.maximum(plan.steps[some], 0) + 1.0
        for beta, table in zip(self._betas, self._corrections, strict=True):
            table[:count].copy_(torch.from_numpy(1.0 - beta**taken))
        return count

    def tables(self, first: int, lanes: int) -> list[Tensor]:
        """Targets, rows and shares of some lanes, then ``1 − β₁ᵗ`` and ``1 − β₂ᵗ`` of Adam."""
        tables = [self._targets, self._rows, self._shares, *self._corrections]
        return [table[:, first : first + lanes] for table in tables]

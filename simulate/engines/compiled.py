"""Any network that torch.vmap can run, its local step compiled by torch for a few clients at once.

Shapes are fixed, so that the compiler can do its best and nothing is compiled anew: lanes are as
many as were compiled for, steps are padded to one of a few widths, and a lane whose client is done
takes the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.lane_state import LaneState
from roundlot.simulate.engines.lanes import (
    LanePlan,
    lane_plan,
    padded_widths,
    samples,
)
from roundlot.simulate.engines.local_optimizer import adam_constants
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision
from roundlot.simulate.engines.side_by_side import NUMPY_TYPES, step_bytes
from roundlot.simulate.engines.step_compiler import (
    LocalStep,
    Slots,
    compiled_step,
    missing,
    traced,
)
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.engines.vmapped import supports as vmap_supports
from roundlot.simulate.engines.vmapped import unroll
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray

#: Lanes on a CPU: a call costs as much as some five lanes of the smallest networks; more lanes no
#: longer fit the caches. On a GPU they should fill it.
_LANES = {"cpu": 16, "cuda": 256}
#: Bytes of the lanes' parameters, gradients and activations: a CPU's core should have them near.
_BYTES = {"cpu": 1 << 20, "cuda": 1 << 31}
#: Lanes at least, and lanes of the other function that is compiled, for when few clients are left.
_FEW = 4
#: What a call costs beside its lanes, in lanes.
_CALL = 3


def supports(
    task: Task, plan: LocalPlan, device: str, precision: Precision = FLOAT32
) -> str | None:
    """Why a task cannot be compiled here, with the remedy, or None.

    Its step is traced, not compiled: that takes a second rather than many.
    """
    reason = missing(device) or vmap_supports(task, precision)
    if reason is not None:
        return reason
    try:
        CompiledEngine(task, plan, model=0, seed=0, device=device, precision=precision).operations()
    except Exception as error:
        return (
            f"its step cannot be traced ({first_line(error)}); nothing that it computes may depend"
            " on values: torch.where in place of a branch, no item()"
        )
    return None


@final
class CompiledEngine(TaskEngine):
    """Trains several clients at once by a step that torch has compiled."""

    def _prepared(self, module: nn.Module) -> nn.Module:
        self._compiled: dict[tuple[int, int, bool], Callable[..., Tensor]] = {}
        module = unroll(module)
        names = self._layout.names
        tensors = dict([*module.named_parameters(), *module.named_buffers()])
        self._fixed = {k: v.detach() for k, v in tensors.items() if k not in names}
        self._step = LocalStep(
            module=module,
            names=names,
            fixed=tuple(self._fixed),
            loss=self._sample_loss,
            plan=self.plan,
            precision=self.precision,
        )
        counts = self.task.train.counts
        counts = counts[counts > 0]
        steps, most = self.plan.steps(counts), self.plan.batch_size
        self._widths = padded_widths(counts if most is None else np.minimum(counts, most), steps)
        self._lanes = self._lanes_for(module, int(self._widths[-1]), counts.size)
        return module

    def _lanes_for(self, module: nn.Module, width: int, clients: int) -> int:
        kind = "cpu" if self.device == "cpu" else "cuda"
        sample = self._inputs[:1]
        kept = step_bytes(module, sample.expand(width, *sample.shape[1:]))
        room = _BYTES[kind] // (kept + 2 * self.precision.bytes * self._n_parameters)
        most = min(_LANES[kind], max(room, _FEW), clients, self.chunk or clients)
        return 1 << max(0, int(most).bit_length() - 1)

    @property
    def compilations(self) -> int:
        """Functions to compile: of every width, for all lanes and for few."""
        return len(self._widths) * (1 + (self._few < self._lanes))

    def operations(self) -> int:
        """Operations of a step, with which the time grows that it takes to be compiled."""
        state = self._state(self._new_zeros(self._n_parameters), None)
        slots = self._slots(state, 0, self._few, int(self._widths[-1]))
        return len(traced(self._step, slots)[0].graph.nodes)

    @property
    def _few(self) -> int:
        return min(_FEW, self._lanes)

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = parameters.new_zeros(count)
        state = self._state(parameters, correction)
        padded = np.searchsorted(self._widths, batches.widths)
        for place in np.unique(padded):
            some = np.flatnonzero(padded == place)
            plan = lane_plan(some, batches.steps[some], self._lanes)
            width = int(self._widths[place])
            self._descend(state, plan, batches, width, rate, moved, totals)
        return moved, totals

    def _descend(
        self,
        state: LaneState,
        plan: LanePlan,
        batches: Batches,
        width: int,
        rate: float,
        moved: Tensor,
        totals: Tensor,
    ) -> None:
        """Train the clients of a plan; write how far they moved and the sums of their losses."""
        calls = self._calls(state, width, rate)
        dtype = NUMPY_TYPES[self.precision.kept]
        losses: list[Tensor] = []
        clients: list[IntArray] = []
        turns = np.searchsorted(plan.events[:, 0], np.arange(-1, len(plan.used) + 1)).tolist()
        events, lanes_in_use = plan.events.tolist(), plan.used.tolist()
        corrections = self._corrections(plan)
        state.happen(events[: turns[1]], moved)
        for turn, (rows, shares) in enumerate(samples(batches, plan, width, dtype)):
            used = lanes_in_use[turn]
            given = (self._rows(rows), torch.from_numpy(shares).to(self.device))
            ours = [row[turn] for row in corrections]
            for first, count in self._cover(used):
                some = slice(first, first + count)
                own = [*given, *ours]
                if count < self._lanes:
                    own = [table[some] for table in own]
                losses.append(calls(first, count, *own))
                clients.append(plan.clients[turn, some])
            state.happen(events[turns[turn + 1] : turns[turn + 2]], moved)
        who = np.concatenate(clients)
        busy = np.flatnonzero(who >= 0)
        each = torch.cat(losses).index_select(0, self._rows(busy))
        totals.index_add_(0, self._rows(who[busy]), each)

    def _cover(self, used: int) -> list[tuple[int, int]]:
        """``(first, count)`` of the calls for the lanes in use: all at once, or few at a time."""
        few = self._few
        calls = -(-used // few)
        if few == self._lanes or calls * (few + _CALL) >= self._lanes + _CALL:
            return [(0, self._lanes)]
        return [(k * few, few) for k in range(calls)]

    def _calls(self, state: LaneState, width: int, rate: float) -> Callable[..., Tensor]:
        """A function of lanes, rows, shares and Adam's corrections that takes a step of those."""
        given: dict[tuple[int, int], list[Tensor]] = {}
        pace = self._new_zeros().fill_(rate)
        late = len(self._late(1, 1))

        def call(
            first: int, count: int, rows: Tensor, shares: Tensor, *corrections: Tensor
        ) -> Tensor:
            if (first, count) not in given:
                own = self._slots(state, first, count, width).flat()
                given[first, count] = own[:-late]
            tensors = (*given[first, count], rows, shares, pace, *corrections)
            step = self._compiled_step(state, count, width)
            return step(*tensors)

        return call

    def _compiled_step(self, state: LaneState, lanes: int, width: int) -> Callable[..., Tensor]:
        key = (lanes, width, state.corrected)
        if key not in self._compiled:
            slots = self._slots(state, 0, lanes, width)
            try:
                self._compiled[key] = compiled_step(self._step, slots)
            except Exception as error:
                raise InvalidProblemError(
                    f"torch cannot compile {self.task.name!r} ({first_line(error)}); choose the"
                    " engine 'vmapped' or 'plain'"
                ) from error
        return self._compiled[key]

    def _slots(self, state: LaneState, first: int, lanes: int, width: int) -> Slots:
        here, one, two, extra, origin = state.pieces(first, lanes)
        return Slots(
            pieces=here,
            first=one,
            second=two,
            extras=extra,
            origin=origin if self.plan.proximal else [],
            fixed=list(self._fixed.values()),
            data=[self._inputs, self._targets, *self._late(lanes, width)],
        )

    def _late(self, lanes: int, width: int) -> list[Tensor]:
        """As those that differ from turn to turn: rows, shares, the rate, Adam's corrections."""
        rows = torch.zeros((lanes, width), dtype=torch.int64, device=self.device)
        adam = [self._new_zeros(lanes)] * (2 * (self.plan.optimizer == "adam"))
        return [rows, self._new_zeros(lanes, width), self._new_zeros(), *adam]

    def _new_zeros(self, *shape: int) -> Tensor:
        return torch.zeros(shape, dtype=self.precision.kept, device=self.device)

    def _corrections(self, plan: LanePlan) -> list[Tensor]:
        """Adam's ``1 − β₁ᵗ`` and ``1 − β₂ᵗ``, ``(T, L)`` each."""
        if self.plan.optimizer != "adam":
            return []
        taken = np.maximum(plan.steps, 0) + 1.0
        factors = (self.plan.inertia, adam_constants(self.plan)[0])
        rows = [torch.from_numpy(1.0 - beta**taken) for beta in factors]
        return [row.to(self.device, self.precision.kept) for row in rows]

    def _state(self, start: Tensor, correction: Tensor | None) -> LaneState:
        return LaneState(self._layout, self.plan, start, correction, self._lanes)


def first_line(error: Exception) -> str:
    """Of what an error says, or its kind."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return lines[0].strip() if lines else type(error).__name__

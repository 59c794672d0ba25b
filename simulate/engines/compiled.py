"""Any network that torch.vmap can run, its local step compiled by torch for a few clients at once.

Shapes are fixed, so that the compiler can do its best and nothing is compiled anew: lanes are as
many as were compiled for, steps are padded to one of a few widths, and a lane whose client is done
takes the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.lane_state import LaneState
from roundlot.simulate.engines.lanes import LanePlan, lane_plan, padded_widths
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision
from roundlot.simulate.engines.side_by_side import step_bytes
from roundlot.simulate.engines.step_compiler import (
    LocalStep,
    Slots,
    compiled_step,
    missing,
    traced,
)
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.engines.timed_choice import Clock
from roundlot.simulate.engines.turn_tables import TurnTables
from roundlot.simulate.engines.vmapped import supports as vmap_supports
from roundlot.simulate.engines.vmapped import unroll
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

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
        CompiledEngine(
            task, plan, model=0, seed=0, device=device, precision=precision
        ).tracing_seconds()
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
        self._desks: dict[tuple[int, bool], _Desk] = {}
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

    def tracing_seconds(self, clock: Clock = time.perf_counter) -> float:
        """Seconds to trace a step, with which the time grows that it takes to be compiled.

        The least of two: the first loads what torch traces with.
        """
        taken = []
        for _ in range(2):
            began = clock()
            self.trace()
            taken.append(clock() - began)
        return min(taken)

    def trace(self) -> None:
        """Trace a step, to see that it can be."""
        desk = self._desk(int(self._widths[-1]), corrected=False)
        traced(self._step, self._slots(desk, 0, self._few))

    @property
    def _few(self) -> int:
        return min(_FEW, self._lanes)

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = np.zeros(count)
        padded = np.searchsorted(self._widths, batches.widths)
        for place in np.unique(padded):
            some = np.flatnonzero(padded == place)
            plan = lane_plan(some, batches.steps[some], self._lanes)
            desk = self._desk(int(self._widths[place]), corrected=correction is not None)
            desk.rate.fill_(rate)
            desk.state.restart(parameters, correction, moved)
            self._descend(desk, plan, batches, totals)
        return moved, torch.from_numpy(totals)

    def _descend(self, desk: _Desk, plan: LanePlan, batches: Batches, totals: FloatArray) -> None:
        """Train the clients of a plan; count their losses up."""
        turns = np.searchsorted(plan.events[:, 0], np.arange(-1, len(plan.used) + 1)).tolist()
        events, lanes_in_use = plan.events.tolist(), plan.used.tolist()
        desk.state.happen(events[: turns[1]])
        losses: list[Tensor] = []
        clients: list[IntArray] = []
        first = 0
        while first < len(lanes_in_use):
            count = desk.tables.fill(batches, plan, first)
            for turn, number in zip(range(first, first + count), desk.tables.numbers, strict=False):
                for lane, lanes in self._cover(lanes_in_use[turn]):
                    step, given = self._call(desk, lane, lanes)
                    losses.append(step(*given, number))
                    clients.append(plan.clients[turn, lane : lane + lanes])
                happening = events[turns[turn + 1] : turns[turn + 2]]
                if happening:
                    desk.state.happen(happening)
            first += count
        who = np.concatenate(clients)
        busy = who >= 0
        np.add.at(totals, who[busy], torch.cat(losses).cpu().numpy()[busy])

    def _cover(self, used: int) -> list[tuple[int, int]]:
        """``(first, count)`` of the calls for the lanes in use: all at once, or few at a time."""
        few = self._few
        calls = -(-used // few)
        if few == self._lanes or calls * (few + _CALL) >= self._lanes + _CALL:
            return [(0, self._lanes)]
        return [(k * few, few) for k in range(calls)]

    def _call(
        self, desk: _Desk, first: int, lanes: int
    ) -> tuple[Callable[..., Tensor], list[Tensor]]:
        """The step of these lanes, and all that it is given but the turn."""
        if (first, lanes) not in desk.calls:
            slots = self._slots(desk, first, lanes)
            key = (lanes, desk.width, desk.state.corrected)
            if key not in self._compiled:
                self._compiled[key] = self._compile(slots)
            desk.calls[first, lanes] = self._compiled[key], slots.flat()[:-1]
        return desk.calls[first, lanes]

    def _compile(self, slots: Slots) -> Callable[..., Tensor]:
        try:
            return compiled_step(self._step, slots)
        except Exception as error:
            raise InvalidProblemError(
                f"torch cannot compile {self.task.name!r} ({first_line(error)}); choose the"
                " engine 'vmapped' or 'plain'"
            ) from error

    def _slots(self, desk: _Desk, first: int, lanes: int) -> Slots:
        here, one, two, extra, origin = desk.state.pieces(first, lanes)
        tables = desk.tables.tables(first, lanes)
        return Slots(
            pieces=here,
            first=one,
            second=two,
            extras=extra,
            origin=origin if self.plan.proximal else [],
            fixed=list(self._fixed.values()),
            data=[self._inputs, desk.rate, *tables, desk.tables.numbers[0]],
        )

    def _desk(self, width: int, *, corrected: bool) -> _Desk:
        """What steps of a width work in: made once, for views of it are what steps are given."""
        if (width, corrected) not in self._desks:
            kept = self.precision.kept
            zero = torch.zeros((), dtype=kept, device=self.device)
            self._desks[width, corrected] = _Desk(
                width=width,
                rate=zero,
                state=LaneState(self._layout, self.plan, zero, self._lanes, corrected=corrected),
                tables=TurnTables(self._targets, self.plan, self._lanes, width, kept),
            )
        return self._desks[width, corrected]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Desk:
    """What steps of a width work in.

    Attributes:
        width: samples of a step.
        rate: ``()``, the step size.
        state: of the lanes.
        tables: of the turns.
        calls: by first lane and number of lanes: the step, and all that it is given but the turn.
    """

    width: int
    rate: Tensor
    state: LaneState
    tables: TurnTables
    calls: dict[tuple[int, int], tuple[Callable[..., Tensor], list[Tensor]]] = field(
        default_factory=dict
    )


def first_line(error: Exception) -> str:
    """Of what an error says, or its kind."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return lines[0].strip() if lines else type(error).__name__

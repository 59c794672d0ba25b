"""What the clients in lanes remember: parameters, their optimiser's memory, corrections."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from roundlot.simulate.engines.lanes import BEGINS, ENDS
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.tasks.parameters import Layout

#: Numbers to whose multiples parameters are moved apart: a cache line, and whole vectors.
_LINE = 16


class LaneState:
    """A row for every lane, in tables whose columns begin every parameter at a cache line.

    Args:
        layout: of the network's parameters.
        plan: of local training.
        start: ``(P,)``, where everybody begins.
        correction: ``(k, P)`` or ``(P,)``, added to gradients, or None.
        lanes: ``L``.
    """

    def __init__(
        self,
        layout: Layout,
        plan: LocalPlan,
        start: Tensor,
        correction: Tensor | None,
        lanes: int,
    ) -> None:
        self._layout, self._correction = layout, correction
        self._offsets: list[int] = []
        self._runs: list[_Run] = []
        place = flat = 0
        for size in layout.sizes:
            self._offsets.append(place)
            self._runs.append(_Run(place, flat, size))
            place, flat = place + -(-size // _LINE) * _LINE, flat + size
        self._runs = _joined(self._runs)
        self._width = place
        self._origin = start.new_zeros(self._width)
        self._write(self._origin, start)

        def table(wanted: bool) -> Tensor | None:
            return start.new_zeros((lanes, self._width)) if wanted else None

        adam = plan.optimizer == "adam"
        self._here = start.new_zeros((lanes, self._width))
        self._first = table(adam or plan.inertia > 0.0)
        self._second = table(adam)
        self._extra = table(correction is not None)
        self._memories = [t for t in (self._first, self._second) if t is not None]
        self._all = [
            t for t in (self._here, self._first, self._second, self._extra) if t is not None
        ]

    @property
    def corrected(self) -> bool:
        """Whether gradients are corrected."""
        return self._extra is not None

    def happen(self, events: Sequence[Sequence[int]], moved: Tensor) -> None:
        """Clients begin, end and move as a `LanePlan` says; those that end leave ``moved``'s row.

        Args:
            events: rows of the plan.
            moved: ``(k, P)``, how far clients have moved.
        """
        for _, kind, lane, other in events:
            if kind == BEGINS:
                self._begin(lane, other)
            elif kind == ENDS:
                self._end(lane, moved[other])
            else:
                for table in self._all:
                    table[other] = table[lane]

    def _begin(self, lane: int, client: int) -> None:
        self._here[lane].copy_(self._origin)
        for memory in self._memories:
            memory[lane].zero_()
        if self._extra is not None and self._correction is not None:
            own = self._correction
            self._write(self._extra[lane], own if own.dim() == 1 else own[client])

    def _end(self, lane: int, moved: Tensor) -> None:
        here = self._here[lane]
        for run in self._runs:
            torch.sub(self._origin[run.padded], here[run.padded], out=moved[run.flat])

    def pieces(self, first: int, count: int) -> list[list[Tensor]]:
        """Of ``count`` lanes from ``first``: parameters, the memories, corrections; then the start.

        Each is a list of views ``(count, *shape)``, or empty.
        """
        some = slice(first, first + count)
        tables = (self._here, self._first, self._second, self._extra)
        parts = [[] if table is None else self._views(table[some]) for table in tables]
        return [*parts, self._views(self._origin[None])]

    def _write(self, row: Tensor, flat: Tensor) -> None:
        for run in self._runs:
            row[run.padded].copy_(flat[run.flat])

    def _views(self, table: Tensor) -> list[Tensor]:
        return [
            table[:, place : place + math.prod(shape)].view(len(table), *shape)
            for place, shape in zip(self._offsets, self._layout.shapes, strict=True)
        ]


class _Run:
    """A stretch of parameters without a gap, in a lane's row and in the flat one."""

    def __init__(self, padded: int, flat: int, size: int) -> None:
        self.size = size
        self.padded, self.flat = slice(padded, padded + size), slice(flat, flat + size)


def _joined(runs: Sequence[_Run]) -> list[_Run]:
    """Fewer and longer ones: most sizes are multiples of a cache line and leave no gap."""
    out: list[_Run] = []
    for run in runs:
        if out and out[-1].padded.stop == run.padded.start:
            last = out.pop()
            run = _Run(last.padded.start, last.flat.start, last.size + run.size)
        out.append(run)
    return out

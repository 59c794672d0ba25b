"""What the clients in lanes remember: parameters, their optimiser's memory, corrections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

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
        like: a tensor of the type and on the device that all are of.
        lanes: ``L``.
        corrected: whether something is added to gradients.
    """

    def __init__(
        self, layout: Layout, plan: LocalPlan, like: Tensor, lanes: int, *, corrected: bool
    ) -> None:
        self._layout, self.corrected = layout, corrected
        self._offsets: list[int] = []
        runs: list[_Run] = []
        place = flat = 0
        for size in layout.sizes:
            self._offsets.append(place)
            runs.append(_Run(place, flat, size))
            place, flat = place + -(-size // _LINE) * _LINE, flat + size
        self._runs = _joined(runs)

        def table(wanted: bool = True, rows: int = lanes) -> Tensor | None:
            return like.new_zeros((rows, place)) if wanted else None

        adam = plan.optimizer == "adam"
        memories = (table(adam or plan.inertia > 0.0), table(adam))
        self._tables = (table(), *memories, table(corrected))
        self._start = like.new_zeros((1, place))
        # Numpy's small copies on the CPU take half as long as torch's.
        arrays = [_array(one) for one in self._tables]
        self._here, self._extra = arrays[0], arrays[3]
        self._memories = [one for one in arrays[1:3] if one is not None]
        self._all = [one for one in arrays if one is not None]
        self._origin = _array(self._start)[0]
        self._correction: Any = None
        self._moved: Any = None

    def restart(self, start: Tensor, correction: Tensor | None, moved: Tensor) -> None:
        """Begin a round.

        Args:
            start: ``(P,)``, where everybody begins.
            correction: ``(k, P)`` or ``(P,)``, added to gradients, or None.
            moved: ``(k, P)``: clients that end leave here how far they have moved.
        """
        self._write(self._origin, _array(start))
        self._correction, self._moved = _array(correction), _array(moved)

    def happen(self, events: Sequence[Sequence[int]]) -> None:
        """Clients begin, end and move, as rows of a `LanePlan` say."""
        for _, kind, lane, other in events:
            if kind == BEGINS:
                self._begin(lane, other)
            elif kind == ENDS:
                here, moved = self._here[lane], self._moved[other]
                for run in self._runs:
                    moved[run.flat] = self._origin[run.padded] - here[run.padded]
            else:
                for table in self._all:
                    table[other] = table[lane]

    def _begin(self, lane: int, client: int) -> None:
        self._here[lane] = self._origin
        for memory in self._memories:
            memory[lane] = 0.0
        if self._extra is not None:
            own = self._correction
            self._write(self._extra[lane], own if own.ndim == 1 else own[client])

    def pieces(self, first: int, count: int) -> list[list[Tensor]]:
        """Of ``count`` lanes from ``first``: parameters, the memories, corrections; then the start.

        Each is a list of views ``(count, *shape)``, or empty.
        """
        some = slice(first, first + count)
        parts = [[] if table is None else self._views(table[some]) for table in self._tables]
        return [*parts, self._views(self._start)]

    def _write(self, row: Any, flat: Any) -> None:
        for run in self._runs:
            row[run.padded] = flat[run.flat]

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


def _array(tensor: Tensor | None) -> Any:
    """The same memory for NumPy where it is the CPU's."""
    return tensor if tensor is None or tensor.device.type != "cpu" else tensor.numpy()

"""Descent of many clients side by side; a subclass says how their gradients are computed.

Clients go in blocks: which of them still train at each step, and on which samples, is known before.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.local_optimizer import LocalOptimizer
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import Float32Array, FloatArray, IntArray

#: Steps this narrow are padded to the widest of their block; wider ones go with their like.
_NARROW = 32


#: Bytes of a block's step. On a CPU they should stay in its caches; on a GPU they should fill it.
_CPU_BYTES = 1 << 22


_GPU_BYTES = 1 << 30
NUMPY_TYPES: dict[torch.dtype, npt.DTypeLike] = {
    torch.float32: np.float32,
    torch.float64: np.float64,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Clients that train together, those with the most steps first: at a step a prefix trains.

    A tenth of the clients may hold half of the data; padding everybody to the most steps would
    waste most of the work.

    Attributes:
        clients: ``(c,)`` places among the ``k`` clients of the round.
        active: ``(T,)``, not increasing: how many train at each step.
        width: samples of a step; a smaller batch repeats samples with a share of 0.
        rows: ``(Σ_t active_t × width,)`` rows of the task's samples, step after step.
        shares: alike: a sample's share of its step's mean loss, ``1/size`` or 0.
    """

    clients: IntArray
    active: IntArray
    width: int
    rows: IntArray
    shares: Float32Array | FloatArray


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
        losses, slopes = self._kept_slopes(
            pieces, self._inputs.index_select(0, flat), self._targets.index_select(0, flat), shares
        )
        return losses, _rows_of([slope.detach() for slope in slopes])

    @abstractmethod
    def _clients_at_a_time(self, width: int) -> int:
        """How many clients with steps of ``width`` samples train fastest together."""

    @abstractmethod
    def _slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        """Losses ``(a,)`` and gradients ``(a, *shape)`` at ``pieces`` ``(a, *shape)``.

        Pieces, inputs and gradients are in the type that networks compute in, losses and shares in
        the one that is kept. ``inputs`` and ``targets`` are ``(a × width, ...)``, ``shares``
        ``(a, width)``: the weights of the samples' losses in a client's loss.
        """

    def _kept_slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        """As ``_slopes``, from parameters as they are kept to gradients as they are kept."""
        rounded = [piece.to(self.precision.computed) for piece in pieces]
        losses, slopes = self._slopes(rounded, inputs, targets, shares)
        return losses, [slope.to(self.precision.kept) for slope in slopes]

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = parameters.new_empty(count)
        chunk = self.chunk or self._clients_at_a_time(int(batches.widths.max()))
        for block in blocks(batches, chunk, NUMPY_TYPES[self.precision.kept]):
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
        optimizer = LocalOptimizer(self.plan, pieces)
        place = 0
        for active in block.active.tolist():
            some = slice(place, place + active * block.width)
            place = some.stop
            here = [piece[:active] for piece in pieces]
            loss, slopes = self._kept_slopes(
                here,
                self._inputs.index_select(0, rows[some]),
                self._targets.index_select(0, rows[some]),
                shares[some].view(active, block.width),
            )
            totals[:active] += loss
            self._step(optimizer, here, slopes, origin, extras, rate)
        return _rows_of(pieces), totals

    def _step(
        self,
        optimizer: LocalOptimizer,
        here: list[Tensor],
        slopes: Sequence[Tensor],
        origin: list[Tensor],
        extras: list[Tensor] | None,
        rate: float,
    ) -> None:
        plan, active = self.plan, len(here[0])
        slopes = optimizer.clipped([slope.detach() for slope in slopes])
        if extras is not None:
            slopes = [slope + extra[:active] for slope, extra in zip(slopes, extras, strict=True)]
        if plan.weight_decay:
            slopes = torch._foreach_add(slopes, here, alpha=plan.weight_decay)
        if plan.proximal:
            away = [piece - first for piece, first in zip(here, origin, strict=True)]
            slopes = torch._foreach_add(slopes, away, alpha=plan.proximal)
        optimizer.step(here, slopes, rate)


def _rows_of(pieces: Sequence[Tensor]) -> Tensor:
    """``(a, P)`` from ``(a, *shape)`` each; a parameter of no dimension has ``(a,)``."""
    return torch.cat([piece.reshape(len(piece), -1) for piece in pieces], dim=1)


def blocks(batches: Batches, chunk: int, dtype: npt.DTypeLike = np.float32) -> Iterator[Block]:
    """Every client once, at most ``chunk`` at a time; with shares of this type."""
    order = np.lexsort((-batches.widths, -batches.steps))
    if batches.widths.max() > _NARROW:
        order = np.lexsort((-batches.steps, -batches.widths))
    first = 0
    while first < order.size:
        last = min(first + chunk, order.size)
        widths = batches.widths[order[first:last]]
        if widths.max() > _NARROW:
            last = first + int(np.sum(2 * widths > widths[0]))
        some = order[first:last]
        yield _block(batches, some[np.argsort(-batches.steps[some], kind="stable")], dtype)
        first = last


def _block(batches: Batches, clients: IntArray, dtype: npt.DTypeLike) -> Block:
    steps = batches.steps[clients]
    active = np.searchsorted(-steps, -np.arange(steps[0]), side="left").astype(np.int64)
    width = int(batches.widths[clients].max())
    rows = np.empty(int(active.sum()) * width, np.int64)
    shares = np.empty(rows.size, dtype)
    _fill(
        batches.order,
        batches.starts[clients],
        batches.counts[clients],
        batches.widths[clients],
        active,
        width,
        rows,
        shares,
    )
    return Block(clients=clients, active=active, width=width, rows=rows, shares=shares)


@compiled
def _fill(
    order: Any,
    starts: Any,
    counts: Any,
    widths: Any,
    active: Any,
    width: int,
    rows: IntArray,
    shares: Any,
) -> None:
    read = starts.copy()
    left = counts.copy()
    out = 0
    for step in range(active.size):
        for client in range(active[step]):
            size = min(widths[client], left[client])
            for place in range(width):
                rows[out] = order[read[client] + place % size]
                shares[out] = 1.0 / size if place < size else 0.0
                out += 1
            read[client] += size
            left[client] -= size
            if left[client] == 0:
                left[client] = counts[client]


def clients_in_memory(module: nn.Module, inputs: Tensor, device: str) -> int:
    """How many clients' steps on ``inputs`` fit: at least 1."""
    limit = _CPU_BYTES if device == "cpu" else _GPU_BYTES
    return max(1, limit // max(1, step_bytes(module, inputs)))


def step_bytes(module: nn.Module, inputs: Tensor) -> int:
    """Bytes that one client's forward pass on ``inputs`` keeps for its backward pass."""
    sizes: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept):
        module(inputs)
    return sum(sizes.values())

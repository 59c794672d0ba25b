"""Many clients side by side: which of them still train at each step, and on which samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.batches import Batches
from roundlot.solvers.kernels.compiling import compiled

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

#: Steps this narrow are padded to the widest of their block; wider ones go with their like.
_NARROW = 32


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
    shares: FloatArray


def blocks(batches: Batches, chunk: int) -> Iterator[Block]:
    """Every client once, at most ``chunk`` at a time."""
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
        yield _block(batches, some[np.argsort(-batches.steps[some], kind="stable")])
        first = last


def _block(batches: Batches, clients: IntArray) -> Block:
    steps = batches.steps[clients]
    active = np.searchsorted(-steps, -np.arange(steps[0]), side="left").astype(np.int64)
    width = int(batches.widths[clients].max())
    rows = np.empty(int(active.sum()) * width, np.int64)
    shares = np.empty(rows.size, np.float32)
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
    shares: FloatArray,
) -> None:
    read = starts.copy()
    left = counts.copy()
    out = 0
    for step in range(active.size):
        for client in range(active[step]):
            size = min(widths[client], left[client])
            for place in range(width):
                rows[out] = order[read[client] + place % size]
                shares[out] = np.float32(1.0) / np.float32(size) if place < size else 0.0
                out += 1
            read[client] += size
            left[client] -= size
            if left[client] == 0:
                left[client] = counts[client]

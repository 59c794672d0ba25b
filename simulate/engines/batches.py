"""Which samples each step trains on: a function of (seed, model, round, epoch, client) alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.philox import STREAM_BATCH, below, key_words, within, word
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray, read_only

# The counter's last word holds the stream (4 bits), attempts (12 bits) and the model (16 bits).
_MODEL_SHIFT = 16
_MOST_MODELS = 1 << 16
# The counter's second word numbers a client's samples of a round, signed with the first in 64 bits.
_MOST_SAMPLES = 1 << 31


@dataclass(frozen=True, kw_only=True, eq=False)
class Batches:
    """The local steps of ``k`` clients in one round, in one piece.

    Attributes:
        order: rows of the task's samples: client after client, within it epoch after epoch, each
            a shuffle of the client's samples. A step takes the next ``batch_size`` of an epoch;
            an epoch's last step takes what is left.
        starts: ``(k + 1,)``: client ``j`` has ``order[starts[j]:starts[j + 1]]``.
        counts: ``(k,)`` samples of each client, at least 1.
        epochs: of every client.
        batch_size: or None for all that the client holds.
    """

    order: IntArray
    starts: IntArray
    counts: IntArray
    epochs: int
    batch_size: int | None

    @cached_property
    def widths(self) -> IntArray:
        """``(k,)``: samples of a full step."""
        most = self.counts if self.batch_size is None else self.batch_size
        return read_only(np.minimum(self.counts, most))

    @cached_property
    def steps(self) -> IntArray:
        """``(k,)``: local steps of the round."""
        return read_only(self.epochs * -(-self.counts // self.widths))

    def of(self, client: int) -> list[IntArray]:
        """The rows of each step of client ``j`` of the ``k``."""
        n, width = int(self.counts[client]), int(self.widths[client])
        rows = self.order[self.starts[client] : self.starts[client + 1]].reshape(self.epochs, n)
        return [epoch[i : i + width] for epoch in rows for i in range(0, n, width)]


def draw_batches(
    offsets: IntArray, clients: IntArray, plan: LocalPlan, *, seed: int, model: int, round_: int
) -> Batches:
    """The batches of these clients in a round; a client's do not depend on who else trains.

    Args:
        offsets: ``(N + 1,)`` of the samples.
        clients: ``(k,)`` clients that hold data.
        plan: epochs and batch size.
        seed: of the run.
        model: number of the task, from 0.
        round_: from 0, below ``2^32``.

    Raises:
        InvalidProblemError: a seed, model or round out of range; 2^31 samples of a client or more.
    """
    if not 0 <= model < _MOST_MODELS or not 0 <= round_ < 1 << 32:
        raise InvalidProblemError(
            f"model {model}, round {round_}: at most {_MOST_MODELS} models and 2^32 rounds"
        )
    key0, key1 = key_words(seed)
    counts = offsets[clients + 1] - offsets[clients]
    if plan.epochs * int(counts.max(initial=0)) >= _MOST_SAMPLES:
        raise InvalidProblemError(
            f"{plan.epochs} epochs of {counts.max()} samples: a client takes fewer than 2^31 "
            "samples a round; train for fewer epochs"
        )
    starts = np.concatenate([[0], np.cumsum(plan.epochs * counts)]).astype(np.int64)
    order = np.empty(int(starts[-1]), np.int64)
    stream = STREAM_BATCH + (model << _MODEL_SHIFT)
    _shuffle_all(offsets, clients, plan.epochs, round_, stream, key0, key1, order)
    return Batches(
        order=order,
        starts=starts,
        counts=counts,
        epochs=plan.epochs,
        batch_size=plan.batch_size,
    )


@compiled
def _shuffle_all(
    offsets: Any,
    clients: Any,
    epochs: int,
    round_: int,
    stream: int,
    key0: int,
    key1: int,
    order: IntArray,
) -> None:
    start, most = 0, 1
    for client in clients:
        most = max(most, offsets[client + 1] - offsets[client])
    words = np.empty(most, np.int64)
    for client in clients:
        count = offsets[client + 1] - offsets[client]
        for epoch in range(epochs):
            row = order[start : start + count]
            for place in range(count):
                row[place] = offsets[client] + place
            # First words side by side, which is several at a time; few are not below their bound.
            for place in range(count):
                number = np.int64(round_) | (np.int64(epoch * count + place) << 32)
                words[place] = word(number, client, stream, key0, key1)
            for place in range(count - 1, 0, -1):
                other = within(place + 1, words[place])
                if other < 0:
                    number = np.int64(round_) | (np.int64(epoch * count + place) << 32)
                    other = below(place + 1, number, client, stream, key0, key1)
                row[place], row[other] = row[other], row[place]
            start += count

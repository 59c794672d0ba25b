"""Chains of simple layers in one compiled loop per client: parameters stay in the cache."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.devices import available_cores
from roundlot.simulate.engines.batches import Batches
from roundlot.simulate.engines.chains import read_stack
from roundlot.simulate.engines.fused.descent import (
    Data,
    Desk,
    Net,
    Queue,
    Rule,
    Steps,
    train_some,
)
from roundlot.simulate.engines.fused.layout import Chain, Table, lay_out, read_chain
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.tasks.task import Task
from roundlot.theory.arrays import Float32Array

#: Samples that go through the layers at a time; a larger batch sums slopes over such slices.
_SLICE = 32
_LINE = 64  # bytes of a line of the cache


#: Updates beyond this many bytes are left to the system.
_MOST = 1 << 28


_KEPT = 2  # a round's updates, and those that the caller still holds from the one before


def supports(task: Task) -> str | None:
    """Why the compiled loops cannot train a task, or None."""
    chain = _chain(task)
    if isinstance(chain, str):
        return chain
    if callable(task.loss):
        return "a loss of the user's own"
    targets = task.train.targets
    if task.loss == "cross entropy":
        return None if targets.dim() == 1 else "labels that are not one per sample"
    if targets.dim() != 2 or targets.shape[1] != chain.last.entries:
        return f"targets of shape {tuple(targets.shape)} for {chain.last.entries} outputs"
    return None


def _chain(task: Task) -> Chain | str:
    layers = read_stack(task.module)
    if isinstance(layers, str):
        return layers
    if not task.train.inputs.is_floating_point():
        return "inputs that are not floating point"
    return read_chain(layers, tuple(task.train.inputs.shape[1:]))


@final
class FusedEngine(TaskEngine):
    """Trains clients by compiled loops on the CPU, a client per thread at a time.

    Bits depend neither on the number of threads nor on who trains together.

    Attributes:
        threads: how many clients train at the same time.
    """

    def __init__(
        self,
        task: Task,
        plan: LocalPlan,
        *,
        model: int,
        seed: int,
        device: str = "cpu",
        chunk: int | None = None,
        precision: Precision = FLOAT32,
        threads: int | None = None,
    ) -> None:
        settings: dict[str, Any] = {"device": device, "chunk": chunk, "precision": precision}
        super().__init__(task, plan, model=model, seed=seed, **settings)
        chain = _chain(task)
        assert not isinstance(chain, str)
        self.threads = threads or _threads()
        largest = max(1, int(task.train.counts.max()))
        width = largest if plan.batch_size is None else min(plan.batch_size, largest)
        self._table = lay_out(chain, self._n_parameters, min(width, _SLICE))
        table = self._table
        self._net = Net(
            layers=table.layers,
            places=table.places,
            first=table.first,
            where=table.where,
            weights=table.weights,
            slopes=table.slopes,
            extra=table.extra,
            zeros=table.zeros,
            slice=table.slice,
        )
        labels = task.loss == "cross entropy"
        targets = self._targets.numpy()
        self._data = Data(
            inputs=_rows(self._inputs, chain),
            labels=targets.astype(np.int64) if labels else np.empty(0, np.int64),
            targets=np.empty((1, 1), np.float32) if labels else np.ascontiguousarray(targets),
        )
        self._desks: list[Desk] = []
        self._memory = Memory()
        self._pool: ThreadPoolExecutor | None = None

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved, totals = self._memory.take(count, parameters.numel()), torch.empty(count)
        begin = self._packed(parameters.numpy()[None])[0]
        keep = np.float32(1.0 - rate * (self.plan.weight_decay + self.plan.proximal))
        extra = self._extra(begin, rate, correction)
        turns = np.argsort(-batches.counts, kind="stable")
        given = (
            Queue(tickets=np.zeros(1, np.int64), turns=turns),
            self._net,
            self._data,
            Steps(
                rows=batches.order,
                starts=batches.starts,
                counts=batches.counts,
                epochs=batches.epochs,
                batch=batches.batch_size or 0,
            ),
            Rule(begin=begin, rate=np.float32(rate), keep=keep, extra=extra),
        )
        self._run(given, (moved.numpy(), totals.numpy()), min(self.threads, count))
        return moved, totals

    def _run(self, given: tuple[Any, ...], out: tuple[Any, ...], threads: int) -> None:
        train: Any = train_some
        while len(self._desks) < threads:
            self._desks.append(_desk(self._table))
        if threads > 1 and self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads - 1)
        others = []
        for desk in self._desks[1:threads]:
            assert self._pool is not None
            work: tuple[Any, ...] = (*given, desk, *out)
            others.append(self._pool.submit(train, *work))
        train(*given, self._desks[0], *out)
        for other in others:
            other.result()

    def _packed(self, flat: Float32Array) -> Float32Array:
        """``(k, n_weights)`` in the order of the table, 0 in the gaps, from ``(k, P)``."""
        out = np.zeros((len(flat), self._table.n_weights), np.float32)
        out[:, self._table.where] = flat
        return out

    def _extra(self, begin: Float32Array, rate: float, correction: Tensor | None) -> Float32Array:
        """What a step adds to the weights whatever the batch: pull to the start, correction."""
        if correction is None and not self.plan.proximal:
            # Decay alone adds nothing, but the loops then read zeros.
            return np.zeros((int(self.plan.weight_decay > 0), begin.size), np.float32)
        pull: Float32Array = np.float32(rate * self.plan.proximal) * begin
        if correction is None:
            return np.asarray(pull[None])
        rows = correction.numpy().reshape(-1, correction.shape[-1])
        return np.asarray(pull - np.float32(rate) * self._packed(rows), dtype=np.float32)


def _rows(inputs: Tensor, chain: Chain) -> Float32Array:
    """``(n, entries)``: images pixel by pixel, channels together."""
    if chain.image:
        inputs = inputs.permute(0, 2, 3, 1)
    return np.ascontiguousarray(inputs.reshape(len(inputs), -1).numpy(), dtype=np.float32)


def _desk(table: Table) -> Desk:
    """What one thread works in, aligned to lines of the cache."""
    room = np.zeros(4 * table.scratch + _LINE, np.uint8)
    skip = -room.ctypes.data % _LINE
    floats = room[skip : skip + 4 * table.scratch].view(np.float32)
    floats[table.ones : table.ones + table.n_ones] = 1.0
    return Desk(scratch=floats, choices=np.zeros(table.choices, np.int32))


def _threads() -> int:
    """Cores this process may use, or fewer as ``NUMBA_NUM_THREADS`` says."""
    return int(os.environ.get("NUMBA_NUM_THREADS", available_cores()))


class Memory:
    """Hands out tensors, and their memory again once nobody holds them or a view of them.

    A fresh page can cost more than what is computed in it.
    """

    def __init__(self) -> None:
        self._pieces: list[Float32Array] = []

    def take(self, rows: int, columns: int) -> Tensor:
        """``(rows, columns)`` float32, not initialised."""
        size = rows * columns
        if 4 * size > _MOST:
            return torch.empty((rows, columns))
        for number in range(len(self._pieces)):
            # Two references: the list's and the call's own. A tensor made from it adds one.
            if self._pieces[number].size >= size and sys.getrefcount(self._pieces[number]) == 2:
                return self._tensor(self._pieces[number], rows, columns)
        piece = np.empty(size, np.float32)
        self._pieces = [piece, *self._pieces[: _KEPT - 1]]
        return self._tensor(piece, rows, columns)

    def _tensor(self, piece: Float32Array, rows: int, columns: int) -> Tensor:
        return torch.from_numpy(piece[: rows * columns].reshape(rows, columns))

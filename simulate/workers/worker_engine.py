"""Gradients of all workers at once, each at its own parameters, on samples drawn for it."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.devices import chosen_device, single_thread
from roundlot.simulate.engines import batched, vmapped
from roundlot.simulate.engines.choice import Kind, make_engine
from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.side_by_side import SideBySideEngine, clients_in_memory
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.philox import STREAM_SAMPLE, key_words, philox_numpy
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.errors import TrainingError

_EVERYBODY = slice(None)


class WorkerEngine:
    """Steps of ``n`` workers side by side; a batch is a function of (seed, step, worker) alone.

    Attributes:
        workers, plan, seed: of the run.
        device: "cpu" or "cuda:k".
        chunk: workers that compute at a time.
    """

    def __init__(
        self,
        workers: Workers,
        plan: StepPlan,
        *,
        seed: int = 0,
        device: str = "auto",
        chunk: int | None = None,
        kind: Kind = "auto",
    ) -> None:
        self.workers, self.plan, self.seed = workers, plan, seed
        self.device = chosen_device(device)
        self._engine = _side_by_side(workers, seed, self.device, kind)
        self._widths = plan.widths(workers.n_workers)
        sample = workers.task.train.inputs[:1]
        width = int(self._widths.max())
        inputs = sample.float() if sample.is_floating_point() else sample
        self.chunk = chunk or clients_in_memory(
            copy.deepcopy(workers.task.module).float().to(self.device),
            inputs.to(self.device).expand(width, *sample.shape[1:]),
            self.device,
        )
        self._passing: tuple[int, TaskEngine] | None = None

    @property
    def kind(self) -> str:
        """ "batched" or "vmapped"."""
        return type(self._engine).__name__.removesuffix("Engine").lower()

    def descend(
        self, start: Tensor, round_: int, *, only: int | None = None
    ) -> tuple[Tensor, FloatArray]:
        """Where ``K`` local steps lead: ``(n, P)`` from ``(n, P)``, and mean batch losses ``(n,)``.

        With ``only`` it is one worker's ``(1, P)`` from ``(1, P)``, on the same batches.

        Raises:
            TrainingError: a loss that is not finite; names round and worker.
        """
        who = slice(None) if only is None else slice(only, only + 1)
        widths = self._widths[who]
        here, total = start.clone(), np.zeros(widths.size)
        for k in range(self.plan.steps):
            sums, losses = self.sums(here, widths, round_ * self.plan.steps + k, who=who)
            counts = torch.tensor(widths, dtype=here.dtype, device=here.device)
            here -= self.plan.rate(round_) * sums / counts[:, None]
            total += losses / widths
            self._refuse_infinite(total, round_, first=only or 0)
        return here, total / self.plan.steps

    def sums(
        self, at: Tensor, counts: IntArray, step: int, *, who: slice = _EVERYBODY
    ) -> tuple[Tensor, FloatArray]:
        """Sums of the gradients ``(n, P)`` and losses ``(n,)`` of each worker's first draws.

        Args:
            at: ``(n, P)``.
            counts: ``(n,)`` samples of each worker, perhaps 0.
            step: number of the step, which chooses the samples.
            who: the workers that these are of.
        """
        width = max(1, int(counts.max()))
        rows = draw_rows(self.workers.task.train.offsets, width, step=step, seed=self.seed)[who]
        return self._summed(at, rows, np.arange(width) < counts[:, None])

    def full_gradients(self, point: Tensor) -> Tensor:
        """``(n, P)``: the gradient of each worker's mean loss at one point ``(P,)``."""
        offsets, counts = self.workers.task.train.offsets, self.workers.counts
        width = int(counts.max())
        rows = offsets[:-1, None] + np.arange(width) % counts[:, None]
        at = point.expand(self.workers.n_workers, -1)
        sums, _ = self._summed(at, rows, np.arange(width) < counts[:, None])
        return sums / torch.tensor(counts, dtype=sums.dtype, device=sums.device)[:, None]

    def passes(self, start: Tensor, round_: int, epochs: int) -> Tensor:
        """``(n, P)``: how far so many passes over its own shard take each worker from ``(P,)``.

        A pass shuffles the shard; every sample is used once. Workers with more data take more
        steps.

        Raises:
            InvalidProblemError: batch sizes that differ between workers.
            TrainingError: a loss that is not finite.
        """
        if self._passing is None or self._passing[0] != epochs:
            self._passing = (epochs, self._pass_engine(epochs))
        return self._passing[1].updates(start, np.arange(self.workers.n_workers), round_)

    def losses(self, point: Tensor) -> FloatArray:
        """``(n,)``: each worker's mean training loss at one point ``(P,)``."""
        return self._engine.losses(point, np.arange(self.workers.n_workers))

    def evaluate(self, parameters: Tensor) -> list[Evaluation]:
        """Loss and accuracy of each row ``(k, P)`` on test data, or on all data without any."""
        return [self._engine.evaluate(row) for row in parameters]

    def _summed(self, at: Tensor, rows: IntArray, used: BoolArray) -> tuple[Tensor, FloatArray]:
        place = torch.from_numpy(rows).to(self.device)
        shares = torch.from_numpy(used.astype(np.float32)).to(self.device)
        sums, losses = [], []
        with single_thread():
            for first in range(0, len(rows), self.chunk):
                some = slice(first, first + self.chunk)
                loss, slope = self._engine.slopes(at[some], place[some], shares[some])
                sums.append(slope)
                losses.append(loss.double().cpu().numpy())
        return torch.cat(sums), np.concatenate(losses)

    def _pass_engine(self, epochs: int) -> TaskEngine:
        size = self.plan.batch_size
        if isinstance(size, tuple):
            raise InvalidProblemError(
                "passes over shards need one batch_size for all workers; give a number"
            )
        rate, decay = self.plan.learning_rate, self.plan.decay
        plan = LocalPlan(epochs=epochs, batch_size=size, learning_rate=rate, decay=decay)
        task = self.workers.task
        return make_engine(task, plan, model=0, seed=self.seed, device=self.device)

    def _refuse_infinite(self, losses: FloatArray, round_: int, *, first: int = 0) -> None:
        wrong = np.flatnonzero(~np.isfinite(losses))
        if wrong.size:
            raise TrainingError(
                task=self.workers.task.name,
                client=first + int(wrong[0]),
                round_=round_,
                what="loss",
                who="worker",
            )


def _side_by_side(workers: Workers, seed: int, device: str, kind: Kind) -> SideBySideEngine:
    """The engine whose gradients are used; it cannot be one that trains whole clients at a time."""
    if kind == "auto":
        kind = "vmapped" if batched.supports(workers.task) is not None else "batched"
    if kind not in ("batched", "vmapped"):
        raise InvalidProblemError(f"engine is {kind!r}; workers train by 'batched' or 'vmapped'")
    reason = (batched if kind == "batched" else vmapped).supports(workers.task)
    if reason is not None:
        raise InvalidProblemError(
            f"{workers.task.name!r} cannot train on workers side by side: {reason}; change the "
            "network"
        )
    plan = LocalPlan(epochs=1, batch_size=None)
    engine = make_engine(workers.task, plan, model=0, seed=seed, device=device, kind=kind)
    assert isinstance(engine, SideBySideEngine)
    return engine


def draw_rows(offsets: IntArray, width: int, *, step: int, seed: int) -> IntArray:
    """``(n, width)`` rows of the samples: uniform draws with replacement from each worker's own.

    A worker's first draws are the same whatever ``width`` is. A sample's probability is off by
    less than ``2^-32``.

    Args:
        offsets: ``(n + 1,)`` of the samples.
        width: draws of every worker.
        step: number of the step in the run, from 0, below ``2^32``.
        seed: of the run.

    Raises:
        InvalidProblemError: a seed or step out of range.
    """
    if not 0 <= step < 1 << 32:
        raise InvalidProblemError(f"step is {step}; a run has at most 2^32 steps")
    counts = np.diff(offsets).astype(np.uint64)
    places, n = -(-width // 4), counts.size
    counter = np.zeros((n, places, 4), np.uint32)
    counter[..., 0], counter[..., 3] = step, STREAM_SAMPLE
    counter[..., 1] = np.arange(places)
    counter[..., 2] = np.arange(n)[:, None]
    words = philox_numpy(counter, key_words(seed)).reshape(n, -1)[:, :width]
    ranks = (words.astype(np.uint64) * counts[:, None]) >> np.uint64(32)
    return np.asarray(ranks.astype(np.int64) + offsets[:-1, None])

"""The workers: what they train, on which data, how fast they and their links are; their steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.tasks.task import Task
from roundlot.solvers.stragglers.laws import Deterministic, Law
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.text import plural, short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class Workers:
    """``n`` workers that train one model together, each on its own shard.

    Attributes:
        task: the model; its "clients" are the workers.
        speed: ``(n,)`` samples per second, one number for all, or None: computing takes no time.
        law: of the random factor on a worker's time, mean 1; see `roundlot.solvers.stragglers`.
        per: whether that factor is drawn for every "mini-batch" or once a round ("step").
        link: Mbit/s of each link, one number or one a worker (a link is as fast as its slower
            end), or None: messages take no time.
        latency: seconds that a message takes besides.
        weigh: what the shards weigh in the objective ``F = Σ w_i F_i``: "uniform" or "size".

    Raises:
        InvalidProblemError: a worker without data, a speed or link that is not above 0, numbers
            for another number of workers; names the worker.
    """

    task: Task
    speed: npt.ArrayLike | None = None
    law: Law = field(default_factory=Deterministic)
    per: str = "step"
    link: npt.ArrayLike | None = None
    latency: float = 0.0
    weigh: str = "uniform"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name, unit in (("speed", "samples/s"), ("link", "Mbit/s")):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _column(value, name, unit, self.n_workers))
        empty = np.flatnonzero(self.counts == 0)
        if empty.size:
            raise InvalidProblemError(
                f"worker {empty[0]} holds no data for {self.task.name!r}; leave it out or give it "
                "some"
            )
        if not (np.isfinite(self.latency) and self.latency >= 0.0):
            raise InvalidProblemError(f"latency is {self.latency!r}; give seconds of at least 0")
        if self.weigh not in ("uniform", "size"):
            raise InvalidProblemError(f"weigh is {self.weigh!r}; choose 'uniform' or 'size'")
        if self.per not in ("step", "mini-batch"):
            raise InvalidProblemError(f"per is {self.per!r}; choose 'step' or 'mini-batch'")

    @property
    def n_workers(self) -> int:
        """``n``."""
        return self.task.train.n_clients

    @property
    def counts(self) -> IntArray:
        """``(n,)``: samples of every worker."""
        return self.task.train.counts

    @cached_property
    def sizes(self) -> FloatArray:
        """``(n,)``: shares of the data."""
        return read_only(self.counts / self.counts.sum())

    @cached_property
    def weights(self) -> FloatArray:
        """``(n,)``: of the shards in the objective."""
        even = np.full(self.n_workers, 1.0 / self.n_workers)
        return read_only(even) if self.weigh == "uniform" else self.sizes

    @property
    def message_bytes(self) -> int:
        """Bytes of the parameters."""
        return 4 * self.task.n_parameters

    def stragglers(self, samples: npt.ArrayLike) -> Stragglers | None:
        """Times of units of work of so many ``samples``, one number or one a worker."""
        if self.speed is None:
            return None
        work = np.broadcast_to(np.asarray(samples, dtype=np.float64), (self.n_workers,))
        per: Any = self.per
        return Stragglers(seconds=work / np.asarray(self.speed), law=self.law, per=per)

    def computing(
        self, samples: npt.ArrayLike, units: npt.ArrayLike, *, seed: int, round_: int
    ) -> FloatArray:
        """``(n,)`` seconds that a round's ``units`` steps of ``samples`` each take every worker."""
        steps = np.broadcast_to(np.asarray(units, dtype=np.int64), (self.n_workers,))
        model = self.stragglers(samples)
        if model is None or not steps.any():
            return np.zeros(self.n_workers)
        done = model.finish(1, int(steps.max()), seed=seed, start=round_)[0]
        last = done[np.arange(self.n_workers), np.maximum(steps - 1, 0)]
        return np.asarray(np.where(steps > 0, last, 0.0))

    def transfer(self, a: IntArray, b: IntArray, size: float) -> FloatArray:
        """Seconds of a message of ``size`` bytes on links from ``a`` to ``b``."""
        if self.link is None:
            return np.full(np.shape(a), self.latency)
        link = np.asarray(self.link)
        return np.asarray(self.latency + 8e-6 * size / np.minimum(link[a], link[b]))


def _column(value: npt.ArrayLike, name: str, unit: str, n_workers: int) -> FloatArray:
    column = np.array(value, dtype=np.float64)
    if column.shape not in ((), (n_workers,)):
        raise InvalidProblemError(
            f"{name} has {column.size} {plural(column.size, 'number')} for {n_workers} "
            f"{plural(n_workers, 'worker')}; give one each"
        )
    column = np.broadcast_to(column, (n_workers,)).copy()
    wrong = np.flatnonzero(~(np.isfinite(column) & (column > 0.0)))
    if wrong.size:
        raise InvalidProblemError(
            f"worker {wrong[0]} has {name} {column[wrong[0]]:g} {unit}: it never finishes; give a "
            "finite number above 0, or leave the worker out"
        )
    return read_only(column)


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """``K`` steps on batches drawn with replacement, so that every gradient is unbiased.

    Attributes:
        steps: ``K``, local steps between two mixings.
        batch_size: samples of a step, one for all workers or one each.
        learning_rate: ``η``, above 0.
        decay: factor on it after every round, in (0, 1].

    Raises:
        InvalidProblemError: a value out of its range.
    """

    steps: int = 1
    batch_size: int | tuple[int, ...] = 16
    learning_rate: float = 0.1
    decay: float = 1.0

    def __post_init__(self) -> None:
        check_count(self.steps, "steps", 1)
        sizes = self.batch_size if isinstance(self.batch_size, tuple) else (self.batch_size,)
        for size in sizes:
            check_count(size, "batch_size", 1)
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.decay, "decay")
        if self.decay > 1.0:
            raise InvalidProblemError(f"decay is {self.decay!r}; it must be at most 1")

    def widths(self, n_workers: int) -> IntArray:
        """``(n,)``: samples of each worker's step.

        Raises:
            InvalidProblemError: batch sizes for another number of workers.
        """
        sizes = np.asarray(self.batch_size, dtype=np.int64)
        if sizes.shape not in ((), (n_workers,)):
            raise InvalidProblemError(
                f"batch_size has {sizes.size} {plural(sizes.size, 'number')} for {n_workers} "
                f"{plural(n_workers, 'worker')}; give one each"
            )
        return np.broadcast_to(sizes, (n_workers,)).copy()

    def rate(self, round_: int) -> float:
        """The learning rate of a round, counted from 0."""
        return self.learning_rate * self.decay**round_

"""Training of a setup's workers by real processes, beside the simulation of the same rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch

from roundlot.simulate import workers as kinds
from roundlot.simulate.devices import single_thread
from roundlot.simulate.tasks.parameters import restart
from roundlot.simulate.workers.worker_engine import WorkerEngine
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural
from roundlot.train.workers_setup import WorkersSetup

if TYPE_CHECKING:
    from torch import Tensor

    from roundlot.simulate.training import Task
    from roundlot.simulate.workers import MixingSchedule, RealRun, WorkerHistory, Workers
    from roundlot.theory.arrays import AnyArray
    from roundlot.train.workers_methods import WorkerMethodSource

#: Entries of float32 parameters that differ by more, relative to the largest where that is above
#: 1, are not of the same rounds: over forty of them rounding leaves some 1e-7.
SAME = 1e-6


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """A worker's local steps on the data of a setup, for `roundlot.simulate.workers.launch`.

    Every process makes data and network for itself, from the setup's document.

    Attributes:
        document, folder: of the setup, with this method alone.
        seed: of the training.
    """

    document: Mapping[str, Any]
    folder: Path
    seed: int

    def prepare(self) -> None:
        """Make data and network now."""
        _ = self._engine

    def __call__(self, rank: int, round_: int, parameters: AnyArray) -> tuple[AnyArray, float]:
        """Parameters after a worker's local steps, and its mean batch loss.

        Raises:
            TrainingError: a loss that is not finite.
        """
        here = torch.from_numpy(parameters)[None]
        with single_thread():
            stepped, losses = self._engine.descend(here, round_, only=rank)
        return stepped[0].numpy(), float(losses[0])

    @cached_property
    def _engine(self) -> WorkerEngine:
        setup = WorkersSetup.of(self.document, folder=self.folder)
        (source,) = setup.methods
        crew = source.crew(setup.task(self.seed), self.seed)
        return WorkerEngine(crew, source.plan(), seed=self.seed, device="cpu")


@dataclass(frozen=True, kw_only=True, eq=False)
class RealTraining:
    """One method in real processes, beside its simulation.

    Attributes:
        name: of the method.
        run: what the processes did.
        simulated: the same rounds in one process.
    """

    name: str
    run: RealRun
    simulated: WorkerHistory = field(repr=False)

    @property
    def difference(self) -> float:
        """The largest distance of a parameter from the simulated one."""
        apart = self.run.parameters.astype(np.float64) - self.simulated.parameters
        return float(np.abs(apart).max())

    @property
    def same(self) -> bool:
        """Whether nothing but rounding is between them."""
        return self.difference <= SAME * max(1.0, float(np.abs(self.simulated.parameters).max()))

    def to_record(self) -> dict[str, Any]:
        """Everything as JSON."""
        run = self.run
        slowest, times = run.slowest
        return {
            "method": self.name,
            "rounds": run.rounds,
            "workers": list(run.schedule.nodes),
            "parameters": run.parameters.shape[1],
            "difference": self.difference,
            "same": self.same,
            "bytes": {
                "measured": int(run.sent.sum()),
                "predicted": int(run.predicted_bytes.sum()),
                "simulated": int(self.simulated.bytes.sum()),
            },
            "kernel_bytes": run.kernel_bytes,
            "seconds": {
                "measured": float(run.ended.max()),
                "predicted": float(run.predicted_seconds.max()),
            },
            "exchange_seconds": {"8 bytes": run.small, "parameters": run.whole},
            "last_loss": {
                "measured": float(run.losses[-1].mean()),
                "simulated": float(self.simulated.batch_loss[-1]),
            },
            "slowest": {"worker": run.schedule.nodes[slowest], "times_the_median": times},
        }

    def row(self) -> dict[str, str]:
        """Of a table with a row for every method."""
        record = self.to_record()
        sent, seconds = record["bytes"], record["seconds"]
        loss, slowest = record["last_loss"], record["slowest"]
        return {
            "method": self.name,
            "difference": f"{record['difference']:.2g}",
            "bytes": f"{sent['measured']:,}",
            "predicted_bytes": f"{sent['predicted']:,}",
            "seconds": f"{seconds['measured']:.3g}",
            "predicted_seconds": f"{seconds['predicted']:.3g}",
            "loss": f"{loss['measured']:.5f}",
            "simulated_loss": f"{loss['simulated']:.5f}",
            "slowest": f"{slowest['worker']}, {slowest['times_the_median']:.2g} x the median",
        }


def train_really(
    setup: WorkersSetup, *, rounds: int, seed: int | None = None, timeout: float = 60.0
) -> list[RealTraining]:
    """Train by every method of a setup in real processes, and simulate the same rounds.

    Args:
        setup: of workers that mix by D-PSGD, MATCHA, adjacent leaders or a schedule.
        rounds: of the training.
        seed: of data, start, batches and draws; the setup's if left out.
        timeout: seconds that a worker's step, or an exchange, may take; the start of the processes
            may take 300 s, or this if it is more.

    Raises:
        InvalidProblemError: a method or setting that real processes do not have.
        LostProcessError: a process was killed, failed or is too slow; names it and its round.
    """
    chosen = setup.seed if seed is None else seed
    task = setup.task(chosen)
    runs = [_Pair.of(setup, source, task, chosen) for source in setup.methods]
    return [one.trained(rounds, timeout) for one in runs]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """A method that is to be trained twice, in processes and in this one."""

    setup: WorkersSetup
    source: WorkerMethodSource
    crew: Workers
    method: Any
    schedule: MixingSchedule
    seed: int

    @classmethod
    def of(cls, setup: WorkersSetup, source: WorkerMethodSource, task: Task, seed: int) -> Self:
        """All that can be refused before a process starts is refused here."""
        crew = source.crew(task, seed)
        method = source.make(crew, setup.folder)
        schedule = kinds.schedule_of_method(method, nodes=source.nodes(setup.folder), seed=seed)
        if schedule.leaders is not None and source.steps.decay < 1.0:
            raise InvalidProblemError(
                f"leaders of {source.name} pull by a learning rate that stays, and decay is "
                f"{source.steps.decay:g}; give decay = 1"
            )
        method.init(crew, source.plan(), _start(crew.task, seed, crew.n_workers))
        return cls(
            setup=setup, source=source, crew=crew, method=method, schedule=schedule, seed=seed
        )

    def trained(self, rounds: int, timeout: float) -> RealTraining:
        """In processes, and in this one."""
        plan, alone = self.source.plan(), self.setup.with_methods([self.source.name])
        step = TrainingStep(
            document={k: v for k, v in alone.document.items() if k not in ("full", "log")},
            folder=self.setup.folder.resolve(),
            seed=self.seed,
        )
        run = kinds.launch(
            self.schedule,
            _start(self.crew.task, self.seed, self.crew.n_workers).numpy(),
            rounds=rounds,
            step=step,
            learning_rate=plan.learning_rate,
            timeout=timeout,
        )
        simulated = kinds.train_workers(
            self.crew,
            self.method,
            rounds=rounds,
            plan=plan,
            seed=self.seed,
            device="cpu",
            evaluate_every=rounds,
        )
        return RealTraining(name=self.source.name, run=run, simulated=simulated)


def _start(task: Task, seed: int, count: int) -> Tensor:
    """``(n, P)``: what a training of this seed starts from, the same for all."""
    return restart(task.module, seed).repeat(count, 1)


def real_lines(trained: Sequence[RealTraining]) -> list[str]:
    """What was run, in lines above a table."""
    run = trained[0].run
    worst = max(trained, key=lambda one: one.difference)
    return [
        f"{run.rounds} {plural(run.rounds, 'round')} of {run.schedule.n_workers} processes, each "
        "with its own data, gradients and parameters",
        f"largest difference of a parameter from the simulation: {worst.difference:.2g} "
        f"({worst.name})",
    ]

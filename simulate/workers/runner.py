"""Train workers by a method: rounds, measurements, checkpoints."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.philox import key_words
from roundlot.simulate.single_thread import single_thread
from roundlot.simulate.training.engines import Kind
from roundlot.simulate.training.errors import TrainingError
from roundlot.simulate.training.fingerprint import Fingerprint
from roundlot.simulate.training.flat import flatten
from roundlot.simulate.training.flat import restart as fresh
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.progress import Progress, silent
from roundlot.simulate.workers.clock import Moment, advance
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.simulate.workers.method import WorkerMethod, WorkerRound, label_of
from roundlot.simulate.workers.saving import fingerprint, load_state, save_state
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.simulate.workers.tape import Tape, squared_gradient
from roundlot.simulate.workers.worker_engine import WorkerEngine
from roundlot.theory import InvalidProblemError


def train_workers(
    workers: Workers,
    method: WorkerMethod,
    *,
    rounds: int,
    plan: StepPlan,
    seed: int = 0,
    device: str = "auto",
    engine: Kind = "auto",
    chunk: int | None = None,
    evaluate_every: int = 10,
    measure: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 50,
    progress: Progress | None = None,
    restart: bool = True,
) -> WorkerHistory:
    """Train ``n`` workers for some rounds and return what happened.

    All workers start from the same parameters. Everything random is a function of the seed and the
    round: methods with the same seed meet the same batches, links and computing times.

    Args:
        workers: what is trained, on which data, at which speeds.
        method: one of `roundlot.simulate.workers.WORKER_METHODS`, or a record with ``init`` and
            ``apply``.
        rounds: how many.
        plan: a worker's steps in a round.
        seed: of initial parameters, batches, links and times.
        device: "auto", "cpu", "cuda" or "cuda:1".
        engine: "auto", "batched" or "vmapped".
        chunk: workers that compute at a time, None to choose by memory.
        evaluate_every: rounds between evaluations; start and end are always evaluated.
        measure: whether ``‖∇F(x̄)‖²`` is computed every round.
        checkpoint: a file to write the state to; gone on from, if it is there, to the same bits.
        checkpoint_every: rounds.
        progress: called with (method, rounds done, rounds).
        restart: draw initial parameters from the seed; else start from the module's own.

    Raises:
        TrainingError: a loss or parameter that is not finite; names round, task and worker.
        InvalidProblemError: an argument out of its range; a checkpoint of another setup.
    """
    for name, count in (("rounds", rounds), ("evaluate_every", evaluate_every)):
        check_count(count, name, 1)
    check_count(checkpoint_every, "checkpoint_every", 1)
    key_words(seed)
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and not path.parent.is_dir():
        raise InvalidProblemError(f"folder {path.parent} does not exist; create it first")
    made = WorkerEngine(workers, plan, seed=seed, device=device, chunk=chunk, kind=engine)
    settings = {"seed": seed, "evaluate_every": evaluate_every, "measure": measure}
    setup = fingerprint(workers, method, plan, settings | {"restart": restart})
    run = _Run(engine=made, method=method, measure=measure, restart=restart, setup=setup)
    tell, begin = progress or silent, time.perf_counter()
    with single_thread():
        run.start(path, rounds)
        while run.done < rounds:
            tell(method.name, run.done, rounds)
            run.step()
            if run.done % evaluate_every == 0 or run.done == rounds:
                run.tape.evaluate(made, run.parameters, run.done)
            if path is not None and run.done % checkpoint_every == 0 and run.done < rounds:
                run.save(path, time.perf_counter() - begin)
    tell(method.name, rounds, rounds)
    return run.history(time.perf_counter() - begin)


@dataclass
class _Run:
    """A run between two rounds."""

    engine: WorkerEngine
    method: WorkerMethod
    measure: bool
    restart: bool
    setup: Fingerprint

    def start(self, path: Path | None, rounds: int) -> None:
        workers = self.engine.workers
        self.done, self.before, self.tape = 0, 0.0, Tape()
        self.moment = Moment.start(workers.n_workers)
        module, seed = workers.task.module, self.engine.seed
        first = fresh(module, seed) if self.restart else flatten(module)
        self.parameters = first.to(self.engine.device).repeat(workers.n_workers, 1)
        self.memory: Memory = self.method.init(workers, self.engine.plan, self.parameters)
        if path is not None and path.exists():
            self._go_on(path, rounds)
        else:
            self.tape.evaluate(self.engine, self.parameters, 0)

    def step(self) -> None:
        gradient = squared_gradient(self.engine, self.parameters) if self.measure else np.nan
        round_ = WorkerRound(number=self.done, parameters=self.parameters, engine=self.engine)
        self.memory, move = self.method.apply(self.memory, round_)
        self._refuse_infinite(move.parameters)
        later = advance(self.moment, move, self.engine.workers)
        seconds = float(later.done.max() - self.moment.done.max())
        self.tape.round(move, self.engine.workers, seconds, gradient)
        self.parameters, self.moment, self.done = move.parameters, later, self.done + 1

    def history(self, elapsed: float) -> WorkerHistory:
        arrays: dict[str, Any] = self.tape.arrays()
        figures = {name: np.array(row) for name, row in self.tape.figures.items()}
        return WorkerHistory(
            method=self.method.name,
            label=label_of(self.method, self.engine.workers, self.engine.plan),
            source=self.method.source,
            task=self.engine.workers.task.name,
            seed=self.engine.seed,
            engine=self.engine.kind,
            device=self.engine.device,
            figures=figures,
            parameters=self.parameters.cpu().numpy(),
            elapsed=self.before + elapsed,
            **arrays,
        )

    def save(self, path: Path, elapsed: float) -> None:
        save_state(path, self.history(elapsed), self.memory, self.moment, self.setup)

    def _go_on(self, path: Path, rounds: int) -> None:
        history, memory, moment = load_state(path, self.setup, self.engine.device)
        if history.rounds > rounds:
            raise InvalidProblemError(
                f"checkpoint {path} has {history.rounds} rounds; ask for at least as many"
            )
        self.done, self.before = history.rounds, history.elapsed
        self.memory, self.moment = memory, moment
        self.parameters = torch.from_numpy(history.parameters.copy()).to(self.engine.device)
        self.tape = Tape.of(vars(history), history.figures)

    def _refuse_infinite(self, parameters: Tensor) -> None:
        bad = torch.isfinite(parameters).all(dim=1).logical_not()
        if bool(bad.any()):
            raise TrainingError(
                task=self.engine.workers.task.name,
                client=int(bad.nonzero()[0, 0]),
                round_=self.done,
                what="parameters",
            )

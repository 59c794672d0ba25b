"""Train workers by a method: rounds, measurements, checkpoints.

A run is saved in one file, so far as it got; resumed, it goes on to the same bits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.choice import Kind
from roundlot.simulate.philox import key_words
from roundlot.simulate.runs.callbacks import Callback, Guarded, new_key
from roundlot.simulate.runs.checkpoints import (
    Fingerprint,
    described,
    described_fields,
    named,
    saved_state,
    write_state,
)
from roundlot.simulate.runs.history import Record, require_axes
from roundlot.simulate.runs.run import Progress, Rounds
from roundlot.simulate.tasks.parameters import flatten, restart
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.simulate.workers.method import (
    Clock,
    Moment,
    WorkerMethod,
    WorkerRound,
    bytes_sent,
    consensus_distance,
    label_of,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.simulate.workers.worker_engine import WorkerEngine
from roundlot.theory.errors import TrainingError

_MOMENT = {"done": "n", "arrivals": "dn"}


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
    callbacks: Sequence[Callback | Guarded] = (),
    restart: bool = True,
) -> WorkerHistory:
    """Train ``n`` workers for some rounds and return what happened.

    All workers start from the same parameters. Everything random is a function of the seed and the
    round: methods with the same seed meet the same batches, links and computing times.

    Args:
        workers: what is trained, on which data, at which speeds.
        method: a record with ``init`` and ``apply``; those of roundlot are the records that
            `roundlot.simulate.workers.WORKER_METHODS` lists.
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
        callbacks: told of the numbers of every round, such as those of `roundlot.loggers`; one that
            fails is warned of and left out.
        restart: draw initial parameters from the seed; else start from the module's own.

    Raises:
        TrainingError: a loss or parameter that is not finite; names round, task and worker.
        InvalidProblemError: an argument out of its range; a checkpoint of another setup.
    """
    course = Rounds(
        rounds=rounds,
        evaluate_every=evaluate_every,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        progress=progress,
        callbacks=callbacks,
    )
    key_words(seed)
    made = WorkerEngine(workers, plan, seed=seed, device=device, chunk=chunk, kind=engine)
    settings = {"seed": seed, "evaluate_every": evaluate_every, "measure": measure}
    run = WorkerRun(
        engine=made,
        method=method,
        clock=Clock(workers=workers),
        measure=measure,
        restart=restart,
        setup=fingerprint(workers, method, plan, settings | {"restart": restart}),
    )
    with single_thread():
        return course.play(run, time.perf_counter())


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerState:
    """Between two rounds.

    Attributes:
        round: rounds done.
        parameters: ``(n, P)`` of the workers.
        memory: the method's.
        moment: on the clock.
        key: of the run, by which callbacks know it again.
    """

    round: int
    parameters: Tensor
    memory: Memory
    moment: Moment
    key: str = field(default_factory=new_key)


@dataclass(kw_only=True, eq=False)
class WorkerRun:
    """A run with workers between two rounds.

    Attributes:
        state: rounds done, parameters, the method's memory, the clock.
        record: what happened in them.
        elapsed: seconds that the rounds before a checkpoint took.
    """

    engine: WorkerEngine
    method: WorkerMethod
    clock: Clock
    measure: bool
    restart: bool
    setup: Fingerprint
    state: WorkerState = field(init=False)
    record: Record = field(init=False)
    elapsed: float = field(init=False, default=0.0)

    @property
    def name(self) -> str:
        """Of the method."""
        return self.method.name

    @property
    def models(self) -> tuple[str, ...]:
        """One model, whose numbers need no name."""
        return ()

    @property
    def key(self) -> str:
        """Of this run and no other."""
        return self.state.key

    @property
    def done(self) -> int:
        """Rounds that are over."""
        return self.state.round

    @property
    def over(self) -> bool:
        """Never before its last round."""
        return False

    def begin(self) -> None:
        """Start at round 0."""
        engine = self.engine
        module = engine.workers.task.module
        first = restart(module, engine.seed) if self.restart else flatten(module)
        parameters = first.to(engine.device).repeat(engine.workers.n_workers, 1)
        memory = self.method.init(engine.workers, engine.plan, parameters)
        self.state = WorkerState(
            round=0, parameters=parameters, memory=memory, moment=self.clock.start()
        )
        self.record = Record(kind=WorkerHistory)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            InvalidProblemError: it is none, or one of another setup.
        """
        history, self.state = load_state(path, self.setup, self.engine.device)
        self.record, self.elapsed = Record.of(history), history.elapsed

    def step(self) -> None:
        """One round."""
        state, workers = self.state, self.engine.workers
        gradient = squared_gradient(self.engine, state.parameters) if self.measure else np.nan
        round_ = WorkerRound(number=state.round, parameters=state.parameters, engine=self.engine)
        memory, move = self.method.apply(state.memory, round_)
        self._refuse_infinite(move.parameters, state.round)
        moment = self.clock.after(state.moment, move)
        known = move.losses[np.isfinite(move.losses)]
        self.record.rounds.append(
            {
                "seconds": float(moment.done.max() - state.moment.done.max()),
                "bytes": bytes_sent(move.exchange, workers),
                "links": move.exchange.n_links,
                "samples": int(move.samples.sum()),
                "batch_loss": float(known.mean()) if known.size else float("nan"),
                "consensus": consensus_distance(move.parameters),
                "gradient": gradient,
                "figures": dict(move.figures),
            }
        )
        self.state = replace(
            state, round=state.round + 1, parameters=move.parameters, memory=memory, moment=moment
        )

    def evaluate(self) -> None:
        """Record loss and accuracy of the mean and of every worker as they are now."""
        engine, parameters = self.engine, self.state.parameters
        mean = parameters.double().mean(dim=0).to(parameters.dtype)
        alike = bool((parameters == parameters[:1]).all())
        own = engine.evaluate(parameters[:1] if alike else parameters)
        workers = own * len(parameters) if alike else own
        (whole,) = own if alike else engine.evaluate(mean[None])
        self.record.evaluations.append(
            {
                "evaluated": self.state.round,
                "loss": whole.loss,
                "accuracy": whole.accuracy,
                "objective": float(engine.workers.weights @ engine.losses(mean)),
                "worker_loss": [one.loss for one in workers],
                "worker_accuracy": [one.accuracy for one in workers],
            }
        )

    def save(self, path: Path, elapsed: float) -> None:
        """Write a checkpoint; ``elapsed`` seconds have gone since the run began or went on."""
        save_state(path, self.history(elapsed), self.state, self.setup)

    def history(self, elapsed: float) -> WorkerHistory:
        """What happened so far."""
        return WorkerHistory(
            method=self.method.name,
            label=label_of(self.method, self.engine.workers, self.engine.plan),
            source=self.method.source,
            task=self.engine.workers.task.name,
            seed=self.engine.seed,
            engine=self.engine.kind,
            device=self.engine.device,
            parameters=self.state.parameters.cpu().numpy(),
            elapsed=self.elapsed + elapsed,
            **self.record.columns({}),
        )

    def _refuse_infinite(self, parameters: Tensor, round_: int) -> None:
        bad = torch.isfinite(parameters).all(dim=1).logical_not()
        if bool(bad.any()):
            raise TrainingError(
                task=self.engine.workers.task.name,
                client=int(bad.nonzero()[0, 0]),
                round_=round_,
                what="parameters",
                who="worker",
            )


def squared_gradient(engine: WorkerEngine, parameters: Tensor) -> float:
    """``‖∇F(x̄)‖²`` at the mean of the workers' parameters."""
    mean = parameters.double().mean(dim=0).to(parameters.dtype)
    rows = engine.full_gradients(mean).double()
    weights = torch.tensor(engine.workers.weights, dtype=rows.dtype, device=rows.device)
    return float((weights @ rows).square().sum())


def fingerprint(
    workers: Workers, method: Any, plan: StepPlan, settings: Mapping[str, Any]
) -> Fingerprint:
    """Texts by name; two runs whose texts agree go the same way, bit by bit."""
    train = workers.task.train
    out: Fingerprint = {name: described(value) for name, value in settings.items()}
    out |= described_fields("plan", plan)
    for name in ("speed", "law", "per", "link", "latency", "weigh"):
        out[f"workers ({name})"] = described(getattr(workers, name))
    for name in ("inputs", "targets", "offsets"):
        out[f"data ({name})"] = described(getattr(train, name))
    start = [p.detach().reshape(-1).cpu() for p in workers.task.module.parameters()]
    out["network"] = f"{' '.join(str(workers.task.module).split())} {described(torch.cat(start))}"
    out["method"] = named(type(method))
    return out | described_fields("method", method)


def save_state(path: Path, history: WorkerHistory, state: WorkerState, setup: Fingerprint) -> None:
    """Write the state, and what happened so far, without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = history.to_arrays() | {name: getattr(state.moment, name) for name in _MOMENT}
    write_state(path, "workers", setup, state.memory, arrays, key=state.key)


def load_state(path: Path, setup: Fingerprint, device: str) -> tuple[WorkerHistory, WorkerState]:
    """What ``save_state`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    with saved_state(path, "workers", setup, device) as saved:
        history = WorkerHistory.from_arrays(saved.arrays)
        require_axes(saved.arrays, _MOMENT, {"n": history.n_workers})
        moment = Moment(**{name: saved.arrays[name] for name in _MOMENT})
        key = str(saved.head.get("key") or new_key())  # earlier files have none
    state = WorkerState(
        round=history.rounds,
        parameters=torch.from_numpy(history.parameters.copy()).to(device),
        memory=saved.memory,
        moment=moment,
        key=key,
    )
    return history, state

"""Train workers by a method: rounds, measurements, checkpoints.

A run is saved in one file, so far as it got; resumed, it goes on to the same bits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.choice import Kind
from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.engines.errors import TrainingError
from roundlot.simulate.philox import key_words
from roundlot.simulate.runs.checkpoints import Fingerprint, described, saved_state, write_state
from roundlot.simulate.runs.history import require_axes
from roundlot.simulate.runs.run import Progress, silent
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.parameters import restart as fresh
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.clock import Clock, Moment, bytes_sent
from roundlot.simulate.workers.history import EVALUATED, PER_ROUND, WorkerHistory
from roundlot.simulate.workers.method import (
    Move,
    WorkerMethod,
    WorkerRound,
    consensus_distance,
    label_of,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.simulate.workers.worker_engine import WorkerEngine
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray

_WHOLE = ("evaluated", "bytes", "links", "samples")
_MOMENT = {"done": "n", "arrivals": "dn"}
_PACKAGE = "roundlot.simulate.workers"
#: Files that methods have left; checkpoints name a method by the file it was in at first.
_FIRST_FILES = {
    "AllReduce": "all_reduce",
    "DPSGD": "d_psgd",
    "LocalSGD": "local_sgd",
    "Matcha": "matcha",
}


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
    run = WorkerRun(
        engine=made,
        method=method,
        clock=Clock(workers=workers),
        measure=measure,
        restart=restart,
        setup=fingerprint(workers, method, plan, settings | {"restart": restart}),
    )
    tell, begin = progress or silent, time.perf_counter()
    with single_thread():
        state, recorder, before = run.start(path, rounds)
        while state.round < rounds:
            tell(method.name, state.round, rounds)
            state = run.advance(state, recorder)
            last = state.round == rounds
            if last or state.round % evaluate_every == 0:
                recorder.evaluate(run.engine, state.parameters, state.round)
            if path is not None and not last and state.round % checkpoint_every == 0:
                elapsed = before + time.perf_counter() - begin
                save_state(path, run.history(state, recorder, elapsed), state, run.setup)
    tell(method.name, rounds, rounds)
    return run.history(state, recorder, before + time.perf_counter() - begin)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerState:
    """Between two rounds.

    Attributes:
        round: rounds done.
        parameters: ``(n, P)`` of the workers.
        memory: the method's.
        moment: on the clock.
    """

    round: int
    parameters: Tensor
    memory: Memory
    moment: Moment


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerRun:
    """What stays the same over the rounds."""

    engine: WorkerEngine
    method: WorkerMethod
    clock: Clock
    measure: bool
    restart: bool
    setup: Fingerprint

    def start(self, path: Path | None, rounds: int) -> tuple[WorkerState, Recorder, float]:
        """Where to begin: round 0, or the checkpoint; and the seconds it took to get there."""
        engine = self.engine
        if path is not None and path.exists():
            history, state = load_state(path, self.setup, engine.device)
            if state.round > rounds:
                raise InvalidProblemError(
                    f"checkpoint {path} has {state.round} rounds; ask for at least as many"
                )
            return state, Recorder.resumed(history), history.elapsed
        module = engine.workers.task.module
        first = fresh(module, engine.seed) if self.restart else flatten(module)
        parameters = first.to(engine.device).repeat(engine.workers.n_workers, 1)
        memory = self.method.init(engine.workers, engine.plan, parameters)
        recorder = Recorder()
        recorder.evaluate(engine, parameters, 0)
        state = WorkerState(
            round=0, parameters=parameters, memory=memory, moment=self.clock.start()
        )
        return state, recorder, 0.0

    def advance(self, state: WorkerState, recorder: Recorder) -> WorkerState:
        """One round."""
        gradient = squared_gradient(self.engine, state.parameters) if self.measure else np.nan
        round_ = WorkerRound(number=state.round, parameters=state.parameters, engine=self.engine)
        memory, move = self.method.apply(state.memory, round_)
        self._refuse_infinite(move.parameters, state.round)
        moment = self.clock.after(state.moment, move)
        seconds = float(moment.done.max() - state.moment.done.max())
        recorder.round(move, self.engine.workers, seconds, gradient)
        return WorkerState(
            round=state.round + 1, parameters=move.parameters, memory=memory, moment=moment
        )

    def history(self, state: WorkerState, recorder: Recorder, elapsed: float) -> WorkerHistory:
        """What happened up to this state."""
        arrays: dict[str, Any] = recorder.arrays()
        return WorkerHistory(
            method=self.method.name,
            label=label_of(self.method, self.engine.workers, self.engine.plan),
            source=self.method.source,
            task=self.engine.workers.task.name,
            seed=self.engine.seed,
            engine=self.engine.kind,
            device=self.engine.device,
            figures={name: np.array(row) for name, row in recorder.figures.items()},
            parameters=state.parameters.cpu().numpy(),
            elapsed=elapsed,
            **arrays,
        )

    def _refuse_infinite(self, parameters: Tensor, round_: int) -> None:
        bad = torch.isfinite(parameters).all(dim=1).logical_not()
        if bool(bad.any()):
            raise TrainingError(
                task=self.engine.workers.task.name,
                client=int(bad.nonzero()[0, 0]),
                round_=round_,
                what="parameters",
            )


@dataclass
class Recorder:
    """What a run has recorded: rows that grow by one a round or one an evaluation.

    Figures of the method are rows by name.
    """

    rows: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in (*PER_ROUND, *EVALUATED)}
    )
    figures: dict[str, list[float]] = field(default_factory=dict)

    def evaluate(self, engine: WorkerEngine, parameters: Tensor, done: int) -> None:
        """Add an evaluation of the mean and of every worker."""
        mean = parameters.double().mean(dim=0).to(parameters.dtype)
        alike = bool((parameters == parameters[:1]).all())
        own = engine.evaluate(parameters[:1] if alike else parameters)
        workers = own * len(parameters) if alike else own
        (whole,) = own if alike else engine.evaluate(mean[None])
        self._add("evaluated", done)
        self._add("loss", whole.loss)
        self._add("accuracy", whole.accuracy)
        self._add("objective", float(engine.workers.weights @ engine.losses(mean)))
        self._add("worker_loss", _column(workers, "loss"))
        self._add("worker_accuracy", _column(workers, "accuracy"))

    def round(self, move: Move, workers: Workers, seconds: float, gradient: float) -> None:
        """Add a round."""
        exchange = move.exchange
        known = move.losses[np.isfinite(move.losses)]
        self._add("seconds", seconds)
        self._add("bytes", bytes_sent(exchange, workers))
        self._add("links", sum(len(pairs) for pairs in exchange.matchings))
        self._add("samples", int(move.samples.sum()))
        self._add("batch_loss", float(known.mean()) if known.size else float("nan"))
        self._add("consensus", consensus_distance(move.parameters))
        self._add("gradient", gradient)
        for name, value in move.figures.items():
            self.figures.setdefault(name, []).append(float(value))

    def arrays(self) -> dict[str, AnyArray]:
        """Every row as an array."""
        kinds = {name: np.int64 if name in _WHOLE else np.float64 for name in self.rows}
        return {name: np.array(row, dtype=kinds[name]) for name, row in self.rows.items()}

    @classmethod
    def resumed(cls, history: WorkerHistory) -> Recorder:
        """Goes on from a history."""
        recorder = cls(figures={name: row.tolist() for name, row in history.figures.items()})
        for name in recorder.rows:
            recorder.rows[name] = list(getattr(history, name))
        return recorder

    def _add(self, name: str, value: Any) -> None:
        self.rows[name].append(value)


def squared_gradient(engine: WorkerEngine, parameters: Tensor) -> float:
    """``‖∇F(x̄)‖²`` at the mean of the workers' parameters."""
    mean = parameters.double().mean(dim=0).to(parameters.dtype)
    rows = engine.full_gradients(mean).double()
    weights = torch.tensor(engine.workers.weights, dtype=rows.dtype, device=rows.device)
    return float((weights @ rows).square().sum())


def _column(evaluations: list[Evaluation], name: str) -> FloatArray:
    return np.array([getattr(one, name) for one in evaluations])


def fingerprint(
    workers: Workers, method: Any, plan: StepPlan, settings: Mapping[str, Any]
) -> Fingerprint:
    """Texts by name; two runs whose texts agree go the same way, bit by bit."""
    train = workers.task.train
    out: Fingerprint = {name: described(value) for name, value in settings.items()}
    out |= {f"plan ({name})": described(value) for name, value in asdict(plan).items()}
    for name in ("speed", "law", "per", "link", "latency", "weigh"):
        out[f"workers ({name})"] = described(getattr(workers, name))
    for name in ("inputs", "targets", "offsets"):
        out[f"data ({name})"] = described(getattr(train, name))
    start = [p.detach().reshape(-1).cpu() for p in workers.task.module.parameters()]
    out["network"] = f"{' '.join(str(workers.task.module).split())} {described(torch.cat(start))}"
    out["method"] = _class_text(type(method))
    if is_dataclass(method):
        out |= {f"method ({f.name})": described(getattr(method, f.name)) for f in fields(method)}
    return out


def _class_text(kind: type[Any]) -> str:
    """Where a method's class is, or was when the first checkpoints were written."""
    module, name = kind.__module__, kind.__qualname__
    if module.startswith(f"{_PACKAGE}.") and name in _FIRST_FILES:
        module = f"{_PACKAGE}.{_FIRST_FILES[name]}"
    return f"{module}.{name}"


def save_state(path: Path, history: WorkerHistory, state: WorkerState, setup: Fingerprint) -> None:
    """Write the state, and what happened so far, without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = history.to_arrays() | {name: getattr(state.moment, name) for name in _MOMENT}
    write_state(path, "workers", setup, state.memory, arrays)


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
    state = WorkerState(
        round=history.rounds,
        parameters=torch.from_numpy(history.parameters.copy()).to(device),
        memory=saved.memory,
        moment=moment,
    )
    return history, state

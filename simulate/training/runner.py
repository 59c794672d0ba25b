"""Train a federation by a method: rounds, measurements, checkpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.devices import chosen_device
from roundlot.simulate.philox import key_words
from roundlot.simulate.single_thread import single_thread
from roundlot.simulate.training.checkpoint import State, load_checkpoint, save_checkpoint
from roundlot.simulate.training.clock import Clock
from roundlot.simulate.training.engine import Engine
from roundlot.simulate.training.engines import Kind, make_engine
from roundlot.simulate.training.errors import TrainingError
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.fingerprint import Fingerprint, fingerprint
from roundlot.simulate.training.flat import flatten
from roundlot.simulate.training.flat import restart as fresh
from roundlot.simulate.training.history import History
from roundlot.simulate.training.local_plan import LocalPlan
from roundlot.simulate.training.measure import (
    Measured,
    is_biased,
    measure_round,
    not_measured,
    weight_variance,
)
from roundlot.simulate.training.method import Memory, Method, Step
from roundlot.simulate.training.progress import Progress, silent
from roundlot.simulate.training.recorder import Recorder
from roundlot.simulate.training.replay import copied
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError

_CHUNK = 256


def train(
    federation: Federation,
    method: Method,
    *,
    rounds: int,
    plan: LocalPlan | Sequence[LocalPlan],
    budget: float,
    seed: int = 0,
    design: str = "independent",
    device: str = "auto",
    engine: Kind = "auto",
    chunk: int | None = None,
    evaluate_every: int = 10,
    server_learning_rate: float = 1.0,
    measure: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 10,
    resume: bool = True,
    progress: Progress | None = None,
    restart: bool = True,
) -> History:
    """Train all models of a federation for some rounds and return what happened.

    Everything random is a function of the seed and the round. Two methods with the same seed start
    from the same parameters, meet the same clients, and these train on the same batches.

    Args:
        federation: clients, their data and devices.
        method: one of `roundlot.simulate.methods.METHODS`, or a record with ``init`` and ``apply``.
        rounds: how many.
        plan: what a client does in a round, for all tasks or one each.
        budget: ``m``, draws expected in a round, above 0 and at most the number of processors.
        seed: of initial parameters, availability, draws and batches.
        design: how probabilities are drawn by, a name in ``DESIGNS``.
        device: "auto", "cpu", "cuda" or "cuda:1".
        engine: "auto", or a kind of engine; see `make_engine`.
        chunk: clients that train at a time, None to choose by memory.
        evaluate_every: rounds between evaluations; the start and the end are always evaluated.
        server_learning_rate: what the server multiplies ``Δ`` by.
        measure: whether everybody present trains once more every round, to say how far ``Δ`` is
            from the full step, beside theory's prediction; training itself goes the same way.
        checkpoint: a file to write the state to, every ``checkpoint_every`` rounds and at the end.
        checkpoint_every: rounds.
        resume: go on from the checkpoint if it is there; else it is overwritten.
        progress: called with (method, rounds done, rounds).
        restart: draw initial parameters from the seed; else start from the modules' own.

    Raises:
        TrainingError: a loss or a parameter that is not finite; names round, task and client. The
            last checkpoint stays.
        InvalidProblemError: an argument out of its range; a checkpoint of another setup.
    """
    run = _Run.of(
        federation,
        method,
        plans=_plans(plan, federation),
        budget=budget,
        seed=seed,
        design=design,
        device=device,
        kind=engine,
        chunk=chunk,
        evaluate_every=evaluate_every,
        server_learning_rate=server_learning_rate,
        measure=measure,
        restart=restart,
    )
    check_count(rounds, "rounds", 1)
    check_count(checkpoint_every, "checkpoint_every", 1)
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and not path.parent.is_dir():
        raise InvalidProblemError(f"folder {path.parent} does not exist; create it first")
    begin = time.perf_counter()
    with single_thread():
        state, recorder, before = run.start(path if resume else None, rounds)
        tell = progress or silent
        while state.round < rounds:
            tell(method.name, state.round, rounds)
            state = run.advance(state, recorder)
            if state.round % evaluate_every == 0 or state.round == rounds:
                run.evaluate(state, recorder)
            if path is not None and (state.round % checkpoint_every == 0 or state.round == rounds):
                history = run.history(state, recorder, before + time.perf_counter() - begin)
                save_checkpoint(path, state, history, run.setup)
        tell(method.name, rounds, rounds)
        return run.history(state, recorder, before + time.perf_counter() - begin)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """What stays the same over the rounds."""

    federation: Federation
    method: Method
    engines: tuple[Engine, ...]
    clock: Clock
    settings: dict[str, Any]
    setup: Fingerprint
    device: str
    chunk: int

    @classmethod
    def of(
        cls,
        federation: Federation,
        method: Method,
        *,
        plans: tuple[LocalPlan, ...],
        device: str,
        kind: Kind,
        chunk: int | None,
        **settings: Any,
    ) -> _Run:
        """Checked settings; engines made."""
        _check(settings, federation)
        where = chosen_device(device)
        engines = tuple(
            make_engine(
                task, plan, model=s, seed=settings["seed"], device=where, chunk=chunk, kind=kind
            )
            for s, (task, plan) in enumerate(zip(federation.tasks, plans, strict=True))
        )
        kinds = ", ".join(sorted({type(engine).__name__ for engine in engines}))
        settings |= {"engine": kinds, "device": where.partition(":")[0]}
        return cls(
            federation=federation,
            method=method,
            engines=engines,
            clock=Clock(federation=federation, plans=plans),
            settings=settings,
            setup=fingerprint(federation, method, plans, settings),
            device=where,
            chunk=chunk or _CHUNK,
        )

    def start(self, path: Path | None, rounds: int) -> tuple[State, Recorder, float]:
        """Where to begin: round 0, or the checkpoint; and the seconds it took to get there."""
        if path is not None and path.exists():
            state, history = load_checkpoint(path, self.setup, self.device)
            if state.round > rounds:
                raise InvalidProblemError(
                    f"checkpoint {path} is at round {state.round}; ask for as many rounds"
                    " or remove it"
                )
            every = 1 if state.round == rounds else self.settings["evaluate_every"]
            return state, Recorder.resumed(history, every), history.elapsed
        state = State(round=0, parameters=(parameters := self._initial()), memory={})
        state = replace(state, memory=self.method.init(self.federation, parameters))
        recorder = Recorder(facts=self._facts())
        self.evaluate(state, recorder)
        return state, recorder, 0.0

    def advance(self, state: State, recorder: Recorder) -> State:
        """One round."""
        round_ = Round(
            index=state.round,
            seed=self.settings["seed"],
            federation=self.federation,
            engines=self.engines,
            parameters=state.parameters,
            budget=self.settings["budget"],
            design_name=self.settings["design"],
            chunk=self.chunk,
        )
        watched = self.settings["measure"] and bool(round_.present.any())
        before = copied(state.memory) if watched and is_biased(self.method) else {}
        memory, step = self._step(state.memory, round_)
        measured = not_measured(self.federation.n_models)
        if watched:
            measured = measure_round(
                round_,
                step,
                self.engines,
                method=self.method,
                memory=before,
                chunk=self.chunk,
            )
        recorder.rounds.append(self._row(round_, step, measured))
        return State(round=state.round + 1, parameters=self._moved(round_, step), memory=memory)

    def _step(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """What the method does; where nobody is there, nothing."""
        if round_.present.any():
            return self.method.apply(memory, round_)
        n, s = round_.present.shape
        return memory, Step(
            directions=(None,) * s,
            picks=np.full(self.federation.n_processors, -1),
            fresh_weights=(np.zeros(n),) * s,
        )

    def _moved(self, round_: Round, step: Step) -> tuple[Tensor, ...]:
        rate = self.settings["server_learning_rate"]
        moved = []
        for model, (old, direction) in enumerate(
            zip(round_.parameters, step.directions, strict=True)
        ):
            new = old if direction is None else old - rate * direction.to(old)
            if not bool(torch.isfinite(new).all()):
                heaviest = int(np.argmax(np.abs(step.fresh_weights[model])))
                raise TrainingError(
                    task=self.federation.tasks[model].name,
                    client=heaviest,
                    round_=round_.index,
                    what="server's step, most of which is the update",
                )
            moved.append(new)
        return tuple(moved)

    def _row(self, round_: Round, step: Step, measured: Measured) -> dict[str, Any]:
        return {
            "seconds": self.clock.seconds(round_),
            "uploads": int(round_.uploaded.sum()),
            "draws": int(np.sum(np.asarray(step.picks) >= 0)),
            "trainings": int(round_.trained.sum()),
            "aggregate_weight": np.array([float(np.sum(row)) for row in step.fresh_weights]),
            "aggregate_weight_variance": weight_variance(round_, step, self.method),
            "squared_error": measured.squared_error,
            "predicted_variance": measured.predicted_variance,
            "step_norm": measured.step_norm,
            "bias": measured.bias,
            "second_moment_ratio": measured.second_moment_ratio,
            "figures": dict(step.figures),
        }

    def evaluate(self, state: State, recorder: Recorder) -> None:
        """Accuracy and loss of all models.

        Raises:
            TrainingError: a loss that is not finite.
        """
        found = [e.evaluate(w) for e, w in zip(self.engines, state.parameters, strict=True)]
        recorder.evaluations.append(
            (state.round, [one.accuracy for one in found], [one.loss for one in found])
        )

    def history(self, state: State, recorder: Recorder, elapsed: float) -> History:
        """What happened up to this state."""
        rows = tuple(_numpy(row) for row in state.parameters)
        return recorder.history(rows, elapsed)

    def _initial(self) -> tuple[Tensor, ...]:
        seed = self.settings["seed"]
        starts = []
        for model, task in enumerate(self.federation.tasks):
            fresh_one = self.settings["restart"]
            flat = (
                fresh(task.module, _task_seed(seed, model)) if fresh_one else flatten(task.module)
            )
            starts.append(flat.to(self.device))
        return tuple(starts)

    def _facts(self) -> dict[str, Any]:
        return {
            "method": self.method.name,
            "label": self.method.label,
            "source": self.method.source,
            "models": tuple(task.name for task in self.federation.tasks),
            **{name: self.settings[name] for name in ("design", "seed", "engine", "device")},
            "budget": float(self.settings["budget"]),
        }


def _plans(plan: LocalPlan | Sequence[LocalPlan], federation: Federation) -> tuple[LocalPlan, ...]:
    if isinstance(plan, LocalPlan):
        return (plan,) * federation.n_models
    plans = tuple(plan)
    if len(plans) != federation.n_models:
        raise InvalidProblemError(
            f"there are {len(plans)} plans for {federation.n_models} tasks; give one each, or one"
        )
    return plans


def _check(settings: dict[str, Any], federation: Federation) -> None:
    key_words(settings["seed"])
    check_positive(settings["budget"], "budget")
    check_positive(settings["server_learning_rate"], "server_learning_rate")
    check_count(settings["evaluate_every"], "evaluate_every", 1)
    if settings["budget"] > federation.n_processors:
        raise InvalidProblemError(
            f"budget is {settings['budget']:g} draws a round; there are "
            f"{federation.n_processors} processors: give at most as many"
        )
    names = [kind.name for kind in DESIGNS]
    if settings["design"] not in names:
        raise InvalidProblemError(
            f"no design is called {settings['design']!r}; choose one of {', '.join(names)}"
        )
    models = [task.name for task in federation.tasks]
    if len(set(models)) < len(models):
        raise InvalidProblemError(f"tasks are called {models}; give each a name of its own")


def _task_seed(seed: int, model: int) -> int:
    """Seeds of initial parameters: another for every model."""
    return (seed * 1_000_003 + model) % 2**63


def _numpy(row: Tensor) -> npt.NDArray[np.float32]:
    return np.array(row.cpu().numpy(), dtype=np.float32)

"""One run of training: what stays the same over its rounds, and one round of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.engines.choice import Kind, make_engine
from roundlot.simulate.engines.engine import Engine
from roundlot.simulate.engines.errors import TrainingError
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.philox import key_words
from roundlot.simulate.processes.group import Processes
from roundlot.simulate.runs.checkpoints import Fingerprint
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.parameters import restart as fresh
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.bias import copied
from roundlot.simulate.training.checkpoint import State, fingerprint, load_checkpoint
from roundlot.simulate.training.clock import Clock
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.measure import (
    Measured,
    is_biased,
    measure_round,
    not_measured,
    weight_variance,
)
from roundlot.simulate.training.method import Memory, Method, Step
from roundlot.simulate.training.recorder import Recorder
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import initial_seed

_CHUNK = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
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
        processes: Processes,
        **settings: Any,
    ) -> Run:
        """Checked settings; engines made, here and in the other processes."""
        _check(settings, federation)
        where = processes.device(device)
        engines = tuple(
            make_engine(
                task, plan, model=s, seed=settings["seed"], device=where, chunk=chunk, kind=kind
            )
            for s, (task, plan) in enumerate(zip(federation.tasks, plans, strict=True))
        )
        kinds = ", ".join(sorted({type(engine).__name__ for engine in engines}))
        settings |= {"engine": kinds, "device": where.partition(":")[0]}
        shared = processes.share(engines, plans, chunk)
        return cls(
            federation=federation,
            method=method,
            engines=shared,
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
        """Accuracy and loss of all models after so many rounds.

        Raises:
            TrainingError: a loss that is not finite: parameters may be finite and yet too large for
                the test data, or the test data may not be clean.
        """
        found = [e.evaluate(w) for e, w in zip(self.engines, state.parameters, strict=True)]
        for task, one in zip(self.federation.tasks, found, strict=True):
            if not np.isfinite(one.loss):
                raise TrainingError(
                    task=task.name, client=None, round_=state.round, what=_evaluated(task)
                )
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
                fresh(task.module, initial_seed(seed, model)) if fresh_one else flatten(task.module)
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


def _evaluated(task: Task) -> str:
    return "loss on the clients' data" if task.test is None else "loss on the test data"


def _numpy(row: Tensor) -> npt.NDArray[np.float32]:
    return np.array(row.cpu().numpy(), dtype=np.float32)

"""One run of training: what stays the same over its rounds, one round of it, and its checkpoint.

A checkpoint is the run so far in one file; resumed, the run goes on to the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_positive
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.engines.choice import Kind, make_engine
from roundlot.simulate.engines.engine import Engine, Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import precision_of
from roundlot.simulate.engines.timed_choice import Choice
from roundlot.simulate.philox import key_words
from roundlot.simulate.processes.group import Processes
from roundlot.simulate.runs.callbacks import new_key
from roundlot.simulate.runs.checkpoints import (
    Fingerprint,
    as_array,
    as_tensor,
    described,
    described_fields,
    named,
    part,
    saved_state,
    write_state,
)
from roundlot.simulate.runs.history import Record, require_rows
from roundlot.simulate.runs.users_functions import function_digest
from roundlot.simulate.tasks.parameters import flatten, restart
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.bias import copied
from roundlot.simulate.training.checked_step import check_memory, check_outcome
from roundlot.simulate.training.clients import client_measures, spreads
from roundlot.simulate.training.early_stop import EarlyStop, Waiting
from roundlot.simulate.training.engine_choices import engine_choices
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.measure import (
    Measured,
    is_biased,
    is_held,
    measure_round,
    not_measured,
    weight_variance,
)
from roundlot.simulate.training.method import Memory, Method, Step
from roundlot.simulate.training.privacy import (
    ClippedEngine,
    Privacy,
    check_private,
    with_noise,
)
from roundlot.simulate.training.round import Clock, Round
from roundlot.simulate.training.rounded_data import warn_of_rounding
from roundlot.simulate.training.server_optimizer import PLAIN, ServerOptimizer
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.errors import TrainingError
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import initial_seed

#: Clients whose updates a round holds at a time when only their norms are asked for.
_CHUNK = 256
_SERVER = "server/"  # before what the server's optimiser remembers
_HISTORY = "history/"  # before the names of a history's arrays in a checkpoint


# Settings that checkpoints of before do not name: they are told where they differ from these.
_UNSAID: dict[str, Any] = {
    "server": PLAIN,
    "per_client": False,
    "privacy": None,
    "precision": "float32",
    "stop_early": None,
}
_TOLD = ("design", "seed", "engine", "device", "precision")  # in the history
_EARLY = ("epochs", "batch_size", "learning_rate", "decay", "proximal", "weight_decay")


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """Between two rounds.

    Attributes:
        round: rounds done.
        parameters: ``S`` flat tensors ``(P_s,)``.
        memory: the method's.
        server: what the server's optimiser remembers.
        key: of the run, by which callbacks know it again.
    """

    round: int
    parameters: tuple[Tensor, ...]
    memory: Memory
    server: Mapping[str, Tensor] = field(default_factory=dict)
    key: str = field(default_factory=new_key)


def save_checkpoint(
    path: str | os.PathLike[str], state: State, history: History, setup: Fingerprint
) -> None:
    """Write the state, and what happened so far, without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = {f"parameters_{s}": as_array(row) for s, row in enumerate(state.parameters)}
    arrays |= {_SERVER + name: as_array(row) for name, row in state.server.items()}
    arrays |= {_HISTORY + name: value for name, value in history.to_arrays().items()}
    write_state(path, "training", setup, state.memory, arrays, round=state.round, key=state.key)


def load_checkpoint(
    path: str | os.PathLike[str], setup: Fingerprint, device: str
) -> tuple[State, History]:
    """What ``save_checkpoint`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    with saved_state(path, "training", setup, device) as saved:
        history = History.from_arrays(part(saved.arrays, _HISTORY))
        done = int(saved.head["round"])
        if done != history.rounds:
            raise ValueError(f"{done} rounds, {history.rounds} of them kept")
        rows = [saved.arrays[f"parameters_{s}"] for s in range(len(history.models))]
        require_rows(rows, "parameters")
        parameters = tuple(as_tensor(row, device) for row in rows)
        kept = part(saved.arrays, _SERVER)
        server = {name: as_tensor(row, device) for name, row in kept.items()}
        key = str(saved.head.get("key") or new_key())  # earlier files have none
    state = State(round=done, parameters=parameters, memory=saved.memory, server=server, key=key)
    return state, history


def fingerprint(
    federation: Federation,
    method: Method,
    plans: Sequence[LocalPlan],
    settings: Mapping[str, Any],
) -> Fingerprint:
    """Texts by name; two runs whose texts agree go the same way, bit by bit."""
    given = {name: value for name, value in settings.items() if value != _UNSAID.get(name, ...)}
    out: Fingerprint = {name: described(value) for name, value in given.items()}
    for s, (task, plan) in enumerate(zip(federation.tasks, plans, strict=True)):
        kept = precision_of(settings.get("precision", "float32")).kept
        out |= {f"task {s} ({key})": text for key, text in _task(task, kept).items()}
        for item in fields(plan):
            value = getattr(plan, item.name)
            if item.name in _EARLY or value != item.default:
                out[f"task {s} (local plan, {item.name})"] = described(value)
    for name in ("processors", "able", "online", "speed", "link"):
        out[f"federation ({name})"] = described(getattr(federation, name))
    out["method"] = method.name
    out["method (class)"] = named(type(method))
    # A class whose step has become another one goes another way from the same checkpoint.
    out["method (formula)"] = described(getattr(method, "formula", ""))
    return out | described_fields("method", method)


def _task(task: Task, kept: torch.dtype) -> Fingerprint:
    start = [p.detach() for p in task.module.parameters()]
    flat = torch.cat([p.reshape(-1).to(kept).cpu() for p in start]).numpy()
    train = task.train
    buffers = dict(task.module.named_buffers())
    functions: list[Any] = [task.loss, *(one.score for one in task.measures)]
    own = [one for one in functions if _is_users(one)]
    later = {"network's buffers": described(buffers)} if buffers else {}
    if own:
        later["code of loss and metrics"] = " ".join(map(function_digest, own))
    return (
        later
        | {
            "name": task.name,
            "network": " ".join(str(task.module).split()),
            "network's parameters": described(flat),
            "inputs": described(train.inputs),
            "targets": described(train.targets),
            "clients' samples": described(train.offsets),
            "test": "none" if task.test is None else described(task.test),
            "loss": described(task.loss),
        }
        | ({} if task.metrics is None else {"metrics": described(task.measures)})
    )


def _is_users(function: Any) -> bool:
    ours = getattr(function, "__module__", "").startswith("roundlot.")
    return callable(function) and not ours


@dataclass(kw_only=True, eq=False)
class FederatedRun:
    """A run of federated training between two rounds.

    Attributes:
        state: rounds done, parameters, the method's memory.
        record: what happened in them.
        picked: the kinds of the engines, and why.
        waiting: how long models have waited for a gain; None where nothing stops them.
        elapsed: seconds that the rounds before a checkpoint took.
    """

    federation: Federation
    method: Method
    engines: tuple[Engine, ...]
    picked: tuple[Choice, ...]
    clock: Clock
    settings: Mapping[str, Any]
    setup: Fingerprint
    device: str
    chunk: int
    state: State = field(init=False)
    record: Record = field(init=False)
    waiting: Waiting | None = field(init=False)
    elapsed: float = field(init=False, default=0.0)

    @classmethod
    def of(
        cls,
        federation: Federation,
        method: Method,
        *,
        plans: tuple[LocalPlan, ...],
        device: str,
        kind: Kind | Sequence[Kind | Choice],
        chunk: int | None,
        processes: Processes,
        rounds: int = 0,
        kept: Path | None = None,
        **settings: Any,
    ) -> Self:
        """Checked settings; engines made, here and in the other processes.

        With kind "auto" they are those of the checkpoint ``kept``, if there is one; else they are
        chosen for so many ``rounds``.
        """
        _check(settings, federation)
        privacy: Privacy | None = settings.get("privacy")
        if privacy is not None:
            kind_of_draws, measured = settings["design"], settings["measure"]
            check_private(privacy, federation, method, design=kind_of_draws, measure=measured)
            _check_length(privacy, settings.get("stop_early"))
        where, precision = processes.device(device), precision_of(settings["precision"])
        warn_of_rounding(federation.tasks, precision)
        picked = engine_choices(
            federation,
            method,
            plans,
            kind=kind,
            device=where,
            rounds=rounds,
            kept=kept,
            settings=settings,
        )
        engines = tuple(
            make_engine(
                task,
                plan,
                model=s,
                seed=settings["seed"],
                device=where,
                chunk=chunk,
                kind=cast("Kind", one.kind),
                precision=precision,
            )
            for s, (task, plan, one) in enumerate(zip(federation.tasks, plans, picked, strict=True))
        )
        kinds = ", ".join(sorted({type(engine).__name__ for engine in engines}))
        settings |= {"engine": kinds, "device": where.partition(":")[0]}
        shared = processes.share(engines, plans, chunk)
        if privacy is not None:
            shared = tuple(ClippedEngine(own=engine, clip=privacy.clip) for engine in shared)
        return cls(
            federation=federation,
            method=method,
            engines=shared,
            picked=picked,
            clock=Clock(federation=federation, plans=plans, bytes=precision.bytes),
            settings=settings,
            setup=fingerprint(federation, method, plans, settings),
            device=where,
            chunk=chunk or _CHUNK,
        )

    @property
    def name(self) -> str:
        """Of the method."""
        return self.method.name

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(task.name for task in self.federation.tasks)

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
        """Whether every model has stopped."""
        return self.waiting is not None and self.waiting.over

    def begin(self) -> None:
        """Start at round 0."""
        self.waiting = self._unwatched()
        parameters = self._initial()
        given = self.method.init(self.federation, parameters)
        memory = check_memory(given, self.name, "before the first round")
        server = self._server.init(parameters)
        self.state = State(round=0, parameters=parameters, memory=memory, server=server)
        self.record = Record(kind=History)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            InvalidProblemError: it is none, or one of another setup.
        """
        self.state, history = load_checkpoint(path, self.setup, self.device)
        self.record, self.elapsed = Record.of(history), history.elapsed
        self.waiting = self._unwatched()
        for row in self.record.evaluations:
            self._watch(row)

    def step(self) -> None:
        """One round."""
        state = self.state
        going = self._going
        round_ = Round(
            index=state.round,
            seed=self.settings["seed"],
            federation=self.federation,
            engines=self.engines,
            parameters=state.parameters,
            budget=self.settings["budget"],
            design_name=self.settings["design"],
            chunk=self.chunk,
            going=going,
        )
        watched = self.settings["measure"] and bool(round_.present.any())
        again = watched and is_biased(self.method) and is_held(round_)
        before = copied(state.memory) if again else {}
        memory, step = self._step(state.memory, round_)
        step = _of_those_going(step, going)
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
        if (privacy := self.settings.get("privacy")) is not None:
            step = with_noise(privacy, round_, step)
        self.record.rounds.append(self._row(round_, step, measured))
        parameters, server = self._moved(round_, step)
        self.state = replace(
            state, round=state.round + 1, parameters=parameters, memory=memory, server=server
        )

    def evaluate(self) -> None:
        """Record accuracy and loss of all models as they are now.

        Raises:
            TrainingError: a loss that is not finite: parameters may be finite and yet too large for
                the test data, or the test data may not be clean.
        """
        state = self.state
        values = [e.evaluate(w) for e, w in zip(self.engines, state.parameters, strict=True)]
        for task, value in zip(self.federation.tasks, values, strict=True):
            if not np.isfinite(value.loss):
                data = "the clients' data" if task.test is None else "the test data"
                raise TrainingError(
                    task=task.name, client=None, round_=state.round, what=f"loss on {data}"
                )
            _require_metrics(task.name, value, state.round)
        row = {
            "evaluated": state.round,
            "accuracy": [value.accuracy for value in values],
            "loss": [value.loss for value in values],
            "metrics": _metrics(values) | self._spreads(),
        }
        self.record.evaluations.append(row)
        self._watch(row)

    def _unwatched(self) -> Waiting | None:
        """Before any evaluation."""
        rules: EarlyStop | Sequence[EarlyStop] | None = self.settings.get("stop_early")
        if rules is None:
            return None
        tasks = self.federation.tasks
        if isinstance(rules, EarlyStop):
            rules = (rules,) * len(tasks)
        return Waiting.of(rules, tasks)

    def _watch(self, row: Mapping[str, Any]) -> None:
        """Count an evaluation, unless it was made only because a run ended there."""
        done = int(row["evaluated"])
        if self.waiting is not None and done % self.settings["evaluate_every"] == 0:
            self.waiting = self.waiting.after(done, {**row, **row["metrics"]})

    @property
    def _going(self) -> BoolArray:
        """``(S,)``: which models are trained."""
        if self.waiting is None:
            return np.ones(self.federation.n_models, dtype=bool)
        return self.waiting.going

    def _spreads(self) -> dict[str, list[float]]:
        """The spread of every model's measures over the clients, if it is asked for."""
        if not self.settings.get("per_client"):
            return {}
        found = [
            spreads(engine, self._of_clients(model)) for model, engine in enumerate(self.engines)
        ]
        names = dict.fromkeys(name for row in found for name in row)
        return {name: [row.get(name, float("nan")) for row in found] for name in names}

    def _of_clients(self, model: int) -> dict[str, FloatArray]:
        clients = np.flatnonzero(self.federation.available[:, model])
        return client_measures(self.engines[model], self.state.parameters[model], clients)

    def _client_tables(self) -> dict[str, FloatArray]:
        """``(N, S)`` by name: every measure for every client; NaN where a client has no data."""
        tables: dict[str, FloatArray] = {}
        for model in range(self.federation.n_models):
            clients = np.flatnonzero(self.federation.available[:, model])
            for name, row in self._of_clients(model).items():
                table = tables.setdefault(name, np.full(self.federation.available.shape, np.nan))
                table[clients, model] = row
        return tables

    def save(self, path: Path, elapsed: float) -> None:
        """Write a checkpoint; ``elapsed`` seconds have gone since the run began or went on."""
        save_checkpoint(path, self.state, self._so_far(elapsed), self.setup)

    def history(self, elapsed: float) -> History:
        """What happened so far."""
        history = self._so_far(elapsed)
        if not self.settings.get("per_client"):
            return history
        return replace(history, clients=self._client_tables())

    def _so_far(self, elapsed: float) -> History:
        rows = (row.cpu().numpy() for row in self.state.parameters)
        return History(
            method=self.method.name,
            label=self.method.label,
            source=self.method.source,
            models=self.models,
            **{name: self.settings[name] for name in _TOLD},
            budget=float(self.settings["budget"]),
            parameters=tuple(np.array(row) for row in rows),
            elapsed=self.elapsed + elapsed,
            stopped=None if self.waiting is None else self.waiting.stopped,
            engines=tuple(one.kind for one in self.picked),
            engine_choice=tuple(one.why for one in self.picked),
            **self.record.columns({"S": self.federation.n_models}),
        )

    def _step(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """What the method does; where nobody is there, nothing, unless those away count."""
        if round_.present.any() or getattr(self.method, "counts_away", False):
            before = [row._version for row in round_.parameters]
            outcome = check_outcome(self.method.apply(memory, round_), self.name, round_)
            if before != [row._version for row in round_.parameters]:
                raise InvalidProblemError(
                    f"method {self.name!r} changes the round's parameters in place in round"
                    f" {round_.index}; have it give a step, Δ, by which the server moves them"
                )
            return outcome
        n, s = round_.present.shape
        return memory, Step(
            directions=(None,) * s,
            picks=np.full(self.federation.n_processors, -1),
            fresh_weights=(np.zeros(n),) * s,
        )

    @property
    def _server(self) -> ServerOptimizer:
        server: ServerOptimizer = self.settings.get("server", PLAIN)
        return server

    def _moved(self, round_: Round, step: Step) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """Where the models are after the server's step, and what its optimiser remembers."""
        server, kept = self._server, dict(self.state.server)
        rate = self.settings["server_learning_rate"] * server.schedule.at(round_.index)
        moved = []
        for model, (old, direction) in enumerate(
            zip(round_.parameters, step.directions, strict=True)
        ):
            new = old
            if direction is not None:
                way, fresh = server.step(kept, model, direction.to(old))
                new, kept = old - rate * way, kept | fresh
            if not bool(torch.isfinite(new).all()):
                heaviest = int(np.argmax(np.abs(step.fresh_weights[model])))
                raise TrainingError(
                    task=self.federation.tasks[model].name,
                    client=heaviest,
                    round_=round_.index,
                    what="server's step, most of which is the update",
                )
            moved.append(new)
        return tuple(moved), kept

    def _row(self, round_: Round, step: Step, measured: Measured) -> dict[str, Any]:
        per_model = {
            "aggregate_weight": np.array([float(np.sum(row)) for row in step.fresh_weights]),
            "aggregate_weight_variance": weight_variance(round_, step, self.method),
            "squared_error": measured.squared_error,
            "predicted_variance": measured.predicted_variance,
            "step_norm": measured.step_norm,
            "bias": measured.bias,
        }
        going = round_.going
        return {
            **{name: np.where(going, row, np.nan) for name, row in per_model.items()},
            "seconds": self.clock.seconds(round_),
            "uploads": int(round_.uploaded.sum()),
            "draws": int(np.sum(np.asarray(step.picks) >= 0)),
            "trainings": int(round_.trained.sum()),
            "second_moment_ratio": measured.second_moment_ratio,
            "figures": dict(step.figures),
        }

    def _initial(self) -> tuple[Tensor, ...]:
        seed = self.settings["seed"]
        again = self.settings["restart"]
        kept = precision_of(self.settings["precision"]).kept
        rows = (
            restart(task.module, initial_seed(seed, model), kept)
            if again
            else flatten(task.module, kept)
            for model, task in enumerate(self.federation.tasks)
        )
        return tuple(row.to(self.device) for row in rows)


def _of_those_going(step: Step, going: BoolArray) -> Step:
    """The step without models that have stopped: what a method remembers of them is no step."""
    if going.all():
        return step
    pairs = zip(step.directions, going, strict=True)
    return replace(step, directions=tuple(row if on else None for row, on in pairs))


def _check_length(privacy: Privacy, stop_early: Any) -> None:
    """Refuse noise where the number of rounds follows from what was trained.

    Raises:
        InvalidProblemError: both are asked for.
    """
    if privacy.noise > 0.0 and stop_early is not None:
        raise InvalidProblemError(
            "stop_early lets what was trained decide on the number of rounds, for which no ε of "
            "privacy.noise is computed; leave stop_early out, or the noise"
        )


def _require_metrics(task: str, found: Evaluation, round_: int) -> None:
    for name, value in found.metrics.items():
        if not np.isfinite(value):
            raise TrainingError(
                task=task, client=None, round_=round_, what=f"metric {name!r} on the test data"
            )


def _metrics(values: Sequence[Evaluation]) -> dict[str, list[float]]:
    """Every metric but accuracy, ``(S,)`` by name; NaN where a model is not measured by it."""
    names = dict.fromkeys(name for value in values for name in value.metrics)
    names.pop("accuracy", None)
    return {name: [value.metrics.get(name, float("nan")) for value in values] for name in names}


def _check(settings: dict[str, Any], federation: Federation) -> None:
    key_words(settings["seed"])
    check_positive(settings["budget"], "budget")
    check_positive(settings["server_learning_rate"], "server_learning_rate")
    if settings["budget"] > federation.n_processors:
        raise InvalidProblemError(
            f"budget is {settings['budget']:g} draws a round; there are "
            f"{federation.n_processors} processors: give at most as many"
        )
    require_choice(settings["design"], "design", [kind.name for kind in DESIGNS])
    models = [task.name for task in federation.tasks]
    if len(set(models)) < len(models):
        raise InvalidProblemError(f"tasks are called {models}; give each a name of its own")

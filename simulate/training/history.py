"""What happened in a run of training, round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from roundlot.simulate.runs.archive import Arrays, array_text, text_array
from roundlot.simulate.runs.history import Kinds, RunHistory, require_axes, require_rows
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, Float32Array, FloatArray, IntArray
from roundlot.theory.text import plural

TEXTS: Kinds = {
    **dict.fromkeys(("method", "label", "source", "design", "engine", "device", "precision"), str),
    "models": list,
    "seed": int,
    "budget": (int, float),
}
PER_ROUND = ("seconds", "uploads", "draws", "trainings", "second_moment_ratio")
PER_MODEL = (
    "aggregate_weight",
    "aggregate_weight_variance",
    "squared_error",
    "predicted_variance",
    "step_norm",
    "bias",
)
_AXES = (
    dict.fromkeys(PER_ROUND, "T")
    | dict.fromkeys(PER_MODEL, "TS")
    | {"evaluated": "E", "accuracy": "ES", "loss": "ES"}
)


@dataclass(frozen=True, kw_only=True, eq=False)
class History(RunHistory):
    """``T`` rounds of one method, evaluated ``E`` times; ``S`` models.

    Attributes:
        method, label, source: the method's name, what it says of its bias, its paper.
        design: what the method's probabilities were drawn by.
        models: ``S`` names.
        seed, budget, engine, device: of the run.
        evaluated: ``(E,)``: rounds done before each evaluation; the first is 0.
        accuracy, loss: ``(E, S)`` on test data; the accuracy of a model that has none is NaN, and
            means are over those that have one.
        metrics: what else models are measured by, ``(E, S)`` by name; NaN for models that are not.
        seconds: ``(T,)``: simulated seconds of each round; see `roundlot.simulate.training.round`.
        uploads: ``(T,)``: updates sent. draws: ``(T,)``: processors that were drawn.
        trainings: ``(T,)``: local trainings, whether or not an update was sent.
        aggregate_weight: ``(T, S)``: ``H_s``, the sum of fresh weights in the step; 0 where
            nobody was drawn.
        aggregate_weight_variance: ``(T, S)``: its variance by theory for the round's draw; NaN
            where it is not known.
        squared_error: ``(T, S)``: ``‖Δ_s − Σ d G‖²``; NaN unless measured. The sum is over those
            present; with FedVARP and FedStale those away are in it by what stands for them.
        predicted_variance: ``(T, S)``: its expectation by theory; NaN where it is not known.
        second_moment_ratio: ``(T,)``: ``E Y²/(E Y)²`` of ``Y``, the squared error summed over
            models; NaN where it is not known.
        step_norm: ``(T, S)``: ``‖Σ d G‖``; NaN unless measured.
        bias: ``(T, S)``: ``‖E Δ_s − Σ d G‖``, estimated, of methods that are labelled biased; NaN
            for others and where it cannot be had.
        figures: what the method reports, by name, ``(T,)`` or ``(T, S)``; NaN where it does not.
        clients: measures at the end on every client's own data, ``(N, S)`` by name; NaN where a
            client has none. Empty unless asked for.
        precision: what training computed in; histories of before are of "float32".
        parameters: ``S`` rows ``(P_s,)``, where training ended: float64 if the precision is, else
            float32.
        stopped: ``(S,)``: the round after which each model stopped, −1 for those that went on to
            the end; None where nothing was to stop them. Arrays of rounds are NaN for a model that
            has stopped.
        engines: the kind of each model's engine. engine_choice: why it is that one. Empty in
            histories of earlier versions.
        elapsed: seconds that the computation took.
    """

    design: str
    models: tuple[str, ...]
    budget: float
    accuracy: FloatArray
    loss: FloatArray
    uploads: IntArray
    draws: IntArray
    trainings: IntArray
    aggregate_weight: FloatArray
    aggregate_weight_variance: FloatArray
    squared_error: FloatArray
    predicted_variance: FloatArray
    second_moment_ratio: FloatArray
    step_norm: FloatArray
    bias: FloatArray
    clients: Mapping[str, FloatArray] = field(default_factory=dict)
    parameters: tuple[Float32Array | FloatArray, ...] = ()
    precision: str = "float32"
    stopped: IntArray | None = None
    engines: tuple[str, ...] = ()
    engine_choice: tuple[str, ...] = ()

    texts: ClassVar = TEXTS
    unsaid: ClassVar = {"precision": "float32"}
    axes: ClassVar = _AXES
    whole: ClassVar = ("evaluated", "uploads", "draws", "trainings")
    figure_axes: ClassVar = ("T", "TS")
    what: ClassVar = "history of training"

    @property
    def mean_accuracy(self) -> FloatArray:
        """``(E,)``: mean over the models that have an accuracy; NaN if none has."""
        return _of_those_known(self.accuracy, np.mean)

    @property
    def worst_accuracy(self) -> FloatArray:
        """``(E,)``: the least of the models' that have one."""
        return _of_those_known(self.accuracy, np.min)

    @property
    def mean_loss(self) -> FloatArray:
        """``(E,)``: mean over models."""
        return np.asarray(self.loss.mean(axis=1))

    @property
    def worst_loss(self) -> FloatArray:
        """``(E,)``: the greatest of the models'."""
        return np.asarray(self.loss.max(axis=1))

    def measures(self, model: int) -> dict[str, FloatArray]:
        """``(E,)`` by name: accuracy and other metrics of a model that it has, then its loss."""
        columns = {"accuracy": self.accuracy, **self.metrics}
        known = {name: column[:, model] for name, column in columns.items()}
        return {name: row for name, row in known.items() if np.isfinite(row).any()} | {
            "loss": self.loss[:, model]
        }

    @property
    def uploads_so_far(self) -> FloatArray:
        """``(E,)``: updates sent before each evaluation."""
        return self._before(self.uploads)

    def at_end(self) -> dict[str, float]:
        """Mean and worst of the models' last accuracies and losses; seconds and uploads in all."""
        return {
            "accuracy": float(self.mean_accuracy[-1]),
            "worst_accuracy": float(self.worst_accuracy[-1]),
            "loss": float(self.mean_loss[-1]),
            "worst_loss": float(self.worst_loss[-1]),
            "seconds": float(self.seconds.sum()),
            "uploads": float(self.uploads.sum()),
        }

    def relative_to(self, full: History) -> FloatArray:
        """``(E,)``: mean accuracy over that of ``full``, at the same rounds.

        Raises:
            InvalidProblemError: the two were not evaluated at the same rounds.
        """
        if not np.array_equal(self.evaluated, full.evaluated) or self.models != full.models:
            raise InvalidProblemError(
                f"{self.method!r} and {full.method!r} were not evaluated alike; train both for the "
                "same rounds on the same tasks"
            )
        return np.asarray(self.mean_accuracy / full.mean_accuracy)

    def to_records(self) -> list[dict[str, Any]]:
        """A record per evaluation and model: round, seconds, uploads, accuracy, loss, metrics."""
        seconds, uploads = self.seconds_so_far, self.uploads_so_far
        return [
            {
                "method": self.method,
                "seed": self.seed,
                "round": int(done),
                "seconds": float(seconds[e]),
                "uploads": int(uploads[e]),
                "model": name,
                "accuracy": float(self.accuracy[e, s]),
                "loss": float(self.loss[e, s]),
                **{metric: float(table[e, s]) for metric, table in self.metrics.items()},
            }
            for e, done in enumerate(self.evaluated)
            for s, name in enumerate(self.models)
        ]

    def to_round_records(self) -> list[dict[str, Any]]:
        """A record per round and model: costs, ``H``, variances, bias, the method's figures."""
        return [
            {
                "method": self.method,
                "seed": self.seed,
                "round": t,
                "model": name,
                "seconds": float(self.seconds[t]),
                "uploads": int(self.uploads[t]),
                "draws": int(self.draws[t]),
                "trainings": int(self.trainings[t]),
                **{column: float(getattr(self, column)[t, s]) for column in PER_MODEL},
                **{
                    figure: float(values[t] if values.ndim == 1 else values[t, s])
                    for figure, values in self.figures.items()
                },
            }
            for t in range(self.rounds)
            for s, name in enumerate(self.models)
        ]

    def to_client_records(self) -> list[dict[str, Any]]:
        """A record per client and model that it holds data of: every measure at the end."""
        if not self.clients:
            return []
        loss = self.clients["loss"]
        return [
            {
                "method": self.method,
                "seed": self.seed,
                "client": int(client),
                "model": self.models[s],
                **{name: float(table[client, s]) for name, table in self.clients.items()},
            }
            for client, s in np.argwhere(np.isfinite(loss))
        ]

    @property
    def complete(self) -> bool:
        """Whether every model stopped, so that more rounds would change nothing."""
        return self.stopped is not None and bool((self.stopped >= 0).all())

    @property
    def trained_rounds(self) -> int:
        """Rounds in which any model was trained."""
        if self.stopped is None or not self.complete:
            return self.rounds
        return int(self.stopped.max())

    def continued(self, longer: History) -> History:
        """A run all of whose models have stopped, as if it had gone on for as long as another.

        Models stay as they are, so that evaluations are those at its end, rounds take no seconds
        and cost nothing, and all else about them is NaN.

        Raises:
            InvalidProblemError: models that have not stopped, or evaluations at other rounds.
        """
        if not self.complete:
            raise InvalidProblemError(
                f"{self.method!r} with seed {self.seed} has models that did not stop; train it for "
                f"{longer.rounds} rounds"
            )
        more, held = longer.rounds - self.rounds, len(longer.evaluated) - len(self.evaluated)
        if more < 0 or not np.array_equal(longer.evaluated[: len(self.evaluated)], self.evaluated):
            raise InvalidProblemError(
                f"{self.method!r} with seed {self.seed} was not evaluated after the rounds that "
                f"{longer.method!r} was; train both with the same evaluate_every"
            )
        rounds: dict[str, Any] = {
            name: _padded(getattr(self, name), more) for name in (*PER_ROUND, *PER_MODEL)
        }
        rounds["seconds"] = np.concatenate([self.seconds, np.zeros(more)])
        tables: dict[str, Any] = {
            name: _held(getattr(self, name), held) for name in ("accuracy", "loss")
        }
        return replace(
            self,
            evaluated=longer.evaluated,
            figures={name: _padded(table, more) for name, table in self.figures.items()},
            metrics={name: _held(table, held) for name, table in self.metrics.items()},
            **rounds,
            **tables,
        )

    def to_arrays(self) -> Arrays:
        """Named arrays that hold everything, for an archive."""
        rows: Arrays = {f"parameters_{s}": row for s, row in enumerate(self.parameters)}
        if self.stopped is not None:
            rows["stopped"] = self.stopped
        if self.clients:
            rows |= {f"clients_{k}": table for k, table in enumerate(self.clients.values())}
            rows["client_measures"] = text_array(list(self.clients))
        if self.engines:
            kinds, why = list(self.engines), list(self.engine_choice)
            rows["engines"] = text_array({"kinds": kinds, "why": why})
        return super().to_arrays() | rows

    def __repr__(self) -> str:
        return (
            f"History({self.method!r}, {self.rounds} {plural(self.rounds, 'round')} of "
            f"{len(self.models)} {plural(len(self.models), 'model')}, "
            f"accuracy {self.mean_accuracy[-1]:.3g}, worst {self.worst_accuracy[-1]:.3g})"
        )

    @classmethod
    def _entries(cls, arrays: Arrays) -> dict[str, Any]:
        entries = super()._entries(arrays)
        n_rows = sum(name.startswith("parameters_") for name in arrays)
        rows = tuple(arrays[f"parameters_{s}"] for s in range(n_rows))
        named = array_text(arrays["client_measures"]) if "client_measures" in arrays else []
        clients = {f"{name}": arrays[f"clients_{k}"] for k, name in enumerate(named)}
        models = tuple(entries["models"])
        made = array_text(arrays["engines"]) if "engines" in arrays else {"kinds": [], "why": []}
        engines = {"engines": tuple(made["kinds"]), "engine_choice": tuple(made["why"])}
        stopped = arrays.get("stopped")
        known = {"models": models, "parameters": rows, "clients": clients, "stopped": stopped}
        return entries | known | engines

    def _require_sound(self) -> None:
        super()._require_sound()
        require_rows(self.parameters, "parameters")
        require_axes(self.clients, dict.fromkeys(self.clients, "NS"), self._sizes())
        if self.stopped is not None:
            require_axes({"stopped": self.stopped}, {"stopped": "S"}, self._sizes())
            if self.stopped.dtype.kind not in "iu" or int(self.stopped.max()) > self.rounds:
                raise ValueError(f"models stopped after {self.stopped} of {self.rounds} rounds")
        if not self.models or not all(isinstance(name, str) for name in self.models):
            raise TypeError("a model's name is not text")

    def _sizes(self) -> dict[str, int]:
        return {"S": len(self.models)}


def alike(histories: Mapping[str, Sequence[History]]) -> dict[str, tuple[History, ...]]:
    """Runs that stopped early, each as if it had gone on as long as the longest.

    So a mean over seeds is of the same rounds for all. Other runs stay as they are.

    Raises:
        InvalidProblemError: runs that were evaluated at other rounds.
    """
    every = [run for row in histories.values() for run in row]
    longest = max(every, key=lambda run: run.rounds)
    return {
        name: tuple(
            run.continued(longest) if run.complete and run.rounds < longest.rounds else run
            for run in row
        )
        for name, row in histories.items()
    }


def _padded(table: AnyArray, more: int) -> AnyArray:
    """With ``more`` rounds in which nothing happens: costs of 0, NaN for what is not defined."""
    nothing = 0 if table.dtype.kind in "iu" else np.nan
    rows = np.full((more, *table.shape[1:]), nothing, dtype=table.dtype)
    return np.concatenate([table, rows])


def _held(table: AnyArray, more: int) -> AnyArray:
    """With the last row ``more`` times again."""
    return np.concatenate([table, np.repeat(table[-1:], more, axis=0)])


def _of_those_known(table: FloatArray, statistic: Callable[..., Any]) -> FloatArray:
    """A statistic over the columns that are known at all, or NaN in every row."""
    known = np.isfinite(table).any(axis=0)
    if not known.any():
        return np.full(len(table), np.nan)
    return np.asarray(statistic(table[:, known], axis=1))

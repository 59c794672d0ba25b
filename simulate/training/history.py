"""What happened in a run of training, round by round."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import read_only
from roundlot.simulate.training.archive import (
    Arrays,
    array_text,
    read_archive,
    text_array,
    write_archive,
)
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TEXTS = ("method", "label", "source", "design", "models", "seed", "budget", "engine", "device")
EVALUATED = ("evaluated", "accuracy", "loss")
PER_ROUND = ("seconds", "uploads", "draws", "trainings", "second_moment_ratio")
PER_MODEL = (
    "aggregate_weight",
    "aggregate_weight_variance",
    "squared_error",
    "predicted_variance",
    "step_norm",
    "bias",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """``T`` rounds of one method, evaluated ``E`` times; ``S`` models.

    Attributes:
        method, label, source: the method's name, what it says of its bias, its paper.
        design: what the method's probabilities were drawn by.
        models: ``S`` names.
        seed, budget, engine, device: of the run.
        evaluated: ``(E,)``: rounds done before each evaluation; the first is 0.
        accuracy, loss: ``(E, S)`` on test data.
        seconds: ``(T,)``: simulated seconds of each round; see `roundlot.simulate.training.clock`.
        uploads: ``(T,)``: updates sent. draws: ``(T,)``: processors that were drawn.
        trainings: ``(T,)``: local trainings, whether or not an update was sent.
        aggregate_weight: ``(T, S)``: ``H_s``, the sum of fresh weights in the step; 0 unheard.
        aggregate_weight_variance: ``(T, S)``: its variance by theory for the round's draw; NaN
            where it is not known.
        squared_error: ``(T, S)``: ``‖Δ_s − Σ d G‖²``; NaN unless measured.
        predicted_variance: ``(T, S)``: its expectation by theory; NaN where it is not known.
        second_moment_ratio: ``(T,)``: ``E Y²/(E Y)²`` of ``Y``, the squared error summed over
            models; NaN where it is not known.
        step_norm: ``(T, S)``: ``‖Σ d G‖``; NaN unless measured.
        bias: ``(T, S)``: ``‖E Δ_s − Σ d G‖``, estimated, of methods that are labelled biased; NaN
            for others and where it cannot be had.
        figures: what the method reports, by name, ``(T,)`` or ``(T, S)``; NaN where it does not.
        parameters: ``S`` rows ``(P_s,)`` float32, where training ended.
        elapsed: seconds that the computation took.
    """

    method: str
    label: str
    source: str
    design: str
    models: tuple[str, ...]
    seed: int
    budget: float
    engine: str
    device: str
    evaluated: IntArray
    accuracy: FloatArray
    loss: FloatArray
    seconds: FloatArray
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
    figures: Mapping[str, FloatArray] = field(default_factory=dict)
    parameters: tuple[npt.NDArray[np.float32], ...] = ()
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                read_only(value)

    @property
    def rounds(self) -> int:
        """``T``."""
        return len(self.seconds)

    @property
    def mean_accuracy(self) -> FloatArray:
        """``(E,)``: mean over models."""
        return np.asarray(self.accuracy.mean(axis=1))

    @property
    def worst_accuracy(self) -> FloatArray:
        """``(E,)``: the least of the models'."""
        return np.asarray(self.accuracy.min(axis=1))

    @property
    def mean_loss(self) -> FloatArray:
        """``(E,)``: mean over models."""
        return np.asarray(self.loss.mean(axis=1))

    @property
    def worst_loss(self) -> FloatArray:
        """``(E,)``: the greatest of the models'."""
        return np.asarray(self.loss.max(axis=1))

    @property
    def seconds_so_far(self) -> FloatArray:
        """``(E,)``: simulated seconds before each evaluation."""
        return self._before(self.seconds)

    @property
    def uploads_so_far(self) -> FloatArray:
        """``(E,)``: updates sent before each evaluation."""
        return self._before(self.uploads)

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
        """A record per evaluation and model: round, seconds, uploads, accuracy, loss."""
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

    def to_arrays(self) -> Arrays:
        """Named arrays that hold everything, for an archive."""
        arrays: Arrays = {"texts": text_array({name: getattr(self, name) for name in TEXTS})}
        arrays["elapsed"] = np.array(self.elapsed)
        arrays["figure_names"] = text_array(list(self.figures))
        arrays |= {name: getattr(self, name) for name in (*PER_ROUND, *PER_MODEL, *EVALUATED)}
        arrays |= {f"figure_{k}": table for k, table in enumerate(self.figures.values())}
        return arrays | {f"parameters_{s}": row for s, row in enumerate(self.parameters)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """What ``to_arrays`` made.

        Raises:
            InvalidProblemError: arrays that are missing or malformed.
        """
        try:
            texts = array_text(arrays["texts"])
            texts["models"] = tuple(texts["models"])
            figures = {
                name: arrays[f"figure_{k}"]
                for k, name in enumerate(array_text(arrays["figure_names"]))
            }
            rows = [name for name in arrays if name.startswith("parameters_")]
            columns: dict[str, Any] = {
                name: arrays[name] for name in (*PER_ROUND, *PER_MODEL, *EVALUATED)
            }
            history = cls(
                **texts,
                **columns,
                figures=figures,
                parameters=tuple(arrays[f"parameters_{s}"] for s in range(len(rows))),
                elapsed=float(arrays["elapsed"]),
            )
            _require_shapes(history)
            return history
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InvalidProblemError(
                f"these arrays hold no history of training ({error}); train again"
            ) from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file in NumPy's npz format, without pickle; whole or not at all.

        Raises:
            OSError: the place cannot be written.
        """
        write_archive(path, self.to_arrays())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what ``save`` wrote.

        Raises:
            InvalidProblemError: a file that is not such an archive.
        """
        return cls.from_arrays(read_archive(path, "a history of training"))

    def __repr__(self) -> str:
        return (
            f"History({self.method!r}, {self.rounds} rounds of {len(self.models)} models, "
            f"accuracy {self.mean_accuracy[-1]:.3g}, worst {self.worst_accuracy[-1]:.3g})"
        )

    def _before(self, per_round: npt.NDArray[Any]) -> FloatArray:
        sums = np.concatenate([[0.0], np.cumsum(per_round, dtype=np.float64)])
        return np.asarray(sums[self.evaluated])


def _require_shapes(history: History) -> None:
    """Refuse arrays that no training leaves, before a sum or a figure trips over them."""
    per_round, evaluated = history.seconds.shape[:1], history.evaluated.shape[:1]
    models = (len(history.models),)
    wanted = {
        **dict.fromkeys(PER_ROUND, per_round),
        **dict.fromkeys(PER_MODEL, per_round + models),
        **dict.fromkeys(EVALUATED, evaluated + models),
        "evaluated": evaluated,
    }
    for name, shape in wanted.items():
        array = getattr(history, name)
        if array.shape != shape or array.dtype.kind not in "iuf":
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {shape}")
    for name, table in history.figures.items():
        if table.shape not in (per_round, per_round + models):
            raise ValueError(f"figure {name!r} has shape {table.shape}")
    for name in ("method", "label", "source", "design", "engine", "device"):
        if not isinstance(getattr(history, name), str):
            raise TypeError(f"{name} is not text")
    if not all(isinstance(name, str) for name in history.models):
        raise TypeError("a model's name is not text")

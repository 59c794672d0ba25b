"""What happened in a run of training with workers, round by round."""

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
TEXTS = ("method", "label", "source", "task", "seed", "engine", "device")
PER_ROUND = ("seconds", "bytes", "links", "samples", "batch_loss", "consensus", "gradient")
EVALUATED = ("evaluated", "loss", "accuracy", "objective", "worker_loss", "worker_accuracy")


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerHistory:
    """``T`` rounds of one method with ``n`` workers, evaluated ``E`` times.

    Attributes:
        method, label, source, task, seed, engine, device: of the run.
        evaluated: ``(E,)``: rounds done before each evaluation; the first is 0.
        loss, accuracy: ``(E,)`` of the mean of the workers' parameters, on test data.
        objective: ``(E,)``: ``F = Σ w_i F_i`` of that mean, on training data.
        worker_loss, worker_accuracy: ``(E, n)`` of every worker's parameters, on test data.
        seconds: ``(T,)``: simulated seconds that a round adds to the time of the slowest worker.
        bytes, links, samples: ``(T,)``: bytes sent, links used, gradients computed.
        batch_loss: ``(T,)``: mean loss of the workers' batches; NaN without.
        consensus: ``(T,)``: ``(1/n) Σ ‖x_i − x̄‖²`` after the round.
        gradient: ``(T,)``: ``‖∇F(x̄)‖²`` before the round; NaN unless measured.
        figures: what the method reports, by name, ``(T,)``.
        parameters: ``(n, P)`` float32, where training ended.
        elapsed: seconds that the computation took.
    """

    method: str
    label: str
    source: str
    task: str
    seed: int
    engine: str
    device: str
    evaluated: IntArray
    loss: FloatArray
    accuracy: FloatArray
    objective: FloatArray
    worker_loss: FloatArray
    worker_accuracy: FloatArray
    seconds: FloatArray
    bytes: IntArray
    links: IntArray
    samples: IntArray
    batch_loss: FloatArray
    consensus: FloatArray
    gradient: FloatArray
    figures: Mapping[str, FloatArray] = field(default_factory=dict)
    parameters: npt.NDArray[np.float32] = field(repr=False)
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
    def n_workers(self) -> int:
        """``n``."""
        return int(self.worker_loss.shape[1])

    @property
    def classifies(self) -> bool:
        """Whether accuracy means anything."""
        return bool(np.isfinite(self.accuracy).any())

    @property
    def worst_accuracy(self) -> FloatArray:
        """``(E,)``: of the worker that does worst at the time."""
        return np.asarray(self.worker_accuracy.min(axis=1))

    @property
    def worst_loss(self) -> FloatArray:
        """``(E,)``: of the worker that does worst at the time."""
        return np.asarray(self.worker_loss.max(axis=1))

    @property
    def consensus_so_far(self) -> FloatArray:
        """``(E,)``: consensus distance at each evaluation."""
        return np.asarray(np.concatenate([[0.0], self.consensus])[self.evaluated])

    @property
    def seconds_so_far(self) -> FloatArray:
        """``(E,)``: simulated seconds before each evaluation."""
        return self._before(self.seconds)

    @property
    def bytes_so_far(self) -> FloatArray:
        """``(E,)``: bytes sent before each evaluation."""
        return self._before(self.bytes)

    def first_at(self, target: float, *, measure: str = "objective", of: str = "seconds") -> float:
        """What it took to bring a loss to ``target`` for the first time; infinite if it never did.

        Args:
            target: of the measure.
            measure: "objective", "loss" or "worst_loss".
            of: "seconds", "bytes" or "rounds".

        Raises:
            InvalidProblemError: an unknown measure or cost.
        """
        costs = {"seconds": "seconds_so_far", "bytes": "bytes_so_far", "rounds": "evaluated"}
        if measure not in ("objective", "loss", "worst_loss") or of not in costs:
            raise InvalidProblemError(
                f"measure is {measure!r} and of is {of!r}; choose objective, loss or worst_loss, "
                f"and one of {', '.join(costs)}"
            )
        there = np.flatnonzero(getattr(self, measure) <= target)
        return float(getattr(self, costs[of])[there[0]]) if there.size else float("inf")

    def to_records(self) -> list[dict[str, Any]]:
        """A record per evaluation."""
        columns = {
            "round": self.evaluated,
            "seconds": self.seconds_so_far,
            "bytes": self.bytes_so_far,
            "objective": self.objective,
            "loss": self.loss,
            "worst_loss": self.worst_loss,
            "accuracy": self.accuracy,
            "worst_accuracy": self.worst_accuracy,
            "consensus": self.consensus_so_far,
        }
        return [
            {"method": self.method, "seed": self.seed}
            | {name: values[e].item() for name, values in columns.items()}
            for e in range(len(self.evaluated))
        ]

    def to_round_records(self) -> list[dict[str, Any]]:
        """A record per round: costs, consensus, gradient, the method's figures."""
        columns = {name: getattr(self, name) for name in PER_ROUND} | dict(self.figures)
        return [
            {"method": self.method, "seed": self.seed, "round": t}
            | {name: values[t].item() for name, values in columns.items()}
            for t in range(self.rounds)
        ]

    def to_arrays(self) -> Arrays:
        """Named arrays that hold everything, for an archive."""
        arrays: Arrays = {"texts": text_array({name: getattr(self, name) for name in TEXTS})}
        arrays |= {name: getattr(self, name) for name in (*PER_ROUND, *EVALUATED, "parameters")}
        arrays["elapsed"] = np.array(self.elapsed)
        arrays["figure_names"] = text_array(list(self.figures))
        return arrays | {f"figure_{k}": row for k, row in enumerate(self.figures.values())}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """What ``to_arrays`` made.

        Raises:
            InvalidProblemError: arrays that are missing or malformed.
        """
        try:
            names = array_text(arrays["figure_names"])
            columns: dict[str, Any] = {
                name: arrays[name] for name in (*PER_ROUND, *EVALUATED, "parameters")
            }
            return cls(
                **array_text(arrays["texts"]),
                **columns,
                figures={name: arrays[f"figure_{k}"] for k, name in enumerate(names)},
                elapsed=float(arrays["elapsed"]),
            )
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InvalidProblemError(
                f"these arrays hold no history of workers ({error}); train again"
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
        return cls.from_arrays(read_archive(path, "a history of workers"))

    def __repr__(self) -> str:
        return (
            f"WorkerHistory({self.method!r}, {self.rounds} rounds of {self.n_workers} workers, "
            f"objective {self.objective[-1]:.4g}, worst worker's loss {self.worst_loss[-1]:.4g})"
        )

    def _before(self, per_round: npt.NDArray[Any]) -> FloatArray:
        sums = np.concatenate([[0.0], np.cumsum(per_round, dtype=np.float64)])
        return np.asarray(sums[self.evaluated])

"""What happened in runs with workers, round by round; methods paired over seeds, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from roundlot.simulate.runs.history import RunHistory, require_rows
from roundlot.simulate.runs.paired_runs import CONFIDENCE, Interval, PairedRuns, with_halves
from roundlot.theory.arrays import Float32Array, FloatArray, IntArray
from roundlot.theory.names import require_choice

TEXTS = dict.fromkeys(("method", "label", "source", "task", "engine", "device"), str) | {
    "seed": int
}
PER_ROUND = ("seconds", "bytes", "links", "samples", "batch_loss", "consensus", "gradient")
_AXES = (
    dict.fromkeys(PER_ROUND, "T")
    | dict.fromkeys(("evaluated", "loss", "accuracy", "objective"), "E")
    | {"worker_loss": "En", "worker_accuracy": "En", "parameters": "nP"}
)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerHistory(RunHistory):
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

    task: str
    loss: FloatArray
    accuracy: FloatArray
    objective: FloatArray
    worker_loss: FloatArray
    worker_accuracy: FloatArray
    bytes: IntArray
    links: IntArray
    samples: IntArray
    batch_loss: FloatArray
    consensus: FloatArray
    gradient: FloatArray
    parameters: Float32Array = field(repr=False)

    texts: ClassVar = TEXTS
    axes: ClassVar = _AXES
    whole: ClassVar = ("evaluated", "bytes", "links", "samples")
    what: ClassVar = "history of workers"

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
    def bytes_so_far(self) -> FloatArray:
        """``(E,)``: bytes sent before each evaluation."""
        return self._before(self.bytes)

    def at_end(self) -> dict[str, float]:
        """The last evaluation and consensus distance; seconds and bytes in all."""
        return {
            name: float(row.sum() if name in ("seconds", "bytes") else row[-1])
            for name, row in ((name, getattr(self, name)) for name in MEASURES)
        }

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
        require_choice(measure, "measure", ("objective", "loss", "worst_loss"))
        require_choice(of, "of", costs)
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

    def __repr__(self) -> str:
        return (
            f"WorkerHistory({self.method!r}, {self.rounds} rounds of {self.n_workers} workers, "
            f"objective {self.objective[-1]:.4g}, worst worker's loss {self.worst_loss[-1]:.4g})"
        )

    def _require_sound(self) -> None:
        super()._require_sound()
        require_rows((self.parameters[0],), "parameters")


MEASURES = (
    "objective",
    "loss",
    "worst_loss",
    "accuracy",
    "worst_accuracy",
    "consensus",
    "seconds",
    "bytes",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WorkerBench(PairedRuns[WorkerHistory]):
    """Histories of several methods with the same seeds; see `PairedRuns`."""

    measures = MEASURES
    shown: ClassVar = {"objective": "objective", "worst_loss": "worst worker's loss"}

    def until(self, method: str, target: float, **how: str) -> FloatArray:
        """``(seeds,)``: what it took to reach a loss; see `WorkerHistory.first_at`."""
        return np.array([run.first_at(target, **how) for run in self._runs(method)])

    def interval_until(self, method: str, target: float, **how: str) -> Interval:
        """The same as a mean with its interval; infinite if some run never got there."""
        taken = self.until(method, target, **how)
        if np.isinf(taken).any():
            return Interval(mean=float("inf"), half=float("nan"), n=taken.size)
        return Interval.of(taken, self.confidence)

    def ratio(self, method: str, baseline: str, measure: str = "seconds") -> Interval:
        """Mean over seeds of the paired ratio, method over baseline, with its interval."""
        return self._ratio(method, baseline, measure)

    def to_records(
        self, baseline: str | None = None, target: float | None = None
    ) -> list[dict[str, Any]]:
        """A record per method: every measure with its interval.

        ``baseline`` adds paired differences, ``target`` the seconds and bytes until the objective
        is that low for the first time.
        """
        return [self._record(name, baseline, target) for name in self.methods]

    def _record(self, name: str, baseline: str | None, target: float | None) -> dict[str, Any]:
        record = self._facts(name) | self._measured(name)
        if baseline is not None:
            record |= with_halves(
                (f"{measure}_gap", self.difference(name, baseline, measure))
                for measure in ("objective", "worst_loss", "accuracy", "worst_accuracy")
            )
        if target is not None:
            record |= with_halves(
                (f"{cost}_to_target", self.interval_until(name, target, of=cost))
                for cost in ("seconds", "bytes")
            )
        return record

    def _at_end(self, run: WorkerHistory, measure: str) -> float:
        return run.at_end()[measure]


def compare_workers(
    run: Callable[[str, int], WorkerHistory],
    methods: tuple[str, ...] | list[str],
    seeds: int,
    *,
    confidence: float = CONFIDENCE,
) -> WorkerBench:
    """The bench of ``run(method, seed)`` for every method and the seeds from 0."""
    numbers = tuple(range(seeds))
    histories = {name: tuple(run(name, seed) for seed in numbers) for name in methods}
    return WorkerBench(histories=histories, seeds=numbers, confidence=confidence)

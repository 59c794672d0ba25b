"""Several methods with workers over several seeds, paired: what one gains, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.interval import CONFIDENCE, Interval
from roundlot.simulate.training.paired_runs import PairedRuns, with_halves
from roundlot.simulate.workers.history import WorkerHistory

FloatArray = npt.NDArray[np.float64]
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
        row = getattr(run, measure)
        return float(row.sum() if measure in ("seconds", "bytes") else row[-1])


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

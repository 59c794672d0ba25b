"""Several methods with workers over several seeds, paired: what one gains, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.seeds import CONFIDENCE, Interval
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.theory import InvalidProblemError

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


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerBench:
    """Histories of several methods with the same seeds.

    Attributes:
        histories: for every method one history a seed, in the order of ``seeds``.
        seeds: what the runs were paired by.
        confidence: of the intervals.
    """

    histories: Mapping[str, tuple[WorkerHistory, ...]]
    seeds: tuple[int, ...]
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        if not self.histories or not self.seeds:
            raise InvalidProblemError("a bench needs at least one method and one seed")
        for name, runs in self.histories.items():
            if tuple(run.seed for run in runs) != self.seeds:
                raise InvalidProblemError(
                    f"{name!r} has seeds {[run.seed for run in runs]}; give {list(self.seeds)}"
                )

    @property
    def methods(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.histories)

    def values(self, method: str, measure: str) -> FloatArray:
        """``(seeds,)``: a measure at the end of training, a name in ``MEASURES``.

        Raises:
            InvalidProblemError: an unknown method or measure.
        """
        return np.array([at_end(run, measure) for run in self._runs(method)])

    def until(self, method: str, target: float, **how: str) -> FloatArray:
        """``(seeds,)``: what it took to reach a loss; see `WorkerHistory.first_at`."""
        return np.array([run.first_at(target, **how) for run in self._runs(method)])

    def interval_until(self, method: str, target: float, **how: str) -> Interval:
        """The same as a mean with its interval; infinite if some run never got there."""
        taken = self.until(method, target, **how)
        if np.isinf(taken).any():
            return Interval(mean=float("inf"), half=float("nan"), n=taken.size)
        return Interval.of(taken, self.confidence)

    def interval(self, method: str, measure: str = "objective") -> Interval:
        """Mean over seeds with its interval."""
        return Interval.of(self.values(method, measure), self.confidence)

    def difference(self, method: str, baseline: str, measure: str = "objective") -> Interval:
        """Mean over seeds of the paired difference, method less baseline, with its interval."""
        gap = self.values(method, measure) - self.values(baseline, measure)
        return Interval.of(gap, self.confidence)

    def ratio(self, method: str, baseline: str, measure: str = "seconds") -> Interval:
        """Mean over seeds of the paired ratio, method over baseline, with its interval."""
        return Interval.of(
            self.values(method, measure) / self.values(baseline, measure), self.confidence
        )

    def to_records(
        self, baseline: str | None = None, target: float | None = None
    ) -> list[dict[str, Any]]:
        """A record per method: every measure with its interval.

        ``baseline`` adds paired differences, ``target`` the seconds and bytes until the objective
        is that low for the first time.
        """
        return [self._record(name, baseline, target) for name in self.methods]

    def __str__(self) -> str:
        rows = [f"{len(self.seeds)} seeds, {100 * self.confidence:g} % intervals"]
        for name in self.methods:
            mean, worst = self.interval(name), self.interval(name, "worst_loss")
            rows.append(f"{name:<28} objective {mean!s:<18} worst worker's loss {worst!s}")
        return "\n".join(rows)

    def _record(self, name: str, baseline: str | None, target: float | None) -> dict[str, Any]:
        runs = self._runs(name)
        record: dict[str, Any] = {"method": name, "label": runs[0].label}
        record |= {"seeds": len(self.seeds), "confidence": self.confidence}
        for measure in MEASURES:
            one = self.interval(name, measure)
            record |= {measure: one.mean, f"{measure}_half": one.half}
        if baseline is not None:
            for measure in ("objective", "worst_loss", "accuracy", "worst_accuracy"):
                gap = self.difference(name, baseline, measure)
                record |= {f"{measure}_gap": gap.mean, f"{measure}_gap_half": gap.half}
        if target is not None:
            for cost in ("seconds", "bytes"):
                one = self.interval_until(name, target, of=cost)
                record |= {f"{cost}_to_target": one.mean, f"{cost}_to_target_half": one.half}
        return record

    def _runs(self, method: str) -> tuple[WorkerHistory, ...]:
        if method not in self.histories:
            raise InvalidProblemError(
                f"no method is called {method!r}; there are {', '.join(self.methods)}"
            )
        return self.histories[method]


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


def at_end(run: WorkerHistory, measure: str) -> float:
    """A measure of ``MEASURES`` at the end of a run.

    Raises:
        InvalidProblemError: another name.
    """
    if measure not in MEASURES:
        raise InvalidProblemError(f"measure is {measure!r}; choose one of {', '.join(MEASURES)}")
    if measure in ("seconds", "bytes"):
        return float(getattr(run, measure).sum())
    return float(getattr(run, measure)[-1])

"""Histories of several methods, paired by their seeds: what both kinds of bench have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """A mean over seeds and Student's interval ``mean ± half``; half is NaN for one seed."""

    mean: float
    half: float
    n: int

    @classmethod
    def of(cls, values: npt.ArrayLike, confidence: float = CONFIDENCE) -> Interval:
        """For one number a seed.

        Raises:
            InvalidProblemError: no numbers, or a confidence outside (0, 1).
        """
        row = np.asarray(values, dtype=np.float64)
        if not row.size:
            raise InvalidProblemError("there are no numbers; give one for every seed")
        if row.size == 1:
            return cls(mean=float(row[0]), half=float("nan"), n=1)
        return cls(mean=float(row.mean()), half=float(half_width(row, confidence)), n=row.size)

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.half:.2g}" if self.n > 1 else f"{self.mean:.4g}"


def half_width(values: FloatArray, confidence: float) -> FloatArray:
    """Half of Student's interval of the mean over the first axis, of two numbers or more.

    Raises:
        InvalidProblemError: a confidence outside (0, 1).
    """
    from scipy.special import stdtrit

    if not 0.0 < confidence < 1.0:
        raise InvalidProblemError(f"confidence is {confidence:g}; give a number in (0, 1)")
    quantile = float(stdtrit(len(values) - 1, (1.0 + confidence) / 2.0))
    return np.asarray(quantile * values.std(axis=0, ddof=1) / np.sqrt(len(values)))


class SeededRun(Protocol):
    """A history that says what it is of."""

    @property
    def seed(self) -> int:
        """What everything random followed from."""

    @property
    def label(self) -> str:
        """What the method says of its bias."""


Run = TypeVar("Run", bound=SeededRun)


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedRuns(ABC, Generic[Run]):
    """Histories of several methods with the same seeds.

    Attributes:
        histories: for every method one history a seed, in the order of ``seeds``.
        seeds: what the runs were paired by.
        confidence: of the intervals.
        measures: names of what a run is measured by, the one that counts first.
        shown: the measures that ``str`` shows, with what they are called there.
    """

    histories: Mapping[str, tuple[Run, ...]]
    seeds: tuple[int, ...]
    confidence: float = CONFIDENCE

    measures: ClassVar[tuple[str, ...]]
    shown: ClassVar[Mapping[str, str]]

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
        require_choice(measure, "measure", self.measures)
        return np.array([self._at_end(run, measure) for run in self._runs(method)], dtype=float)

    def interval(self, method: str, measure: str | None = None) -> Interval:
        """Mean over seeds with its interval, of the first measure unless another is named."""
        return self._mean(self.values(method, measure or self.measures[0]))

    def difference(self, method: str, baseline: str, measure: str | None = None) -> Interval:
        """Mean over seeds of the paired difference, method less baseline, with its interval."""
        name = measure or self.measures[0]
        return self._mean(self.values(method, name) - self.values(baseline, name))

    def __str__(self) -> str:
        rows = [f"{len(self.seeds)} seeds, {100 * self.confidence:g} % intervals"]
        for name in self.methods:
            cells = [f"{word} {self.interval(name, one)!s:<18}" for one, word in self.shown.items()]
            rows.append(f"{name:<28} {' '.join(cells)}".rstrip())
        return "\n".join(rows)

    @abstractmethod
    def _at_end(self, run: Run, measure: str) -> float:
        """One of the measures, at the end of a run."""

    def _ratio(self, method: str, baseline: str, measure: str) -> Interval:
        return self._mean(self.values(method, measure) / self.values(baseline, measure))

    def _mean(self, values: FloatArray) -> Interval:
        return Interval.of(values, self.confidence)

    def _facts(self, name: str) -> dict[str, Any]:
        """How a method's record begins."""
        label = self._runs(name)[0].label
        return {
            "method": name,
            "label": label,
            "seeds": len(self.seeds),
            "confidence": self.confidence,
        }

    def _measured(self, name: str) -> dict[str, float]:
        """Every measure of a method with its interval."""
        return with_halves((measure, self.interval(name, measure)) for measure in self.measures)

    def _runs(self, method: str) -> tuple[Run, ...]:
        require_choice(method, "method", self.methods)
        return self.histories[method]

    def __repr__(self) -> str:
        names = ", ".join(self.methods[:4]) + (", ..." if len(self.methods) > 4 else "")
        return f"{type(self).__name__}({len(self.seeds)} seeds of {len(self.methods)}: {names})"


def with_halves(intervals: Iterable[tuple[str, Interval]]) -> dict[str, float]:
    """Two columns an interval: ``name`` and ``name_half``."""
    record: dict[str, float] = {}
    for name, one in intervals:
        record |= {name: one.mean, f"{name}_half": one.half}
    return record

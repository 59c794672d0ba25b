"""Several methods over several seeds, paired: what one gains over another, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.processes import Processes, joined
from roundlot.simulate.training.progress import Progress, silent, staged
from roundlot.simulate.training.runner import train
from roundlot.theory import InvalidProblemError
from roundlot.theory.student import student_quantile

FloatArray = npt.NDArray[np.float64]
CONFIDENCE = 0.95
MEASURES = ("accuracy", "worst_accuracy", "loss", "worst_loss", "seconds", "uploads")


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
        quantile = student_quantile((1.0 + confidence) / 2.0, row.size - 1)
        half = quantile * float(row.std(ddof=1)) / float(np.sqrt(row.size))
        return cls(mean=float(row.mean()), half=half, n=row.size)

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Bench:
    """Histories of several methods with the same seeds.

    Attributes:
        histories: for every method one history a seed, in the order of ``seeds``.
        seeds: what the runs were paired by.
        confidence: of the intervals.
    """

    histories: Mapping[str, tuple[History, ...]]
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

    @cached_property
    def full(self) -> str | None:
        """The method that everybody takes part in, if there is one; it calls itself so."""
        for name, runs in self.histories.items():
            if runs[0].method in ("full", "full participation"):
                return name
        return None

    def values(self, method: str, measure: str) -> FloatArray:
        """``(seeds,)``: a measure at the end of training, a name in ``MEASURES``.

        Raises:
            InvalidProblemError: an unknown method or measure.
        """
        return np.array([_at_end(run, measure) for run in self._runs(method)])

    def interval(self, method: str, measure: str = "accuracy") -> Interval:
        """Mean over seeds with its interval."""
        return Interval.of(self.values(method, measure), self.confidence)

    def difference(self, method: str, baseline: str, measure: str = "accuracy") -> Interval:
        """Mean over seeds of the paired difference, method less baseline, with its interval."""
        gap = self.values(method, measure) - self.values(baseline, measure)
        return Interval.of(gap, self.confidence)

    def relative(self, method: str, to: str, measure: str = "accuracy") -> Interval:
        """Mean over seeds of the paired ratio, with its interval."""
        ratio = self.values(method, measure) / self.values(to, measure)
        return Interval.of(ratio, self.confidence)

    def to_records(self, baseline: str | None = None) -> list[dict[str, Any]]:
        """A record per method: every measure with its interval, relative to full participation.

        ``baseline`` adds the paired difference of accuracy and of the worst model's.
        """
        return [self._record(name, baseline) for name in self.methods]

    def __str__(self) -> str:
        rows = [f"{len(self.seeds)} seeds, {100 * self.confidence:g} % intervals"]
        for name in self.methods:
            mean, worst = self.interval(name), self.interval(name, "worst_accuracy")
            rows.append(f"{name:<28} accuracy {mean!s:<18} worst model {worst!s}")
        return "\n".join(rows)

    def _record(self, name: str, baseline: str | None) -> dict[str, Any]:
        record: dict[str, Any] = {"method": name, "label": self._runs(name)[0].label}
        record |= {"seeds": len(self.seeds), "confidence": self.confidence}
        record |= _steps(self._runs(name))
        for measure in MEASURES:
            one = self.interval(name, measure)
            record |= {measure: one.mean, f"{measure}_half": one.half}
        if self.full is not None:
            ratio = self.relative(name, self.full)
            record |= {"relative_to_full": ratio.mean, "relative_to_full_half": ratio.half}
        if baseline is not None:
            for measure in ("accuracy", "worst_accuracy"):
                gap = self.difference(name, baseline, measure)
                key = f"{measure}_over_{baseline}"
                record |= {key: gap.mean, f"{key}_half": gap.half}
        return record

    def _runs(self, method: str) -> tuple[History, ...]:
        if method not in self.histories:
            raise InvalidProblemError(
                f"no method is called {method!r}; there are {', '.join(self.methods)}"
            )
        return self.histories[method]


def train_methods(
    federation: Federation | Callable[[int], Federation],
    methods: Mapping[str, Method] | Iterable[Method],
    seeds: int | Sequence[int],
    *,
    progress: Progress | None = None,
    confidence: float = CONFIDENCE,
    processes: int | Processes = 1,
    **settings: Any,
) -> Bench:
    """Train every method with every seed; a seed means the same start, clients and batches to all.

    Args:
        federation: or a function of the seed, where the data are to be split anew.
        methods: by name, or as they call themselves.
        seeds: which, or how many from 0.
        progress: called with (method and seed, rounds done, rounds).
        confidence: of the intervals.
        processes: how many train the clients, or `Processes`; the same ones for all runs.
        settings: of `roundlot.simulate.training.train`; a checkpoint is not one of them.

    Raises:
        InvalidProblemError: two methods of one name, no seeds; as `train`.
        TrainingError: as `train`.
    """
    named = _named(methods)
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(int(s) for s in seeds)
    tell = progress or silent
    runs: dict[str, list[History]] = {name: [] for name in named}
    with joined(processes) as crew:
        for seed in numbers:
            clients = federation(seed) if callable(federation) else federation
            for name, method in named.items():
                told = staged(tell, f"{name}, seed {seed}")
                given = settings | {"seed": seed, "progress": told, "processes": crew}
                runs[name].append(train(clients, method, **given))
    histories = {name: tuple(row) for name, row in runs.items()}
    return Bench(histories=histories, seeds=numbers, confidence=confidence)


def _steps(runs: Sequence[History]) -> dict[str, float]:
    """Means over seeds, rounds and models: the variance of ``H``, of ``Δ`` over its prediction."""
    spread = np.array([np.nanmean((run.aggregate_weight - 1.0) ** 2) for run in runs])
    told = np.array([run.aggregate_weight_variance for run in runs])
    known = [np.isfinite(run.squared_error + run.predicted_variance) for run in runs]
    pairs = list(zip(runs, known, strict=True))
    predicted = sum(float(run.predicted_variance[where].sum()) for run, where in pairs)
    realised = sum(float(run.squared_error[where].sum()) for run, where in pairs)
    finite = told[np.isfinite(told)]
    return {
        "weight_variance_realised": float(spread.mean()),
        "weight_variance_predicted": float(finite.mean()) if finite.size else float("nan"),
        "step_variance_ratio": realised / predicted if predicted > 0.0 else float("nan"),
    }


def _named(methods: Mapping[str, Method] | Iterable[Method]) -> dict[str, Method]:
    if isinstance(methods, Mapping):
        return dict(methods)
    listed = list(methods)
    names = [method.name for method in listed]
    if len(set(names)) < len(names):
        raise InvalidProblemError(f"methods are called {names}; name them in a mapping")
    return dict(zip(names, listed, strict=True))


def _at_end(run: History, measure: str) -> float:
    ends = {
        "accuracy": lambda: run.mean_accuracy[-1],
        "worst_accuracy": lambda: run.worst_accuracy[-1],
        "loss": lambda: run.mean_loss[-1],
        "worst_loss": lambda: run.worst_loss[-1],
        "seconds": lambda: run.seconds.sum(),
        "uploads": lambda: run.uploads.sum(),
    }
    if measure not in ends:
        raise InvalidProblemError(f"measure is {measure!r}; choose one of {', '.join(MEASURES)}")
    return float(ends[measure]())

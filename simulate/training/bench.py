"""Several methods over several seeds, paired: what one gains over another, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from roundlot.simulate.processes.group import Processes, joined
from roundlot.simulate.runs.paired_runs import CONFIDENCE, Interval, PairedRuns, with_halves
from roundlot.simulate.runs.run import Progress, silent, staged
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History, alike
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.runner import train
from roundlot.theory import InvalidProblemError

MEASURES = ("accuracy", "worst_accuracy", "loss", "worst_loss", "seconds", "uploads")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Bench(PairedRuns[History]):
    """Histories of several methods with the same seeds; see `PairedRuns`.

    Runs that stopped early are held as if they had gone on as long as the longest one, at no cost
    and with the models at which they stopped (`History.continued`).
    """

    measures = MEASURES
    shown: ClassVar = {"accuracy": "accuracy", "worst_accuracy": "worst model"}

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "histories", alike(self.histories))
        self._require_one_length()

    def _require_one_length(self) -> None:
        """Refuse to compare runs after unlike numbers of rounds.

        Raises:
            InvalidProblemError: names the shortest run.
        """
        every = [(name, run) for name, runs in self.histories.items() for run in runs]
        name, short = min(every, key=lambda pair: pair[1].rounds)
        most = max(run.rounds for _, run in every)
        if short.rounds < most:
            raise InvalidProblemError(
                f"the run of {name!r} with seed {short.seed} has {short.rounds} rounds, another has"
                f" {most}; train all for as many (of a folder: --resume --rounds {most})"
            )

    @cached_property
    def full(self) -> str | None:
        """The method that everybody takes part in, if there is one; it calls itself so."""
        for name, runs in self.histories.items():
            if runs[0].method in ("full", "full participation"):
                return name
        return None

    def relative(self, method: str, to: str, measure: str = "accuracy") -> Interval:
        """Mean over seeds of the paired ratio, with its interval."""
        return self._ratio(method, to, measure)

    def to_records(self, baseline: str | None = None) -> list[dict[str, Any]]:
        """A record per method: every measure with its interval, relative to full participation.

        ``baseline`` adds the paired difference of accuracy and of the worst model's; ``rounds`` are
        those until the last model stopped, where any may stop early.
        """
        return [self._record(name, baseline) for name in self.methods]

    def _record(self, name: str, baseline: str | None) -> dict[str, Any]:
        record = self._facts(name) | _steps(self._runs(name)) | self._measured(name)
        if any(run.stopped is not None for run in self._runs(name)):
            rounds = np.array([run.trained_rounds for run in self._runs(name)], dtype=float)
            record |= with_halves([("rounds", self._mean(rounds))])
        if self.full is not None:
            record |= with_halves([("relative_to_full", self.relative(name, self.full))])
        if baseline is not None:
            record |= with_halves(
                (f"{measure}_over_{baseline}", self.difference(name, baseline, measure))
                for measure in ("accuracy", "worst_accuracy")
            )
        return record

    def _at_end(self, run: History, measure: str) -> float:
        return run.at_end()[measure]


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

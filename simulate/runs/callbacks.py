"""Who is told of a run while it goes on: four calls, and a guard around those that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import numpy as np

from roundlot.simulate.runs.history import Record, RunHistory
from roundlot.theory.errors import warn

#: Costs of a round whose sums since the start are told as well.
_SUMMED = ("seconds", "uploads", "bytes")
#: Of the numbers of all workers the worst one is told, under this name.
_WORST = {"worker_loss": ("worst_loss", np.max), "worker_accuracy": ("worst_accuracy", np.min)}


@dataclass(frozen=True, kw_only=True)
class RunStart:
    """What a run is, told before its first numbers.

    Attributes:
        key: of this run and no other; the same when the run goes on after an interruption.
        name: for people, such as "gvr-seed0".
        group: of runs that belong together: the setup's name.
        method, seed: of the run.
        settings: what it is trained with, by dotted name.
    """

    key: str
    name: str
    group: str = "roundlot"
    method: str = ""
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunPoint:
    """Numbers of a run after so many rounds.

    Attributes:
        round: rounds done; 0 is the start, which is evaluated.
        values: by name, "loss/digits-0" where every model has its own; numbers that are not known,
            NaN in a history, are left out.
    """

    round: int
    values: Mapping[str, float]


class Callback(Protocol):
    """Told of runs, one after the other.

    A run that goes on from a checkpoint tells its earlier rounds again first, with the same
    numbers, so that every callback hears of all rounds; one that keeps them knows a run by its key.
    """

    def start(self, run: RunStart) -> None:
        """A run begins, or goes on."""

    def record(self, point: RunPoint) -> None:
        """A round is over; its numbers, and those of the evaluation after it if there was one."""

    def end(self, summary: Mapping[str, float]) -> None:
        """The run is complete; its figures at the end."""

    def failed(self, error: BaseException) -> None:
        """The run stopped before its end; it may go on another time."""


def new_key() -> str:
    """A key that no other run has."""
    return uuid4().hex


@dataclass(kw_only=True)
class Guarded:
    """A callback that cannot stop a training: it is warned of once, and then left out."""

    callback: Callback
    off: bool = False

    def call(self, name: str, *given: Any) -> None:
        """Call ``start``, ``record``, ``end`` or ``failed``."""
        if self.off:
            return
        try:
            getattr(self.callback, name)(*given)
        except Exception as error:
            self.off = True
            said = " ".join(str(error).split()) or type(error).__name__
            warn(
                f"{type(self.callback).__name__} stopped and logs nothing more: {said:.300}; the "
                "training goes on"
            )


def guarded(callbacks: Sequence[Callback | Guarded]) -> tuple[Guarded, ...]:
    """Each with its guard; those that have one keep it, and stay off if they are."""
    return tuple(one if isinstance(one, Guarded) else Guarded(callback=one) for one in callbacks)


@dataclass(kw_only=True)
class Announcer:
    """Tells callbacks of one run, each of its rounds once.

    Attributes:
        callbacks: guarded.
        run: what the run is.
        models: names of the models, in the order of a round's columns.
    """

    callbacks: Sequence[Guarded]
    run: RunStart
    models: Sequence[str]
    _next: int = 0
    _evaluations: int = 0
    _sums: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Tell that it begins or goes on."""
        self._call("start", self.run)

    def tell(self, record: Record) -> None:
        """Tell what the record holds beyond what was told before."""
        if not self.callbacks:
            return
        for point in self._points(record):
            self._call("record", point)

    def end(self, history: RunHistory) -> None:
        """Tell that it is complete."""
        self._call("end", _known(history.at_end()))

    def failed(self, error: BaseException) -> None:
        """Tell that it stopped."""
        self._call("failed", error)

    def _call(self, name: str, given: Any) -> None:
        for one in self.callbacks:
            one.call(name, given)

    def _points(self, record: Record) -> Iterator[RunPoint]:
        fresh = record.evaluations[self._evaluations :]
        evaluated = {int(row["evaluated"]): row for row in fresh}
        for done in range(self._next, len(record.rounds) + 1):
            values = self._of_round(record.rounds[done - 1]) if done else {}
            row = dict(evaluated.get(done, {}))
            values |= self._flat(row.pop("metrics", {})) | self._flat(row)
            values.pop("evaluated", None)
            yield RunPoint(round=done, values=_known(values))
        self._next, self._evaluations = len(record.rounds) + 1, len(record.evaluations)

    def _of_round(self, row: Mapping[str, Any]) -> dict[str, float]:
        for name in _SUMMED:
            if name in row:
                self._sums[f"{name}_so_far"] = self._sums.get(f"{name}_so_far", 0.0) + row[name]
        plain = {name: value for name, value in row.items() if name != "figures"}
        return self._flat(plain) | self._flat(row["figures"]) | self._sums

    def _flat(self, row: Mapping[str, Any]) -> dict[str, float]:
        values: dict[str, float] = {}
        for name, value in row.items():
            column = np.asarray(value, dtype=np.float64)
            if name in _WORST:
                worst, pick = _WORST[name]
                values[worst] = float(pick(column))
            elif column.ndim == 0:
                values[name] = float(column)
            else:
                pairs = zip(self.models, column.tolist(), strict=True)
                values |= {f"{name}/{model}": number for model, number in pairs}
        return values


def _known(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if not np.isnan(value)}


@dataclass(frozen=True, kw_only=True)
class Described:
    """Tells a guarded callback of a run under another description."""

    guard: Guarded
    run: RunStart

    def start(self, run: RunStart) -> None:
        """Tell of the run as it is described here."""
        self.guard.call("start", self.run)

    def record(self, point: RunPoint) -> None:
        """Pass it on."""
        self.guard.call("record", point)

    def end(self, summary: Mapping[str, float]) -> None:
        """Pass it on."""
        self.guard.call("end", summary)

    def failed(self, error: BaseException) -> None:
        """Pass it on."""
        self.guard.call("failed", error)


def tell_again(callbacks: Sequence[Guarded], run: RunStart, history: RunHistory) -> None:
    """Tell of a run that is complete, from its history."""
    if callbacks:
        models = getattr(history, "models", ())
        announcer = Announcer(callbacks=callbacks, run=run, models=models)
        announcer.start()
        announcer.tell(Record.of(history))
        announcer.end(history)

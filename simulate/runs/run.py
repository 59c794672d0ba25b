"""The rounds of a run, whoever trains in it: told, evaluated, saved, gone on with from a file."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.runs.callbacks import Announcer, Callback, Guarded, RunStart, guarded
from roundlot.simulate.runs.history import Record, RunHistory
from roundlot.theory import InvalidProblemError

H = TypeVar("H", bound=RunHistory, covariant=True)


class Progress(Protocol):
    """Told that ``done`` of ``total`` rounds of a stage are over."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show it."""


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def staged(progress: Progress, name: str) -> Progress:
    """Tells ``progress`` under another name."""

    def show(stage: str, done: int, total: int) -> None:
        progress(name, done, total)

    return show


class Run(Protocol[H]):
    """A run between two rounds."""

    record: Record

    @property
    def key(self) -> str:
        """Of this run and no other, kept in its checkpoint."""

    @property
    def setup(self) -> Mapping[str, str]:
        """What makes two runs the same run: texts by name, "seed" among them."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models that a round has a number for each."""

    @property
    def name(self) -> str:
        """Of the method."""

    @property
    def done(self) -> int:
        """Rounds that are over."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to train, however many rounds were asked for."""

    def begin(self) -> None:
        """Start at round 0."""

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            InvalidProblemError: it is none, or one of another setup.
        """

    def step(self) -> None:
        """One round."""

    def evaluate(self) -> None:
        """Record loss and accuracy as they are now."""

    def save(self, path: Path, elapsed: float) -> None:
        """Write a checkpoint; ``elapsed`` seconds have gone since the run began or went on."""

    def history(self, elapsed: float) -> H:
        """What happened so far."""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """How many rounds a run has, and what is done every few of them.

    Attributes:
        rounds: how many.
        evaluate_every: rounds between evaluations; the start and the end are always evaluated.
        checkpoint: a file to write the state to, every ``checkpoint_every`` rounds and at the end.
        checkpoint_every: rounds.
        resume: go on from the checkpoint if it is there.
        progress: is told before every round, and at the end.
        callbacks: are told of the run's numbers.

    Raises:
        InvalidProblemError: a number below 1, or a file in a folder that is not there.
    """

    rounds: int
    evaluate_every: int
    checkpoint: str | os.PathLike[str] | None
    checkpoint_every: int
    resume: bool = True
    progress: Progress | None = None
    callbacks: Sequence[Callback | Guarded] = ()

    def __post_init__(self) -> None:
        for name in ("rounds", "evaluate_every", "checkpoint_every"):
            check_count(getattr(self, name), name, 1)
        if self.checkpoint is not None and not (folder := Path(self.checkpoint).parent).is_dir():
            raise InvalidProblemError(f"folder {folder} does not exist; create it first")

    def play(self, run: Run[H], began: float) -> H:
        """Begin or go on until all rounds, or the run itself, are over.

        ``began`` is by `time.perf_counter`.

        Raises:
            InvalidProblemError: a checkpoint that is further than these rounds, or unusable.
        """
        path = None if self.checkpoint is None else Path(self.checkpoint)
        self._enter(run, path)
        announcer = self._announcer(run)
        announcer.start()
        try:
            announcer.tell(run.record)
            history = self._play_on(run, path, began, announcer)
        except BaseException as error:
            error.add_note(f"in round {run.done}")
            announcer.failed(error)
            raise
        announcer.end(history)
        return history

    def _play_on(self, run: Run[H], path: Path | None, began: float, announcer: Announcer) -> H:
        tell = self.progress or silent
        while run.done < self.rounds and not run.over:
            tell(run.name, run.done, self.rounds)
            run.step()
            if run.done == self.rounds or run.done % self.evaluate_every == 0:
                run.evaluate()
            last = run.done == self.rounds or run.over
            if path is not None and (last or run.done % self.checkpoint_every == 0):
                run.save(path, time.perf_counter() - began)
            announcer.tell(run.record)
        tell(run.name, self.rounds, self.rounds)
        return run.history(time.perf_counter() - began)

    def _announcer(self, run: Run[H]) -> Announcer:
        seed = int(run.setup["seed"])
        known = RunStart(
            key=run.key,
            name=f"{run.name}-seed{seed}",
            method=run.name,
            seed=seed,
            settings=run.setup,
        )
        return Announcer(callbacks=guarded(self.callbacks), run=known, models=run.models)

    def _enter(self, run: Run[H], path: Path | None) -> None:
        if path is None or not self.resume or not path.exists():
            run.begin()
            run.evaluate()
            return
        run.resume(path)
        if run.done > self.rounds:
            raise InvalidProblemError(
                f"checkpoint {path} is at round {run.done}; ask for as many rounds or remove it"
            )
        if run.done < self.rounds:
            run.record.drop_last(self.evaluate_every)

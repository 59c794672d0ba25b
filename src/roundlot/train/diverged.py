"""Runs that ended with a number that is not finite: named, and kept out of every mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from roundlot.theory.errors import TrainingError

AnyRun = TypeVar("AnyRun")


@dataclass(frozen=True, kw_only=True)
class Diverged:
    """A run that went out of what float32 holds.

    Attributes:
        method, seed: of the run.
        round: that it happened in, from 0; None where no round had begun.
        model: whose number it was.
        message: what was not finite, and what to do.
        checkpoint: the run's last one, which is kept; empty if there is none.
    """

    method: str
    seed: int
    round: int | None
    model: str
    message: str
    checkpoint: str = ""

    @classmethod
    def of(
        cls, error: TrainingError, method: str, seed: int, checkpoint: Path | None = None
    ) -> Diverged:
        """What stopped a run, and where its last checkpoint is, if that is there."""
        kept = checkpoint is not None and checkpoint.exists()
        return cls(
            method=method,
            seed=seed,
            round=error.round,
            model=error.task,
            message=str(error),
            checkpoint=str(checkpoint) if kept else "",
        )

    def __str__(self) -> str:
        kept = f"; its checkpoint {self.checkpoint} is kept" if self.checkpoint else ""
        return f"diverged: {self.method}, seed {self.seed}, {self.message}{kept}"

    def to_record(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def complete_methods(
    runs: Mapping[str, Sequence[AnyRun]], diverged: Sequence[Diverged]
) -> dict[str, tuple[AnyRun, ...]]:
    """Methods with a run for every seed; a mean over the seeds that did not diverge would flatter.

    Raises:
        TrainingError: there is none; it says what the first that diverged says.
    """
    lost = {one.method for one in diverged}
    complete = {name: tuple(row) for name, row in runs.items() if name not in lost}
    if complete or not diverged:
        return complete
    first, more = diverged[0], len(diverged) - 1
    raise TrainingError.told(
        f"{first}" + (f" (and {more} more)" if more else ""), task=first.model, round_=first.round
    )

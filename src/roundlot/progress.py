"""How long work says how far it is, and what is still to come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class Progress(Protocol):
    """Told that ``done`` of ``total`` steps of a stage are over; ``total`` 0 when not known."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show it."""


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A stage that is still to come.

    Attributes:
        stage: its name, by which progress is told of it.
        work: how much it is, in a unit that all stages ahead share.
        kind: of stages that take the same time for the same work.
        within: seconds since the first stage with such a limit began, after which this one is not
            begun any more.
    """

    stage: str
    work: float
    kind: str = ""
    within: float = math.inf


@runtime_checkable
class Planner(Protocol):
    """A progress that wants to know all that is to come, to say how long all of it takes."""

    def plan(self, ahead: Sequence[Ahead]) -> None:
        """Take note; what was planned before is forgotten."""


def plan(progress: Progress, ahead: Sequence[Ahead]) -> None:
    """Tell all stages to the end of the work, in order, if somebody wants to know them."""
    if isinstance(progress, Planner):
        progress.plan(ahead)


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""

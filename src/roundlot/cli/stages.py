"""How far work is: bars where a terminal redraws, now and then a line where none does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roundlot.cli.pace import Pace
from roundlot.user_text import broken, cells, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from roundlot.progress import Ahead

# Short work stays silent; then a line in ten seconds, later one a minute, so that logs stay short.
FIRST, MOST = 10.0, 60.0


@dataclass(kw_only=True)
class Lines:
    """A line when nothing was said for a while."""

    put: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    due: float = field(init=False)
    wait: float = field(default_factory=lambda: FIRST)
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.due, self.pace = self.clock() + self.wait, Pace(clock=self.clock)

    def plan(self, ahead: Sequence[Ahead]) -> None:
        """Take note of all that is to come."""
        self.pace.plan(ahead)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note, and say it if it is time."""
        self.pace.told(stage, done, total)
        now = self.clock()
        if now < self.due:
            return
        self.wait = min(2.0 * self.wait, MOST)
        self.due = now + self.wait
        share = f"{100.0 * done / total:.0f} %" if total else "under way"
        rest = self.pace.left()
        self.put(f"{stage}: {share}" + (f", {rest}" if rest else ""))


@dataclass(kw_only=True)
class Shown:
    """A bar a stage; that of a finished stage keeps its time."""

    bars: Bars
    names: int = 32  # columns of a stage's name beside its bar
    clock: Callable[[], float] = time.monotonic
    tasks: dict[str, TaskID] = field(default_factory=dict)
    running: str | None = None
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(clock=self.clock)

    def plan(self, ahead: Sequence[Ahead]) -> None:
        """Take note of all that is to come."""
        self.pace.plan(ahead)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage; another stage ends the one before."""
        self.pace.told(stage, done, total)
        if stage != self.running and self.running is not None:
            self.bars.stop_task(self.tasks[self.running])
            self.bars.update(self.tasks[self.running], left="")
        self.running = stage
        if stage not in self.tasks:
            name = printable(" ".join(stage.split()))
            if cells(name) > self.names:  # cut anywhere, at blanks or not
                first = broken(name.replace(" ", "\u00a0"), self.names - 3, pieces=True)[0]
                name = f"{first}..."
            self.tasks[stage] = self.bars.add_task(name, total=total or None, left="")
        self.bars.update(
            self.tasks[stage], completed=done, total=total or None, left=self.pace.left()
        )

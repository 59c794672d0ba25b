"""How far work is: bars where a terminal redraws, now and then a line where none does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roundlot.user_text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

# Short work stays silent; then a line in ten seconds, later one a minute, so that logs stay short.
FIRST, MOST = 10.0, 60.0
_SURE = 2.0  # seconds of a stage before its pace says anything


def left(elapsed: float, done: int, total: int) -> str:
    """What the pace so far says about the rest of a stage; nothing where it says nothing."""
    if not 0 < done < total or elapsed < _SURE:
        return ""
    return f"about {_rough(elapsed / done * (total - done))} left"


def _rough(seconds: float) -> str:
    """A time in two digits at most: an estimate has no more."""
    if seconds < 90.0:
        return f"{max(round(seconds), 1)} s"
    minutes = seconds / 60.0
    return f"{round(minutes)} min" if minutes < 90.0 else f"{minutes / 60.0:.1f} h"


@dataclass(kw_only=True)
class Lines:
    """A line on standard error when nothing was said for a while."""

    clock: Callable[[], float] = time.monotonic
    stage: str = ""
    begun: float = 0.0
    due: float = field(init=False)
    wait: float = field(default_factory=lambda: FIRST)

    def __post_init__(self) -> None:
        self.due = self.clock() + self.wait

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note, and say it if it is time."""
        now = self.clock()
        if stage != self.stage:
            self.stage, self.begun = stage, now
        if now < self.due:
            return
        self.wait = min(2.0 * self.wait, MOST)
        self.due = now + self.wait
        share = f"{100.0 * done / total:.0f} %" if total else "under way"
        rest = left(now - self.begun, done, total)
        text = f"{stage}: {share}" + (f", {rest} for this" if rest else "")
        print(f"roundlot: {printable(text)}", file=sys.stderr, flush=True)


@dataclass(kw_only=True)
class Shown:
    """A bar a stage; that of a finished stage keeps its time."""

    bars: Bars
    tasks: dict[str, TaskID] = field(default_factory=dict)
    running: str | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage; another stage ends the one before."""
        if stage != self.running and self.running is not None:
            self.bars.stop_task(self.tasks[self.running])
        self.running = stage
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=total or None, left="")
        task = self.tasks[stage]
        elapsed = self.bars.tasks[self.bars.task_ids.index(task)].elapsed or 0.0
        self.bars.update(task, completed=done, total=total or None, left=left(elapsed, done, total))

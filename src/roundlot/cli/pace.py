"""How long the rest of some work takes, from how long what is done of it took."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from roundlot.progress import Ahead

_SURE = 2.0  # seconds of a stage before its pace says anything


@dataclass(kw_only=True)
class _Spent:
    """Seconds, and the work that was done in them."""

    seconds: float = 0.0
    work: float = 0.0

    def add(self, seconds: float, work: float) -> None:
        self.seconds += seconds
        self.work += work

    @property
    def each(self) -> float | None:
        """Seconds of a unit of work, if any was done."""
        return self.seconds / self.work if self.work > 0.0 and self.seconds > 0.0 else None


@dataclass(kw_only=True)
class Pace:
    """Told of every step; knows what is left of all that was planned, else of the stage alone.

    A stage goes on at its own pace, one ahead at that of finished stages of its kind; where there
    are none, at the mean pace of all.
    """

    clock: Callable[[], float]
    _ahead: list[Ahead] = field(default_factory=list)
    _stage: str = ""
    _begun: float = 0.0
    _first: int = 0  # steps that were over when the stage began: of a checkpoint
    _done: int = 0
    _total: int = 0
    _limited_from: float | None = None
    _all: _Spent = field(default_factory=_Spent)
    _kinds: dict[str, _Spent] = field(default_factory=dict)

    def plan(self, ahead: Sequence[Ahead]) -> None:
        """All stages from now to the end, in order."""
        self._ahead = list(ahead)

    def told(self, stage: str, done: int, total: int) -> None:
        """Take note of a step."""
        if stage != self._stage:
            self._close()
            self._stage, self._begun, self._first = stage, self.clock(), done
            now = self._planned()
            if now is not None and now.within < math.inf and self._limited_from is None:
                self._limited_from = self._begun
        self._done, self._total = done, total

    def left(self) -> str:
        """As "about 3 min left"; of the stage alone where it says so, empty where it is not known.

        Before some seconds of a stage its own pace says nothing.
        """
        planned = self._planned()
        here = self._rest_of_stage(planned)
        if here is None:
            return ""
        if planned is None:
            return f"about {rough(here)} left for this stage" if here > 0.0 else ""
        later = self._later(planned, here)
        if later is None:
            return f"about {rough(here)} left for this stage" if here > 0.0 else ""
        return f"about {rough(here + later)} left" if here + later > 0.0 else ""

    def _planned(self) -> Ahead | None:
        return next((one for one in self._ahead if one.stage == self._stage), None)

    def _close(self) -> None:
        """Keep how long the stage took that ends now."""
        planned = self._planned()
        if planned is None:
            return
        seconds, work = self.clock() - self._begun, planned.work * self._share_since()
        for spent in (self._all, self._kinds.setdefault(planned.kind, _Spent())):
            spent.add(seconds, work)

    def _share_since(self) -> float:
        """Of the whole stage, what was done since it began here."""
        if not self._total:
            return 1.0
        return max(self._done - self._first, 0) / self._total

    def _rest_of_stage(self, planned: Ahead | None) -> float | None:
        elapsed, share = self.clock() - self._begun, self._share_since()
        if self._total and elapsed >= _SURE and share > 0.0:
            return elapsed / share * (self._total - self._done) / self._total
        each = None if planned is None else self._each(planned.kind)
        if planned is None or each is None:
            return None
        if not self._total:
            return max(each * planned.work - elapsed, 0.0)
        return each * planned.work * (self._total - self._done) / self._total

    def _later(self, planned: Ahead, here: float) -> float | None:
        """Seconds of the stages after this one."""
        at = self.clock() + here
        began, start = self._limited_from, at
        for one in self._ahead[self._ahead.index(planned) + 1 :]:
            if one.within < math.inf:
                began = at if began is None else began
                if at - began >= one.within:
                    continue
            each = self._each(one.kind)
            if each is None:
                return None
            at += each * one.work
        return at - start

    def _each(self, kind: str) -> float | None:
        """Seconds of a unit of work of a kind, or of any where that is not known; None so far."""
        own, named = self._own(), self._planned()
        is_own = named is not None and named.kind == kind
        known = self._kinds.get(kind, own if is_own else _Spent()).each
        return known or self._all.each or own.each

    def _own(self) -> _Spent:
        """Of the stage that runs, once it has run for long enough to say something."""
        planned, seconds = self._planned(), self.clock() - self._begun
        if planned is None or not self._total or seconds < _SURE:
            return _Spent()
        return _Spent(seconds=seconds, work=planned.work * self._share_since())


def rough(seconds: float) -> str:
    """A time in two digits at most: an estimate has no more."""
    if seconds < 90.0:
        return f"{max(round(seconds), 1)} s"
    minutes = seconds / 60.0
    return f"{round(minutes)} min" if minutes < 90.0 else f"{minutes / 60.0:.1f} h"

"""What was read: clients, models, who is offline, what was doubled, left out, ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roundlot.theory.text import plural

_NAMED = 3
_MODELS = 20


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The counts of a fleet and the tables that it came from.

    Attributes:
        clients, processors: how many.
        models: their names, in order.
        pairs: processors x models that may be drawn.
        offline: names of clients that can train no model; they stay, with probability 0.
        doubled: names of clients with several rows of scores, one a processor.
        left_out: clients of the tables that are not in the fleet: beyond ``first_clients``, or
            below ``least_samples`` in every model.
        ignored: columns that were read as nothing.
    """

    clients: int
    processors: int
    models: tuple[str, ...]
    pairs: int
    offline: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    left_out: int = 0
    ignored: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line of counts."""
        parts = (
            f"{_count(self.clients, 'client')}, {_count(self.processors, 'processor')}",
            f", {_count(len(self.models), 'model')} ({self.model_list})",
            f", {self.pairs:,} available {plural(self.pairs, 'pair')}; {len(self.offline)} offline",
            f", {self.left_out} left out, {len(self.doubled)} doubled",
            f", {_count(len(self.ignored), 'column')} ignored",
        )
        return "".join(parts)

    @property
    def model_list(self) -> str:
        """The models between commas; of very many the first."""
        more = len(self.models) - _MODELS
        return ", ".join(self.models[:_MODELS]) + (f", and {more:,} more" if more > 0 else "")

    def notes(self) -> tuple[str, ...]:
        """What somebody should know, a line each; nothing for an ordinary table."""
        found = []
        if self.offline:
            verb = "is" if len(self.offline) == 1 else "are"
            found.append(
                f"{_count(len(self.offline), 'client')} {verb} offline for every model and "
                f"{'stays' if verb == 'is' else 'stay'} with probability 0: {_named(self.offline)}"
            )
        if self.doubled:
            found.append(
                f"{_count(len(self.doubled), 'client')} with several rows, a processor each: "
                + _named(self.doubled)
            )
        if self.left_out:
            found.append(
                f"{_count(self.left_out, 'client')} of the tables left out, as first_clients or "
                "least_samples say"
            )
        if self.ignored:
            named = plural(len(self.ignored), "column that was", "columns that were")
            found.append(f"{named} left out: {_named(self.ignored)}")
        return tuple(found)


def doubled(clients: Sequence[str]) -> tuple[str, ...]:
    """The names that occur more than once, in order."""
    return tuple(name for name, count in Counter(clients).items() if count > 1)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {plural(number, noun)}"


def _named(names: Sequence[str]) -> str:
    more = f", and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(repr, names[:_NAMED])) + more

"""Timings that survive a busy machine: interleaved runs, medians, ratios within one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numba import njit

Clock = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        what: what was measured.
        measured: the figure with its unit.
        against: the peer or the machine's limit, measured in the same run, with its figure.
        ratio: measured over against, or the other way where more is better (see ``goal``).
        goal: in words, with the number; empty if there is none.
        holds: whether the goal is met; None without one.
    """

    what: str
    measured: str
    against: str
    ratio: float
    goal: str = ""
    holds: bool | None = None

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def medians(cases: Mapping[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Seconds of every case: the median of interleaved runs, after one that does not count."""
    return {name: statistics.median(times) for name, times in _taken(cases, repeats).items()}


def minima(
    cases: Mapping[str, Callable[[], object]], repeats: int = 9, clock: Clock = time.perf_counter
) -> dict[str, float]:
    """As :func:`medians`, the least: for few and long runs beside which others work."""
    return {name: min(times) for name, times in _taken(cases, repeats, clock).items()}


def _taken(
    cases: Mapping[str, Callable[[], object]], repeats: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(repeats + 1):
        for name, run in cases.items():
            begin = clock()
            run()
            if turn:
                taken[name].append(clock() - begin)
    return taken


def at_most(what: str, seconds: float, peer: str, limit: float, goal: float | None = None) -> Row:
    """A row for a time that should be at most ``goal`` times the peer's."""
    ratio = seconds / limit
    return Row(
        what=what,
        measured=duration(seconds),
        against=f"{peer}: {duration(limit)}",
        ratio=ratio,
        goal="" if goal is None else f"<= {goal:g}",
        holds=None if goal is None else ratio <= goal,
    )


def at_least(what: str, value: str, peer: str, ratio: float, goal: float | None = None) -> Row:
    """A row for a ratio that should be at least ``goal``."""
    return Row(
        what=what,
        measured=value,
        against=peer,
        ratio=ratio,
        goal="" if goal is None else f">= {goal:,g}",
        holds=None if goal is None else ratio >= goal,
    )


def duration(seconds: float) -> str:
    """Seconds, milliseconds or microseconds to three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def megabytes(size: float) -> str:
    """Bytes in MB."""
    return f"{size / 1e6:.3g} MB"


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})  # type: ignore[misc]
def read_once(values: Any) -> float:
    """The machine's limit: a compiled sum over a flat array, vectorised, one thread."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


def scores_of(rows: int, models: int, seed: int = 0) -> Any:
    """Lognormal scores ``(rows, models)``."""
    return np.random.default_rng(seed).lognormal(0.0, 1.0, (rows, models))

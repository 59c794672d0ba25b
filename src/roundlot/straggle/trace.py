"""Measured times from a table: who took how long in which round."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

import numpy as np

from roundlot.fleet.tables import Table, read_table
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

WHEN = ("round", "time")
MOST_ROUND = 2**53  # whole numbers that float64 tells apart
NAMED = 40  # characters of a cell in an error
SHORTEST, LONGEST = 1e-100, 1e100  # seconds: sums and squares of them are numbers


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredTimes:
    """Seconds of a mini-batch ``(R, n)``, a row for every round, a column for every worker."""

    workers: tuple[str, ...]
    seconds: FloatArray = field(repr=False)


def read_trace(path: str | os.PathLike[str]) -> MeasuredTimes:
    """The table at ``path``: columns ``worker``, ``seconds`` and ``round`` or ``time``.

    A row says how many seconds a mini-batch took the worker in that round. With ``time``, any
    number that rises from a round to the next, a worker's rows are put in order by it.

    Raises:
        InvalidProblemError: a file that is no table, columns that are missing, unknown or two for
            one, a cell that is empty or no number above 0, a round twice, a worker that is missing
            in a round, workers with different numbers of rows.
    """
    table = read_table(path, "the trace")
    when = _when(table)
    names = table.texts("worker")
    seconds = _numbers(table, "seconds")
    _require(table, "seconds", seconds, seconds > 0.0, "a finite number above 0")
    fits = (seconds >= SHORTEST) & (seconds <= LONGEST)
    _require(table, "seconds", seconds, fits, f"a number from {SHORTEST:g} to {LONGEST:g}")
    moments = _numbers(table, when)
    if when == "round":
        whole = (moments == np.floor(moments)) & (moments >= 0.0) & (moments <= MOST_ROUND)
        _require(table, when, moments, whole, "a whole number of at least 0")
    workers = tuple(dict.fromkeys(names))
    rows: dict[str, dict[float, float]] = {name: {} for name in workers}
    for row, (name, moment, second) in enumerate(
        zip(names, moments.tolist(), seconds.tolist(), strict=True)
    ):
        if moment in rows[name]:
            raise InvalidProblemError(
                f"{_file(table)}: row {row + 1} has {when} {moment:.15g} of worker "
                f"{name[:NAMED]!r} a second time; keep one"
            )
        rows[name][moment] = second
    _require_equal(table, when, rows)
    columns = [[rows[name][moment] for moment in sorted(rows[name])] for name in workers]
    return MeasuredTimes(workers=workers, seconds=np.array(columns).T)


def _file(table: Table) -> str:
    return f"{table.what} {table.path}"


def _when(table: Table) -> str:
    """The column that says when; refuses other columns."""
    for column in ("worker", "seconds"):
        table.require(column)
    found = [name for name in WHEN if name in table.columns]
    if len(found) == 2:
        raise InvalidProblemError(f"{_file(table)} has columns round and time; keep one of them")
    if not found:
        raise InvalidProblemError(
            f"{_file(table)} says not when: add a column round (or time); it has "
            f"{', '.join(table.columns)[:80]}"
        )
    known = ("worker", "seconds", found[0])
    for column in table.columns:
        if column not in known:
            raise InvalidProblemError(
                f"{_file(table)} has a column {column[:NAMED]!r} that a trace does not use; "
                f"{closest(column, known)}, or take it out"
            )
    return found[0]


def _numbers(table: Table, column: str) -> FloatArray:
    cells = table.texts(column)
    found = np.empty(len(cells))
    for row, cell in enumerate(cells):
        try:
            found[row] = float(cell)
        except ValueError:
            found[row] = math.nan
        if not math.isfinite(found[row]):
            raise InvalidProblemError(
                f"{_file(table)}: column {column!r}, row {row + 1} is {cell[:NAMED]!r}; give a "
                "finite number"
            )
    return found


def _require(table: Table, column: str, values: FloatArray, fine: np.ndarray, wanted: str) -> None:
    if not fine.all():
        row = int(np.argmin(fine))
        raise InvalidProblemError(
            f"{_file(table)}: column {column!r}, row {row + 1} is {values[row]:g}; give {wanted}"
        )


def _require_equal(table: Table, when: str, rows: dict[str, dict[float, float]]) -> None:
    """Every worker in every round; by time, as many rows each."""
    longest = max(rows, key=lambda name: len(rows[name]))
    for name, own in rows.items():
        if when == "round":
            missing = sorted(set(rows[longest]) - set(own)) or sorted(set(own) - set(rows[longest]))
            who = name if set(rows[longest]) - set(own) else longest
            if missing:
                raise InvalidProblemError(
                    f"{_file(table)}: worker {who[:NAMED]!r} has no row in round "
                    f"{missing[0]:.15g}; add it, or leave the round out for all"
                )
        elif len(own) != len(rows[longest]):
            raise InvalidProblemError(
                f"{_file(table)}: worker {name[:NAMED]!r} has {len(own)} rows and "
                f"{longest[:NAMED]!r} {len(rows[longest])}; give as many for each"
            )

"""Tables of a training's clients: who can train which model, and who is there in which round.

Clients of tasks have numbers, from 0. Headers decide what a column is, so columns and rows may
stand in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from roundlot.fleet.tables import Table, read_table
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

_ABLE, _ONLINE = "table of able clients", "table of clients online"
_SAID = {"1": True, "1.0": True, "true": True, "yes": True}
_SAID |= {"0": False, "0.0": False, "false": False, "no": False}
_MOST_ROUNDS = 1 << 24  # of a trace; more is no number of rounds


def read_able(path: Path, n_clients: int, models: Sequence[str]) -> BoolArray:
    """``(N, S)``: who can train what, from a column ``client`` and one for every model, 1 or 0.

    Raises:
        InvalidProblemError: a client or model that is missing, unknown or there twice, or a cell
            that is neither 1 nor 0.
    """
    table = read_table(path, _ABLE)
    rows = _rows(table, "client", n_clients, f"clients are 0 to {n_clients - 1}")
    for name in table.columns:
        if name != "client" and name not in models:
            raise _misfit(
                table, f"has a column {name!r}, which is no model; {closest(name, models)}"
            )
    able = np.zeros((n_clients, len(models)), dtype=bool)
    for model, name in enumerate(models):
        table.require(name)
        able[rows, model] = _switches(table, name)
    return able


def read_online(path: Path, n_clients: int) -> FloatArray | BoolArray:
    """Who is there: chances ``(N,)``, or a record ``(T, N)`` of ``T`` rounds that is repeated.

    Columns ``client`` and ``online`` hold chances; ``round`` and one column a client, called by its
    number, or ``round``, ``client`` and ``online``, hold 1 or 0 in every round.

    Raises:
        InvalidProblemError: other columns, a client or round that is missing, unknown or there
            twice, or a cell that does not fit.
    """
    table = read_table(path, _ONLINE)
    columns = set(table.columns)
    if columns == {"client", "online"}:
        rows = _rows(table, "client", n_clients, f"clients are 0 to {n_clients - 1}")
        return _chances(table, rows)
    if columns == {"round", "client", "online"}:
        return _long_record(table, n_clients)
    if columns == {"round", *map(str, range(n_clients))}:
        rounds = _rows(table, "round", None, "rounds are 0, 1, 2 and so on")
        record = np.zeros((len(rounds), n_clients), dtype=bool)
        for client in range(n_clients):
            record[rounds, client] = _switches(table, str(client))
        return record
    raise _misfit(
        table,
        f"has columns {', '.join(table.columns)[:80]}; give client, online (chances), or round and"
        f" 0 to {n_clients - 1} (who is there), or round, client, online",
    )


def _long_record(table: Table, n_clients: int) -> BoolArray:
    rounds, clients = _whole(table, "round"), _whole(table, "client")
    _require_range(table, "client", clients, n_clients, f"clients are 0 to {n_clients - 1}")
    _require_range(table, "round", rounds, _MOST_ROUNDS, "rounds are 0, 1, 2 and so on")
    n_rounds = int(rounds.max()) + 1
    if len(rounds) != n_rounds * n_clients or len(np.unique(rounds * n_clients + clients)) != len(
        rounds
    ):
        raise _misfit(
            table,
            f"has {len(rounds)} rows for {n_rounds} rounds of {n_clients} clients; give every pair"
            " once",
        )
    record = np.zeros((n_rounds, n_clients), dtype=bool)
    record[rounds, clients] = _switches(table, "online")
    return record


def _chances(table: Table, rows: IntArray) -> FloatArray:
    values = table.numbers(["online"])[:, 0]
    wrong = np.flatnonzero(~((values >= 0.0) & (values <= 1.0)))
    if wrong.size:
        place = table.cell("online", int(wrong[0]))
        raise _misfit(table, f"{place} is {values[wrong[0]]:g}; give a chance from 0 to 1", ":")
    chances = np.zeros(len(rows))
    chances[rows] = values
    return chances


def _rows(table: Table, column: str, count: int | None, remedy: str) -> IntArray:
    """A column that holds every number below ``count``, or below its length, once."""
    numbers = _whole(table, column)
    most = len(numbers) if count is None else count
    _require_range(table, column, numbers, most, remedy)
    seen, times = np.unique(numbers, return_counts=True)
    if (times > 1).any():
        raise _misfit(table, f"has {column} {seen[times > 1][0]} twice; give it once")
    if len(seen) < most:
        lost = np.setdiff1d(np.arange(most), seen)[0]
        raise _misfit(table, f"has no row for {column} {lost}; {remedy}")
    return numbers


def _require_range(table: Table, column: str, numbers: IntArray, most: int, remedy: str) -> None:
    wrong = np.flatnonzero((numbers < 0) | (numbers >= most))
    if wrong.size:
        raise _misfit(table, f"has {column} {numbers[wrong[0]]}; {remedy}")


def _whole(table: Table, column: str) -> IntArray:
    texts = table.texts(column)
    if not texts:
        raise _misfit(table, "has no rows; fill it in")
    for row, text in enumerate(texts):
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            place = table.cell(column, row)
            raise _misfit(table, f"{place} is {text!r:.40}; give whole numbers from 0", ":")
    return np.array([int(text) for text in texts], dtype=np.int64)


def _switches(table: Table, column: str) -> BoolArray:
    texts = [text.strip().lower() for text in table.texts(column)]
    for row, text in enumerate(texts):
        if text not in _SAID:
            raise _misfit(table, f"{table.cell(column, row)} is {text!r:.40}; give 1 or 0", ":")
    return np.array([_SAID[text] for text in texts], dtype=bool)


def _misfit(table: Table, text: str, joint: str = "") -> InvalidProblemError:
    return InvalidProblemError(f"{table.what} {table.path}{joint} {text}")

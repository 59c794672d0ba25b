"""Which columns of a table are models: neither an index, nor what somebody keeps beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import warn
from roundlot.theory.index_names import (
    counts_rows,
    in_order,
    is_index,
    may_be_clients,
    may_be_index,
    why_no_model,
)

if TYPE_CHECKING:
    import polars as pl

    from roundlot.fleet.tables import Table


class Chosen(NamedTuple):
    """Columns of a table: those that are models, and those that were left out on request."""

    models: tuple[str, ...]
    ignored: tuple[str, ...]


def without_index(frame: pl.DataFrame, file: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The frame without columns that pandas made of its index, said in a warning; their names.

    Args:
        frame: as it was read; one without a column ``client`` stays as it is, as its index may hold
            the names.
        file: what it is and where, for the warning.
    """
    dropped = tuple(name for name in frame.columns if is_index(name))
    if not dropped or "client" not in frame.columns:
        return frame, ()
    _tell(file, dropped)
    return frame.drop(dropped), dropped


def model_columns(table: Table, not_models: Sequence[str], wanted: Sequence[str] | None) -> Chosen:
    """The columns of ``table`` that are models: all but ``not_models``, or those ``wanted``.

    A column that is called like a counter and counts the rows is left out with a warning.

    Raises:
        InvalidProblemError: a wanted model that is missing, none at all, or a column of which
            nobody can tell whether it is a model or counts the rows.
    """
    others = [name for name in table.columns if name not in not_models]
    if wanted is not None:
        chosen, there = set(wanted), set(others)
        for name in wanted:
            if name not in there:
                raise InvalidProblemError(
                    f"{table.what} {table.path} has no model {name!r}; {closest(name, others)}"
                )
        return Chosen(tuple(wanted), tuple(name for name in others if name not in chosen))
    counters = {name: None for name in others if _counts(table, name, others)}
    if counters:
        _tell(f"{table.what} {table.path}", tuple(counters))
    models = tuple(name for name in others if name not in counters)
    if not models:
        raise InvalidProblemError(f"{table.what} {table.path} has no model: add a column per model")
    return Chosen(models, tuple(counters))


def _counts(table: Table, name: str, others: Sequence[str]) -> bool:
    """Whether a column counts the rows for sure; refuses one that may as well be a model."""
    if len(others) == 1:
        return False
    numbers = _numbers(table.series[name])
    if may_be_index(name) and in_order(numbers):
        return True
    looks = why_no_model(name)
    if not looks and counts_rows(numbers):
        looks = f"counts the rows, to {numbers.size}"
    if looks:
        raise InvalidProblemError(
            f"{table.what} {table.path}: column {name!r} {looks} and may be no model: drop it, or "
            "name the models, --models A,B or fleet.models"
        )
    return False


def _numbers(column: pl.Series) -> FloatArray:
    """Its numbers, NaN where there is none."""
    import polars as pl

    if column.dtype != pl.String and not column.dtype.is_numeric():
        return np.full(len(column), np.nan)
    values = column.cast(pl.Float64, strict=False).fill_null(np.nan)
    return np.array(values.to_numpy(), dtype=np.float64)


def _tell(file: str, dropped: Sequence[str]) -> None:
    names = ", ".join(map(repr, dropped))
    warn(f"{file}: left out the index {names}")


def _is_number(name: str) -> bool:
    try:
        return "_" not in name and name == name.strip() and float(name) == float(name)
    except ValueError:
        return False


def index_holds_names(columns: Sequence[str]) -> str:
    """The remedy for a table without ``client``: whose first line is a row, or whose index or other
    column may hold the names; or nothing.
    """
    if any(map(_is_number, columns)):
        return "its first line seems to be a row: put client and the models in a line above it"
    for name in columns:
        if is_index(name):
            which = f"column {name!r}" if name.strip() else "the first column, which has no name,"
            return (
                f"if {which} holds the names, call it client (pandas: frame.rename_axis('client'))"
            )
    for name in columns:
        if may_be_clients(name):
            return f"if column {name!r} holds the names, call it client"
    return ""

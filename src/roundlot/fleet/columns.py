"""Which columns of a table are models: neither an index, nor what somebody keeps beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn

if TYPE_CHECKING:
    import polars as pl

    from roundlot.fleet.tables import Table

#: What pandas calls an index that it writes as a column, in CSV and in Parquet.
_INDEX = re.compile(r"(Unnamed: \d+(\.\d+)*|__index_level_\d+__|)")
#: What people and programs call a column that counts the rows; it may also be a model.
_COUNTERS = ("index", "level_0", "row", "row_nr", "row_number", "rownames", "idx", "rn", "#")
_TELLING = 10  # so many rows in order are no chance


class Chosen(NamedTuple):
    """Columns of a table: those that are models, and those that were left out on request."""

    models: tuple[str, ...]
    ignored: tuple[str, ...]


def is_index(name: str) -> bool:
    """Whether a column is called as pandas calls an index that it writes."""
    return _INDEX.fullmatch(name.strip()) is not None


def may_be_index(name: str) -> bool:
    """Whether a column is called like one that counts the rows."""
    return name.strip().lower() in _COUNTERS


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
        for name in wanted:
            if name not in others:
                raise InvalidProblemError(
                    f"{table.what} {table.path} has no model {name!r}; {closest(name, others)}"
                )
        return Chosen(tuple(wanted), tuple(name for name in others if name not in wanted))
    counters = [name for name in others if _counts(table, name, others)]
    if counters:
        _tell(f"{table.what} {table.path}", counters)
    models = tuple(name for name in others if name not in counters)
    if not models:
        raise InvalidProblemError(f"{table.what} {table.path} has no model: add a column per model")
    return Chosen(models, tuple(counters))


def _counts(table: Table, name: str, others: Sequence[str]) -> bool:
    """Whether a column counts the rows for sure; refuses one that may as well be a model."""
    if len(others) == 1:
        return False
    named, counting = may_be_index(name), _in_order(table.frame[name])
    if named and counting:
        return True
    rows = table.frame.height
    if named or (counting and rows >= _TELLING):
        looks = "is called like an index" if named else f"counts the rows, to {rows}"
        raise InvalidProblemError(
            f"{table.what} {table.path}: column {name!r} {looks} and may be no model: drop it, or "
            "name the models, --models A,B or fleet.models"
        )
    return False


def _in_order(column: pl.Series) -> bool:
    """Whether it is 0, 1, 2, ... or 1, 2, 3, ..."""
    import polars as pl

    if column.dtype != pl.String and not column.dtype.is_numeric():
        return False
    values = column.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    steps = np.arange(values.size)
    return bool(np.array_equal(values, steps) or np.array_equal(values, steps + 1))


def _tell(file: str, dropped: Sequence[str]) -> None:
    names = ", ".join(map(repr, dropped))
    warn(f"{file}: left out the index {names}")


def index_holds_names(columns: Sequence[str]) -> str:
    """The remedy for a table without ``client`` whose index may hold the names, or nothing."""
    for name in columns:
        if is_index(name):
            which = f"column {name!r}" if name.strip() else "the first column, which has no name,"
            return (
                f"if {which} holds the names, call it client (pandas: frame.rename_axis('client'))"
            )
    return ""

"""Tables and columns with labels: pandas, polars, Arrow, and dictionaries. No library is loaded.

A frame's rows are named by a column ``client``, else by its index if that is not 0, 1, 2, ...; all
other columns are models, but for a column ``processor``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from roundlot.theory.arrays import AnyArray
from roundlot.theory.cells import numbers_of
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.index_names import counts_rows, may_be_clients, why_no_model
from roundlot.theory.labels import library_of
from roundlot.theory.names import closest, names_of, require_different, require_one_level
from roundlot.theory.text import plural

Names = tuple[str, ...]
_NOT_MODELS = ("client", "processor")  # a column of these names is no model


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """What was given, as an array, with what its rows and columns are called.

    Attributes:
        values: ``(R, C)`` or ``(R,)``; masked where nothing was given.
        rows, columns: their names, or None.
        library: "pandas", "polars", or None.
    """

    values: Any
    rows: Names | None
    columns: Names | None = None
    library: str | None = None


def labelled_table(
    given: Any, name: str, *, models: Any = None, nan: bool = False
) -> Labelled | None:
    """A frame, or a dictionary of columns; None for what has no labels.

    Args:
        given: anything.
        name: what it is, for errors.
        models: names of the columns to read, in their order; all by default.
        nan: whether a NaN of pandas is left to whoever knows what is available.

    Raises:
        InvalidProblemError: labels or columns that do not fit, by name.
    """
    return _table(given, name, models, _numbers_or_nan if nan else _numbers)


def table_of_truths(given: Any, name: str) -> Labelled | None:
    """As :func:`labelled_table`, of true and false.

    Raises:
        InvalidProblemError: as there.
    """
    return _table(given, name, None, lambda column, _, __: np.asarray(column))


def _table(
    given: Any, name: str, models: Any, read: Callable[[Any, str, _Cells], AnyArray]
) -> Labelled | None:
    library = library_of(given)
    frame = given
    if isinstance(given, Mapping):
        frame = _Columns(given)
    elif library is None and hasattr(given, "__arrow_c_stream__"):
        frame, library = import_module("polars").DataFrame(given), "polars"
    elif hasattr(given, "collect"):
        raise InvalidProblemError(f"{name} is a lazy frame; collect() it")
    elif library is None or not hasattr(given, "columns"):
        return None
    require_one_level(frame.columns, name)
    columns = names_of(frame.columns, "column")
    require_different(columns, f"{name}: column")
    chosen = _models(columns, name, models)
    rows: Names | None
    if "client" in columns:
        column = _column(frame, columns.index("client"), library)
        rows = names_of(list(column), "client")
    else:
        rows = index_of(frame, name) if library == "pandas" else None
    parts = [
        read(_column(frame, columns.index(model), library), name, _Cells(name, model, rows))
        for model in chosen
    ]
    if models is None and len(chosen) > 1:
        _require_no_counter(parts, chosen, name)
    for model, part in zip(chosen, parts, strict=True):
        if part.ndim != 1:
            raise InvalidProblemError(
                f"{name}: column {model!r} has lists in its cells, no numbers"
            )
    if any(len(part) != len(parts[0]) for part in parts):
        raise InvalidProblemError(f"{name}: give columns of one length, with a number a row")
    if rows is not None and len(rows) != len(parts[0]):
        raise InvalidProblemError(
            f"{name} has {len(rows)} {plural(len(rows), 'client')} for {len(parts[0])} "
            f"{plural(len(parts[0]), 'row')}"
        )
    masked = any(np.ma.isMaskedArray(part) for part in parts)
    values = np.ma.column_stack(parts) if masked else np.column_stack(parts)
    return Labelled(values=values, rows=rows, columns=chosen, library=library)


def labelled_column(given: Any, name: str) -> Labelled | None:
    """A column with an index, a dictionary, or a frame of ``client`` and one column; else None.

    Raises:
        InvalidProblemError: labels that stand twice, or several columns.
    """
    if isinstance(given, Mapping):
        keys = names_of(given, f"{name}: label")
        require_different(keys, f"{name}: label")
        values = _numbers(list(given.values()), name, lambda at: f"{name}[{keys[at]!r}]")
        return Labelled(values=values, rows=keys)
    table = labelled_table(given, name)
    if table is None:
        if library_of(given) != "pandas" or not hasattr(given, "index"):
            return None
        rows = index_of(given, name)
        values = _numbers(
            given, name, lambda at: f"{name}[{at if rows is None else repr(rows[at])}]"
        )
        return Labelled(values=values, rows=rows, library="pandas")
    if table.columns is None or len(table.columns) != 1:
        raise InvalidProblemError(
            f"{name} has {len(table.columns or ())} columns beside the clients; give one column"
        )
    return Labelled(values=table.values[:, 0], rows=table.rows, library=table.library)


class _Columns:
    """A dictionary of columns as a frame."""

    def __init__(self, columns: Mapping[Any, Any]) -> None:
        self.columns = list(columns)
        self.parts = list(columns.values())


@dataclass(frozen=True)
class _Cells:
    """What the cells of a column are called: ``scores['ann', 'digits']``."""

    name: str
    column: str
    rows: Names | None

    def __call__(self, at: int) -> str:
        row = repr(self.rows[at]) if self.rows is not None and at < len(self.rows) else at
        return f"{self.name}[{row}, {self.column!r}]"


def _column(frame: Any, at: int, library: str | None) -> Any:
    if library == "pandas":
        return frame.iloc[:, at]
    return frame.parts[at] if isinstance(frame, _Columns) else frame.to_series(at)


def _numbers_or_nan(column: Any, name: str, cell: _Cells) -> AnyArray:
    plain = isinstance(getattr(column, "dtype", None), np.dtype) and column.dtype.kind == "f"
    return np.asarray(column) if plain else _numbers(column, name, cell)


def _numbers(column: Any, name: str, cell: Callable[[int], str] | None = None) -> AnyArray:
    whole = f"{name}[{cell.column!r}]" if isinstance(cell, _Cells) else name
    values, missing = numbers_of(column, whole, cell)
    return np.ma.masked_array(values, missing) if missing.any() else values


def index_of(given: Any, name: str) -> Names | None:
    """The labels of a pandas index, or None where it merely counts."""
    index = given.index
    if index.nlevels > 1:
        raise InvalidProblemError(
            f"{name} has an index of {index.nlevels} levels; keep the one that names clients, as "
            "by droplevel"
        )
    if type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1:
        return None
    return names_of(index, "client")


def _models(columns: Names, name: str, models: Any) -> Names:
    if models is not None:
        chosen = names_of(models, "model")
        require_different(chosen, "model")
        for model in chosen:
            if model in _NOT_MODELS:
                raise InvalidProblemError(f"column {model!r} of {name} is no model; leave it out")
            if model not in columns:
                raise InvalidProblemError(
                    f"{name} has no column {model!r}; {closest(model, columns)}"
                )
        return chosen
    chosen = tuple(column for column in columns if column not in _NOT_MODELS)
    for column in chosen:
        looks = why_no_model(column)
        if looks:
            raise _no_model(column, looks, name)
    if not chosen:
        raise InvalidProblemError(f"{name} has no column of a model; add one for each")
    return chosen


def _require_no_counter(parts: list[AnyArray], chosen: Names, name: str) -> None:
    for model, part in zip(chosen, parts, strict=True):
        if part.ndim == 1 and part.dtype.kind in "iuf" and counts_rows(np.ma.filled(part, np.nan)):
            raise _no_model(model, f"counts the rows, to {part.size}", name)


def _no_model(model: str, looks: str, name: str) -> InvalidProblemError:
    remedy = "call it client, drop it" if may_be_clients(model) else "drop it"
    return InvalidProblemError(
        f"{name}: column {model!r} {looks}, not like a model; {remedy}, or say which columns are: "
        "models=[...]"
    )

"""Plain tables of scores, norms, losses or probabilities: one row per client or per processor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.fleet.files import existing_file
from roundlot.fleet.npy import read_npy
from roundlot.fleet.tables import read_table
from roundlot.fleet.validation import names
from roundlot.fleet.writing import write_table
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_NOT_MODELS = ("client", "processor")


class ScoreTable(NamedTuple):
    """``rows`` clients, or processors if a client's name is repeated; NaN is not available."""

    clients: tuple[str, ...]
    models: tuple[str, ...]
    values: FloatArray

    @property
    def available(self) -> BoolArray:
        """``(rows, S)``: where there is a score."""
        return ~np.isnan(self.values)

    @property
    def per_processor(self) -> bool:
        """Whether some client has several rows."""
        return len(set(self.clients)) < len(self.clients)


class PlainScores(ScoreTable):
    """Scores of rows that have no names, only numbers: they follow the fleet's order."""


def read_scores(path: str | os.PathLike[str], *, what: str = "score table") -> ScoreTable:
    """The scores at ``path``: finite, ``>= 0``, an empty cell where a pair is not available.

    CSV and Parquet hold a column ``client`` (repeated for several processors), perhaps a column
    ``processor``, which is ignored, and one column per model. A ``.npy`` file holds a float array
    ``(rows, S)`` with NaN for an empty cell; its clients are numbered and its models are called
    ``model 0`` and so on.

    Raises:
        InvalidProblemError: a file, column, row or value that does not fit, by name.
    """
    place = existing_file(path, what)
    read = _from_npy if place.suffix.lower() == ".npy" else _from_table
    table = read(place, what)
    _require(table, place, what)
    return table


def write_scores(
    path: str | os.PathLike[str],
    values: npt.ArrayLike,
    *,
    models: Sequence[str],
    clients: Sequence[str] | None = None,
    overwrite: bool = True,
) -> Path:
    """A table ``(rows, S)`` of scores or probabilities, as :func:`read_scores` reads it.

    ``clients`` names every row, with repetitions for processors; rows are numbered without it.
    """
    table = np.asarray(values, dtype=np.float64)
    rows = range(len(table)) if clients is None else clients
    if table.ndim != 2 or table.shape != (len(rows), len(models)):
        raise InvalidProblemError(
            f"values have shape {table.shape}; the names say {(len(rows), len(models))}"
        )
    columns = dict(zip(names(models, "model"), table.T, strict=True))
    if Path(path).suffix.lower() == ".npy":
        return write_table(path, columns, overwrite=overwrite)
    return write_table(path, {"client": list(map(str, rows)), **columns}, overwrite=overwrite)


def _from_table(place: Path, what: str) -> ScoreTable:
    table = read_table(place, what)
    clients = table.texts("client")
    models = tuple(name for name in table.columns if name not in _NOT_MODELS)
    if not models:
        raise InvalidProblemError(f"{what} {place} has no model: add one column per model")
    return ScoreTable(clients, models, table.numbers(models, empty=True))


def _from_npy(place: Path, what: str) -> ScoreTable:
    array = read_npy(place, what)
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidProblemError(
            f"{what} {place} has shape {array.shape}; give clients or processors x models"
        )
    rows, columns = array.shape
    models = tuple(f"model {index}" for index in range(columns))
    return PlainScores(tuple(map(str, range(rows))), models, array.astype(np.float64))


def _require(table: ScoreTable, place: Path, what: str) -> None:
    wrong = (table.values < 0) | np.isinf(table.values)
    if wrong.any():
        row, column = (int(index) for index in np.argwhere(wrong)[0])
        raise InvalidProblemError(
            f"{what} {place}: {table.models[column]!r} of client {table.clients[row]!r} is "
            f"{table.values[row, column]:g}; give a finite number of at least 0, or leave it empty"
        )
    nobody = np.flatnonzero(~table.available.any(axis=0))
    if nobody.size:
        raise InvalidProblemError(
            f"{what} {place}: nobody can train {table.models[nobody[0]]!r}, its column is empty; "
            "fill it in or drop it"
        )

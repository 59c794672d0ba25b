"""Tables of scores, norms, losses or probabilities, and how they line up with a fleet.

They have one row per client or per processor, and one column per model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.fleet.fleet import Fleet
from roundlot.fleet.tables import read_npy, read_table, write_table
from roundlot.fleet.validation import names
from roundlot.setup.reading import closest, existing_file
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

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


def online(fleet: Fleet, scores: ScoreTable) -> BoolArray:
    """``(N, S)``: which pairs of the fleet have a score; the same for all of a client's processors.

    Raises:
        InvalidProblemError: a score where the client holds no samples, a client scored on some
            processors only.
    """
    rows = _aligned(fleet, scores)
    mask = ~np.isnan(rows)
    first = np.concatenate([[0], np.cumsum(fleet.processors)[:-1]])
    per_client: BoolArray = mask[first]
    uneven = (mask != fleet.expand(per_client)).any(axis=1)
    if uneven.any():
        name = fleet.clients[int(fleet.client[int(np.argmax(uneven))])]
        raise InvalidProblemError(
            f"client {name!r} has a score on some of its processors only; a client that is short "
            "of processors has fewer rows and a smaller processors count, not empty cells"
        )
    extra = np.argwhere(per_client & ~fleet.available)
    if extra.size:
        client, model = (int(index) for index in extra[0])
        raise InvalidProblemError(
            f"client {fleet.clients[client]!r} has a score for {fleet.models[model]!r} but no "
            "samples of it; leave the cell empty or give it samples"
        )
    return per_client


def align_scores(fleet: Fleet, scores: ScoreTable) -> FloatArray:
    """``(V, S)`` values in the fleet's order, 0 where a pair is not available.

    Raises:
        InvalidProblemError: clients or models that the other does not name, a wrong number of
            rows, an available pair without a value.
    """
    rows = _aligned(fleet, scores)
    missing = np.argwhere(np.isnan(rows) & fleet.expand(fleet.available))
    if missing.size:
        row, model = (int(index) for index in missing[0])
        raise InvalidProblemError(
            f"client {fleet.clients[int(fleet.client[row])]!r} holds samples of "
            f"{fleet.models[model]!r} but has no value for it; fill in the cell"
        )
    return np.where(fleet.expand(fleet.available), rows, 0.0)


def processor_scores(fleet: Fleet, scores: ScoreTable, *, weighted: bool) -> FloatArray:
    """``(V, S)`` scores in the fleet's order, times ``d / B`` if ``weighted``."""
    values = align_scores(fleet, scores)
    return values * fleet.weights if weighted else values


def _aligned(fleet: Fleet, scores: ScoreTable) -> FloatArray:
    if isinstance(scores, PlainScores):
        return _in_order(fleet, scores.values)
    values = scores.values[:, _columns(fleet, scores.models)]
    known, first = np.unique(np.array(fleet.clients, dtype=str), return_index=True)
    named = np.array(scores.clients, dtype=str)
    at = np.minimum(np.searchsorted(known, named), known.size - 1)
    ours = known[at] == named
    owner = first[at[ours]]
    rows = np.bincount(owner, minlength=fleet.n_clients)
    _check_rows(fleet, rows, per_processor=scores.per_processor)
    ordered = values[ours][np.argsort(owner, kind="stable")]
    return ordered if scores.per_processor else fleet.expand(ordered)


def _in_order(fleet: Fleet, values: FloatArray) -> FloatArray:
    n, v, s = fleet.n_clients, fleet.n_processors, fleet.n_models
    if values.shape == (v, s):
        return values
    if values.shape == (n, s):
        return np.asarray(fleet.expand(values), dtype=np.float64)
    raise InvalidProblemError(
        f"the array of scores has shape {values.shape}; this fleet needs clients x models "
        f"{(n, s)} or processors x models {(v, s)}"
    )


def _columns(fleet: Fleet, models: Sequence[str]) -> IntArray:
    for given, expected in ((models, fleet.models), (fleet.models, models)):
        for name in given:
            if name not in expected:
                whose = "the fleet" if expected is fleet.models else "the score table"
                raise InvalidProblemError(
                    f"{whose} has no model {name!r}; {closest(name, expected)}"
                )
    return np.array([models.index(name) for name in fleet.models], dtype=np.int64)


def _check_rows(fleet: Fleet, rows: IntArray, *, per_processor: bool) -> None:
    wrong = np.flatnonzero(rows != (fleet.processors if per_processor else 1))
    if wrong.size:
        index = int(wrong[0])
        needed = int(fleet.processors[index]) if per_processor else 1
        raise InvalidProblemError(
            f"the score table has {rows[index]} rows for client {fleet.clients[index]!r}, which "
            f"needs {needed}; give one row per client, or one per processor for all clients"
        )

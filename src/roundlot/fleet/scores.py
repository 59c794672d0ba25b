"""Tables of scores, norms, losses or probabilities, and how they line up with a fleet.

They have one row per client or per processor, and one column per model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.fleet.columns import model_columns
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.tables import (
    Table,
    read_npy,
    read_npz,
    read_table,
    table_of_frame,
    write_table,
)
from roundlot.fleet.validation import names
from roundlot.setup.reading import closest, existing_file
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.cells import Role, diverged, numbers_of
from roundlot.theory.index_names import is_index
from roundlot.theory.names import names_of

_NOT_MODELS = ("client", "processor")


class ScoreTable(NamedTuple):
    """``rows`` clients, or processors if a client's name is repeated.

    Attributes:
        clients, models: names of rows and columns.
        values: ``(rows, S)``, NaN where there was no value: not available. What diverged never gets
            here, it is refused.
        ignored: columns that the file has besides.
    """

    clients: tuple[str, ...]
    models: tuple[str, ...]
    values: FloatArray
    ignored: tuple[str, ...] = ()

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


def read_scores(
    source: str | os.PathLike[str] | Any,
    *,
    what: str = "score table",
    models: Sequence[str] | None = None,
    allow_unreachable: bool = False,
) -> ScoreTable:
    """The scores in a file or a frame: finite, ``>= 0``, no value where a pair is not available.

    What a cell means is in ``docs/tables.md``. CSV and Parquet hold a column ``client`` (repeated
    for several processors), perhaps a column ``processor``, which is ignored, and one column per
    model; so does a polars or pandas frame, whose index may be the clients. A ``.npy`` file holds a
    float array ``(rows, S)``; its clients are numbered and its models are called ``model 0`` and so
    on. An ``.npz`` file holds arrays ``scores`` and perhaps ``available``, ``clients``, ``models``.

    Args:
        source: a path, or a frame.
        what: names its purpose in errors.
        models: the columns to read; all numbers without it.
        allow_unreachable: whether a model for which nobody has a value is let through.

    Raises:
        InvalidProblemError: a file, column, row or value that does not fit, by name.
    """
    if not isinstance(source, str | os.PathLike):
        table = _from_columns(table_of_frame(source, what), models)
        return _required(table, Path("frame"), what, allow_unreachable)
    place = existing_file(source, what)
    suffix = place.suffix.lower()
    if suffix in (".npy", ".npz"):
        table = _chosen(_from_arrays(place, what), place, what, models)
    else:
        table = _from_columns(read_table(place, what), models)
    return _required(table, place, what, allow_unreachable)


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
    What is masked (``numpy.ma``) or ``None`` becomes an empty cell.

    Raises:
        InvalidProblemError: another shape, a NaN, a mask where the file is a ``.npy``; names that
            could not be read again: an empty one, one in two spellings, a model that is called
            as a column of another meaning.
    """
    table, models = _to_write(values, Path(path)), names_of(models, "model")
    rows = tuple(map(str, range(len(table)))) if clients is None else names_of(clients, "client")
    for model in models:
        if model in _NOT_MODELS or is_index(model):
            raise InvalidProblemError(f"a model is called {model!r}, which is no model; rename it")
    if table.ndim != 2 or table.shape != (len(rows), len(models)):
        raise InvalidProblemError(
            f"values have shape {table.shape}; the names say {(len(rows), len(models))}"
        )
    columns = dict(zip(names(models, "model"), table.T, strict=True))
    if Path(path).suffix.lower() == ".npy":
        return write_table(path, columns, overwrite=overwrite)
    return write_table(path, {"client": list(rows), **columns}, overwrite=overwrite)


def _to_write(values: npt.ArrayLike, path: Path) -> FloatArray:
    """Numbers with NaN for what is missing, as tables are written."""
    table, missing = numbers_of(values, "values")
    wrong = np.argwhere(np.isnan(table))
    if wrong.size:
        where = f"values[{', '.join(str(index) for index in wrong[0])}]"
        raise diverged(where, "array")
    if missing.any() and path.suffix.lower() == ".npy":
        raise InvalidProblemError(
            f"{path} cannot say what is not available; write a .csv or a .parquet"
        )
    return np.where(missing, np.nan, table)


def _from_columns(table: Table, models: Sequence[str] | None) -> ScoreTable:
    clients = table.texts("client")
    chosen = model_columns(table, _NOT_MODELS, models)
    values = table.numbers(chosen.models, role=Role.SCORE)
    return ScoreTable(clients, chosen.models, values, (*table.dropped, *chosen.ignored))


def _from_arrays(place: Path, what: str) -> ScoreTable:
    arrays = {"scores": read_npy(place, what)} if place.suffix.lower() == ".npy" else {}
    arrays = arrays or read_npz(place, what, needed="scores")
    array = arrays["scores"]
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "iuf":
        raise InvalidProblemError(
            f"{what} {place} has scores of shape {array.shape}, {array.dtype}; give numbers, "
            "clients or processors x models"
        )
    rows, columns = array.shape
    available = arrays.get("available", np.ones(array.shape, dtype=np.bool_))
    if available.shape != array.shape or available.dtype != np.bool_:
        raise InvalidProblemError(
            f"{what} {place}: available is {available.dtype} of shape {available.shape}; give true "
            f"or false, {array.shape}"
        )
    models = _labels(arrays.get("models"), columns, "model", f"{what} {place}")
    models = models or tuple(f"model {index}" for index in range(columns))
    clients = _labels(arrays.get("clients"), rows, "client", f"{what} {place}")
    kind = ScoreTable if clients else PlainScores
    clients = clients or tuple(map(str, range(rows)))
    values = np.where(available, array.astype(np.float64), 0.0)
    wrong = np.argwhere(np.isnan(values))
    if wrong.size:
        row, column = wrong[0]
        where = f"{what} {place}: {models[column]!r} of client {clients[row]!r}"
        raise diverged(where, place.suffix.lower().removeprefix("."))
    return kind(clients, models, np.where(available, values, np.nan))


def _labels(given: Any, size: int, noun: str, file: str) -> tuple[str, ...]:
    """Names of rows or columns, none if the file has none."""
    if given is None:
        return ()
    if given.shape != (size,) or given.dtype.kind not in "UiuS":
        raise InvalidProblemError(
            f"{file}: {noun}s are {given.dtype} of shape {given.shape}; give {size} names"
        )
    try:
        written = np.char.decode(given, "utf-8") if given.dtype.kind == "S" else given
    except UnicodeDecodeError as error:
        raise InvalidProblemError(
            f"{file}: {noun}s are bytes that are not UTF-8; give text"
        ) from error
    texts = names_of(written.tolist(), f"{file}: {noun}")
    return names(texts, noun) if noun == "model" else texts


def _chosen(table: ScoreTable, place: Path, what: str, models: Sequence[str] | None) -> ScoreTable:
    """The columns of an array that are asked for."""
    if models is None:
        return table
    at, wanted = {name: s for s, name in enumerate(table.models)}, set(models)
    for name in models:
        if name not in at:
            raise InvalidProblemError(
                f"{what} {place} has no model {name!r}; {closest(name, table.models)}"
            )
    columns = [at[name] for name in models]
    ignored = tuple(name for name in table.models if name not in wanted)
    return type(table)(table.clients, tuple(models), table.values[:, columns], ignored)


def _required(table: ScoreTable, place: Path, what: str, unreachable: bool = False) -> ScoreTable:
    """The table, if its scores are finite, at least 0, and every model has some."""
    wrong = (table.values < 0) | np.isinf(table.values)
    if wrong.any():
        row, column = (int(index) for index in np.argwhere(wrong)[0])
        raise InvalidProblemError(
            f"{what} {place}: {table.models[column]!r} of client {table.clients[row]!r} is "
            f"{table.values[row, column]:g}; give a finite number of at least 0, or leave it empty"
        )
    table = table._replace(values=table.values + 0.0)  # a 0 has no sign
    nobody = np.flatnonzero(~table.available.any(axis=0))
    if nobody.size and not unreachable:
        raise InvalidProblemError(
            f"{what} {place}: nobody can train {table.models[nobody[0]]!r}, its column is empty; "
            "fill it in, drop it, or say allow_unreachable"
        )
    return table


def online(fleet: Fleet, scores: ScoreTable, everybody: Sequence[str] = ()) -> BoolArray:
    """``(N, S)``: which pairs of the fleet have a score; the same for all of a client's processors.

    Args:
        fleet: whose rows are wanted.
        scores: of all its clients.
        everybody: clients that may have rows though this part of the fleet is without them.

    Raises:
        InvalidProblemError: a score where the client holds no samples, a client scored on some
            processors only.
    """
    rows = _aligned(fleet, scores, everybody)
    # A 0 without samples says the same as an empty cell, and an array can say no other.
    mask = ~np.isnan(rows) & ~((rows == 0.0) & ~fleet.expand(fleet.available))
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


def align_scores(fleet: Fleet, scores: ScoreTable, everybody: Sequence[str] = ()) -> FloatArray:
    """``(V, S)`` values in the fleet's order, 0 where a pair is not available; see :func:`online`.

    Raises:
        InvalidProblemError: clients or models that the other does not name, a wrong number of
            rows, an available pair without a value.
    """
    rows = _aligned(fleet, scores, everybody)
    missing = np.argwhere(np.isnan(rows) & fleet.expand(fleet.available))
    if missing.size:
        row, model = (int(index) for index in missing[0])
        raise InvalidProblemError(
            f"client {fleet.clients[int(fleet.client[row])]!r} holds samples of "
            f"{fleet.models[model]!r} but has no value for it; fill in the cell"
        )
    return np.where(fleet.expand(fleet.available), rows, 0.0)


def processor_scores(
    fleet: Fleet, scores: ScoreTable, everybody: Sequence[str] = (), *, weighted: bool
) -> FloatArray:
    """``(V, S)`` scores in the fleet's order, times ``d / B`` if ``weighted``."""
    values = align_scores(fleet, scores, everybody)
    return values * fleet.weights if weighted else values


def _aligned(fleet: Fleet, scores: ScoreTable, everybody: Sequence[str]) -> FloatArray:
    if isinstance(scores, PlainScores):
        return _in_order(fleet, scores.values)
    values = scores.values[:, _columns(fleet, scores.models)]
    known, first = np.unique(np.array(fleet.clients, dtype=str), return_index=True)
    named = np.array(scores.clients, dtype=str)
    at = np.minimum(np.searchsorted(known, named), known.size - 1)
    ours = known[at] == named
    require_known(named[~ours].tolist(), fleet.clients, everybody, "the score table")
    owner = first[at[ours]]
    rows = np.bincount(owner, minlength=fleet.n_clients)
    _check_rows(fleet, rows, per_processor=scores.per_processor)
    ordered = values[ours][np.argsort(owner, kind="stable")]
    return ordered if scores.per_processor else fleet.expand(ordered)


def require_known(
    strangers: Sequence[str], clients: Sequence[str], everybody: Sequence[str], file: str
) -> None:
    """Refuse names of clients that are not among ``everybody`` either.

    Raises:
        InvalidProblemError: names the first and counts the rest.
    """
    unknown = sorted(set(strangers) - set(everybody))
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise InvalidProblemError(
            f"{file} names client {unknown[0]!r}{more}, which the fleet does not have; "
            f"{closest(unknown[0], clients)}"
        )


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
        there = set(expected)
        for name in given:
            if name not in there:
                whose = "the fleet" if expected is fleet.models else "the score table"
                raise InvalidProblemError(
                    f"{whose} has no model {name!r}; {closest(name, expected)}"
                )
    at = {name: s for s, name in enumerate(models)}
    return np.array([at[name] for name in fleet.models], dtype=np.int64)


def _check_rows(fleet: Fleet, rows: IntArray, *, per_processor: bool) -> None:
    wrong = np.flatnonzero(rows != (fleet.processors if per_processor else 1))
    if wrong.size:
        index = int(wrong[0])
        needed = int(fleet.processors[index]) if per_processor else 1
        raise InvalidProblemError(
            f"the score table has {rows[index]} rows for client {fleet.clients[index]!r}, which "
            f"needs {needed}; give one row per client, or one per processor for all clients"
        )

"""Scores in Parquet: read a batch at a time, here or by the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from roundlot.extras import install_command
from roundlot.fleet.pandas_nulls import (
    PANDAS,
    column_in_levels,
    tell_of_nulls,
    undecided_columns,
)
from roundlot.setup.reading import closest
from roundlot.stream.pages import require_columns, require_pages
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.cells import diverged
from roundlot.theory.errors import warn
from roundlot.theory.index_names import is_index, why_no_model
from roundlot.theory.names import columns_in_levels
from roundlot.theory.plain_files import not_plain

BATCH_ROWS = 1 << 16
FAN_IN = 8  # sums added by one task: a tree of few levels whose tasks take milliseconds
_NOT_MODELS = ("client", "processor")

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class ParquetScores:
    """A wide table in one file or several: names of clients, and a column of scores per model.

    Attributes:
        files: in the order of their rows.
        batch_rows: rows in memory at a time.
        groups: the row groups to read, of a single file; None for all.
        chosen: the columns of scores; all that are not called like something else without it.
        others: columns that are limits, names of groups, costs, and no scores.
        rows: the first of the table's rows to read and the one after the last; None for all.
    """

    files: tuple[Path, ...]
    batch_rows: int = BATCH_ROWS
    groups: tuple[int, ...] | None = None
    chosen: tuple[str, ...] | None = None
    others: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None

    @classmethod
    def at(
        cls,
        path: str | os.PathLike[str],
        *,
        batch_rows: int = BATCH_ROWS,
        models: Sequence[str] | None = None,
        others: Sequence[str] = (),
    ) -> ParquetScores:
        """The file at ``path``, or all ``*.parquet`` of a folder by name.

        Raises:
            InvalidProblemError: no such file, columns that differ or are not numbers.
        """
        place = Path(path)
        files = tuple(sorted(place.glob("*.parquet"))) if place.is_dir() else (place,)
        if not files or not all(file.exists() for file in files):
            raise InvalidProblemError(f"there is no Parquet file at {path}; check the path")
        for file in files:
            if wrong := not_plain(file.stat().st_mode):
                raise InvalidProblemError(f"{file} is {wrong}")
        if batch_rows < 1:
            raise InvalidProblemError(f"batch_rows is {batch_rows}; it must be at least 1")
        chosen = None if models is None else tuple(models)
        found = cls(files=files, batch_rows=batch_rows, chosen=chosen, others=tuple(others))
        found._check_sizes()
        found._check()
        return found

    def beside(self, others: Sequence[str]) -> ParquetScores:
        """The same scores where some columns are limits.

        Raises:
            InvalidProblemError: a column that is not there.
        """
        wanted = tuple(dict.fromkeys((*self.others, *others)))
        if wanted == self.others:
            return self
        found = replace(self, others=wanted)
        found._check()
        return found

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The columns of scores."""
        if self.chosen is not None:
            return self.chosen
        no_models = {*_NOT_MODELS, *self.dropped, *self.others}
        return tuple(n for n in self.names if n not in no_models)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The index of pandas among the columns."""
        return tuple(name for name in self.names if is_index(name))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(parquet_file(self.files[0]).schema_arrow.names)

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(scores, *arguments)`` over all batches (:class:`Blocks`)."""
        found: Any = None
        for batch in self.batches(self.models):
            part: Any = function(self.read(batch), *arguments)
            found = part if found is None else found + part
        if found is None:
            raise InvalidProblemError(f"{self.files[0]} holds no rows; give at least one")
        return found  # type: ignore[no-any-return]

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Arrow record batches of at most ``batch_rows`` rows, in order."""
        names, at = None if columns is None else list(columns), 0
        for file in self.files:
            table = parquet_file(file)
            groups, begin = self._wanted(table, at)
            if groups is None or groups:
                batches = table.iter_batches(
                    self.batch_rows, row_groups=groups, columns=names, use_threads=False
                )
                with _named(file):
                    yield from batches if self.rows is None else self._cut(batches, begin)
            at += table.metadata.num_rows

    def _wanted(self, table: Any, at: int) -> tuple[Sequence[int] | None, int]:
        """The row groups to read of a file whose first row is ``at``; the row they begin with."""
        if self.rows is None:
            return self.groups, at
        sizes = [table.metadata.row_group(g).num_rows for g in range(table.num_row_groups)]
        edges = at + np.cumsum([0, *sizes])
        first, last = self.rows
        wanted = np.flatnonzero((edges[:-1] < last) & (edges[1:] > first)).tolist()
        return wanted, int(edges[wanted[0]]) if wanted else at

    def _cut(self, batches: Iterator[Any], at: int) -> Iterator[Any]:
        """Of batches from row ``at`` on, the rows that are wanted."""
        first, last = self.rows or (0, at)
        for batch in batches:
            low, high = max(0, first - at), min(batch.num_rows, last - at)
            if low < high:
                yield batch.slice(low, high - low)
            at += batch.num_rows

    @cached_property
    def row_groups(self) -> tuple[int, ...]:
        """The first row of every row group of all files, and how many rows there are at the end."""
        sizes = [
            table.metadata.row_group(group).num_rows
            for table in map(parquet_file, self.files)
            for group in range(table.num_row_groups)
        ]
        return tuple(np.cumsum([0, *sizes]).tolist())

    def place(self, row: int) -> str:
        """A row of the table as one looks it up: "row 7", or "b.parquet row 7" of several files."""
        if len(self.files) == 1:
            return f"row {row + 1}"
        file = int(np.searchsorted(self._file_ends, row, side="right"))
        before = self._file_ends[file - 1] if file else 0
        return f"{self.files[file].name} row {row - before + 1}"

    @cached_property
    def _file_ends(self) -> tuple[int, ...]:
        """For each file the first row of the table after it."""
        counts = [parquet_file(file).metadata.num_rows for file in self.files]
        return tuple(np.cumsum(counts).tolist())

    def read(self, batch: Any) -> FloatArray:
        """``(rows, S)`` of a record batch; a null, not available, is 0.

        Raises:
            InvalidProblemError: a NaN, of a client that diverged, a negative number or an infinity;
                names the file and the row.
        """
        table = scores_of(batch, self.models)
        if not _are_scores(table).all():
            raise self._wrong()
        return table

    def _wrong(self) -> InvalidProblemError:
        """Where the first number is that is no score, found again with the names of its row."""
        for file in self.files:
            rows, whole = 0, replace(self, files=(file,), rows=None, groups=None)
            named = [name for name in ("client",) if name in self.names]
            for batch in whole.batches(tuple(dict.fromkeys((*named, *self.models)))):
                table = scores_of(batch, self.models)
                wrong = np.argwhere(~_are_scores(table))
                if wrong.size:
                    row, model = (int(index) for index in wrong[0])
                    whose = f"client {str(batch.column('client')[row])!r}, " if named else ""
                    where = f"{file}: {whose}column {self.models[model]!r}, row {rows + row + 1}"
                    if np.isnan(table[row, model]):
                        return diverged(where, "parquet")
                    return InvalidProblemError(
                        f"{where} is {table[row, model]:g}; scores must not be negative or "
                        "infinite: mend them"
                    )
                rows += batch.num_rows
        return InvalidProblemError(f"{self.files[0]} changed while it was read; do not write to it")

    def parts(self) -> list[ParquetScores]:
        """One for each row group, for machines that share the files."""
        return [
            replace(self, files=(file,), groups=(group,))
            for file in self.files
            for group in range(parquet_file(file).num_row_groups)
        ]

    def _nulls(self) -> dict[str, int]:
        """Of every model, its nulls in files by pandas, which may be a NaN, as the files count."""
        found = dict.fromkeys(self.models, 0)
        for file in self.files:
            table = parquet_file(file)
            undecided = undecided_columns(_record_of_pandas(file))
            wanted = undecided & set(self.models)
            groups = range(table.num_row_groups if wanted else 0)
            for part in map(table.metadata.row_group, groups):
                for column in map(part.column, range(part.num_columns)):
                    name = column.path_in_schema
                    if name in wanted and column.is_stats_set:
                        found[name] += column.statistics.null_count or 0
        return found

    def _check_sizes(self) -> None:
        for file in self.files:
            with _named(file):
                require_columns(file)
                require_pages(file, parquet_file(file))

    def _check(self) -> None:
        for file in self.files:
            several = column_in_levels(_record_of_pandas(file))
            if several is not None:
                raise columns_in_levels(str(file), several)
        if not self.models:
            raise InvalidProblemError(f"{self.files[0]} has no model: add one column per model")
        there, others = set(self.names), set(self.others)
        for name in self.others:
            if name not in there:
                raise InvalidProblemError(
                    f"{self.files[0]} has no column {name!r}; {closest(name, self.names)}"
                )
        for name in self.models:
            if name not in there:
                raise InvalidProblemError(
                    f"{self.files[0]} has no model {name!r}; {closest(name, self.names)}"
                )
            if name in others:
                raise InvalidProblemError(
                    f"{self.files[0]}: column {name!r} cannot be both a model and a limit"
                )
            looks = "" if self.chosen is not None else why_no_model(name)
            if looks and len(self.models) > 1:
                raise InvalidProblemError(
                    f"{self.files[0]}: column {name!r} {looks} and may be no model: drop it, or "
                    "name the models, --models A,B or models="
                )
        if self.dropped and self.chosen is None:
            names = ", ".join(map(repr, self.dropped))
            text = f"{self.files[0]}: left out the index {names}"
            warn(text)
        first = parquet_file(self.files[0]).schema_arrow
        twice = next((n for n in first.names if first.names.count(n) > 1), None)
        if twice is not None:
            raise InvalidProblemError(
                f"{self.files[0]} has two columns {twice!r}; give each a name of its own"
            )
        tell_of_nulls(
            str(self.files[0].parent if len(self.files) > 1 else self.files[0]), self._nulls()
        )
        for file in self.files:
            schema = parquet_file(file).schema_arrow
            if schema.names != first.names:
                raise InvalidProblemError(f"{file} has other columns than {self.files[0]}")
            for name in set(schema.names) - set(self.models):
                kind, other = schema.field(name).type, first.field(name).type
                if kind != other:  # it is copied to one file, or names groups in several
                    raise InvalidProblemError(
                        f"{file}: column {name!r} is {kind}, and {other} in {self.files[0].name}; "
                        "write it with one type in all files"
                    )
        self.require_numbers(self.models)

    def require_reachable(self) -> None:
        """Refuses a model that is not available in any row; reads on until all have been seen.

        Raises:
            InvalidProblemError: naming the model.
        """
        missing = self.unreachable()
        if missing and self.row_groups[-1]:
            raise InvalidProblemError(
                f"nobody can train model {missing[0]!r}: its column in {self.files[0]} has no "
                "value; leave it out, or say allow_unreachable=True"
            )

    def unreachable(self) -> tuple[str, ...]:
        """The models that are not available in any row; reads on until all have been seen."""
        missing = self.models
        for batch in self.batches(self.models):
            missing = tuple(x for x in missing if batch.column(x).null_count == batch.num_rows)
            if not missing:
                break
        return missing

    def require_numbers(self, columns: Sequence[str]) -> None:
        """Refuses columns that are not of numbers.

        Raises:
            InvalidProblemError: naming the file and the column.
        """
        pa = _arrow()
        for file in self.files:
            schema = parquet_file(file).schema_arrow
            for name in columns:
                kind = schema.field(name).type
                if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
                    raise InvalidProblemError(f"{file}: column {name!r} is {kind}; give numbers")


class Part(Protocol):
    """Rows that a worker can read."""

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of a function of their blocks."""


class ClusterScores:
    """Scores whose parts are read by workers (:class:`Blocks`); only sums travel.

    Args:
        client: a ``dask.distributed.Client``.
        parts: rows of files that every worker sees under the same names.
    """

    def __init__(self, client: Any, parts: Sequence[Part]) -> None:
        self.client = client
        self.parts = parts

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(scores, *arguments)`` over all parts, added in a tree."""
        found = [
            self.client.submit(part.total, function, *arguments, pure=False) for part in self.parts
        ]
        return self._added(found)  # type: ignore[no-any-return]

    def write(
        self, write_part: Callable[..., Found], folder: Path | None, *arguments: Any
    ) -> Found:
        """Workers write what ``write_part(part, file, *arguments)`` does to files of their own."""
        files = [
            None if folder is None else folder / f"part-{index:05d}.parquet"
            for index in range(len(self.parts))
        ]
        found = [
            self.client.submit(write_part, part, file, *arguments, pure=False)
            for part, file in zip(self.parts, files, strict=True)
        ]
        return self._added(found)  # type: ignore[no-any-return]

    def _added(self, found: list[Any]) -> Any:
        while len(found) > 1:
            found = [
                self.client.submit(_add, found[start : start + FAN_IN], pure=False)
                for start in range(0, len(found), FAN_IN)
            ]
        return found[0].result()


def _are_scores(table: FloatArray) -> BoolArray:
    return np.asarray((table >= 0.0) & (table < np.inf))


def scores_of(batch: Any, models: Sequence[str]) -> FloatArray:
    """``(rows, S)`` of a record batch; a null, not available, is 0; a NaN stays."""
    table = np.empty((batch.num_rows, len(models)))
    for s, name in enumerate(models):
        column = batch.column(name)
        if column.null_count:
            column = column.fill_null(0)
        array = column.to_numpy(zero_copy_only=False)
        np.copyto(table[:, s], array, casting="same_kind" if array.dtype.kind == "f" else "unsafe")
    return table


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise InvalidProblemError(
            f"streaming reads Parquet with pyarrow: {install_command('stream')}"
        ) from error
    return pyarrow


def parquet_file(path: Path) -> Any:
    pa = _arrow()
    with _named(path):
        return pa.parquet.ParquetFile(path, memory_map=False, pre_buffer=False)


def _record_of_pandas(path: Path) -> bytes | None:
    """What pandas says of the frame that it wrote; None in a file of others."""
    said: bytes | None = (parquet_file(path).schema_arrow.metadata or {}).get(PANDAS.encode())
    return said


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What Arrow says of broken bytes, in one line that names the file."""
    pa = _arrow()
    try:
        yield
    except InvalidProblemError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise InvalidProblemError(
            f"{path} is not a Parquet file that can be read: {said}"
        ) from error


def _add(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total

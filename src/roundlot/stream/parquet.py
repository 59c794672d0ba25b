"""Scores in Parquet files, read a batch at a time, here or by the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

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
    """

    files: tuple[Path, ...]
    batch_rows: int = BATCH_ROWS
    groups: tuple[int, ...] | None = None

    @classmethod
    def at(cls, path: str | os.PathLike[str], *, batch_rows: int = BATCH_ROWS) -> ParquetScores:
        """The file at ``path``, or all ``*.parquet`` of a folder by name.

        Raises:
            InvalidProblemError: no such file, columns that differ or are not numbers.
        """
        place = Path(path)
        files = tuple(sorted(place.glob("*.parquet"))) if place.is_dir() else (place,)
        if not files or not all(file.is_file() for file in files):
            raise InvalidProblemError(f"there is no Parquet file at {path}; check the path")
        if batch_rows < 1:
            raise InvalidProblemError(f"batch_rows is {batch_rows}; it must be at least 1")
        found = cls(files=files, batch_rows=batch_rows)
        found._check()
        return found

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The columns of scores."""
        return tuple(name for name in self.names if name not in _NOT_MODELS)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(_file(self.files[0]).schema_arrow.names)

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(scores, *arguments)`` over all batches (:class:`Blocks`)."""
        found: Any = None
        for batch in self.batches(self.models):
            part: Any = function(scores_of(batch, self.models), *arguments)
            found = part if found is None else found + part
        if found is None:
            raise InvalidProblemError(f"{self.files[0]} holds no rows; give at least one")
        return found  # type: ignore[no-any-return]

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Arrow record batches of at most ``batch_rows`` rows, in order."""
        for file in self.files:
            names = None if columns is None else list(columns)
            batches = _file(file).iter_batches(
                self.batch_rows, row_groups=self.groups, columns=names, use_threads=False
            )
            with _named(file):
                yield from batches

    def parts(self) -> list[ParquetScores]:
        """One for each row group, for machines that share the files."""
        return [
            replace(self, files=(file,), groups=(group,))
            for file in self.files
            for group in range(_file(file).num_row_groups)
        ]

    def _check(self) -> None:
        pa = _arrow()
        if not self.models:
            raise InvalidProblemError(f"{self.files[0]} has no model: add one column per model")
        first = _file(self.files[0]).schema_arrow
        for file in self.files:
            schema = _file(file).schema_arrow
            if schema.names != first.names:
                raise InvalidProblemError(f"{file} has other columns than {self.files[0]}")
            for name in self.models:
                kind = schema.field(name).type
                if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
                    raise InvalidProblemError(f"{file}: column {name!r} is {kind}; give numbers")


class ClusterScores:
    """Scores whose row groups are read by workers (:class:`Blocks`); only sums travel.

    Args:
        client: a ``dask.distributed.Client``.
        scores: files that every worker sees under the same names.
    """

    def __init__(self, client: Any, scores: ParquetScores) -> None:
        self.client = client
        self.parts = scores.parts()

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(scores, *arguments)`` over all row groups, added in a tree."""
        found = [
            self.client.submit(part.total, function, *arguments, pure=False) for part in self.parts
        ]
        return self._added(found)  # type: ignore[no-any-return]

    def write(self, write_part: Callable[..., Found], level: Any, folder: Path) -> Found:
        """Every worker writes what ``write_part`` does of its row groups to files of its own."""
        found = [
            self.client.submit(
                write_part, part, level, folder / f"part-{index:05d}.parquet", pure=False
            )
            for index, part in enumerate(self.parts)
        ]
        return self._added(found)  # type: ignore[no-any-return]

    def _added(self, found: list[Any]) -> Any:
        while len(found) > 1:
            found = [
                self.client.submit(_add, found[start : start + FAN_IN], pure=False)
                for start in range(0, len(found), FAN_IN)
            ]
        return found[0].result()


def scores_of(batch: Any, models: Sequence[str]) -> FloatArray:
    """``(rows, S)`` of a record batch; an empty cell, not available, is 0."""
    table = np.empty((batch.num_rows, len(models)))
    for s, name in enumerate(models):
        column = batch.column(name).to_numpy(zero_copy_only=False)
        np.copyto(
            table[:, s], column, casting="same_kind" if column.dtype.kind == "f" else "unsafe"
        )
    table[np.isnan(table)] = 0.0
    return table


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InvalidProblemError(
            "streaming reads Parquet with pyarrow: pip install 'roundlot[stream]'"
        ) from error
    return pyarrow


def _file(path: Path) -> Any:
    pa = _arrow()
    with _named(path):
        return pa.parquet.ParquetFile(path, memory_map=False, pre_buffer=False)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What Arrow says of broken bytes, in one line that names the file."""
    pa = _arrow()
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise InvalidProblemError(
            f"{path} is not a Parquet file that can be read: {said}"
        ) from error


def _add(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total

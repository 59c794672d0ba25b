"""The base program over Parquet files: the level in a few passes, the probabilities in one more.

The files are read a batch at a time, here or by the workers of a Dask cluster.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from roundlot.extras import install_command
from roundlot.fleet.pandas_nulls import PANDAS, tell_of_nulls, undecided_columns
from roundlot.folders.atomic import replaced_file, replaced_folder
from roundlot.setup.reading import closest
from roundlot.solvers.water.streaming import StreamedLevel, Terms, streamed_level
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import diverged
from roundlot.theory.errors import warn
from roundlot.theory.index_names import is_index, why_no_model

BATCH_ROWS = 1 << 16
FAN_IN = 8  # sums added by one task: a tree of few levels whose tasks take milliseconds
_NOT_MODELS = ("client", "processor")

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class StreamedSolution:
    """The optimum of a table that was never in RAM whole.

    Attributes:
        rows, models: of the table.
        budget, cap: ``m`` and the cap of every row.
        threshold: ``t``: ``q_v = min(c, t M_v)``; infinite when the budget is slack.
        passes: how often the scores were read, the writing included.
        objective, lower_bound, gap: ``Σ a²/p``, what no feasible probabilities undercut, and the
            proved relative distance; None when nothing was written.
        seconds: wall-clock time.
        out: what was written.
    """

    rows: int
    models: tuple[str, ...]
    budget: float
    cap: float
    threshold: float
    passes: int
    seconds: float
    objective: float | None = None
    lower_bound: float | None = None
    gap: float | None = None
    out: Path | None = field(default=None)


def solve_parquet(
    source: str | os.PathLike[str] | ParquetScores,
    budget: float,
    out: str | os.PathLike[str] | None = None,
    *,
    processor_cap: float = 1.0,
    models: Sequence[str] | None = None,
    batch_rows: int = BATCH_ROWS,
    client: Any = None,
    overwrite: bool = True,
) -> StreamedSolution:
    """Optimal probabilities of scores in Parquet, in memory for ``batch_rows`` rows and a few MB.

    The probabilities are those of :func:`roundlot.solve` on the whole table, bit for bit.

    Args:
        source: a file, a folder of files or :class:`ParquetScores`; nulls are not available, a NaN
            is a client that diverged and refused.
        budget: ``m > 0``.
        out: where to write them, with the columns that are not models; nothing without it. One
            file, whole or not at all; with ``client`` a new folder, one file for a row group.
        processor_cap: ``c > 0``, the same for every row.
        models: the columns of scores; all numbers without it.
        client: a ``dask.distributed.Client``: its workers read, and write, row groups each. They
            have to see the files under the same names.
        overwrite: whether an existing file may be replaced.

    Raises:
        InvalidProblemError: as :func:`streamed_level`, or files that are not a table of scores.
        FileExistsError: something is in the way.
    """
    begin = time.perf_counter()
    scores = (
        source
        if isinstance(source, ParquetScores)
        else ParquetScores.at(source, batch_rows=batch_rows, models=models)
    )
    if client is not None:
        blocks: Any = ClusterScores(client, scores)
    else:
        blocks = scores
    found = streamed_level(blocks, len(scores.models), budget, processor_cap)
    proof: dict[str, Any] = {}
    if out is not None:
        sums = _written(found, scores, blocks, Path(out), overwrite)
        objective, bound, gap = found.proof(sums)
        proof = {"out": Path(out), "objective": objective, "lower_bound": bound, "gap": gap}
    return StreamedSolution(
        rows=found.rows,
        models=scores.models,
        budget=found.budget,
        cap=found.cap,
        threshold=found.threshold,
        passes=found.passes + (out is not None),
        seconds=time.perf_counter() - begin,
        **proof,
    )


def _written(
    found: StreamedLevel, scores: ParquetScores, blocks: Any, out: Path, overwrite: bool
) -> Terms:
    if blocks is scores:
        if out.suffix.lower() != ".parquet":
            raise InvalidProblemError(f"{out} must end in .parquet; probabilities are streamed")
        with replaced_file(out, overwrite=overwrite) as place:
            return write_part(scores, found, place)
    with replaced_folder(out) as folder:
        sums: Terms = blocks.write(write_part, found, folder)
        return sums


def write_part(scores: ParquetScores, found: StreamedLevel, place: Path) -> Terms:
    """Writes the probabilities of these scores to one file; what they cost and prove."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, sums = None, Terms()
    # Probabilities hardly repeat, names do.
    names = [n for n in ("client", "processor") if n in scores.names]
    try:
        for batch in scores.batches():
            table = scores.read(batch)
            line = found.line(table)
            design = line.probabilities()
            columns = [
                pa.array(np.ascontiguousarray(design[:, scores.models.index(name)]))
                if name in scores.models
                else batch.column(name)
                for name in batch.schema.names
            ]
            written = pa.record_batch(columns, names=batch.schema.names)
            writer = writer or pq.ParquetWriter(place, written.schema, use_dictionary=names)
            writer.write_batch(written)
            sums += found.terms(line, design)
    finally:
        if writer is not None:
            writer.close()
    return sums


@dataclass(frozen=True, kw_only=True)
class ParquetScores:
    """A wide table in one file or several: names of clients, and a column of scores per model.

    Attributes:
        files: in the order of their rows.
        batch_rows: rows in memory at a time.
        groups: the row groups to read, of a single file; None for all.
        chosen: the columns of scores; all that are not called like something else without it.
    """

    files: tuple[Path, ...]
    batch_rows: int = BATCH_ROWS
    groups: tuple[int, ...] | None = None
    chosen: tuple[str, ...] | None = None

    @classmethod
    def at(
        cls,
        path: str | os.PathLike[str],
        *,
        batch_rows: int = BATCH_ROWS,
        models: Sequence[str] | None = None,
    ) -> ParquetScores:
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
        chosen = None if models is None else tuple(models)
        found = cls(files=files, batch_rows=batch_rows, chosen=chosen)
        found._check()
        return found

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The columns of scores."""
        if self.chosen is not None:
            return self.chosen
        return tuple(n for n in self.names if n not in _NOT_MODELS and n not in self.dropped)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The index of pandas among the columns."""
        return tuple(name for name in self.names if is_index(name))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(_file(self.files[0]).schema_arrow.names)

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
        for file in self.files:
            names = None if columns is None else list(columns)
            batches = _file(file).iter_batches(
                self.batch_rows, row_groups=self.groups, columns=names, use_threads=False
            )
            with _named(file):
                yield from batches

    def read(self, batch: Any) -> FloatArray:
        """``(rows, S)`` of a record batch; a null, not available, is 0.

        Raises:
            InvalidProblemError: a NaN, of a client that diverged; names the file and the row.
        """
        table = scores_of(batch, self.models)
        if np.isnan(table).any():
            raise self._diverged()
        return table

    def _diverged(self) -> InvalidProblemError:
        """Where the first NaN is, found again with the names of its row."""
        for file in self.files:
            rows = 0
            named = [name for name in ("client",) if name in self.names]
            for batch in replace(self, files=(file,)).batches([*named, *self.models]):
                wrong = np.argwhere(np.isnan(scores_of(batch, self.models)))
                if wrong.size:
                    row, model = (int(index) for index in wrong[0])
                    whose = f"client {str(batch.column('client')[row])!r}, " if named else ""
                    where = f"{file}: {whose}column {self.models[model]!r}, row {rows + row + 1}"
                    return diverged(where, "parquet")
                rows += batch.num_rows
        raise AssertionError("no NaN is there any more")

    def parts(self) -> list[ParquetScores]:
        """One for each row group, for machines that share the files."""
        return [
            replace(self, files=(file,), groups=(group,))
            for file in self.files
            for group in range(_file(file).num_row_groups)
        ]

    def _nulls(self) -> dict[str, int]:
        """Of every model, its nulls in files by pandas, which may be a NaN, as the files count."""
        found = dict.fromkeys(self.models, 0)
        for file in self.files:
            table = _file(file)
            undecided = undecided_columns((table.schema_arrow.metadata or {}).get(PANDAS.encode()))
            wanted = undecided & set(self.models)
            groups = range(table.num_row_groups if wanted else 0)
            for part in map(table.metadata.row_group, groups):
                for column in map(part.column, range(part.num_columns)):
                    name = column.path_in_schema
                    if name in wanted and column.is_stats_set:
                        found[name] += column.statistics.null_count or 0
        return found

    def _check(self) -> None:
        pa = _arrow()
        if not self.models:
            raise InvalidProblemError(f"{self.files[0]} has no model: add one column per model")
        for name in self.models:
            if name not in self.names:
                raise InvalidProblemError(
                    f"{self.files[0]} has no model {name!r}; {closest(name, self.names)}"
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
        first = _file(self.files[0]).schema_arrow
        tell_of_nulls(
            str(self.files[0].parent if len(self.files) > 1 else self.files[0]), self._nulls()
        )
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
    except ImportError as error:
        raise InvalidProblemError(
            f"streaming reads Parquet with pyarrow: {install_command('stream')}"
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

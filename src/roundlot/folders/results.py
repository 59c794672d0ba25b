"""A folder of results: what it holds, and that it appears whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from roundlot.files import replaced_file, write_text
from roundlot.folders.atomic import replaced_folder
from roundlot.folders.checks import MARKER, check_free
from roundlot.theory.spreadsheets import marked_frame, marked_record

if TYPE_CHECKING:
    import polars as pl

Records: TypeAlias = Sequence[Mapping[str, Any]]


class Drawn(Protocol):
    """A figure that can be written."""

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write its files into ``folder``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """What a folder of results holds.

    Attributes:
        texts: pages and the record, by the names of their files.
        figures: SVG and PDF each.
        tables: by name; frames become CSV and Parquet, records CSV.
        sorted_out: whether figures and tables have folders of their own.
    """

    texts: Mapping[str, str]
    figures: Sequence[Drawn] = ()
    tables: Mapping[str, pl.DataFrame | Records] = field(default_factory=dict)
    sorted_out: bool = True

    def write(self, folder: Path) -> None:
        """Write every file, each whole or not at all; the texts last.

        Raises:
            OSError: the place cannot be written.
        """
        figures, tables = ("figures", "tables") if self.sorted_out else (".", ".")
        for figure in self.figures:
            figure.write(folder / figures)
        for name, table in self.tables.items():
            write_table(folder / tables / name, table)
        for name, text in self.texts.items():
            write_text(folder / name, text)


@dataclass(frozen=True, kw_only=True)
class ResultFolder:
    """A place for a result; what is there is replaced only if it is an earlier result.

    Attributes:
        path: the folder.
        marker: the file that tells a result of this kind from anything else.
        overwrite: whether an earlier result may be replaced.
    """

    path: Path
    marker: str = MARKER
    overwrite: bool = False

    def require_free(self) -> None:
        """Refuse now, before a long job, what `write` would refuse after it.

        Raises:
            FileExistsError: something is in the way that may not be replaced.
            OSError: the place cannot be written.
        """
        check_free(self.path, overwrite=self.overwrite, marker=self.marker)

    def write(self, contents: Contents) -> tuple[Path, ...]:
        """Write everything, or nothing; gives the paths at the top of the folder.

        Raises:
            FileExistsError: something is in the way that may not be replaced.
            OSError: the place cannot be written.
        """
        with replaced_folder(self.path, overwrite=self.overwrite, marker=self.marker) as part:
            contents.write(part)
            names = sorted(path.name for path in part.iterdir())
        return tuple(self.path / name for name in names)


def write_table(stem: Path, table: pl.DataFrame | Records) -> None:
    """A frame as ``.csv`` and ``.parquet``, records as ``.csv``.

    Raises:
        OSError: the place cannot be written.
    """
    if isinstance(table, Sequence):
        write_text(stem.with_name(f"{stem.name}.csv"), _csv(table))
        return
    with replaced_file(stem.with_name(f"{stem.name}.csv")) as part, part.open("wb") as file:
        marked_frame(table).write_csv(file)
    with replaced_file(stem.with_name(f"{stem.name}.parquet")) as part, part.open("wb") as file:
        table.write_parquet(file, compression="zstd")


def _csv(records: Records) -> str:
    stream = io.StringIO()
    rows = [marked_record(record) for record in records]
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()

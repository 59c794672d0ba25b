"""A sweep's folder: rows in Parquet, appended while it runs, one row a key for who reads."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.folders.atomic import take_lock, write_bytes, write_text
from roundlot.sweep.resuming import require_extension
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

SETUP, CELLS, RESULTS, PARTS, LOCK = (
    "sweep.json",
    "cells.parquet",
    "results.parquet",
    "parts",
    ".lock",
)
_FORMAT = "roundlot.sweep/2"
BATCH_SECONDS = 2.0
BATCH_ROWS = 1000
MOST_PARTS = 100
_LEFT = ".*.part-*"  # of a write that was killed
_PART = re.compile(r"part-(\d+)\.parquet")


def read(folder: str | Path) -> pl.DataFrame:
    """The rows of a sweep so far, one a key, in the order of its cells; while it runs, too.

    What a row is called by is what the sweep calls its cell now: it may vary more than it did.

    Raises:
        FileExistsError: the folder is not of a sweep.
        InvalidProblemError: a file that is damaged.
    """
    import polars as pl

    place = Path(folder)
    head(place)
    cells = _frame(place / CELLS)
    # Parts first: one that goes meanwhile has gone into the results.
    parts = [_frame(path, gone=True) for path in _parts(place)]
    frames = [one for one in (_frame(place / RESULTS, gone=True), *parts) if one is not None]
    if not frames or cells is None:
        return pl.DataFrame()
    found = [one.select("key", *one.columns[one.columns.index("status") :]) for one in frames]
    rows = pl.concat(found, how="diagonal_relaxed").with_row_index("written")
    rows = rows.sort(pl.col("status") == "ok", "written", maintain_order=True)
    rows = rows.unique("key", keep="last", maintain_order=True)
    placed = cells.with_row_index("place")
    return placed.join(rows, on="key", how="inner").sort("place").drop("place", "written")


def head(folder: Path) -> Mapping[str, Any]:
    """What a sweep's folder says of itself: format, version, setup.

    Raises:
        FileExistsError: the folder is not of a sweep.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((folder / SETUP).read_text("utf-8"))
        if found["format"] == _FORMAT:
            return dict(found)
    raise FileExistsError(f"{folder} holds no {SETUP} of a sweep; choose another folder")


class Store:
    """Rows of one sweep, added by one process. Made by `opened`."""

    def __init__(self, folder: Path, schema: Mapping[str, Any]) -> None:
        self.folder, self.schema = folder, schema
        self.rows: list[dict[str, Any]] = []
        self.written = time.monotonic()
        self.number = max((_number(path) for path in _parts(folder)), default=0)

    def add(self, row: dict[str, Any]) -> None:
        """Take a row; it is on disk with its batch."""
        self.rows.append(row)
        self.tick()

    def tick(self) -> None:
        """Write the batch if it is large enough, or old enough."""
        waited = time.monotonic() - self.written
        if len(self.rows) >= BATCH_ROWS or waited >= BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the batch, as a whole file or not at all."""
        import polars as pl

        if self.rows:
            frame = pl.DataFrame(self.rows, schema=self.schema, strict=False)
            self.number += 1
            _write(self.folder / PARTS / f"part-{self.number:08d}.parquet", frame)
            self.rows = []
            if len(_parts(self.folder)) > MOST_PARTS:
                self.compact()
        self.written = time.monotonic()

    def compact(self) -> pl.DataFrame:
        """All rows into one file, oldest parts removed first; gives the rows."""
        parts = _parts(self.folder)
        frame = read(self.folder)
        if frame.is_empty():
            return frame
        _write(self.folder / RESULTS, frame)
        for path in parts:
            path.unlink()
        return frame

    def finish(self) -> pl.DataFrame:
        """The same at the end, as CSV too."""
        self.flush()
        frame = self.compact()
        write_text(self.folder / "results.csv", frame.write_csv())
        return frame


@contextmanager
def opened(
    folder: Path,
    document: Mapping[str, Any],
    cells: pl.DataFrame,
    schema: Mapping[str, Any],
    *,
    resume: bool,
) -> Iterator[Store]:
    """The folder, new or of an earlier run of the same sweep, for this process alone.

    ``cells`` are the keys with what rows are called by, ``schema`` the key and what is measured.
    Rows that were added when the block ends, however it ends, are on disk.

    Raises:
        FileExistsError: an earlier sweep without ``resume``; something else is in the way; another
            process sweeps into the folder now.
        InvalidProblemError: an earlier sweep that this one does not extend; names what differs.
        OSError: the place cannot be written.
    """
    from roundlot import __version__

    check_free(folder, resume=resume)
    folder.mkdir(parents=True, exist_ok=True)
    keys = cells["key"].to_list()
    with (folder / LOCK).open("a", encoding="utf-8") as lock:
        take_lock(
            lock, f"another process sweeps into {folder} now; wait for it or choose another folder"
        )
        check_free(folder, resume=resume)
        if _has_rows(folder):
            earlier, before = head(folder), _frame(folder / CELLS)
            assert before is not None
            require_extension(folder, earlier, before["key"].to_list(), document, keys)
        for left in (*folder.glob(_LEFT), *(folder / PARTS).glob(_LEFT)):
            left.unlink()
        said = {"format": _FORMAT, "version": __version__, "cells": len(keys), "setup": document}
        # First what the folder is known by: what stops the rest can be gone on with.
        write_text(folder / SETUP, json.dumps(said, indent=1, default=str))
        _write(folder / CELLS, cells)
        (folder / PARTS).mkdir(exist_ok=True)
        store = Store(folder, schema)
        try:
            yield store
        finally:
            store.flush()


def check_free(folder: Path, *, resume: bool) -> None:
    """Refuse now what ``opened`` would refuse.

    Raises:
        FileExistsError: the folder holds something that may not be added to.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; give the name of a folder")
    left = {LOCK, *(path.name for path in folder.glob(_LEFT))}
    if not folder.is_dir() or {item.name for item in folder.iterdir()} <= left:
        return
    head(folder)
    if not resume and _has_rows(folder):
        raise FileExistsError(
            f"{folder} holds an earlier sweep; choose another folder, or go on with --resume"
        )


def _has_rows(folder: Path) -> bool:
    return (folder / RESULTS).exists() or bool(_parts(folder))


def _parts(folder: Path) -> list[Path]:
    """Oldest first."""
    found: Iterable[Path] = (folder / PARTS).glob("part-*.parquet")
    return sorted((path for path in found if _PART.fullmatch(path.name)), key=_number)


def _number(path: Path) -> int:
    match = _PART.fullmatch(path.name)
    assert match is not None
    return int(match[1])


def _write(path: Path, frame: pl.DataFrame) -> None:
    """By way of memory: a disk that is full is an OSError then, which Polars' own error is not."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    write_bytes(path, content.getvalue())


def _frame(path: Path, *, gone: bool = False) -> pl.DataFrame | None:
    import polars as pl

    try:
        return pl.read_parquet(path.read_bytes())
    except FileNotFoundError:
        if gone:
            return None
        raise FileExistsError(f"{path.parent} holds no {path.name} of a sweep") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidProblemError(
            f"{path} is damaged ({' '.join(str(error).split())[:100]}); remove it, and --resume "
            "computes its rows again"
        ) from error

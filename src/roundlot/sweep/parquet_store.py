"""Rows of a sweep as the first version kept them, in Parquet files; they are only read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from roundlot.asides import unsaid
from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import content_of

if TYPE_CHECKING:
    import polars as pl

CELLS, RESULTS, PARTS = "cells.parquet", "results.parquet", "parts"
_PART = re.compile(r"part-(\d+)\.parquet")


def has_rows(folder: Path) -> bool:
    """Whether there are rows of the first version."""
    return (folder / CELLS).exists() and ((folder / RESULTS).exists() or bool(_parts(folder)))


def keys(folder: Path) -> list[str]:
    """The keys of all cells.

    Raises:
        InvalidProblemError: a file that is damaged.
    """
    return [str(key) for key in _frame(folder / CELLS)["key"].to_list()]


def read(folder: Path, *, missing: bool = False) -> pl.DataFrame:
    """The rows, one a key, in the order of the cells; none where ``missing`` is allowed.

    Raises:
        FileExistsError: the folder holds no cells.
        InvalidProblemError: a file that is damaged.
    """
    import polars as pl

    if not (folder / CELLS).exists():
        if missing:
            return pl.DataFrame()
        raise FileExistsError(f"{folder} holds no rows of a sweep; go on with --resume")
    cells, results = _frame(folder / CELLS), folder / RESULTS
    frames = [_frame(path) for path in ([results] if results.exists() else []) + _parts(folder)]
    if not frames:
        return pl.DataFrame()
    found = [one.select("key", *one.columns[one.columns.index("status") :]) for one in frames]
    rows = pl.concat(found, how="diagonal_relaxed").with_row_index("written")
    rows = rows.sort(pl.col("status") == "ok", "written", maintain_order=True)
    rows = rows.unique("key", keep="last", maintain_order=True)
    placed = cells.with_row_index("place")
    return placed.join(rows, on="key", how="inner").sort("place").drop("place", "written")


def remove(folder: Path) -> None:
    """Remove the files whose rows were taken over; results stay until they are written anew."""
    (folder / CELLS).unlink(missing_ok=True)
    shutil.rmtree(folder / PARTS, ignore_errors=True)


def _parts(folder: Path) -> list[Path]:
    """Oldest first."""
    parts = [path for path in (folder / PARTS).glob("part-*.parquet") if _PART.fullmatch(path.name)]
    return sorted(parts, key=lambda path: int(path.stem.removeprefix("part-")))


def _frame(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        with unsaid():
            return pl.read_parquet(content_of(path))
    except (pl.exceptions.PanicException, pl.exceptions.PolarsError, OSError) as error:
        raise InvalidProblemError(
            f"{path} is damaged ({' '.join(str(error).split())[:100]}); remove it, and --resume "
            "computes its rows again"
        ) from error

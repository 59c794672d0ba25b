"""CSV and Parquet tables in, as checked columns; every complaint names file, column and row."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.fleet.csv_rows import header_and_rows
from roundlot.fleet.files import closest, existing_file, reason
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table as it was read: CSV cells are still text, so that identifiers keep their zeros."""

    path: Path
    what: str
    frame: pl.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.frame.columns)

    def require(self, column: str) -> None:
        """Refuse a table without ``column``."""
        if column not in self.frame.columns:
            raise InvalidProblemError(
                f"{self.what} {self.path} has no column {column!r}; "
                + closest(column, self.frame.columns)
            )

    def texts(self, column: str) -> tuple[str, ...]:
        """A column of names; an empty cell is refused."""
        import polars as pl

        self.require(column)
        try:
            series = self.frame[column].cast(pl.String).str.strip_chars()
        except pl.exceptions.PolarsError as error:
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} does not hold names"
            ) from error
        empty = (series.is_null() | (series == "")).to_numpy()
        if empty.any():
            row = int(np.argmax(empty))
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} is empty in row {row + 1}; fill it in"
            )
        return tuple(series.to_list())

    def numbers(self, columns: Sequence[str], *, empty: bool = False) -> FloatArray:
        """``(rows, columns)`` float64; an empty cell is refused, or NaN if ``empty`` is allowed."""
        table = np.empty((self.frame.height, len(columns)))
        for index, column in enumerate(columns):
            table[:, index] = self._number(column, empty=empty)
        return table

    def _number(self, column: str, *, empty: bool) -> FloatArray:
        import polars as pl

        self.require(column)
        given = self.frame[column]
        if given.dtype == pl.String:
            given = given.str.strip_chars().replace("", None)
        elif not given.dtype.is_numeric() and given.dtype != pl.Null:
            raise self._not_a_number(column, 0, given.dtype)
        values = given.cast(pl.Float64, strict=False)
        missing = values.is_null().to_numpy()
        wrong = (missing & given.is_not_null().to_numpy()) | values.is_nan().fill_null(
            False
        ).to_numpy()
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self._not_a_number(column, row, given[row])
        if missing.any() and not empty:
            row = int(np.argmax(missing))
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} is empty in row {row + 1}; "
                "write a number, 0 for none"
            )
        return np.asarray(values.fill_null(np.nan).to_numpy(), dtype=np.float64)

    def _not_a_number(self, column: str, row: int, value: Any) -> InvalidProblemError:
        return InvalidProblemError(
            f"{self.what} {self.path}: column {column!r}, row {row + 1} is {str(value)[:40]!r}; "
            "give a number"
        )


def read_table(path: str | os.PathLike[str], what: str = "table") -> Table:
    """The CSV or Parquet table at ``path``.

    Raises:
        InvalidProblemError: missing, empty, a folder, of another kind, malformed, without rows, a
            CSV row with too few or too many cells.
    """
    place = existing_file(path, what)
    suffix = place.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise InvalidProblemError(f"{what} {place} is not a .csv or .parquet file; convert it")
    frame = _read(place, what, suffix)
    if frame.width == 0 or frame.height == 0:
        raise InvalidProblemError(f"{what} {place} has no rows below its header")
    return Table(path=place, what=what, frame=frame)


def _read(place: Path, what: str, suffix: str) -> pl.DataFrame:
    import polars as pl

    try:
        if suffix == ".parquet":
            return pl.read_parquet(place, glob=False)
        return _read_csv(place, what)
    except InvalidProblemError:
        raise
    except pl.exceptions.PanicException as error:  # not an Exception: Polars gave up inside
        raise _unreadable(place, what, error) from error
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise _unreadable(place, what, error) from error


def _read_csv(place: Path, what: str) -> pl.DataFrame:
    import polars as pl

    header, rows = header_and_rows(place, what)
    if rows == 0:
        return pl.DataFrame()
    frame = pl.read_csv(place, infer_schema=False, glob=False, n_rows=rows)
    if frame.height != rows:
        raise ValueError(
            f"{rows} rows or {frame.height}, as one takes its quotes and line ends; "
            "close every quote, and end lines in LF or CR LF"
        )
    # Polars does not undouble the quotes of a header as it does those of cells.
    return frame.rename(dict(zip(frame.columns, header, strict=True)))


def _unreadable(place: Path, what: str, error: BaseException) -> InvalidProblemError:
    if "utf-8" in str(error).lower() or "utf8" in str(error).lower():
        return InvalidProblemError(f"{what} {place} is not UTF-8 text; save it as UTF-8")
    return InvalidProblemError(
        f"{what} {place} is not a readable {place.suffix[1:]} file: {reason(error)}"
    )

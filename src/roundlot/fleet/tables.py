"""CSV and Parquet tables in, as checked columns; every complaint names file, column and row."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.asides import unsaid
from roundlot.files import replaced_file, reworded
from roundlot.fleet.columns import index_holds_names, without_index
from roundlot.fleet.delimited import (
    SEPARATORS,
    TEXT_KINDS,
    read_delimited,
    require_width,
)
from roundlot.fleet.encodings import kind_of_bytes
from roundlot.fleet.numerals import plain_numerals
from roundlot.fleet.pandas_nulls import PANDAS, column_in_levels, tell_of_nulls, undecided_columns
from roundlot.fleet.parquet_footer import require_size
from roundlot.setup.reading import closest, existing_file, one_spelling, plain_path, reason
from roundlot.simulate.array_files import load_array, load_arrays
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import (
    MISSING_WORDS,
    RULES,
    Cell,
    Meaning,
    Role,
    diverged,
    is_missing,
    numbers_of,
)
from roundlot.theory.names import (
    MOST_NAME,
    UNSEEN,
    columns_in_levels,
    require_one_level,
    require_seen,
    spelled_again,
)
from roundlot.theory.plain_files import opened
from roundlot.theory.spreadsheets import marked_frame, unmarked

if TYPE_CHECKING:
    import polars as pl

#: What may part cells in another dialect, or begin a comment.
_OTHER_MARKS = (*(mark for mark in SEPARATORS if mark != ","), "#")
#: Endings of the files that `write_table` writes.
KINDS = (".csv", ".parquet", ".npy")


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table as it was read: CSV cells are still text, so that identifiers keep their zeros.

    Attributes:
        path, what: where it is, and what for.
        frame: its columns.
        separator: what parts the cells of a text table.
        dropped: columns that were left out.
        undecided: columns in which a null may be a missing cell or a NaN.
    """

    path: Path
    what: str
    frame: pl.DataFrame
    separator: str = ","
    dropped: tuple[str, ...] = ()
    undecided: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """The format, in the words of ``theory.cells.ABSENT_IN``."""
        suffix = self.path.suffix.lower()
        return "csv" if suffix in TEXT_KINDS else suffix.removeprefix(".")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.series)

    @cached_property
    def series(self) -> Mapping[str, pl.Series]:
        """The columns by name: a frame searches all of them for each."""
        return dict(zip(self.frame.columns, self.frame.get_columns(), strict=True))

    def require(self, column: str) -> None:
        """Refuse a table without ``column``."""
        if column not in self.series:
            remedy = index_holds_names(self.columns) if column == "client" else ""
            raise InvalidProblemError(
                f"{self.what} {self.path} has no column {column!r}; "
                + (remedy or closest(column, self.series))
            )

    def texts(self, column: str) -> tuple[str, ...]:
        """A column of names; an empty cell is refused."""
        import polars as pl

        self.require(column)
        self._require_short(column)
        try:
            series = self.series[column].cast(pl.String)
        except pl.exceptions.PolarsError as error:
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} does not hold names"
            ) from error
        empty = (series.is_null() | (series.str.strip_chars() == "")).to_numpy()
        if self.series[column].dtype.is_float():  # NaN is what pandas makes of an empty name
            empty |= self.series[column].is_nan().fill_null(True).to_numpy()
        if empty.any():
            row = int(np.argmax(empty))
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} is empty in row {row + 1}; fill it in"
            )
        return self._one_spelling(column, series.to_list())

    def _require_short(self, column: str) -> None:
        """Refuse a text that is no name and no number, before it is copied for every row."""
        import polars as pl

        given = self.series[column]
        if given.dtype in (pl.Categorical, pl.Enum):
            given = given.cast(pl.String)
        if given.dtype != pl.String:
            return
        lengths = given.str.len_chars()
        longest: Any = lengths.max() or 0
        if longest > MOST_NAME:
            row = int(lengths.arg_max() or 0)
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r}, row {row + 1} has {longest} "
                f"characters, {MOST_NAME} at most; shorten it"
            )

    def _one_spelling(self, column: str, names: list[str]) -> tuple[str, ...]:
        """The names in NFC, without spaces round them; refuses one that is spelled in two ways."""
        spelled = [one_spelling(name) for name in names]
        for row, name in enumerate(spelled):
            if UNSEEN.search(name):
                require_seen(name, f"{self.what} {self.path}: column {column!r}, row {row + 1}")
        again = spelled_again(names, spelled)
        if again:
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} spells {spelled[again.at]!r} in two "
                f"ways that look alike ({again.how}), again in row {again.at + 1}; spell it in one"
            )
        return tuple(spelled)

    def numbers(self, columns: Sequence[str], *, role: Role = Role.LIMIT) -> FloatArray:
        """``(rows, columns)`` float64; NaN where there is no value, if ``role`` may lack one.

        Raises:
            InvalidProblemError: by ``theory.cells.RULES``: text, a NaN of a client that diverged,
                a missing value where the role needs one.

        Warns:
            RoundlotWarning: nulls of a file by pandas, which may be either.
        """
        table = np.empty((self.frame.height, len(columns)))
        for index, column in enumerate(columns):
            table[:, index] = self._number(column, role)
        nulls = {
            column: int(np.isnan(table[:, index]).sum())
            for index, column in enumerate(columns)
            if column in self.undecided
        }
        tell_of_nulls(f"{self.what} {self.path}", nulls)
        return table

    def _number(self, column: str, role: Role) -> FloatArray:
        import polars as pl

        self.require(column)
        self._require_short(column)
        given = self.series[column]
        if given.dtype in (pl.Categorical, pl.Enum):
            given = given.cast(pl.String)
        if given.dtype == pl.String:
            given = given.str.strip_chars()
            given = given.set(given.is_in(MISSING_WORDS), None)
            file = f"{self.what} {self.path}: column {column!r}"
            given = plain_numerals(given, file, comma_parts=self.separator == ",")
        elif not given.dtype.is_numeric() and given.dtype != pl.Null:
            row = int(np.argmax(given.is_not_null().to_numpy()))
            raise self._not_a_number(column, row, given.slice(row, 1).to_list()[0])
        values = given.cast(pl.Float64, strict=False)
        self._require_no_underflow(column, given, values)
        missing = values.is_null().to_numpy()
        wrong = missing & given.is_not_null().to_numpy()
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self._not_a_number(column, row, given[row])
        if missing.any() and RULES[Cell.EMPTY].meanings[role] is Meaning.REFUSED:
            row = int(np.argmax(missing))
            raise InvalidProblemError(
                f"{self.what} {self.path}: column {column!r} is empty in row {row + 1}; "
                "write a number, 0 for none"
            )
        numbers = np.array(values.fill_null(0.0).to_numpy(), dtype=np.float64)
        self._require_no_nan(column, numbers)
        numbers[missing] = np.nan
        return numbers

    def _require_no_underflow(self, column: str, given: pl.Series, values: pl.Series) -> None:
        """Refuse a text such as 1e-400, which float64 has no number for but 0."""
        import polars as pl

        if given.dtype != pl.String or not (values == 0.0).any():
            return
        lost = ((values == 0.0) & given.str.contains("^[^eE]*[1-9]")).fill_null(False).to_numpy()
        if lost.any():
            row = int(np.argmax(lost))
            raise InvalidProblemError(
                f"{self.what} {self.path}: {self.cell(column, row)} is {given[row][:40]!r}, too "
                "small to be told from 0; measure in a smaller unit, or write 0"
            )

    def _require_no_nan(self, column: str, numbers: FloatArray) -> None:
        wrong = np.isnan(numbers)
        if wrong.any():
            place = self.cell(column, int(np.argmax(wrong)))
            raise diverged(f"{self.what} {self.path}: {place}", self.kind)

    def cell(self, column: str, row: int) -> str:
        """A cell in words: its client, where the table names it, its column, its row."""
        whose = ""
        if "client" in self.series and column != "client":
            whose = f"client {str(self.series['client'][row])[:40]!r}, "
        return f"{whose}column {column!r}, row {row + 1}"

    def _not_a_number(self, column: str, row: int, value: Any) -> InvalidProblemError:
        return InvalidProblemError(
            f"{self.what} {self.path}: {self.cell(column, row)} is {str(value)[:40]!r}; "
            "give a number"
        )


def read_table(path: str | os.PathLike[str], what: str = "table") -> Table:
    """The text table (``.csv``, ``.tsv``; see ``delimited``) or Parquet table at ``path``.

    Raises:
        InvalidProblemError: missing, empty, a folder, of another kind, malformed, without rows, a
            CSV row with too few or too many cells.
    """

    place = existing_file(path, what)
    suffix = place.suffix.lower()
    undecided: frozenset[str] = frozenset()
    if suffix in TEXT_KINDS:
        frame, separator = _of_text(place, what)
    elif suffix == ".parquet":
        frame, separator = _of_parquet(place, what), ","
        record = _parquet_metadata(place, what).get(PANDAS)
        undecided, several = undecided_columns(record), column_in_levels(record)
        if several is not None:
            raise columns_in_levels(f"{what} {place}", several)
    else:
        raise InvalidProblemError(
            f"{what} {place} is not a {', '.join(TEXT_KINDS)} or .parquet file; convert it"
        )
    if frame.width == 0 or frame.height == 0:
        raise InvalidProblemError(f"{what} {place} has no rows below its header")
    frame, dropped = without_index(frame, f"{what} {place}")
    return Table(
        path=place,
        what=what,
        frame=frame,
        separator=separator,
        dropped=dropped,
        undecided=undecided,
    )


def unique_clients(table: Table) -> tuple[str, ...]:
    """The column ``client`` of a table that has a row a client.

    Raises:
        InvalidProblemError: a client that is there twice, with the file.
    """
    clients = table.texts("client")
    twice = next((name for name, count in Counter(clients).items() if count > 1), None)
    if twice is not None:
        rows = [str(row + 1) for row, name in enumerate(clients) if name == twice]
        raise InvalidProblemError(
            f"{table.what} {table.path}: client {twice!r} is in rows {' and '.join(rows[:2])}; "
            "give every client once"
        )
    return clients


def _of_text(place: Path, what: str) -> tuple[pl.DataFrame, str]:
    """The cells as texts, null where they are empty, and what parts them."""
    import polars as pl

    found = read_delimited(place, what)
    columns = {  # by name: in a list, Polars gives a column without one a name of its own
        name: pl.Series(name, [unmarked(cell) or None for cell in cells], dtype=pl.String)
        for name, cells in zip(found.header, found.columns, strict=True)
    }
    return pl.DataFrame(columns), found.separator


def _of_parquet(place: Path, what: str) -> pl.DataFrame:
    import polars as pl

    try:
        require_size(place, f"{what} {place}")
        with unsaid():
            frame = pl.read_parquet(place, glob=False)
    except pl.exceptions.PanicException as error:  # not an Exception: Polars gave up inside
        raise _unreadable(place, what, error) from error
    except InvalidProblemError:
        raise
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise _unreadable(place, what, error) from error
    names = _column_names(frame.columns, f"{what} {place}")
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _parquet_metadata(place: Path, what: str) -> dict[str, str]:
    import polars as pl

    try:
        with unsaid():
            record: dict[str, str] = pl.read_parquet_metadata(place)
    except (pl.exceptions.PanicException, pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(place, what, error) from error
    return record


def _unreadable(place: Path, what: str, error: BaseException) -> InvalidProblemError:
    with opened(place) as file:
        kind = kind_of_bytes(file.read(100))
    return InvalidProblemError(
        f"{what} {place} is {kind}"
        if kind and place.suffix not in kind
        else f"{what} {place} is not a readable {place.suffix[1:]} file: {reason(error)}"
    )


def read_npy(place: Path, what: str) -> npt.NDArray[Any]:
    """The integers or floats in the file; ``what`` names it in errors.

    Raises:
        InvalidProblemError: anything else, a pickle too, which is never read.
    """
    try:
        array = load_array(place)
        if array.dtype.kind not in "iuf":
            raise ValueError("it does not hold one array of numbers")
    except (ValueError, OSError) as error:
        raise InvalidProblemError(
            f"{what} {place} is not a plain .npy array: {reason(error)}"
        ) from error
    return array


def read_npz(place: Path, what: str, *, needed: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays in the file by name, one called ``needed`` among them.

    Raises:
        InvalidProblemError: anything else, a pickle too, which is never read.
    """
    try:
        arrays = load_arrays(place)
    except (ValueError, OSError) as error:
        raise InvalidProblemError(
            f"{what} {place} is not an .npz archive of arrays: {reason(error)}"
        ) from error
    if needed not in arrays:
        raise InvalidProblemError(
            f"{what} {place} has no array {needed!r}; {closest(needed, arrays)}"
        )
    return arrays


def table_of_frame(frame: Any, what: str) -> Table:
    """A pandas or polars frame as a table; a named index of pandas is a column like others.

    A pandas index that is not just 0, 1, 2, ... is the column ``client`` unless there is one.

    Raises:
        InvalidProblemError: no frame, a column twice, an index of several levels, true or false, a
            NaN in a column of floats of pandas, which may be a missing cell or a client that
            diverged.
    """
    import polars as pl

    library = type(frame).__module__.partition(".")[0]
    if library not in ("polars", "pandas") and hasattr(frame, "__arrow_c_stream__"):
        frame, library = pl.DataFrame(frame), "polars"
    if library == "polars" and isinstance(frame, pl.DataFrame):
        columns = _of_polars(frame, what)
    elif library == "pandas" and hasattr(frame, "columns"):
        columns = _of_pandas(frame, what)
    else:
        raise InvalidProblemError(
            f"{what} is a {type(frame).__name__}; give a path, or a frame of polars, pandas "
            "or Arrow"
        )
    made, dropped = without_index(pl.DataFrame(columns), f"{what} (frame)")
    if made.width == 0 or made.height == 0:
        raise InvalidProblemError(f"{what} is a frame without rows or columns; fill it")
    return Table(path=Path(f"frame.{library}"), what=what, frame=made, dropped=dropped)


def _of_pandas(frame: Any, what: str) -> dict[str, pl.Series]:
    import polars as pl

    found: dict[str, pl.Series] = {}
    require_one_level(frame.columns, what)
    names = _column_names(frame.columns, what)
    if "client" not in names and type(frame.index).__name__ != "RangeIndex":
        if frame.index.nlevels > 1:
            raise InvalidProblemError(
                f"{what} has an index of {frame.index.nlevels} levels; keep the one that names "
                "clients, as by droplevel"
            )
        found["client"] = pl.Series(_texts(frame.index), dtype=pl.String)
    if "client" in names:  # first, so that cells are told by them
        found["client"] = pl.Series(_texts(frame.iloc[:, names.index("client")]), dtype=pl.String)

    def row_of(name: str) -> Callable[[int], str]:
        """What a cell is called in errors, as in a file."""
        whose = found.get("client")
        return lambda row: (
            f"{what}: "
            + ("" if whose is None else f"client {str(whose[row])[:40]!r}, ")
            + f"column {name!r}, row {row + 1}"
        )

    for at, name in enumerate(names):
        column = frame.iloc[:, at]
        cells = column.astype(object)
        if name in ("client", "processor"):
            found[name] = pl.Series(_texts(column), dtype=pl.String)
        elif any(isinstance(cell, str) for cell in cells):
            found[name] = pl.Series([_text(cell) for cell in cells], dtype=pl.String)
        else:
            numbers, missing = numbers_of(column, f"{what}: column {name!r}", row_of(name))
            found[name] = pl.Series(name, numbers).set(pl.Series(missing), None)
    return found


def _text(cell: Any) -> str | None:
    """A cell among texts as text; a missing one is none."""
    return None if is_missing(cell) else str(cell)


def _texts(column: Any) -> list[str | None]:
    """Names of clients as text, one of them perhaps "NA"; None where there is none."""
    return [
        None if not isinstance(cell, str) and (is_missing(cell) or cell != cell) else str(cell)
        for cell in column
    ]


def _of_polars(frame: pl.DataFrame, what: str) -> dict[str, pl.Series]:
    return dict(zip(_column_names(frame.columns, what), frame.get_columns(), strict=True))


def _column_names(given: Any, file: str) -> list[str]:
    """Names of columns in one spelling; refuses one that stands twice."""
    names = [one_spelling(str(name)) for name in given]
    require_width(len(names), file)
    for at, name in enumerate(names):
        require_seen(name, f"{file}: the name of column {at + 1}", most=MOST_NAME)
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise InvalidProblemError(
            f"{file}: column {twice!r} appears more than once; rename or drop one"
        )
    return names


def write_table(
    path: str | os.PathLike[str], columns: Mapping[str, Any], *, overwrite: bool = True
) -> Path:
    """``columns`` of equal length as ``.csv``, ``.parquet`` or ``.npy`` (numbers only).

    NaN becomes an empty cell in CSV and Parquet. The file appears whole or not at all.

    Raises:
        InvalidProblemError: another kind of file, columns of different lengths, an existing file
            that must not be overwritten, a folder that does not exist.
    """
    target = Path(path)
    arrays = {str(name): np.asarray(values) for name, values in columns.items()}
    _check(arrays)
    writers = {".csv": _csv, ".parquet": _parquet, ".npy": _npy}
    suffix = target.suffix.lower()
    if suffix not in writers:
        raise InvalidProblemError(f"{target} has no known kind; end it in .csv, .parquet or .npy")
    return write_atomically(
        target, lambda place: writers[suffix](place, arrays), overwrite=overwrite
    )


def write_atomically(
    path: str | os.PathLike[str], write: Callable[[Path], None], *, overwrite: bool = True
) -> Path:
    """``write`` a file beside ``path`` and put it in place whole, or leave all as it was.

    Raises:
        InvalidProblemError: the folder does not exist, or ``path`` does and must not be replaced.
    """
    target = plain_path(path, "file")
    try:
        with reworded(target):
            if target.is_dir():
                raise InvalidProblemError(f"{target} is a folder; give a file to write")
            if not target.parent.is_dir():
                raise InvalidProblemError(f"folder {target.parent} does not exist; create it first")
            with replaced_file(target, overwrite=overwrite) as part:
                write(part)
    except OSError as error:
        if isinstance(error, FileExistsError) and target.is_file():
            raise InvalidProblemError(
                f"{target} exists and is not overwritten; remove it or choose another name"
            ) from error
        raise InvalidProblemError(str(error)) from error
    return target


def _check(arrays: dict[str, Any]) -> None:
    lengths = {name: values.shape for name, values in arrays.items()}
    if not lengths:
        raise InvalidProblemError("there is no column to write; give at least one")
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise InvalidProblemError(f"columns must be 1-D and of one length, got shapes {lengths}")


def _frame(arrays: dict[str, Any]) -> Any:
    import polars as pl

    plain = {
        name: values.tolist() if values.dtype.kind in "OU" else values
        for name, values in arrays.items()
    }
    return pl.DataFrame(plain, nan_to_null=True)


def _csv(place: Path, arrays: dict[str, Any]) -> None:
    """All texts stand in quotes if one of them holds what parts cells in another dialect."""
    import polars as pl

    frame = marked_frame(_frame(arrays))
    named = [*frame.columns, *(v for text in frame.select(pl.selectors.string()) for v in text)]
    unclear = any(mark in name for name in named if name for mark in _OTHER_MARKS)
    with place.open("wb") as file:
        frame.write_csv(file, quote_style="non_numeric" if unclear else "necessary")


def _parquet(place: Path, arrays: dict[str, Any]) -> None:
    with place.open("wb") as file:
        _frame(arrays).write_parquet(file)


def _npy(place: Path, arrays: dict[str, Any]) -> None:
    for name, values in arrays.items():
        if values.dtype.kind not in "biuf":
            raise InvalidProblemError(f"column {name!r} is not numbers; leave it out of a .npy")
    content = BytesIO()  # of a full disk NumPy itself says only how many numbers it wrote
    np.save(content, np.column_stack(list(arrays.values())), allow_pickle=False)
    with place.open("wb") as file:
        file.write(content.getbuffer())

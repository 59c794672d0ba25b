"""A sweep's folder: rows in SQLite, one a key for who reads, added while it runs.

The folder says what it is of in ``sweep.json``. Its rows are in ``rows.sqlite``: table ``cells``
has every key in order with what its row is called by, table ``rows`` what was measured. At the
end the rows are written as Parquet and CSV, too.
"""

from __future__ import annotations

import io
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot import __version__
from roundlot.files import refusal, reworded, write_bytes, write_text
from roundlot.folders.growing import GrowingFolder, flat, plain
from roundlot.simulate.runs.callbacks import new_key
from roundlot.sweep import parquet_store
from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import NotPlainError, not_plain
from roundlot.theory.spreadsheets import marked_frame

if TYPE_CHECKING:
    import polars as pl

SETUP, ROWS, RESULTS = "sweep.json", "rows.sqlite", "results.parquet"
BATCH_SECONDS = 2.0
BATCH_ROWS = 1000
PATIENCE = 60.0  # seconds that who reads waits for who writes, and the other way round
#: Declared types of columns; SQLite keeps truth values as numbers.
_DECLARED = {int: "INTEGER", float: "REAL", str: "TEXT", bool: "BOOLEAN"}
#: A row that failed never takes the place of one that did not.
_ADD = (
    "INSERT INTO rows ({names}) VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {values} "
    "WHERE excluded.status = 'ok' OR rows.status <> 'ok'"
)

Columns = Mapping[str, type]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Every cell's key with what its row is called by, in order."""

    columns: Columns
    rows: Sequence[Sequence[Any]]

    @property
    def keys(self) -> list[str]:
        """The first column."""
        return [str(row[0]) for row in self.rows]


def sweep_folder(path: str | Path) -> GrowingFolder:
    """A place for a sweep; folders of the first version hold their rows in Parquet."""
    return GrowingFolder(
        path=Path(path),
        noun="sweep",
        verb="sweeps",
        head_name=SETUP,
        formats=("roundlot.sweep/3", "roundlot.sweep/2"),
        started=_has_rows,
    )


def read(folder: str | Path) -> pl.DataFrame:
    """The rows of a sweep so far, one a key, in the order of its cells; while it runs, too.

    What a row is called by is what the sweep calls its cell now: it may vary more than it did.

    Raises:
        FileExistsError: the folder is not of a sweep.
        InvalidProblemError: a file that is damaged.
    """
    place = Path(folder)
    sweep_folder(place).head()
    if not _is_made(place / ROWS):
        return parquet_store.read(place)
    with _connected(place / ROWS) as connection:
        return _frame(connection)


@dataclass(kw_only=True, eq=False)
class Store:
    """Rows of one sweep, added by one process. Made by `opened`.

    Its ``key`` is what the sweep is known by to those who log it.
    """

    folder: Path
    connection: sqlite3.Connection
    columns: Columns
    key: str
    batch: list[list[Any]] = field(default_factory=list)
    written: float = field(default_factory=time.monotonic)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take a row; it is on disk with its batch."""
        self.batch.append([row.get(name) for name in self.columns])
        self.tick()

    def tick(self) -> None:
        """Write the batch if it is large enough, or old enough."""
        waited = time.monotonic() - self.written
        if len(self.batch) >= BATCH_ROWS or waited >= BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the batch, all of it or nothing."""
        if self.batch:
            with _transaction(self.connection):
                _insert(self.connection, self.columns, self.batch)
            self.batch = []
        self.written = time.monotonic()

    def finish(self) -> pl.DataFrame:
        """All rows, which are Parquet and CSV now, too."""
        self.flush()
        frame = _frame(self.connection)
        # By way of memory: a full disk is an OSError then, which Polars' own error is not.
        content = io.BytesIO()
        frame.write_parquet(content, compression="zstd")
        write_bytes(self.folder / RESULTS, content.getvalue())
        write_text(self.folder / "results.csv", marked_frame(frame).write_csv())
        return frame


@contextmanager
def opened(
    folder: Path,
    document: Mapping[str, Any],
    cells: Cells,
    measured: Columns,
    *,
    resume: bool,
    code: Mapping[str, str] | None = None,
) -> Iterator[Store]:
    """The folder, new or of an earlier run of the same sweep, for this process alone.

    ``measured`` are the columns of a row, its key first; ``code`` is the mark of what computes the
    rows of every method, and has to be that of the rows that are there. Rows that were added when
    the block ends, however it ends, are on disk. Rows of a folder of the first version are taken
    over.

    Raises:
        FileExistsError: an earlier sweep without ``resume``; something else is in the way; another
            process sweeps into the folder now.
        InvalidProblemError: an earlier sweep that this one does not extend; names what differs.
        OSError: the place cannot be written.
    """
    place = sweep_folder(folder)
    with place.owned(resume=resume) as earlier:
        if earlier is not None:
            _require_version(folder, earlier)
            # Before what changed in the setup: a method that means another thing has other cells.
            _require_code(folder, earlier.get("code", {}), code or {})
            _require_extension(folder, earlier, _earlier_keys(folder), document, cells.keys)
        there = None if _is_made(folder / ROWS) else parquet_store.read(folder, missing=True)
        # First what the folder is known by: what stops the rest can be gone on with.
        key = new_key() if earlier is None else earlier.get("key") or new_key()
        marks = {**({} if earlier is None else earlier.get("code", {})), **(code or {})}
        place.write_head(
            version=__version__, cells=len(cells.rows), setup=document, code=marks, key=key
        )
        with reworded(folder / ROWS):
            (folder / ROWS).touch()  # SQLite's own permissions are others; its further files copy
        with _connected(folder / ROWS) as connection:
            with _transaction(connection):
                _lay_out(connection, cells, measured)
                if there is not None and not there.is_empty():
                    _insert(connection, measured, there.select(list(measured)).rows())
            parquet_store.remove(folder)
            store = Store(folder=folder, connection=connection, columns=measured, key=str(key))
            try:
                yield store
            finally:
                store.flush()


def _lay_out(connection: sqlite3.Connection, cells: Cells, measured: Columns) -> None:
    """The tables: cells as they are now, and the rows that there are."""
    names = ", ".join(_quoted(name) for name in cells.columns)
    marks = ", ".join("?" * len(cells.columns))
    connection.execute("DROP TABLE IF EXISTS cells")
    columns = _declared(cells.columns)
    connection.execute(f"CREATE TABLE cells (place INTEGER PRIMARY KEY, {columns})")
    added = f"INSERT INTO cells ({names}) VALUES ({marks})"  # names are quoted, see below # nosec B608
    connection.executemany(added, cells.rows)
    connection.execute(f"CREATE TABLE IF NOT EXISTS rows ({_declared(measured)})")


def _insert(
    connection: sqlite3.Connection, columns: Columns, rows: Sequence[Sequence[Any]]
) -> None:
    names = [_quoted(name) for name in columns]
    added = _ADD.format(
        names=", ".join(names),
        marks=", ".join("?" * len(names)),
        values=", ".join(f"{name} = excluded.{name}" for name in names),
    )
    connection.executemany(added, rows)


def _declared(columns: Columns) -> str:
    kinds = [f"{_quoted(name)} {_DECLARED[kind]}" for name, kind in columns.items()]
    return ", ".join([*kinds, "UNIQUE (key)"])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _frame(connection: sqlite3.Connection) -> pl.DataFrame:
    """Cells with their rows; a frame without columns where no row is."""
    import polars as pl

    kinds = {"INTEGER": pl.Int64, "REAL": pl.Float64, "TEXT": pl.String, "BOOLEAN": pl.Boolean}
    called, measured = (_columns_of(connection, table) for table in ("cells", "rows"))
    del called["place"], measured["key"]
    shown = [f"cells.{_quoted(name)}" for name in called]
    shown += [f"rows.{_quoted(name)}" for name in measured]
    asked = f"SELECT {', '.join(shown)} FROM cells"  # names are quoted, see above # nosec B608
    query = f"{asked} JOIN rows USING (key) ORDER BY place"
    found = connection.execute(query).fetchall()
    if not found:
        return pl.DataFrame()
    schema = {name: kinds[kind] for name, kind in (called | measured).items()}
    plain_schema = {n: pl.Int64 if kind == pl.Boolean else kind for n, kind in schema.items()}
    return pl.DataFrame(found, schema=plain_schema, orient="row").cast(schema)


def _columns_of(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """The database; what SQLite says of it in our words.

    Raises:
        InvalidProblemError: it is damaged.
        OSError: it cannot be written.
    """
    if path.exists() and (wrong := not_plain(path.stat().st_mode)):
        raise NotPlainError(path, wrong)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        yield connection
    except sqlite3.OperationalError as error:
        raise OSError(f"cannot write {path}: {refusal(OSError(0, str(error)))}") from error
    except sqlite3.DatabaseError as error:
        raise InvalidProblemError(
            f"{path} is damaged ({error}); remove it, and --resume computes its rows again"
        ) from error
    finally:
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing, whatever ends it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _is_made(path: Path) -> bool:
    """Whether the tables are there; what stops a process before that leaves an empty file."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with _connected(path) as connection:
        return {"cells", "rows"} <= {
            row[0] for row in connection.execute("SELECT name FROM sqlite_master")
        }


def _has_rows(folder: Path) -> bool:
    if parquet_store.has_rows(folder):
        return True
    if not _is_made(folder / ROWS):
        return False
    with _connected(folder / ROWS) as connection:
        return connection.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is not None


def _earlier_keys(folder: Path) -> list[str]:
    if not _is_made(folder / ROWS):
        return parquet_store.keys(folder)
    with _connected(folder / ROWS) as connection:
        return [row[0] for row in connection.execute("SELECT key FROM cells ORDER BY place")]


def _require_version(folder: Path, earlier: Mapping[str, Any]) -> None:
    """Refuse a folder of another version.

    Raises:
        InvalidProblemError: names both.
    """
    if earlier.get("version") != __version__:
        raise InvalidProblemError(
            f"{folder} was computed by roundlot {earlier.get('version')}, this is {__version__}; "
            "choose another folder"
        )


def _require_extension(
    folder: Path,
    earlier: Mapping[str, Any],
    before: Sequence[str],
    document: Mapping[str, Any],
    keys: Sequence[str],
) -> None:
    """Refuse a sweep that leaves out or changes cells of the earlier one.

    Raises:
        InvalidProblemError: names what differs.
    """
    gone = set(before) - set(keys)
    if not gone:
        return
    raise InvalidProblemError(
        f"{folder} is of another sweep: {_difference(earlier['setup'], document)}; "
        f"{len(gone)} of its {len(before)} cells are not in this one: only add to it, or choose "
        "another folder"
    )


def _require_code(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse rows of methods that are computed otherwise today.

    Raises:
        InvalidProblemError: names the first such method.
    """
    for name, mark in now.items():
        if before.get(name, mark) != mark:
            raise InvalidProblemError(
                f"{folder} has rows of {name!r} that other code computed than today's, which may"
                " give other numbers; choose another folder"
            )


def _difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """What changed, unless it only grew."""
    old, new = flat(there), flat(plain(here))
    for name in {**old, **new}:
        if name in ("name", "about") or _grew(old.get(name), new.get(name)):
            continue
        return f"{name} was {_shown(old, name)}, is {_shown(new, name)}"
    return "a setup, Python file or table that it names has changed"


def _grew(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return all(one in new for one in old)
    return bool(old == new)


def _shown(document: Mapping[str, Any], name: str) -> str:
    return repr(document[name])[:80] if name in document else "not set"

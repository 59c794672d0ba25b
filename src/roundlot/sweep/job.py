"""A sweep: compute what is missing, here or on workers, and keep every row."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot import ram
from roundlot.progress import Ahead, Progress, plan, silent
from roundlot.simulate.devices import available_cores
from roundlot.simulate.runs.callbacks import Callback, guarded
from roundlot.sweep.clusters import local_client, remote_client, scheduler_security
from roundlot.sweep.credentials import TlsFiles
from roundlot.sweep.dispatch import Outcome, in_process, on_cluster
from roundlot.sweep.grid import Cell, Grid, lay_out
from roundlot.sweep.logs import SweepLogs
from roundlot.sweep.measures import COLUMNS
from roundlot.sweep.setup import VARIANCE, SweepSetup
from roundlot.sweep.sources import code_marks
from roundlot.sweep.store import Cells, Store, opened, read, sweep_folder
from roundlot.sweep.workshop import Workshop, be_quiet
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

_NOT_MEASURED = ("status", "error", "label", "variance_is")

Outcomes = Iterator[Outcome | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepResult:
    """What a sweep gave.

    Attributes:
        name, folder: of the sweep, and where its rows are.
        frame: one row a cell.
        computed: cells of this run; the others were there already.
        elapsed: seconds of this run.
    """

    name: str
    folder: Path
    frame: pl.DataFrame
    computed: int
    elapsed: float

    @property
    def failed(self) -> int:
        """Rows without a result."""
        return int((self.frame["status"] == "failed").sum())

    @property
    def short(self) -> int:
        """Rows without a result for want of memory; the others may have had enough."""
        return int(self.frame["error"].str.starts_with(ram.NAME).sum())

    def summary(self) -> pl.DataFrame:
        """Means over seeds with their standard errors; see `roundlot.sweep.summary`."""
        return summary(self.frame)


def run_sweep(
    setup: SweepSetup,
    folder: str | Path,
    *,
    workers: int | None = None,
    threads: bool = False,
    scheduler: str | None = None,
    tls: TlsFiles | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    progress: Progress = silent,
    callbacks: Sequence[Callback] = (),
) -> SweepResult:
    """Compute every cell of a sweep and keep its row in ``folder``.

    Args:
        setup: what is crossed with what.
        folder: new or empty, or of an earlier run to go on with.
        workers: processes of this machine; as many as cores by default, 0 for this process alone.
        threads: workers are threads of this process.
        scheduler: address of a Dask scheduler, whose workers compute instead.
        tls: files by which that scheduler and this process know each other, for tls:// addresses.
        resume: keep the rows that are there, compute what is missing.
        retry_failed: compute rows that failed again as well.
        progress: told of ("cells", done, all).
        callbacks: and the loggers of the setup's ``[log]`` are told of every cell, a run each; see
            `roundlot.loggers`. All are told in this process.

    A cell that fails is a row with its error. Rows do not depend on who computes them, but for the
    seconds they took, and their last digits on another kind of processor.

    Raises:
        InvalidProblemError: a setup, a table or a value that does not fit; Dask or roundlot is not
            there; an earlier sweep that this one does not extend.
        FileExistsError: a folder with an earlier sweep and no ``resume``, or one in use.
        ConnectionError: no scheduler, or it is lost; rows so far are kept.
    """
    if workers is not None and workers < 0:
        raise InvalidProblemError(f"workers is {workers}; give 0 for none, or at least 1")
    if scheduler is not None and (workers is not None or threads):
        raise InvalidProblemError("a scheduler has workers of its own; leave workers and threads")
    if tls is not None and scheduler is None:
        raise InvalidProblemError("TLS files are for a scheduler; workers here make their own")
    if scheduler is not None:
        scheduler_security(scheduler, tls)  # which may warn, and nothing below does
    place, began = Path(folder), time.perf_counter()
    sweep_folder(place).require_free(resume=resume)
    guards = guarded((*callbacks, *setup.log.loggers()))
    grid = lay_out(setup)
    cells = cells_of(grid)
    with warnings.catch_warnings():
        be_quiet()
        code = {name: mark for one in grid.sources for name, mark in code_marks(one).items()}
        with opened(
            place, setup.document, cells, columns_of(grid), resume=resume, code=code
        ) as store:
            missing = _missing(grid, place, retry_failed)
            _tell(progress, grid, missing, 0)
            logs = SweepLogs(guards=guards, grid=grid, key=store.key, name=setup.name)
            _log_kept(logs, place, missing)
            if missing:
                workshop = Workshop.of(grid, listens=bool(guards))
                with _outcomes(workshop, missing, workers, threads, scheduler, tls) as outcomes:
                    _keep(store, grid, missing, outcomes, progress, logs)
            frame = store.finish()
    return SweepResult(
        name=setup.name,
        folder=place,
        frame=frame,
        computed=len(missing),
        elapsed=time.perf_counter() - began,
    )


def cells_of(grid: Grid) -> Cells:
    """The key of every cell with what its row is called by, in their order."""
    columns: dict[str, type] = {"key": str, "setup": str}
    columns |= {name: _kind([one.varied[name] for one in grid.sources]) for name in grid.varied}
    columns |= {"method": str} | ({"design": str} if grid.kind == VARIANCE else {})
    columns |= {"seed": int}
    rows = [list(_plain(grid.labels(cell), columns).values()) for cell in grid.cells]
    return Cells(columns=columns, rows=rows)


def columns_of(grid: Grid) -> dict[str, type]:
    """Names and types of what a row holds beside that, its key first."""
    columns: dict[str, type] = {"key": str, "status": str, "error": str}
    return columns | COLUMNS[grid.kind] | {"elapsed": float}


def _kind(values: Sequence[Any]) -> type:
    """The one type of all values; text where there are several, or lists."""
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return float
    return kinds.pop() if len(kinds) == 1 and kinds <= {int, float, str, bool} else str


def _missing(grid: Grid, folder: Path, retry_failed: bool) -> list[Cell]:
    there = read(folder)
    if there.is_empty():
        return grid.in_turn(grid.cells)
    done = there.filter(there["status"] == "ok") if retry_failed else there
    kept = set(done["key"].to_list())
    return grid.in_turn([cell for cell in grid.cells if cell.key not in kept])


@contextmanager
def _outcomes(
    workshop: Workshop,
    cells: Sequence[Cell],
    workers: int | None,
    threads: bool,
    scheduler: str | None,
    tls: TlsFiles | None,
) -> Iterator[Outcomes]:
    if workers == 0:
        yield in_process(workshop, cells)
        return
    if scheduler is not None:
        paths = sorted({path for source in workshop.sources for path in source.paths})
        client = remote_client(scheduler, paths, tls=tls)
    else:
        count = available_cores() if workers is None else workers
        client = local_client(min(count, len(cells)), threads=threads)
    with client as connected:
        yield on_cluster(connected, workshop, cells)


def _log_kept(logs: SweepLogs, folder: Path, missing: Sequence[Cell]) -> None:
    """Tell of rows that stay as they are."""
    if logs.guards:
        again = {cell.key for cell in missing}
        logs.tell_rows([row for row in read(folder).to_dicts() if row["key"] not in again])


def _keep(
    store: Store,
    grid: Grid,
    cells: Sequence[Cell],
    outcomes: Outcomes,
    progress: Progress,
    logs: SweepLogs,
) -> None:
    done = 0
    plan(progress, [Ahead(stage="cells", work=1.0)])
    try:
        for outcome in outcomes:
            if outcome is None:
                store.tick()
                continue
            cell, found = outcome
            logs.tell(cell, found)
            store.add(_plain({"key": cell.key} | found, store.columns))
            done += 1
            _tell(progress, grid, cells, done)
    except ConnectionError as error:
        raise ConnectionError(
            f"{error}; {done} of {len(cells)} rows are kept in {store.folder}: go on with --resume"
        ) from error


def _tell(progress: Progress, grid: Grid, cells: Sequence[Cell], done: int) -> None:
    progress("cells", len(grid.cells) - len(cells) + done, len(grid.cells))


def _plain(row: Mapping[str, Any], columns: Mapping[str, type]) -> dict[str, Any]:
    """Every column; NaN is none, a list is its JSON."""
    return {name: _value(row.get(name), kind) for name, kind in columns.items()}


def _value(value: Any, kind: type) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if kind is str and not isinstance(value, str):
        return json.dumps(value, default=str)
    return kind(value)


def summary(rows: pl.DataFrame | str | Path) -> pl.DataFrame:
    """Means over seeds, one row for everything else that a sweep crosses.

    ``<measure>`` is the mean of the rows that did not fail, ``<measure>_error`` its standard error
    over seeds (null with one), ``cells`` and ``failed`` count rows. Measures that are not there in
    any row are left out.

    Raises:
        InvalidProblemError: rows that are not of a sweep.
        FileExistsError: a folder that is not of a sweep.
    """
    import polars as pl

    frame = rows if isinstance(rows, pl.DataFrame) else read(rows)
    if frame.is_empty():
        return frame
    if not {"key", "seed", "status"} <= set(frame.columns):
        raise InvalidProblemError("these rows are not of a sweep; read them from its folder")
    columns = frame.columns
    named = [name for name in columns[: columns.index("status")] if name not in ("key", "seed")]
    counted = [
        pl.len().alias("cells"),
        (pl.col("status") == "failed").sum().alias("failed"),
    ]
    measured = [one for name in _measures(frame, named) for one in _mean(pl.col(name))]
    return frame.group_by(named, maintain_order=True).agg(*counted, *measured)


def _measures(frame: pl.DataFrame, named: list[str]) -> list[str]:
    return [
        name
        for name, kind in frame.schema.items()
        if kind.is_numeric()
        and name not in (*named, *_NOT_MEASURED, "seed")
        and frame[name].is_not_null().any()
    ]


def _mean(column: Any) -> tuple[Any, Any]:
    name = column.meta.output_name()
    return column.mean(), (column.std() / column.count().sqrt()).alias(f"{name}_error")

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

from roundlot.progress import Progress, silent
from roundlot.simulate.devices import available_cores
from roundlot.sweep.cluster import local_client, remote_client
from roundlot.sweep.dispatch import Outcome, in_process, on_cluster
from roundlot.sweep.grid import Cell, Grid, lay_out
from roundlot.sweep.setup import VARIANCE, SweepSetup
from roundlot.sweep.store import Store, check_free, opened, read
from roundlot.sweep.summaries import summary
from roundlot.sweep.workshop import Workshop, be_quiet
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

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
    resume: bool = False,
    retry_failed: bool = False,
    progress: Progress = silent,
) -> SweepResult:
    """Compute every cell of a sweep and keep its row in ``folder``.

    Args:
        setup: what is crossed with what.
        folder: new or empty, or of an earlier run to go on with.
        workers: processes of this machine; as many as cores by default, 0 for this process alone.
        threads: workers are threads of this process.
        scheduler: address of a Dask scheduler, whose workers compute instead.
        resume: keep the rows that are there, compute what is missing.
        retry_failed: compute rows that failed again as well.
        progress: told of ("cells", done, all).

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
    place, began = Path(folder), time.perf_counter()
    check_free(place, resume=resume)
    grid = lay_out(setup)
    named = labelled(grid)
    with warnings.catch_warnings():
        be_quiet()
        with opened(place, setup.document, named, schema_of(grid), resume=resume) as store:
            cells = _missing(grid, place, retry_failed)
            _tell(progress, grid, cells, 0)
            if cells:
                with _outcomes(grid, cells, workers, threads, scheduler) as outcomes:
                    _keep(store, grid, cells, outcomes, progress)
            frame = store.finish()
    return SweepResult(
        name=setup.name,
        folder=place,
        frame=frame,
        computed=len(cells),
        elapsed=time.perf_counter() - began,
    )


def labelled(grid: Grid) -> pl.DataFrame:
    """The key of every cell with what its row is called by, in their order."""
    import polars as pl

    columns: dict[str, type] = {"key": str, "setup": str}
    columns |= {name: _kind([one.varied[name] for one in grid.sources]) for name in grid.varied}
    columns |= {"method": str} | ({"design": str} if grid.kind == VARIANCE else {})
    schema = _typed(columns | {"seed": int})
    rows = [_plain(grid.labels(cell), schema) for cell in grid.cells]
    return pl.DataFrame(rows, schema=schema, strict=False)


def schema_of(grid: Grid) -> dict[str, Any]:
    """Names and types of what a row holds beside that."""
    columns: dict[str, type] = {"key": str, "status": str, "error": str}
    return _typed(columns | measures_of(grid.kind) | {"elapsed": float})


def _typed(columns: Mapping[str, type]) -> dict[str, Any]:
    import polars as pl

    kinds = {int: pl.Int64, float: pl.Float64, str: pl.String, bool: pl.Boolean}
    return {name: kinds[kind] for name, kind in columns.items()}


def measures_of(kind: str) -> dict[str, type]:
    """The columns that a kind of sweep measures."""
    if kind == VARIANCE:
        from roundlot.sweep.variance import COLUMNS
    else:
        from roundlot.sweep.trained import COLUMNS
    return COLUMNS


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
    grid: Grid, cells: Sequence[Cell], workers: int | None, threads: bool, scheduler: str | None
) -> Iterator[Outcomes]:
    workshop = Workshop.of(grid)
    if workers == 0:
        yield in_process(workshop, cells)
        return
    if scheduler is not None:
        paths = sorted({path for source in grid.sources for path in source.paths})
        client = remote_client(scheduler, paths)
    else:
        count = available_cores() if workers is None else workers
        client = local_client(min(count, len(cells)), threads=threads)
    with client as connected:
        yield on_cluster(connected, workshop, cells)


def _keep(
    store: Store, grid: Grid, cells: Sequence[Cell], outcomes: Outcomes, progress: Progress
) -> None:
    done = 0
    try:
        for outcome in outcomes:
            if outcome is None:
                store.tick()
                continue
            cell, found = outcome
            store.add(_plain({"key": cell.key} | found, store.schema))
            done += 1
            _tell(progress, grid, cells, done)
    except ConnectionError as error:
        raise ConnectionError(
            f"{error}; {done} of {len(cells)} rows are kept in {store.folder}: go on with --resume"
        ) from error


def _tell(progress: Progress, grid: Grid, cells: Sequence[Cell], done: int) -> None:
    progress("cells", len(grid.cells) - len(cells) + done, len(grid.cells))


def _plain(row: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Every column; NaN is none, a list is its JSON."""
    return {name: _value(row.get(name), str(kind)) for name, kind in schema.items()}


def _value(value: Any, kind: str) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if kind == "String" and not isinstance(value, str):
        return json.dumps(value, default=str)
    return value

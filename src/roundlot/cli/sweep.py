"""``roundlot sweep``: setups crossed with methods, designs, values and seeds, on many workers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import sweep as sweeps
from roundlot.cli import completion
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, command, setting
from roundlot.cli.output import kept_when_interrupted, progress_bar, say, say_json
from roundlot.loggers import LogSection
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.sweep import SweepResult

SetupFile = Annotated[
    Path,
    typer.Argument(
        help="What to combine (.toml).",
        show_default=False,
        autocompletion=completion.sweep_setups,
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the rows, in Parquet and CSV.")]
Workers = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Number of processes; 0 computes in this one, without Dask.",
        show_default="as many as cores",
    ),
]
Threads = Annotated[bool, typer.Option("--threads", help="Use threads instead of processes.")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler, such as tls://10.0.0.1:8786.", show_default=False
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(help="With --scheduler: the authority of its certificate.", show_default=False),
]
TlsCert = Annotated[
    Path | None,
    typer.Option(help="With --scheduler: your certificate.", show_default=False),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(help="With --scheduler: the private key of --tls-cert.", show_default=False),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an earlier sweep in that folder.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="With --resume: compute failed rows again.")
]

#: What the table at the end shows of each kind, where it is there.
_SHOWN = {
    "ratio": "ratio",
    "predicted": "predicted",
    "realised": "realised",
    "accuracy": "accuracy",
    "worst_accuracy": "worst model",
    "objective": "objective",
    "uploads": "uploads",
    "seconds": "seconds",
}
_MOST_LINES = 40
_MOST_ERRORS = 5


@dataclass(frozen=True, kw_only=True)
class Sweep(Options):
    """What ``roundlot sweep`` takes."""

    setup: SetupFile
    out: Out = Path("roundlot-sweep")
    workers: Workers = None
    threads: Threads = False
    scheduler: Scheduler = None
    tls_ca: TlsCa = None
    tls_cert: TlsCert = None
    tls_key: TlsKey = None
    resume: Resume = False
    retry_failed: RetryFailed = False
    log: Annotated[str | None, setting(LogSection, "to", "--log")] = None
    as_json: Json = False


@command
def sweep(given: Sweep) -> None:
    """Run every combination of setups, methods, values and seeds, on many workers.

    Example: roundlot sweep sweep.toml --out swept --workers 4
    """
    if given.retry_failed and not given.resume:
        raise typer.BadParameter("--retry-failed goes with --resume")
    files = {"ca": given.tls_ca, "cert": given.tls_cert, "key": given.tls_key}
    tls = sweeps.TlsFiles.of(files)
    setup = sweeps.load_sweep_setup(given.setup).replaced(given.changes())
    with kept_when_interrupted(given.out), progress_bar() as progress:
        result = sweeps.run_sweep(
            setup,
            given.out,
            workers=given.workers,
            threads=given.threads,
            scheduler=given.scheduler,
            tls=tls,
            resume=given.resume,
            retry_failed=given.retry_failed,
            progress=progress,
        )
    if given.as_json:
        say_json(_record(result))
    else:
        _show(result)
    if result.short:
        raise MemoryError(_short(result))
    if result.failed == result.frame.height > 0:
        raise typer.Exit(1)


def _short(result: SweepResult) -> str:
    rows = result.frame.height
    return (
        f"{result.short} of {rows} {plural(rows, 'cell')} got none, and all others are kept in "
        f"{result.folder}: --resume --retry-failed computes what failed"
    )


def _record(result: SweepResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "folder": str(result.folder),
        "cells": result.frame.height,
        "computed": result.computed,
        "failed": result.failed,
        "seconds": result.elapsed,
        "summary": result.summary().to_dicts(),
        "rows": result.frame.to_dicts(),
    }


def _show(result: SweepResult) -> None:
    records = result.summary().to_dicts()
    columns = {name: name for name in records[0] if name in _named(result)}
    shown = {name: title for name, title in _SHOWN.items() if name in records[0]}
    lines = [
        {name: record[name] for name in columns}
        | {name: _interval(record, name) for name in shown}
        | {"failed": record["failed"]}
        for record in records
    ]
    failed = {"failed": "failed"} if result.failed else {}
    say(table(lines[:_MOST_LINES], columns | shown | failed))
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES
        say(f"... and {more} more {plural(more, 'line')}: roundlot.sweep.summary has all")
    _say_errors(result)
    rows = result.frame.height
    say(
        f"{rows} {plural(rows, 'row')}, {result.computed} computed in {result.elapsed:.3g} s, "
        f"{result.failed} failed"
    )
    say(f"wrote {result.folder / 'results.parquet'} and results.csv")


def _named(result: SweepResult) -> list[str]:
    columns = result.frame.columns
    return [name for name in columns[1 : columns.index("status")] if name != "seed"]


def _interval(record: dict[str, Any], name: str) -> str:
    mean, error = record[name], record[f"{name}_error"]
    if mean is None:
        return "-"
    return f"{mean:.4g}" + (f" ± {error:.2g}" if error is not None else "")


def _say_errors(result: SweepResult) -> None:
    errors = result.frame.filter(result.frame["status"] == "failed")["error"]
    counts = errors.value_counts(sort=True).rows()
    for error, count in counts[:_MOST_ERRORS]:
        say(f"failed {count} times: {error}" if count > 1 else f"failed: {error}")
    if len(counts) > _MOST_ERRORS:
        more = len(counts) - _MOST_ERRORS
        say(f"... and {more} other {plural(more, 'error')}, in the column error")

"""``roundlot train`` for a setup with ``[workers]``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.cli.output import progress_bar, say, say_json
from roundlot.shown import shown
from roundlot.theory import InvalidProblemError, RoundlotWarning

if TYPE_CHECKING:
    from rich.table import Table

    from roundlot.train import WorkersResult
    from roundlot.train.workers_setup import WorkersSetup

MANY = 1000  # workers; up to there links take seconds


def train_with_workers(
    source: str,
    out: Path,
    changed: Mapping[str, Any],
    methods: str | None,
    *,
    design: str | None,
    full: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Train the workers of a setup by its methods and write the report.

    Raises:
        InvalidProblemError: as `load_workers_setup` and `run_workers`; a design, which workers do
            not draw by.
    """
    from roundlot.train.folder import check_free
    from roundlot.train.workers_job import run_workers
    from roundlot.train.workers_setup import load_workers_setup

    if design is not None:
        raise InvalidProblemError("--design is for federations; workers draw links by matchings")
    wanted = load_workers_setup(source)
    wanted = (wanted.at_full_size() if full else wanted).replaced(changed)
    if methods is not None:
        wanted = wanted.with_methods([name.strip() for name in methods.split(",") if name.strip()])
    check_free(out, resume=resume)
    _say_what_takes_long(wanted)
    try:
        with progress_bar() as progress:
            result = run_workers(wanted, out, resume=resume, progress=progress)
    except KeyboardInterrupt:
        if out.exists():
            say(f"what is done is kept in {out}; the same command with --resume goes on")
        raise
    if as_json:
        say_json({"report": str(out / "index.html"), **result.to_record()})
        return
    _show(result, out)


def _say_what_takes_long(setup: WorkersSetup) -> None:
    count = setup.workers.count
    if count > MANY and any(source.gossips for source in setup.methods):
        warnings.warn(
            f"the links of {count} workers take eigenvalues of {count} x {count} tables, time "
            "that grows with the cube: minutes from 2000 workers on; fewer are faster",
            RoundlotWarning,
            stacklevel=2,
        )


def _show(result: WorkersResult, out: Path) -> None:
    from rich.console import Console

    for warning in result.warnings:
        say(f"note: {warning}")
    console = Console()
    Console(width=max(console.width, 150)).print(_table(result))
    for verdict in result.verdicts.values():
        say("\n".join(verdict.lines()))
    for row in result.mixing:
        if "refused" in row:
            say(f"{row['method']}: no rate: {row['refused']}")
        elif "rate" in row:
            say(f"{row['method']}: mean squared gradient at most {row['rate']:.4g} by theory")
    say(result.headline())
    say(f"report: {out / 'index.html'}")


def _table(result: WorkersResult) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    columns = {"objective": "objective", "worst_loss": "worst loss"}
    if result.classifies:
        columns |= {"accuracy": "accuracy", "worst_accuracy": "worst"}
    if result.baseline is not None:
        columns["objective_gap"] = f"over {result.baseline}"
    table.add_column("method", no_wrap=True)
    costs = ["MB", "seconds", *(["s to target"] if result.target is not None else [])]
    for heading in (*columns.values(), *costs):
        table.add_column(escape(shown(heading)), justify="right", no_wrap=True)
    for row in result.summary():
        cells = [_cell(row, key) for key in columns]
        cells += [f"{row['bytes'] / 1e6:,.1f}", f"{row['seconds']:,.1f}"]
        if result.target is not None:
            seconds = row["seconds_to_target"]
            cells.append(f"{seconds:,.1f}" if seconds < float("inf") else "never")
        biased = " *" if row["label"].startswith("biased") else ""
        table.add_row(escape(shown(f"{row['method']}{biased}")), *cells)
        if biased:
            table.caption = "* biased"
    return table


def _cell(row: Mapping[str, Any], key: str) -> str:
    mean, half = row[key], row[f"{key}_half"]
    sign = "+" if key.endswith("_gap") else ""
    return f"{mean:{sign}.4g}" + (f" ± {half:.2g}" if half == half else "")

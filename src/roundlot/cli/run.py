"""``roundlot run``: the main job and its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roundlot import jobs, report
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import (
    Baselines,
    Budget,
    Device,
    Json,
    Models,
    Overwrite,
    Rounds,
    Seed,
    Source,
    command,
)
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import setup_of
from roundlot.folders import ResultFolder


@dataclass(frozen=True, kw_only=True)
class Run(LimitOptions):
    """What ``roundlot run`` takes."""

    source: Source = None
    out: Annotated[Path, typer.Option(help="Folder for the report; must be new or empty.")] = Path(
        "roundlot-run"
    )
    overwrite: Overwrite = False
    budget: Budget = None
    models: Models = None
    rounds: Rounds = None
    baseline_seconds: Baselines = None
    seed: Seed = None
    device: Device = None
    as_json: Json = False


@command
def run(given: Run) -> None:
    """Solve, compare, simulate, verify and bound a fleet, and write the report.

    Example: roundlot run my-setup.toml --out result
    """
    ResultFolder(path=given.out, overwrite=given.overwrite).require_free()
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    with progress_bar() as progress:
        result = jobs.MAIN.run(setup, progress=progress)
        progress("report", 0, 0)
        jobs.MAIN.write(given.out, result, overwrite=given.overwrite)
    page = given.out / "index.html"
    headline = report.headline(result)
    if given.as_json:
        say_json({"report": str(page), "headline": headline, "verdicts": result.verdicts})
        return
    for warning in result.warnings:
        say(f"note: {warning}")
    say(headline)
    outcomes = [str(verdict["outcome"]) for verdict in result.verdicts]
    counted = {kind: outcomes.count(kind) for kind in dict.fromkeys(outcomes)}
    say("verdicts: " + ", ".join(f"{count} {kind}" for kind, count in counted.items()))
    say(f"report: {page}", whole=True)

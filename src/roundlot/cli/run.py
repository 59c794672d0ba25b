"""``roundlot run``: the main job and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roundlot.cli.options import Budget, Device, Json, Rounds, Seed, Source, changes, read_setup
from roundlot.cli.output import progress_bar, say, say_json

Out = Annotated[Path, typer.Option(help="Folder for the report; must be new or empty.")]
Overwrite = Annotated[bool, typer.Option(help="Replace an earlier result in that folder.")]


def run(
    source: Source = None,
    out: Out = Path("roundlot-run"),
    overwrite: Overwrite = False,
    budget: Budget = None,
    rounds: Rounds = None,
    seed: Seed = None,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Solve, compare, simulate, verify and bound a fleet, and write the report.

    Example: roundlot run my-setup.toml --out result
    """
    from roundlot.folders.checks import check_free

    check_free(out, overwrite=overwrite)
    setup = read_setup(
        source,
        changes(
            problem__budget=budget, simulate__rounds=rounds, seed=seed, simulate__device=device
        ),
    )
    from roundlot.report import headline, write_report
    from roundlot.run import run as main_job

    with progress_bar() as progress:
        result = main_job(setup, progress=progress)
    page = write_report(out, result, overwrite=overwrite)
    if as_json:
        say_json({"report": str(page), "headline": headline(result), "verdicts": result.verdicts})
        return
    for warning in result.warnings:
        say(f"note: {warning}")
    say(headline(result))
    outcomes = [str(verdict["outcome"]) for verdict in result.verdicts]
    counted = {kind: outcomes.count(kind) for kind in dict.fromkeys(outcomes)}
    say("verdicts: " + ", ".join(f"{count} {kind}" for kind, count in counted.items()))
    say(f"report: {page}")

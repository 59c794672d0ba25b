"""``roundlot plot``: the figures of a run, one by one, for a paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roundlot import report
from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import say, say_json
from roundlot.folders.checks import check_addable

Run = Annotated[Path, typer.Argument(help="The folder of a run, or its run.json.")]
Figure = Annotated[
    list[str] | None,
    typer.Option(help="A figure's name; repeat for several.", show_default="all"),
]
Out = Annotated[Path, typer.Option(help="Folder for the figures, SVG and PDF.")]


@dataclass(frozen=True, kw_only=True)
class Plot(Options):
    """What ``roundlot plot`` takes."""

    run: Run = Path("roundlot-run")
    figure: Figure = None
    out: Out = Path("figures")
    as_json: Json = False


@command
def plot(given: Plot) -> None:
    """Draw the figures of a run again, as SVG and PDF.

    Example: roundlot plot roundlot-run --figure comparison --out figures
    """
    check_addable(given.out)
    written = report.write_figures(given.out, report.read_result(given.run), given.figure)
    if given.as_json:
        say_json({"written": [str(path) for path in written]})
        return
    for path in written:
        say(f"wrote {path}", whole=True)

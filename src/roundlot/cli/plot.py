"""``roundlot plot``: the figures of a run, one by one, for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roundlot.cli.options import Json
from roundlot.cli.output import say, say_json

Run = Annotated[Path, typer.Argument(help="The folder of a run, or its run.json.")]
Figure = Annotated[
    list[str] | None,
    typer.Option(help="A figure's name; repeat for several.", show_default="all"),
]
Out = Annotated[Path, typer.Option(help="Folder for the figures, SVG and PDF.")]


def plot(
    run: Run = Path("roundlot-run"),
    figure: Figure = None,
    out: Out = Path("figures"),
    as_json: Json = False,
) -> None:
    """Draw the figures of a run again, as SVG and PDF.

    Example: roundlot plot roundlot-run --figure comparison --out figures
    """
    from roundlot.folders.checks import check_addable
    from roundlot.report import read_result, write_figures

    check_addable(out)
    written = write_figures(out, read_result(run), figure)
    if as_json:
        say_json({"written": [str(path) for path in written]})
        return
    for path in written:
        say(f"wrote {path}")

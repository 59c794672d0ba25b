"""``roundlot explore``: one page that moves the budget, the clients and the method."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roundlot import explore as pages
from roundlot.cli import completion
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import Budget, Json, Models, Seed, command
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import required, setup_of
from roundlot.theory.text import plural

Source = Annotated[
    Path | None,
    typer.Argument(
        help="The folder of a run, a setup (.toml), a table of scores (.csv, .parquet, .npy), or "
        "speech-commands for the shipped fleet.",
        show_default=False,
        autocompletion=completion.sources,
    ),
]
Out = Annotated[Path, typer.Option(help="The page to write.")]
Overwrite = Annotated[bool, typer.Option(help="Replace the file if it is there.")]


@dataclass(frozen=True, kw_only=True)
class Explore(LimitOptions):
    """What ``roundlot explore`` takes."""

    source: Source = None
    out: Out = Path("explore.html")
    overwrite: Overwrite = False
    budget: Budget = None
    models: Models = None
    seed: Seed = None
    as_json: Json = False


@command
def explore(given: Explore) -> None:
    """Write an offline page that solves again as you move the budget.

    Example: roundlot explore scores.csv --budget 2 --out explore.html
    """
    source = required(given.source, "explore", also="the folder of a run, ")
    if given.out.exists() and not given.overwrite:
        raise FileExistsError(f"{given.out} exists; choose another name or give --overwrite")
    if not source.is_dir():
        setup_of(source, given.changes(), as_json=given.as_json)
    with progress_bar() as progress:
        scene = pages.read_scene(source, given.changes(), progress=progress)
    page = pages.write_page(given.out, scene, overwrite=given.overwrite)
    if given.as_json:
        say_json({"page": str(page), "bytes": page.stat().st_size, "clients": len(scene.clients)})
        return
    clients = f"{len(scene.clients)} {plural(len(scene.clients), 'client')}"
    say(f"{page}: {clients}, {page.stat().st_size / 1e6:.1f} MB, no network")

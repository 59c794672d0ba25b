"""``roundlot explore``: one page that moves the budget, the clients and the method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roundlot.cli import completing
from roundlot.cli.options import Budget, Cap, Floor, Json, Seed, changes
from roundlot.cli.output import progress_bar, say, say_json

Source = Annotated[
    Path | None,
    typer.Argument(
        help="The folder of a run, a setup (.toml) or a table of scores (.csv, .parquet, .npy); "
        "the shipped fleet if left out.",
        show_default=False,
        autocompletion=completing.sources,
    ),
]
Out = Annotated[Path, typer.Option(help="The page to write.")]
Overwrite = Annotated[bool, typer.Option(help="Replace the file if it is there.")]


def explore(
    source: Source = None,
    out: Out = Path("explore.html"),
    overwrite: Overwrite = False,
    budget: Budget = None,
    floor: Floor = None,
    processor_cap: Cap = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Write a page to explore: it solves anew, offline, as its reader moves the budget.

    Example: roundlot explore scores.csv --budget 2 --out explore.html
    """
    if out.exists() and not overwrite:
        raise FileExistsError(f"{out} exists; choose another name or give --overwrite")
    from roundlot.explore import read_scene, write_page

    given = changes(
        problem__budget=budget,
        problem__floor=floor,
        problem__processor_cap=processor_cap,
        seed=seed,
    )
    with progress_bar() as progress:
        scene = read_scene(source, given, progress=progress)
    page = write_page(out, scene, overwrite=overwrite)
    if as_json:
        say_json({"page": str(page), "bytes": page.stat().st_size, "clients": len(scene.clients)})
        return
    say(f"{page}: {len(scene.clients)} clients, {page.stat().st_size / 1e6:.1f} MB, no network")

"""``roundlot fleet``: print a fleet, validate it, or write a setup to start from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from roundlot.cli.options import Json, Seed, Source, changes, read_setup
from roundlot.cli.output import say, say_json

fleet = typer.Typer(
    name="fleet",
    help="Print a fleet, validate it, or write a setup to start from.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@fleet.command()
def show(source: Source = None, seed: Seed = None, as_json: Json = False) -> None:
    """Print what a fleet is made of.

    Example: roundlot fleet show my-setup.toml
    """
    from roundlot.fleet import describe

    summary = describe(read_setup(source, changes(seed=seed)).fleet)
    if as_json:
        say_json(asdict(summary))
    else:
        say(summary)


@fleet.command()
def check(source: Source = None, as_json: Json = False) -> None:
    """Validate a setup and all the tables that it names.

    Example: roundlot fleet check my-setup.toml
    """
    from roundlot.fleet import check as check_setup

    notes = check_setup(source)
    if as_json:
        say_json({"valid": True, "notes": notes})
        return
    for note in notes:
        say(f"note: {note}")
    say("valid")


@fleet.command()
def new(
    path: Annotated[Path, typer.Argument(help="The setup to write (.toml), not there yet.")],
    as_json: Json = False,
) -> None:
    """Write a commented setup with small tables beside it, to start from.

    Example: roundlot fleet new my-setup.toml
    """
    from roundlot.fleet import new_setup

    written = new_setup(path)
    if as_json:
        say_json({"written": [str(file) for file in written]})
        return
    for file in written:
        say(f"wrote {file}")

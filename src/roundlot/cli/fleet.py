"""``roundlot fleet``: print a fleet, validate it, or write a setup to start from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from roundlot import fleet as fleets
from roundlot.cli.options import Json, Seed, Source
from roundlot.cli.output import say, say_json
from roundlot.cli.source import setup_of

fleet = typer.Typer(
    name="fleet",
    help="Print a fleet, validate it, or write a setup to start from.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@fleet.command()
def show(source: Source = None, seed: Seed = None, as_json: Json = False) -> None:
    """Print what a fleet is made of.

    Example: roundlot fleet show my-setup.toml
    """
    setup = setup_of(source, {} if seed is None else {"seed": seed}, as_json=as_json)
    summary = fleets.describe(setup.fleet)
    if as_json:
        say_json(asdict(summary))
    else:
        say(summary)


@fleet.command()
def check(source: Source = None, as_json: Json = False) -> None:
    """Validate a setup and all the tables that it names.

    Example: roundlot fleet check my-setup.toml
    """
    setup_of(source, {}, as_json=as_json)
    notes = fleets.check(fleets.SHIPPED if source is None else source)
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
    written = fleets.new_setup(path)
    if as_json:
        say_json({"written": [str(file) for file in written]})
        return
    for file in written:
        say(f"wrote {file}")

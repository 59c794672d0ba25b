"""``roundlot fleet``: print a fleet, validate it, or write a setup to start from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from roundlot import fleet as fleets
from roundlot.cli.options import Json, Models, Seed, Source, names_in
from roundlot.cli.output import say, say_json
from roundlot.cli.source import OWN, say_shipped, setup_of

fleet = typer.Typer(
    name="fleet",
    help="Print a fleet, check it, or write a setup to start from.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@fleet.command()
def show(
    source: Source = None, models: Models = None, seed: Seed = None, as_json: Json = False
) -> None:
    """Print what a fleet is made of.

    Example: roundlot fleet show my-setup.toml
    """
    changes = _changes(models) | ({} if seed is None else {"seed": seed})
    setup = setup_of(source, changes, as_json=as_json)
    summary = fleets.describe(setup.fleet)
    if as_json:
        say_json(asdict(summary) | {"reading": asdict(setup.reading)})
    else:
        say(summary)
        say(f"  read                 {setup.reading}")


@fleet.command()
def check(source: Source = None, models: Models = None, as_json: Json = False) -> None:
    """Check a setup and all its tables, and count what is in them.

    Example: roundlot fleet check my-setup.toml
    """
    if source is None:
        say_shipped("fleet", fleets.SHIPPED, OWN, as_json=as_json)
    setup = fleets.read_setup(fleets.SHIPPED if source is None else source, _changes(models))
    notes = fleets.notes_on(setup)
    if as_json:
        say_json({"valid": True, "notes": notes, "reading": asdict(setup.reading)})
        return
    say(setup.reading)
    for note in notes:
        say(f"note: {note}")
    say("valid")


def _changes(models: str | None) -> dict[str, Any]:
    return {} if models is None else {"fleet.models": names_in(models)}


@fleet.command()
def new(
    path: Annotated[Path, typer.Argument(help="The setup to write (.toml), not there yet.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Write it around this table of scores, or data set, of yours.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a commented setup with small tables beside it, or around a table of yours.

    Example: roundlot fleet new my-setup.toml

    Example: roundlot fleet new my-setup.toml --from scores.csv
    """
    written = fleets.new_setup(path, source)
    if as_json:
        say_json({"written": [str(file) for file in written]})
        return
    for file in written:
        say(f"wrote {file}", whole=True)

"""Where a command takes its fleet from: what somebody gives, or the shipped one, said aloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from roundlot import fleet
from roundlot.cli.output import say, say_later

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup

OWN = "a setup or a table of scores"


def setup_of(
    source: Path | None, changes: Mapping[str, Any], *, as_json: bool = False
) -> FleetSetup:
    """The setup that is given; without one the shipped one, and the first line says so.

    JSON is alone on standard output, so the line is on standard error beside it. What was read of
    somebody's own tables, the models first, is said after the answer.
    """
    setup = fleet.read_setup(fleet.SHIPPED if source is None else source, changes)
    if source is None:
        say_shipped("fleet", fleet.SHIPPED, OWN, as_json=as_json)
    elif setup.source.source != fleet.SHIPPED:
        say_reading(setup, as_json=as_json)
    return setup


def say_reading(setup: FleetSetup, *, as_json: bool) -> None:
    """Which models were read and what is worth knowing of the tables, after the answer."""
    reading, listed = setup.reading, ""
    if setup.chose_columns and len(reading.models) > 1:
        listed = " (every column of numbers; --models names those that are)"
    models = () if as_json else (f"models: {reading.model_list}{listed}",)  # JSON holds them
    for note in (*models, *reading.notes()):
        say_later(f"note: {note}", error=as_json)


def say_shipped(what: str, name: str, own: str, *, as_json: bool) -> None:
    """The first line where nothing was given: which shipped example the answer is about."""
    say(f"shipped {what} {name}: none was given; for your own give {own}", error=as_json)


def required(source: Path | None, command: str, *, also: str = "") -> Path:
    """The source, of a command whose answer is advice about that very fleet.

    Args:
        source: as it was given.
        command: who asks.
        also: what else the command takes, such as "the folder of a run, ".

    Raises:
        typer.BadParameter: none was given.
    """
    if source is None:
        raise typer.BadParameter(
            f"{command} needs a fleet: give {also}{OWN} (.toml, {', '.join(fleet.TABLES)}), or "
            f"{fleet.SHIPPED} for the shipped fleet"
        )
    return source

"""``roundlot compare``: what each cheap approximation loses against the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from roundlot import run
from roundlot.cli.options import Budget, Cap, Floor, Json, Models, Options, Seed, Source, command
from roundlot.cli.output import say, say_json
from roundlot.cli.source import setup_of

History = Annotated[
    int,
    typer.Option(
        min=0, help="Rounds of uniform sampling from which the rules with a memory learn."
    ),
]


@dataclass(frozen=True, kw_only=True)
class Compare(Options):
    """What ``roundlot compare`` takes."""

    source: Source = None
    budget: Budget = None
    models: Models = None
    floor: Floor = None
    processor_cap: Cap = None
    seed: Seed = None
    history: History = 0
    as_json: Json = False


@command
def compare(given: Compare) -> None:
    """Compare simpler rules with the optimum: how much variance they add.

    Example: roundlot compare scores.csv --budget 2
    """
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    comparison = run.compare_case(run.prepare(setup, landscape=False), history=given.history)
    if given.as_json:
        say_json(comparison.to_records())
    else:
        say(comparison)

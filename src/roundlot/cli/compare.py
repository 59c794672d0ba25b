"""``roundlot compare``: what each cheap approximation loses against the optimum."""

from __future__ import annotations

from typing import Annotated

import typer

from roundlot.cli.options import Budget, Cap, Floor, Json, Seed, Source, changes, read_setup
from roundlot.cli.output import say, say_json

History = Annotated[
    int,
    typer.Option(
        min=0, help="Uniform rounds of these norms that the methods with a memory have seen."
    ),
]


def compare(
    source: Source = None,
    budget: Budget = None,
    floor: Floor = None,
    processor_cap: Cap = None,
    seed: Seed = None,
    history: History = 0,
    as_json: Json = False,
) -> None:
    """Compare every cheap approximation with the optimum.

    Example: roundlot compare scores.csv --budget 2
    """
    setup = read_setup(
        source,
        changes(
            problem__budget=budget,
            problem__floor=floor,
            problem__processor_cap=processor_cap,
            seed=seed,
        ),
    )
    from roundlot.run import prepare
    from roundlot.run.job import compare_case

    comparison = compare_case(prepare(setup, landscape=False), history=history)
    if as_json:
        say_json(comparison.to_records())
    else:
        say(comparison)

"""``roundlot gossip``: run a schedule with real processes, beside what is predicted of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roundlot import graphs
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, Seed, command
from roundlot.cli.output import say, say_json

ScheduleFile = Annotated[
    Path, typer.Argument(help="A schedule of `roundlot graph --schedule`.", show_default=False)
]
COLUMNS = {"what": "", "measured": "measured", "predicted": "predicted"}


@dataclass(frozen=True, kw_only=True)
class Gossip(Options):
    """What ``roundlot gossip`` takes."""

    schedule: ScheduleFile
    rounds: Annotated[int, typer.Option(min=1, max=10**6, help="Rounds of mixing.")] = 40
    size: Annotated[int, typer.Option(min=1, max=10**8, help="Parameters of a worker.")] = 1000
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that an exchange may take.")] = (
        60.0
    )
    seed: Seed = None
    as_json: Json = False


@command
def gossip(given: Gossip) -> None:
    """Run a schedule on this machine: one process for every worker, which mix random parameters.

    Example: roundlot graph ring --nodes 3 --schedule ring.json && roundlot gossip ring.json
    """
    told = graphs.run_schedule(
        given.schedule,
        rounds=given.rounds,
        size=given.size,
        timeout=given.timeout,
        seed=given.seed or 0,
    )
    if given.as_json:
        say_json(told.to_record())
        return
    for line in told.head():
        say(line)
    say(table(told.rows(), COLUMNS))
    for line in told.notes():
        say(line)

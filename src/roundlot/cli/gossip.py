"""``roundlot gossip``: a schedule, or a training, by real processes, beside what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roundlot import graphs
from roundlot import train as trainings
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, Seed, command
from roundlot.cli.output import say, say_json
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import closest

ScheduleFile = Annotated[
    str,
    typer.Argument(
        help="A schedule of `roundlot graph --schedule` (.json), whose workers mix random numbers; "
        "or a setup of `roundlot train` with [workers], whose methods train.",
        show_default=False,
    ),
]
Methods = Annotated[
    str | None,
    typer.Option(help="Methods of a setup, with commas between.", show_default="all"),
]
COLUMNS = {"what": "", "measured": "measured", "predicted": "predicted"}
TRAINED = {
    "method": "method",
    "difference": "difference",
    "bytes": "bytes",
    "predicted_bytes": "predicted",
    "seconds": "s",
    "predicted_seconds": "predicted",
    "loss": "last batch loss",
    "simulated_loss": "simulated",
    "slowest": "slowest worker",
}
SIZE = 1000  # parameters of a worker that mixes only
DIFFERENT = 1  # exit code where processes did not do what was simulated


@dataclass(frozen=True, kw_only=True)
class Gossip(Options):
    """What ``roundlot gossip`` takes."""

    schedule: ScheduleFile
    rounds: Annotated[int, typer.Option(min=1, max=10**6, help="Rounds.")] = 40
    size: Annotated[
        int | None,
        typer.Option(
            min=1, max=10**8, help="Parameters of a worker that mixes only.", show_default="1000"
        ),
    ] = None
    methods: Methods = None
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="Seconds that a step, or an exchange, may take; the start of the processes may "
            "take 300 s, or this if it is more.",
        ),
    ] = 60.0
    seed: Seed = None
    as_json: Json = False


@command
def gossip(given: Gossip) -> None:
    """Run a schedule, or train, on this machine with one process for every worker.

    Example: roundlot graph ring --nodes 3 --schedule ring.json && roundlot gossip ring.json
    """
    if Path(given.schedule).suffix == ".toml" or given.schedule in trainings.shipped_setups():
        _train(given)
    else:
        _mix(given)


def _mix(given: Gossip) -> None:
    if given.methods is not None:
        raise typer.BadParameter("--methods is for a setup; a schedule has one")
    if not Path(given.schedule).suffix and not Path(given.schedule).exists():
        raise InvalidProblemError(
            f"{given.schedule!r:.60} is neither a file nor a shipped setup; "
            f"{closest(given.schedule, trainings.shipped_setups())}"
        )
    told = graphs.run_schedule(
        Path(given.schedule),
        rounds=given.rounds,
        size=SIZE if given.size is None else given.size,
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


def _train(given: Gossip) -> None:
    if given.size is not None:
        raise typer.BadParameter("--size is for a schedule; the setup's network has its own")
    setup = trainings.load_workers_setup(given.schedule)
    if given.methods is not None:
        listed = [name.strip() for name in given.methods.split(",") if name.strip()]
        if not listed:
            raise InvalidProblemError(f"--methods is {given.methods!r}; give names such as d-psgd")
        setup = setup.with_methods(listed)
    trained = trainings.train_really(
        setup, rounds=given.rounds, seed=given.seed, timeout=given.timeout
    )
    if given.as_json:
        runs = [one.to_record() for one in trained]
        say_json({"format": "roundlot.run/gossip-train-1", "name": setup.name, "methods": runs})
    else:
        for line in trainings.real_lines(trained):
            say(line)
        say(table([one.row() for one in trained], TRAINED))
        say(
            "predicted seconds: the computing that was measured, and exchanges as before the first "
            "round, with every process on a core of its own"
        )
    if not all(one.same for one in trained):
        raise typer.Exit(DIFFERENT)

"""``roundlot simulate``: the variance that happens beside the one that is predicted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot.cli import completing
from roundlot.cli.options import (
    Budget,
    Design,
    Device,
    Json,
    Rounds,
    Seed,
    Source,
    changes,
    read_setup,
)
from roundlot.cli.output import progress_bar, say, say_json, table

if TYPE_CHECKING:
    from roundlot.progress import Progress
    from roundlot.run.case import Case
    from roundlot.run.simulation import Simulation

Method = Annotated[
    str,
    typer.Option(
        help="The optimum, the name of an approximation, or all.",
        autocompletion=completing.approximations,
    ),
]
_COLUMNS = {
    "method": "method",
    "design": "design",
    "predicted": "predicted",
    "realised": "realised",
    "low": "99 % from",
    "high": "to",
    "rounds": "rounds",
    "draws": "draws",
    "uploads": "uploads",
    "device": "device",
}


def simulate(
    source: Source = None,
    method: Method = "optimum",
    budget: Budget = None,
    rounds: Rounds = None,
    seed: Seed = None,
    design: Design = None,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Draw rounds and measure the variance of the aggregate.

    Example: roundlot simulate --method optimum --rounds 1000
    """
    setup = read_setup(
        source,
        changes(
            problem__budget=budget, simulate__rounds=rounds, seed=seed, simulate__device=device
        ),
    )
    from roundlot.run import prepare

    with progress_bar() as progress:
        case = prepare(setup, landscape=False, progress=progress)
        simulations = _simulate(case, method, design, progress)
    records = [asdict(simulation.record(case)) for simulation in simulations]
    if as_json:
        say_json(records)
    else:
        say(table(records, _COLUMNS))


def _simulate(
    case: Case, method: str, kind: str | None, progress: Progress
) -> tuple[Simulation, ...]:
    from roundlot.run.job import compare_case, simulate_all
    from roundlot.run.simulation import simulate_method

    comparison = compare_case(case)
    if method == "all":
        return simulate_all(case, comparison, kind=kind, progress=progress)
    try:
        row = comparison.row(method)
    except KeyError as error:
        raise typer.BadParameter(f"--method: {error.args[0]}") from error
    checks = case.setup.verify
    return (
        simulate_method(
            case,
            row,
            discrepancy=checks.discrepancy,
            false_alarm=checks.false_alarm,
            kind=kind,
            progress=progress,
        ),
    )

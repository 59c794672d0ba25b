"""``roundlot simulate``: the variance that happens beside the one that is predicted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot import run
from roundlot.cli import completion
from roundlot.cli.columns import table
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import (
    Budget,
    Design,
    Device,
    Json,
    Models,
    Rounds,
    Seed,
    Source,
    command,
)
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import setup_of

if TYPE_CHECKING:
    from roundlot.progress import Progress
    from roundlot.run import Case, Simulation

Method = Annotated[
    str,
    typer.Option(
        help="The optimum, the name of an approximation, or all.",
        autocompletion=completion.approximations,
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


@dataclass(frozen=True, kw_only=True)
class Simulate(LimitOptions):
    """What ``roundlot simulate`` takes."""

    source: Source = None
    method: Method = "optimum"
    budget: Budget = None
    models: Models = None
    rounds: Rounds = None
    seed: Seed = None
    design: Design = None
    device: Device = None
    as_json: Json = False


@command
def simulate(given: Simulate) -> None:
    """Draw rounds and measure the variance of the aggregate.

    Example: roundlot simulate --method optimum --rounds 1000
    """
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    with progress_bar() as progress:
        case = run.prepare(setup, landscape=False, progress=progress)
        simulations = _simulate(case, given.method, given.design, progress)
    records = [asdict(simulation.record(case)) for simulation in simulations]
    if given.as_json:
        say_json({"simulations": records})
    else:
        say(table(records, _COLUMNS, spare=("device", "rounds", "draws")))


def _simulate(
    case: Case, method: str, kind: str | None, progress: Progress
) -> tuple[Simulation, ...]:
    comparison = run.compare_case(case)
    if method == "all":
        return run.simulate_all(case, comparison, kind=kind, progress=progress)
    try:
        row = comparison.row(method)
    except KeyError as error:
        raise typer.BadParameter(f"--method: {error.args[0]}") from error
    checks = case.setup.verify
    return (
        run.simulate_method(
            case,
            row,
            discrepancy=checks.discrepancy,
            false_alarm=checks.false_alarm,
            kind=kind,
            progress=progress,
        ),
    )

"""``roundlot constants``: the constants of bounds, measured on a training run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import train as trainings
from roundlot.cli import completion
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, Seed, command, setting
from roundlot.cli.output import progress_bar, put, say
from roundlot.files import write_text
from roundlot.folders.checks import check_file
from roundlot.setup.reading import existing_file
from roundlot.simulate import measuring
from roundlot.theory import estimates
from roundlot.theory.intervals import AND
from roundlot.theory.text import plural
from roundlot.train.sections import RunSection

if TYPE_CHECKING:
    from roundlot.theory.estimates import ConfidenceInterval, Constants

SourceName = Annotated[
    str | None,
    typer.Argument(
        help="The name of a shipped setup of training, a TOML file, or a folder that `roundlot "
        "train` wrote.",
        show_default=False,
        autocompletion=completion.training_setups,
    ),
]
Out = Annotated[Path, typer.Option(help="The file to write, .json.")]
Method = Annotated[
    str | None,
    typer.Option(
        help="The method whose run is measured.",
        show_default="the setup's first",
        autocompletion=completion.methods,
    ),
]
Model = Annotated[
    str | None, typer.Option(help="The model that is measured.", show_default="the first")
]
Points = Annotated[
    int, typer.Option(min=2, help="Models of the run that are measured, evenly spread.")
]
Steps = Annotated[
    int,
    typer.Option(
        min=0,
        help="Products with a Hessian for its extreme eigenvalues; as many as there are parameters "
        "are exact, 0 measures none.",
    ),
]
Clients = Annotated[
    bool,
    typer.Option("--clients/--no-clients", help="Measure every client's curvature, too."),
]
Participation = Annotated[
    float,
    typer.Option(help="How likely a client is drawn in a round, for the variance of a step."),
]
Confidence = Annotated[float, typer.Option(help="Of each constant.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier file.")]
ConstantsFile = Annotated[
    Path | None,
    typer.Option("--constants", help="Measured constants: a file of `roundlot constants`."),
]
_COLUMNS = {
    "name": "constant",
    "estimate": "estimate",
    "low": "from",
    "high": "to",
    "sure": "confidence",
    "meaning": "meaning",
}


@dataclass(frozen=True, kw_only=True)
class Measure(Options):
    """What ``roundlot constants`` takes."""

    setup: SourceName = None
    out: Out = Path("constants.json")
    method: Method = None
    model: Model = None
    rounds: Annotated[int | None, setting(RunSection, "rounds")] = None
    budget: Annotated[float | None, setting(RunSection, "budget")] = None
    points: Points = 8
    steps: Steps = 40
    clients: Clients = True
    participation: Participation = 1.0
    confidence: Confidence = 0.95
    seed: Seed = None
    overwrite: Overwrite = False
    as_json: Json = False


@command
def constants(given: Measure) -> None:
    """Train a setup again and measure smoothness, convexity, noise and dissimilarity on the way.

    Example: roundlot constants my-setup.toml --out constants.json

    Example: roundlot bound constant_step --constants constants.json --with step=0.1 --target 0.01
    """
    if given.setup is None:
        raise typer.BadParameter(
            "constants needs a training: give a setup (.toml), the folder of a training, or the "
            "name of a shipped setup (see roundlot train --list)"
        )
    plan = measuring.MeasuringPlan(
        points=given.points,
        steps=given.steps,
        clients=given.clients,
        confidence=given.confidence,
        participation=given.participation,
    )
    check_file(given.out, (".json",))
    if given.out.exists() and not given.overwrite:
        raise FileExistsError(f"{given.out} exists; choose another name, or give --overwrite")
    setup = trainings.training_setup(given.setup).replaced(given.changes())
    with progress_bar() as progress:
        found = trainings.measure_training(
            setup, plan, method=given.method, model=given.model, progress=progress
        )
    write_text(given.out, found.to_json(), overwrite=given.overwrite)
    if given.as_json:
        put(found.to_json().rstrip())
    else:
        say(described(found))
        say(f"wrote {given.out}")


def read_constants(path: Path) -> Constants:
    """The constants of a file.

    Raises:
        InvalidProblemError: no such file, or one of something else.
    """
    return estimates.Constants.load(existing_file(path, "constants"))


def described(found: Constants) -> str:
    """A row for each constant, then what the numbers are of and what the data refute."""
    rows = [row(name, value) for name, value in found.values.items()]
    lines = [*found.notes[:1], table(rows, _COLUMNS), *found.notes[1:]]
    return "\n".join([*lines, *_beyond(found), *found.warnings])


def _beyond(found: Constants) -> list[str]:
    """Which rows a bound takes on a condition."""
    names = [name for name, value in found.values.items() if value.is_conditional]
    if not names:
        return []
    return [
        f"only at the measured points: {', '.join(names)}; a bound from them holds under the "
        "condition that the file has of each"
    ]


def row(name: str, value: ConfidenceInterval) -> dict[str, Any]:
    """A constant for people."""
    return {
        "name": name,
        "estimate": f"{value.estimate:.4g}",
        "low": f"{value.low:.4g}",
        "high": f"{value.high:.4g}",
        "sure": "computed" if value.confidence == 1.0 else f"{100.0 * value.confidence:.4g} %",
        "meaning": estimates.KINDS[name].meaning,
    }


def conditions(value: ConfidenceInterval, warnings: tuple[str, ...] = ()) -> list[str]:
    """What must be true for an interval, in lines; what the data refute after it."""
    if not value.condition:
        return list(warnings)
    found = value.condition.split(AND)
    said = [f"only if {text}" for text in found]
    return [
        *said,
        f"{plural(len(found), 'condition')} that no run proves: without "
        f"{plural(len(found), 'it', 'them')} nothing is promised",
        *warnings,
    ]

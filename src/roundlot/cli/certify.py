"""``roundlot certify``: what rounds of federated averaging provably reach, as a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import fleet
from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import say, say_json
from roundlot.folders.checks import check_file
from roundlot.solvers import schemes
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.fleet import ClientNumbers
    from roundlot.theory.arrays import FloatArray


class Goal(StrEnum):
    """What is bounded."""

    distance = "distance"
    gap = "gap"
    gradient = "gradient"


COLUMNS = ("weight", "probability", "smoothness", "strong_convexity", "variance", "step")

Table = Annotated[
    Path,
    typer.Argument(
        help="Table of clients (.csv, .tsv, .parquet) with columns client and weight, and "
        "probability, smoothness, strong_convexity, variance or step where clients differ.",
        show_default=False,
    ),
]
# Options that are needed have no value until all that is missing can be named at once.
NEEDED = ("local_steps", "rounds", "initial", "heterogeneity")
LocalSteps = Annotated[
    int | None,
    typer.Option(min=1, help="Local steps of a client in a round.", show_default="required"),
]
Rounds = Annotated[
    int | None, typer.Option(min=1, help="How many rounds.", show_default="required")
]
Step = Annotated[str | None, typer.Option(help="Size of a local step, such as 0.02 or 1/50.")]
Initial = Annotated[
    float | None,
    typer.Option(
        help="Squared distance to the optimum at the start, at most; with --goal gradient the "
        "value of F above its least one.",
        show_default="required",
    ),
]
Heterogeneity = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="Weighted sum of the squared client gradients at the optimum.",
        show_default="required",
    ),
]
Smoothness = Annotated[float | None, typer.Option(help="L of every client.")]
Convexity = Annotated[float | None, typer.Option(help="mu of every client; 0 if none is known.")]
Variance = Annotated[float | None, typer.Option(help="Of a mini-batch gradient; 0: full ones.")]
Size = Annotated[
    int | None, typer.Option(min=1, help="So many clients, drawn uniformly without replacement.")
]
Draws = Annotated[
    int | None, typer.Option(min=1, help="So many draws with replacement, by weight.")
]
GoalOption = Annotated[Goal, typer.Option("--goal", help="What is bounded.")]
Target = Annotated[
    float | None,
    typer.Option(help="Stop at the first round that is proved to reach it; goal distance only."),
]
File = Annotated[Path | None, typer.Option(help="Write the proof here, for `roundlot check`.")]


@dataclass(frozen=True, kw_only=True)
class Certify(Options):
    """What ``roundlot certify`` takes."""

    clients: Table
    local_steps: LocalSteps = None
    rounds: Rounds = None
    initial: Initial = None
    heterogeneity: Heterogeneity = None
    step: Step = None
    smoothness: Smoothness = None
    strong_convexity: Convexity = None
    variance: Variance = None
    size: Size = None
    draws: Draws = None
    goal: GoalOption = Goal.distance
    target: Target = None
    certificate: File = None
    as_json: Json = False


@command
def certify(given: Certify) -> None:
    """A proved bound after rounds of federated averaging, for every fleet with these constants.

    Example: roundlot certify clients.csv --local-steps 4 --step 0.02 --rounds 60 --initial 4
    --heterogeneity 0.1 --certificate rounds.json
    """
    if given.certificate is not None:
        check_file(given.certificate)
    if given.target is not None and given.goal != Goal.distance:
        raise typer.BadParameter(f"--target is a distance; leave it out with --goal {given.goal}")
    numbers = fleet.read_client_numbers(given.clients, COLUMNS, needed=("weight",))
    needed = _needed(numbers, given)
    found = schemes.certify_rounds(
        _scheme(numbers, given),
        smoothness=_exact(numbers.of("smoothness", given.smoothness), "smoothness"),
        strong_convexity=_exact(
            numbers.of("strong_convexity", given.strong_convexity, otherwise=0.0),
            "strong_convexity",
        ),
        variance=_exact(numbers.of("variance", given.variance, otherwise=0.0), "variance"),
        step=_steps(numbers, given.step),
        local_steps=needed["local_steps"],
        rounds=needed["rounds"],
        initial=written(needed["initial"], "--initial"),
        heterogeneity=written(needed["heterogeneity"], "--heterogeneity"),
        goal=given.goal.value,
    )
    if given.target is not None:
        found = found.shortened(max(1, found.rounds_to(given.target)))
    record: dict[str, Any] = {
        "scheme": found.name,
        "goal": found.claim.goal,
        "rounds": len(found.claim.uses),
        "bound": found.bound,
    }
    if given.certificate is not None:
        record["written"] = str(found.save(given.certificate))
    if given.as_json:
        say_json(record)
        return
    say(str(found))
    if given.certificate is not None:
        say(f"{given.certificate}: the proof; judge it with `roundlot check {given.certificate}`")


def _needed(numbers: ClientNumbers, given: Certify) -> dict[str, Any]:
    """What every call needs, once nothing is missing.

    Raises:
        InvalidProblemError: all that is missing, options as well as columns.
    """
    needed = {name: getattr(given, name) for name in NEEDED}
    missing = [f"--{name.replace('_', '-')}" for name, value in needed.items() if value is None]
    constants = ["smoothness", "strong_convexity", "step"]
    if given.goal == Goal.gradient:  # nothing is convex
        constants.remove("strong_convexity")
    missing += [
        f"--{name.replace('_', '-')} or a column {name!r}"
        for name in constants
        if name not in numbers.columns and getattr(given, name) is None
    ]
    if not _said(numbers, given):
        missing.append("who takes part (--size, --draws or a column 'probability')")
    if missing:
        raise InvalidProblemError(
            f"certify is missing: {', '.join(missing)}; give them, or add the columns to table of "
            f"clients {numbers.path}"
        )
    return needed


def _said(numbers: ClientNumbers, given: Certify) -> list[str]:
    """What says who takes part."""
    known = {
        "a column 'probability'": "probability" in numbers.columns,
        "--size": given.size is not None,
        "--draws": given.draws is not None,
    }
    return [name for name, there in known.items() if there]


def _scheme(numbers: ClientNumbers, given: Certify) -> Any:
    """As the table's probabilities or one of two options say; nothing is guessed."""
    weights = _exact(numbers.columns["weight"], "weight")
    if len(said := _said(numbers, given)) > 1:
        raise InvalidProblemError(
            f"table of clients {numbers.path}: who takes part is given by {' and '.join(said)}; "
            "leave one out"
        )
    if given.size is not None:
        return schemes.fixed_size(weights, given.size)
    if given.draws is not None:
        return schemes.multinomial(weights, given.draws)
    return schemes.independent_clients(
        weights, _exact(numbers.columns["probability"], "probability")
    )


def _steps(numbers: ClientNumbers, text: str | None) -> Any:
    if text is None:
        return _exact(numbers.of("step"), "step")
    numbers.of("step", 0.0)  # not both
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(
            f"{text!r:.40} is no number; give one such as 0.02 or 1/50", param_hint="--step"
        ) from None


def _exact(values: FloatArray, name: str) -> list[Fraction]:
    return [written(value, name) for value in values.tolist()]


def written(value: float, name: str) -> Fraction:
    """The decimal that somebody wrote: 0.3 is three tenths, not the float64 below it.

    Raises:
        InvalidProblemError: an infinity or a NaN.
    """
    try:
        return Fraction(repr(float(value)))
    except ValueError:
        raise InvalidProblemError(f"{name} is {value}; give a finite number") from None

"""``roundlot codesign``: probabilities, step and local steps chosen together, with their proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from roundlot import fleet
from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import say, say_json
from roundlot.folders.checks import check_file
from roundlot.solvers import schemes
from roundlot.theory import Problem


class Price(StrEnum):
    """What is made small."""

    rounds = "rounds"
    seconds = "seconds"


class Method(StrEnum):
    """What proves the rounds."""

    auto = "auto"
    rounds = "rounds"
    smoothness = "expected smoothness"


TIMES = ("local_seconds", "upload_seconds", "draw_seconds")
COLUMNS = (
    *("weight", "score", "smoothness", "strong_convexity", "variance", "gradient"),
    *("floor", "ceiling", *TIMES),
)

Table = Annotated[
    Path,
    typer.Argument(
        help="Table of clients (.csv, .tsv, .parquet) with columns client and weight; where "
        "clients differ also score, smoothness, strong_convexity, variance, gradient (squared, at "
        "the optimum), floor, ceiling, local_seconds, upload_seconds, draw_seconds.",
        show_default=False,
    ),
]
Budget = Annotated[float, typer.Option(help="Most uploads of a round, on average.")]
Target = Annotated[float, typer.Option(help="Squared distance to the optimum to reach.")]
Initial = Annotated[float, typer.Option(help="Squared distance at the start, at most.")]
Heterogeneity = Annotated[
    float | None,
    typer.Option(
        help="Weighted sum of the squared client gradients at the optimum.",
        show_default="from the column gradient",
    ),
]
LocalSteps = Annotated[str, typer.Option(help="Numbers of local steps to try.")]
PriceOption = Annotated[Price, typer.Option("--price", help="What to minimise.")]
Overhead = Annotated[float, typer.Option(min=0.0, help="Seconds of every round.")]
MethodOption = Annotated[
    Method,
    typer.Option(
        "--method",
        help="Whole rounds, of up to 12 kinds of clients; expected smoothness, one step a round, "
        "of any number.",
    ),
]
Smoothness = Annotated[float | None, typer.Option(help="L of every client.")]
Convexity = Annotated[float | None, typer.Option(help="mu of every client, above 0.")]
Variance = Annotated[float | None, typer.Option(help="Of a mini-batch gradient; 0: full ones.")]
File = Annotated[Path | None, typer.Option(help="Write the proof here, for `roundlot check`.")]


@dataclass(frozen=True, kw_only=True)
class CodesignOptions(Options):
    """What ``roundlot codesign`` takes."""

    clients: Table
    budget: Budget
    target: Target
    initial: Initial
    heterogeneity: Heterogeneity = None
    local_steps: LocalSteps = "1,2,4,8"
    price: PriceOption = Price.rounds
    overhead: Overhead = 0.0
    method: MethodOption = Method.auto
    smoothness: Smoothness = None
    strong_convexity: Convexity = None
    variance: Variance = None
    certificate: File = None
    as_json: Json = False


@command
def codesign(given: CodesignOptions) -> None:
    """Choose probabilities, step size and local steps together, for the fewest proved rounds.

    Example: roundlot codesign clients.csv --budget 2 --initial 4 --target 0.04 --certificate
    promise.json
    """
    if given.certificate is not None:
        check_file(given.certificate)
    numbers = fleet.read_client_numbers(given.clients, COLUMNS, needed=("weight",))
    weights = numbers.columns["weight"]
    problem = Problem(
        numbers.columns.get("score", weights)[:, None],
        budget=given.budget,
        floor=numbers.of("floor", otherwise=0.0)[:, None],
        ceiling=numbers.of("ceiling", otherwise=1.0)[:, None],
        clients=numbers.clients,
    )
    spread = given.heterogeneity
    found = schemes.codesign(
        problem,
        weights=weights,
        smoothness=numbers.of("smoothness", given.smoothness),
        strong_convexity=numbers.of("strong_convexity", given.strong_convexity),
        variance=numbers.of("variance", given.variance, otherwise=0.0),
        heterogeneity=_spread(numbers, spread),
        initial=given.initial,
        target=given.target,
        local_steps=_counts(given.local_steps),
        price=given.price.value,
        overhead=given.overhead,
        method=given.method.value,
        **{name: numbers.of(name, otherwise=0.0) for name in TIMES},
    )
    record = found.record()
    if given.certificate is not None:
        record["written"] = str(found.save(given.certificate))
    if given.as_json:
        say_json(record)
        return
    say(str(found))
    if given.certificate is not None:
        say(f"{given.certificate}: the proof; judge it with `roundlot check {given.certificate}`")


def _spread(numbers: fleet.ClientNumbers, given: float | None) -> object:
    """One number, or one for each client; not both."""
    if given is not None and "gradient" not in numbers.columns:
        return given
    if given is not None:
        raise typer.BadParameter(
            "--heterogeneity is given, and the table has a column 'gradient'; leave one out"
        )
    if "gradient" not in numbers.columns:
        raise typer.BadParameter("give --heterogeneity, or a column 'gradient'")
    return numbers.columns["gradient"]


def _counts(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r:.40}: give whole numbers, such as 1,2,4", param_hint="--local-steps"
        ) from None

"""``roundlot bound``: rounds to a target, proved, for the optimum and for each approximation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli.options import Budget, Json, Seed, Source, changes
from roundlot.cli.output import progress_bar, say, say_json, table
from roundlot.cli.source import read_setup

if TYPE_CHECKING:
    from roundlot.run.parts import BoundSummary

Target = Annotated[
    float | None,
    typer.Option(
        help="Squared distance to the optimum to reach, as a share of the initial one.",
        show_default="from the setup",
    ),
]
_COLUMNS = {
    "method": "method",
    "rounds_to_target": "rounds",
    "variance": "variance of a step",
    "schedule": "steps",
}


def bound(
    source: Source = None,
    target: Target = None,
    budget: Budget = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Rounds that provably suffice to reach a target error.

    Example: roundlot bound --target 0.01
    """
    setup = read_setup(source, changes(problem__budget=budget, bound__target=target, seed=seed))
    from roundlot.run import prepare
    from roundlot.run.bounds import bound_methods, ground
    from roundlot.run.job import compare_case

    with progress_bar() as progress:
        case = prepare(setup, progress=progress)
        base = ground(case, compare_case(case))
        if base is None:
            raise typer.BadParameter(
                "scores alone give no bound: set smoothness, strong_convexity and "
                "initial_distance in the setup's [bound]"
            )
        summary = bound_methods(case, base)
    if as_json:
        say_json(asdict(summary))
    else:
        say(_text(summary, base.assumption))


def _text(summary: BoundSummary, assumption: str) -> str:
    constants = ", ".join(f"{name} {value:.4g}" for name, value in summary.constants.items())
    records: list[dict[str, Any]] = [
        {
            "method": bound.method,
            "rounds_to_target": f"{bound.rounds_to_target:,.0f}",
            "variance": bound.constants["variance"],
            "schedule": bound.schedule,
        }
        for bound in summary.methods
    ]
    theorems = ", ".join(theorem.name for theorem in summary.theorems)
    return "\n".join(
        [
            f"{summary.quantity}: to {summary.target:.4g} ({constants})",
            table(records, _COLUMNS),
            f"proved by: {theorems}",
            f"assumed: {assumption}",
        ]
    )

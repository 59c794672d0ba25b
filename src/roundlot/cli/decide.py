"""``roundlot decide``: the budget and steps that reach a target soonest, and what to buy next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import run, theory
from roundlot.cli.columns import table
from roundlot.cli.constants import ConstantsFile, conditions, read_constants
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import Budget, Json, Models, OwnSource, Seed, command, setting
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import required, setup_of
from roundlot.fleet.sections import BoundSettings
from roundlot.theory.text import plural
from roundlot.user_text import share_of

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run import Decision
    from roundlot.solvers import TimePlan
    from roundlot.theory.estimates import Constants
    from roundlot.theory.rates.decision import Advice, BudgetChoice


class Unit(StrEnum):
    """What a decision counts."""

    seconds = "seconds"
    draws = "draws"


Target = Annotated[float | None, setting(BoundSettings, "target")]
By = Annotated[Unit, typer.Option(help="What to minimise until the target is reached.")]
Noise = Annotated[
    float,
    typer.Option(min=0.0, help="Variance of a client's mini-batch gradient; 0: full gradients."),
]
Megabits = Annotated[
    float | None,
    typer.Option(help="Size of one model, one way.", show_default="32 bits a weight"),
]
ServerLink = Annotated[
    float | None,
    typer.Option(help="Mbit/s that all transfers share at the server.", show_default="unlimited"),
]
Fastest = Annotated[
    bool,
    typer.Option("--fastest", help="Also search probabilities that draw slow devices less."),
]
_COLUMNS = {
    "plan": "plan",
    "budget": "budget",
    "least": "at least",
    "rounds": "rounds",
    "gap": "gap",
    "each": "{} a round",
}
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Decide(LimitOptions):
    """What ``roundlot decide`` takes."""

    source: OwnSource = None
    target: Target = None
    budget: Budget = None
    models: Models = None
    by: By = Unit.seconds
    gradient_noise: Noise = 0.0
    megabits: Megabits = None
    server_link: ServerLink = None
    fastest: Fastest = False
    constants: ConstantsFile = None
    seed: Seed = None
    as_json: Json = False


@command
def decide(given: Decide) -> None:
    """Find the budget that provably reaches a target soonest, and what to buy next.

    Example: roundlot decide my-setup.toml --target 1e-3
    """
    source = required(given.source, "decide")
    setup = setup_of(source, given.changes(), as_json=given.as_json)
    if given.constants is not None:
        _with_constants(setup, given, read_constants(given.constants))
        return
    asked: dict[str, Any] = {
        "by": given.by.value,
        "gradient_variance": given.gradient_noise,
        "megabits": given.megabits,
        "server_link": given.server_link,
        "fastest": given.fastest,
    }
    run.require_decidable(setup, target=setup.bound.target, **asked)
    with progress_bar() as progress:
        decision = run.decide(run.prepare(setup, progress=progress), **asked)
    if given.as_json:
        say_json(decision.to_dict())
    else:
        say(_text(decision))


def _with_constants(setup: FleetSetup, given: Decide, known: Constants) -> None:
    """The decision at the ends of the constants that promise least, and the range of its rounds."""
    run.require_usable(known, setup)
    share, noise = setup.bound.target, run.noise_of(known)
    if given.gradient_noise and noise is not None:
        raise typer.BadParameter("--gradient-noise is in the constants already; give one of them")
    level = given.gradient_noise if noise is None else noise.high
    hardest = setup.replaced(run.worst_changes(known, share))
    asked: dict[str, Any] = {
        "by": given.by.value,
        "gradient_variance": level,
        "megabits": given.megabits,
        "server_link": given.server_link,
        "fastest": given.fastest,
    }
    run.require_decidable(hardest, target=hardest.bound.target, **asked)
    with progress_bar() as progress:
        decision = run.decide(run.prepare(hardest, progress=progress), **asked)
    rounds = run.rounds_of(decision.best, known, share, noise=noise)
    if given.as_json:
        say_json(decision.to_dict() | {"rounds": vars(rounds), "warnings": known.warnings})
        return
    say(_text(decision))
    say(
        f"rounds of the best budget: {rounds.low:,.0f} to {rounds.high:,.0f} at "
        f"{100.0 * rounds.confidence:.4g} % confidence, for constants in their intervals; the "
        "decision is for the hardest of them"
    )
    for line in conditions(rounds, known.warnings):
        say(line)


def _spread(tried: Sequence[BudgetChoice]) -> list[BudgetChoice]:
    """A few of the budgets that were tried, from the smallest to the largest."""
    ordered = sorted(tried, key=lambda choice: choice.budget)
    coarse = [c for k, c in enumerate(ordered) if k == 0 or c.budget > 1.3 * ordered[k - 1].budget]
    return coarse[:: max(1, len(coarse) // _SHOWN)][:_SHOWN]


def _fastest(plan: TimePlan) -> str:
    return (
        f"fastest probabilities found: {_cost(plan.seconds, 'seconds')}, {plan.rounds:,.0f} rounds "
        f"of {plan.round_seconds:.4g} s, {plan.budget:,.1f} draws each; none need fewer than "
        f"{plan.lower_bound:,.0f} s (--json has the probabilities)"
    )


def _text(found: Decision) -> str:
    best, advice = found.best, found.advice
    plans = [("best", best), ("today", found.now)]
    plans += [("other", choice) for choice in _spread(found.tried)]
    rows = [
        {
            "plan": name,
            "budget": f"{choice.budget:,.1f}",
            "least": f"{choice.bound.lower:,}",
            "rounds": f"{choice.rounds:,}",
            "gap": f"{choice.bound.gap:.3g}",
            "each": choice.cost_per_round,
            "cost": f"{choice.cost:,.0f}",
            "steps": str(choice.bound.schedule),
        }
        for name, choice in plans
    ]
    columns = {key: text.format(found.by) for key, text in _COLUMNS.items()}
    lines = [
        f"squared distance to the optimum to {found.target.target:.4g}, fewest {found.by}",
        table(rows, {**columns, "cost": found.by, "steps": "steps"}),
        f"proved by: {', '.join(best.bound.theorems)}, lower_rounds",
        f"at least: no step sizes fixed in advance need fewer rounds on {best.bound.attained_by}; "
        "gap: rounds over these",
    ]
    if found.fastest is not None:
        lines.append(_fastest(found.fastest))
    if advice is not None:
        shares = ", ".join(
            f"{name} {share_of(share, 1.0)}" for name, share in advice.shares.items()
        )
        lines += [
            f"variance of a step today: {shares}; without it "
            f"{advice.noiseless_rounds:,} {plural(advice.noiseless_rounds, 'round')}",
            f"today {_cost(advice.cost, found.by)}; with one of these purchases:",
            table(_purchases(advice), {"name": "purchase", "means": "means", "cost": found.by}),
            f"buy: {advice.buy} ({theory.PURCHASES[advice.buy]})",
        ]
    return "\n".join([*lines, *(f"assumed: {text}" for text in found.assumptions)])


def _purchases(advice: Advice) -> list[dict[str, str]]:
    return [
        {"name": name, "means": theory.PURCHASES[name], "cost": _cost(cost, advice.unit)}
        for name, cost in advice.costs.items()
    ]


def _cost(cost: float, by: str) -> str:
    """With separators; seconds also in hours or days."""
    return f"{cost:,.0f} s ({theory.duration(cost)})" if by == "seconds" else f"{cost:,.0f} {by}"

"""From a case to a decision: the best budget and steps, what dominates, what to buy next."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from roundlot import simulate
from roundlot.fleet import FleetSetup
from roundlot.fleet.sections import BoundSettings
from roundlot.run.case import Case
from roundlot.run.path_variance import PathVariance, design_variance
from roundlot.solvers import Solution, TimePlan, seconds_to_target, solve
from roundlot.solvers import Target as SecondsTarget
from roundlot.theory import InvalidProblemError, Problem, RoundlotWarning
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.variance_parts import VarianceParts, variance_parts
from roundlot.theory.rates.decision import (
    Advice,
    BudgetChoice,
    RoundCost,
    Target,
    advise,
    choose_budget,
    expected_round_length,
    price_budget,
)
from roundlot.theory.tabular import Plain
from roundlot.theory.text import amount, listed, plural

By = Literal["seconds", "draws"]
BITS = 32.0  # of a weight on the wire
_LEAST_SHARE = 1e-3  # of the processors: the smallest budget that is tried
#: What a bound needs beside scores, by the key of a setup's ``[bound]``.
CONSTANTS = {
    "smoothness": "L of the objective; unit F/x²",
    "strong_convexity": "μ of the objective; unit F/x²",
    "initial_distance": "‖x_0 − x*‖, not squared; unit x",
}
NO_NORMS = (
    "the scores are losses, which do not tell the variance of a gradient step: give norms "
    '(scores.source = "norms"), or train'
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision(Plain):
    """What to do with a fleet to reach a target at the least proved cost.

    Attributes:
        by: the unit of every cost, seconds or draws.
        best: the budget with the least cost of all that were tried, with its steps.
        now: the setup's own budget.
        tried: all budgets, the cheapest first.
        advice: what to buy at the setup's budget; None where only score tables are known.
        parts: of the variance of a step at the start, at the setup's budget; None likewise.
        assumptions: modelling choices behind the figures.
        fastest: probabilities that draw slow devices less, with the fewest seconds that were found
            and a lower bound for all; None unless asked for.
    """

    by: By
    target: Target
    best: BudgetChoice
    now: BudgetChoice
    tried: tuple[BudgetChoice, ...]
    advice: Advice | None
    parts: VarianceParts | None
    assumptions: tuple[str, ...]
    fastest: TimePlan | None = field(default=None, repr=False)

    def _record(self) -> dict[str, Any]:
        advice, parts = self.advice, self.parts
        return {
            "by": self.by,
            "target": vars(self.target),
            "best": _choice(self.best),
            "now": _choice(self.now),
            "tried": [_choice(choice) for choice in self.tried],
            "advice": None if advice is None else vars(advice),
            "parts": None if parts is None else vars(parts),
            "assumptions": self.assumptions,
            "fastest": None if self.fastest is None else self.fastest.to_dict(),
        }

    def __repr__(self) -> str:
        best, now = (
            f"budget {one.budget:.6g}, {one.rounds:,} {plural(one.rounds, 'round')}, "
            f"{amount(one.cost, self.by)}"
            for one in (self.best, self.now)
        )
        return f"Decision(best {best}; today {now})"


def _choice(choice: BudgetChoice) -> dict[str, Any]:
    return {
        "budget": choice.budget,
        "rounds": choice.rounds,
        "rounds_at_least": choice.bound.lower,
        "gap": choice.bound.gap,
        "cost_per_round": choice.cost_per_round,
        "cost": choice.cost,
        "variance": choice.variance,
        "growth": choice.growth,
        "schedule": str(choice.bound.schedule),
        "theorems": choice.bound.theorems,
    }


def decide(
    case: Case,
    *,
    target: float | None = None,
    by: By = "seconds",
    gradient_variance: float = 0.0,
    megabits: float | None = None,
    server_link: float | None = None,
    fastest: bool = False,
) -> Decision:
    """The budget and steps with the least proved cost to the target, and what to buy next.

    Every round takes one gradient step; the probabilities are the best for the gradients at the
    start, kept in every round.

    Args:
        case: a prepared setup.
        target: relative to the initial squared distance; the setup's by default.
        by: count seconds (needs device speeds and links) or draws.
        gradient_variance: ``σ²`` of a client's mini-batch gradient; 0 for full local gradients.
        megabits: of one model, one way; from the update's dimension by default.
        server_link: Mbit/s that all transfers of a round share; the server waits for nothing by
            default.
        fastest: also search for probabilities that draw slow devices less: see
            `roundlot.solvers.seconds_to_target`. A second for ten devices, minutes for 100,000.

    Raises:
        InvalidProblemError: devices or constants that the setup does not say.
        InfeasibleError: no budget is proved to reach the target.
    """
    share = case.setup.bound.target if target is None else target
    require_decidable(
        case.setup,
        target=share,
        by=by,
        gradient_variance=gradient_variance,
        megabits=megabits,
        server_link=server_link,
        fastest=fastest,
    )
    goal = _target(case, share)
    fleet = _Pricing(case, by, gradient_variance, megabits, server_link)
    most, budget = _most(case.problem), case.problem.budget
    least = max(_LEAST_SHARE * case.fleet.n_processors, 1.01 * float(case.problem.bounds[0].sum()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)  # a slack budget, at the end of the range
        tried = choose_budget(fleet.price, goal, least=min(least, budget, most), most=most)
        now = price_budget(fleet.price, goal, budget)
        parts = fleet.parts(budget)
        advice = None if parts is None else _advice(fleet, goal, now, parts, most)
    best = min((*tried, now), key=lambda choice: choice.cost)
    return Decision(
        by=by,
        target=goal,
        best=best,
        now=now,
        tried=tried,
        advice=advice,
        parts=parts,
        assumptions=fleet.assumptions,
        fastest=fleet.fastest(goal, most) if fastest else None,
    )


def _advice(
    fleet: _Pricing, goal: Target, now: BudgetChoice, parts: VarianceParts, most: float
) -> Advice:
    doubled = min(2.0 * now.budget, most)
    wider = price_budget(fleet.price, goal, doubled) if doubled > now.budget else None
    slower = fleet.price(now.budget, compute=2.0).cost
    return advise(now, goal, parts, wider=wider, twice_the_compute=slower, unit=fleet.by)


def _target(case: Case, relative: float) -> Target:
    given = case.setup.bound
    land = case.landscape
    if land is not None:
        L, mu, initial = land.smoothness, land.strong_convexity, land.squared_distance
    elif None in (given.smoothness, given.strong_convexity, given.initial_distance):
        raise InvalidProblemError(_no_constants(given))
    else:
        L, mu = float(given.smoothness or 0.0), float(given.strong_convexity or 0.0)
        initial = float(given.initial_distance or 0.0) ** 2
    return Target(smoothness=L, strong_convexity=mu, initial=initial, target=relative * initial)


def _most(problem: Problem) -> float:
    """The largest budget that caps and ceilings can use."""
    room = np.minimum(problem.bounds[1].sum(axis=1), problem.processor_cap)
    return float(room.sum())


class _Pricing:
    """What a budget costs a round and leaves in variance, for one fleet."""

    def __init__(
        self, case: Case, by: By, noise: float, megabits: float | None, server_link: float | None
    ) -> None:
        self.case, self.noise, self.by = case, noise, by
        self.scores, self.gradients = _scores(case)
        self.times = _times(case, megabits, server_link) if by == "seconds" else None
        self.assumptions = _assumptions(case, by, noise)
        land = case.landscape
        self.excess = math.nan if land is None else land.losses_start - land.local_minima

    def solve(self, scores: FloatArray, budget: float) -> Solution:
        return solve(replace(self.case.problem, scores=scores, budget=budget))

    def price(self, budget: float, compute: float = 1.0) -> RoundCost:
        """Of the optimum for the scores at the start."""
        design, land = self.solve(self.scores, budget), self.case.landscape
        batch = self._noise(design.probabilities)
        known = (
            PathVariance(noise=float(design.model_variance.sum()))
            if land is None
            else design_variance(self.case, land, design.probabilities)
        )
        return RoundCost(
            variance=known.noise + batch,
            cost=self._cost(design.probabilities, compute),
            growth=known.slope,
            batch=batch,
        )

    def fastest(self, goal: Target, most: float) -> TimePlan:
        """The fewest seconds with any probabilities, up to the largest budget of use."""
        assert self.times is not None
        own, transfer, server = self.times
        constants = (goal.smoothness, goal.strong_convexity, goal.initial, goal.target)
        names = ("smoothness", "strong_convexity", "initial", "target")
        return seconds_to_target(
            replace(self.case.problem, scores=self.scores, budget=most),
            own + transfer,
            SecondsTarget(**dict(zip(names, constants, strict=True))),
            draw_seconds=server,
        )

    def parts(self, budget: float) -> VarianceParts | None:
        """At the start; None where no gradients are known."""
        if self.gradients is None:
            return None
        fleet, design = self.case.fleet, self.solve(self.scores, budget)
        return variance_parts(
            np.where(self.scores > 0.0, fleet.weights, 0.0),
            design.probabilities,
            fleet.client,
            self.gradients,
            self.noise,
            excess=self.excess,
        )

    def _noise(self, probabilities: FloatArray) -> float:
        """Of mini-batches: ``σ² Σ E c²``; needs every processor with weight to be drawn."""
        if self.noise == 0.0:
            return 0.0
        fleet = self.case.fleet
        none = [np.zeros((fleet.n_clients, 1))] * fleet.n_models
        split = variance_parts(fleet.weights, probabilities, fleet.client, none, self.noise)
        return float(split.noise.sum())

    def _cost(self, probabilities: FloatArray, compute: float) -> float:
        if self.times is None:
            return float(probabilities.sum())
        own, transfer, server = self.times
        slowest = expected_round_length(compute * own + transfer, probabilities)
        return slowest + float(np.sum(probabilities * server))


def _scores(case: Case) -> tuple[FloatArray, Sequence[FloatArray] | None]:
    """Scores ``(V, S)`` of a gradient step at the start; the gradients there, if known."""
    land = case.landscape
    if land is None:
        return case.problem.scores, None

    fleet = case.fleet
    updates = simulate.Updates(
        directions=tuple(land.gradients_start), client=fleet.client, weights=fleet.weights
    )
    return updates.scores, land.gradients_start


def _times(
    case: Case, megabits: float | None, server_link: float | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Seconds ``(V, S)`` of one gradient, of moving the model both ways, and at the server."""
    fleet = case.fleet
    assert fleet.speed is not None
    assert fleet.link is not None
    size = _sizes(case, megabits)
    compute = fleet.samples / fleet.speed[:, None]
    server = np.zeros_like(compute) if server_link is None else compute * 0.0 + size / server_link
    return fleet.expand(compute), fleet.expand(size / fleet.link[:, None]), fleet.expand(server)


def _sizes(case: Case, megabits: float | None) -> FloatArray:
    """``(S,)``, megabits of a model both ways."""
    if megabits is not None:
        return np.full(case.fleet.n_models, 2.0 * megabits)
    return 2.0 * np.array(case.updates.dimensions) * BITS / 1e6


def _assumptions(case: Case, by: By, noise: float) -> tuple[str, ...]:
    own = [
        "one gradient step a round over the drawn clients' data, with the probabilities that are "
        "best for the gradients at the start, the same in every round"
        if case.landscape is not None
        else "the variance of a step is in no round above what it is for the given scores"
    ]
    if by == "seconds":
        own.append(
            "a round ends with its slowest drawn processor: samples / speed, the model down and up "
            "the client's link (processors of a client share neither), then the server's transfers"
        )
    if noise > 0.0:
        own.append("mini-batch noise is alike on all clients")
    return (*case.assumptions, *own)


def require_constants(setup: FleetSetup) -> None:
    """Refuse a setup without the constants of a bound on rounds.

    Raises:
        InvalidProblemError: those that are missing, or scores of another kind.
    """
    missing = _constants(setup)
    if missing:
        raise InvalidProblemError("; ".join(missing))


def require_decidable(
    setup: FleetSetup,
    *,
    target: float,
    by: str,
    gradient_variance: float,
    megabits: float | None,
    server_link: float | None,
    fastest: bool = False,
) -> None:
    """Refuse what no training would change, all of it at once.

    Raises:
        InvalidProblemError: numbers out of range, constants and devices that the setup lacks.
    """
    wrong = _out_of_range(target, by, gradient_variance, megabits, server_link)
    missing = _constants(setup)
    if by == "seconds":
        missing += _devices(setup, megabits)
    if fastest:
        wrong += _not_fastest(setup, by, gradient_variance)
    if wrong or missing:
        raise InvalidProblemError("; ".join([*wrong, *missing]))


def _constants(setup: FleetSetup) -> list[str]:
    """What a table of scores does not say; a table that cannot be read is named first."""
    given = setup.bound
    if setup.scores.source == "train":
        return []
    _ = setup.score_table
    found = [NO_NORMS] if setup.scores.kind == "loss" else []
    if missing := _no_constants(given):
        found.append(missing + (f", which `{setup.as_file}` writes" if setup.is_bare else ""))
    return found


def _no_constants(given: BoundSettings) -> str:
    """The constants that are missing, each with its meaning and unit; empty if none is."""
    missing = [f"{k} ({says})" for k, says in CONSTANTS.items() if getattr(given, k) is None]
    if not missing:
        return ""
    return f"scores alone give no bound: set {listed(missing)} in the setup's [bound]"


def _devices(setup: FleetSetup, megabits: float | None) -> list[str]:
    fleet, found = setup.fleet, []
    if fleet.speed is None or fleet.link is None:
        found.append(
            f"fleet {fleet.name!r} has no speeds and links to count seconds by; "
            + ("" if setup.is_bare else "give both in its table of clients, or ")
            + "count draws (--by draws)"
        )
    if megabits is None and setup.scores.source not in ("train", "updates"):
        found.append(
            "scores do not say how large a model is; give its megabits (--megabits), or count "
            "draws (--by draws)"
        )
    return found


def _not_fastest(setup: FleetSetup, by: str, noise: float) -> list[str]:
    """Why no probabilities can be searched that draw slow devices less."""
    found = []
    if by != "seconds":
        found.append("the fastest probabilities are those of seconds; leave out --by draws")
    if setup.scores.source == "train":
        found.append(
            "the fastest probabilities are searched for a variance that is known, not for one that "
            "grows along a training: give a table of norms (scores.source)"
        )
    if noise > 0.0:
        found.append("the fastest probabilities are searched without mini-batch noise")
    return found


def _out_of_range(
    target: float,
    by: str,
    gradient_variance: float,
    megabits: float | None,
    server_link: float | None,
) -> list[str]:
    found = []
    if not 0.0 < target < 1.0:
        found.append(f"target is {target:g}; give a share of the start, in (0, 1)")
    if by not in ("seconds", "draws"):
        found.append(f"by is {by!r}; use seconds or draws")
    if not 0.0 <= gradient_variance < math.inf:
        found.append(
            f"gradient_variance is {gradient_variance:g}; it must be finite and at least 0"
        )
    if megabits is not None and not 0.0 <= megabits < math.inf:
        found.append(f"megabits is {megabits:g}; it must be finite and at least 0")
    if server_link is not None and not 0.0 < server_link < math.inf:
        found.append(f"server_link is {server_link:g} Mbit/s; it must be above 0")
    return found

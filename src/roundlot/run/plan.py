"""Answers to what a setup's ``[plan]`` asks: tables read, put in the fleet's order, and solved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from roundlot import solvers
from roundlot.fleet import TABLES, FleetSetup, read_scores
from roundlot.fleet.setup import read_setup
from roundlot.run.case import Case, prepare
from roundlot.solvers import (
    LeastBudget,
    LeastCost,
    OnlineSolution,
    RobustSolution,
    RoundsSolution,
    SeveralVariances,
)
from roundlot.theory import InvalidProblemError, Problem

#: What answers a plan: probabilities with a value, a bound and a proof.
Planned = (
    LeastBudget | LeastCost | OnlineSolution | RobustSolution | RoundsSolution | SeveralVariances
)
#: Plans that have something else to limit or to make least than a round's budget.
_NO_BUDGET = ("least budget", "least cost", "several", "rounds")


def prepare_plan(setup: FleetSetup) -> Case:
    """The case of a setup with a ``[plan]``; where it needs none, no budget is supposed.

    Raises:
        InvalidProblemError: as `prepare`.
    """
    said = setup.document.get("problem", {})
    free = setup.plan.kind in _NO_BUDGET and not {"budget", "budget_fraction"} & said.keys()
    return prepare(
        setup.replaced({"problem.budget": "none"}) if free else setup,
        landscape=False,
        planned=True,
    )


def answer_plan(case: Case) -> Planned:
    """What the setup's ``[plan]`` asks for, with its proof.

    Raises:
        InvalidProblemError: a table or number that does not fit.
        InfeasibleError: no probabilities do what is asked.
        ConvergenceError: the proof fell short.
    """
    assert case.setup.plan.kind is not None
    return _FINDERS[case.setup.plan.kind](case)


def _least_budget(case: Case) -> LeastBudget:
    return solvers.least_budget(case.problem, _ceiling(case))


def _least_cost(case: Case) -> LeastCost:
    return solvers.least_cost(case.problem, _cost(case), _ceiling(case))


def _several(case: Case) -> SeveralVariances:
    plan = case.setup.plan
    assert plan.variables is not None
    assert plan.variable_ceilings is not None
    ceilings = dict(plan.variable_ceilings)
    tables = {name: case.setup.scores_in(path, f"table of {name}") for name, path in plan.variables}
    return solvers.least_cost_of_several(
        case.problem,
        np.stack(list(tables.values())),
        [ceilings[name] for name in tables],
        cost=_cost(case),
    )


def _uncertain(case: Case) -> RobustSolution:
    plan = case.setup.plan
    assert plan.highest is not None
    assert plan.deviations is not None
    highest = case.setup.scores_in(plan.highest, "table of highest scores")
    low = np.argwhere(case.problem.available & (highest < case.problem.scores))
    if low.size:
        v, s = (int(i) for i in low[0])
        names = case.problem.names
        raise InvalidProblemError(
            f"table of highest scores {plan.highest}: that of {names.row(v)} for {names.model(s)} "
            f"is {highest[v, s]:g}, below the score, {case.problem.scores[v, s]:g}; raise it"
        )
    return solvers.solve_uncertain(case.problem, highest, deviations=plan.deviations)


def _online(case: Case) -> OnlineSolution:
    given = case.setup.plan.online
    if isinstance(given, str):
        given = case.setup.clients_in(given, "table of chances", "online")  # type: ignore[assignment]
    assert given is not None
    return solvers.solve_online(case.problem, given)


def _rounds(case: Case) -> RoundsSolution:
    plan = case.setup.plan
    assert plan.rounds is not None
    assert plan.shared_budget is not None
    problems = [case.problem, *(_round(case, path) for path in plan.rounds)]
    return solvers.solve_rounds(problems, budget=plan.shared_budget, chances=plan.chances)


def _round(case: Case, path: str) -> Problem:
    """The problem of a further round: a setup's own, or a table under the limits of the first."""
    setup, place = case.setup, case.setup.folder / path
    changes: dict[str, Any] = {}
    if Path(path).suffix.lower() in TABLES:
        changes = {f"problem.{key}": value for key, value in _limits(setup).items()}
        changes["fleet.models"] = setup.source.models or _order(case, place)
        changes["fleet.allow_unreachable"] = setup.source.allow_unreachable
    other = prepare(read_setup(place, changes), landscape=False)
    if other.fleet.models != case.fleet.models:
        raise InvalidProblemError(
            f"plan.rounds: {path} has the models {', '.join(other.fleet.models)}, the first round "
            f"{', '.join(case.fleet.models)}; give all the same, in the same order"
        )
    return other.problem


def _order(case: Case, place: Path) -> tuple[str, ...] | None:
    """The models as the first round has them, if a table has the same ones in another order."""
    models, first = read_scores(place, allow_unreachable=True).models, case.fleet.models
    return tuple(first) if models != first and {*models} == {*first} else None


def _limits(setup: FleetSetup) -> dict[str, Any]:
    """``[problem]``, its files named from anywhere."""
    found = dict(setup.document.get("problem", {}))
    if setup.limits.groups is not None:
        found["groups"] = str((setup.folder / setup.limits.groups).absolute())
    if setup.limits.costs is not None:
        found["costs"] = {
            name: str((setup.folder / path).absolute()) for name, path in setup.limits.costs
        }
    return found


def _ceiling(case: Case) -> Any:
    given = case.setup.plan.variance_ceiling
    assert given is not None
    return case.setup.numbers_by_model(given, "plan.variance_ceiling")


def _cost(case: Case) -> Any:
    given = case.setup.plan.cost
    if isinstance(given, str):
        return case.setup.pairs_in(given, "table of costs")
    return 1.0 if given is None else given


_FINDERS: dict[str, Callable[[Case], Planned]] = {
    "least budget": _least_budget,
    "least cost": _least_cost,
    "several": _several,
    "uncertain": _uncertain,
    "online": _online,
    "rounds": _rounds,
}

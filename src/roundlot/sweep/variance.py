"""One cell of variances: a method's prediction, its distance from the optimum, rounds drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundlot.fleet import FleetSetup
from roundlot.run.case import Case
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design
    from roundlot.solvers import ComparisonRow
    from roundlot.sweep.grid import Cell

#: What a row holds, in order: numbers of the fleet, of theory, of the rounds drawn.
COLUMNS: dict[str, type] = {
    "clients": int,
    "processors": int,
    "models": int,
    "budget": float,
    "label": str,
    "variance": float,
    "variance_is": str,
    "ratio": float,
    "gap": float,
    "certificate_gap": float,
    "participation_variance": float,
    "expected_draws": float,
    "expected_uploads": float,
    "predicted": float,
    "realised": float,
    "standard_error": float,
    "draws": float,
    "uploads": float,
    "rounds": int,
    "method_seconds": float,
}
#: What the rows of two computations may differ in, beside the seconds of a cell.
TIMINGS = ("method_seconds",)


def measure_variance(case: Case, cell: Cell) -> dict[str, Any]:
    """The columns of a cell.

    ``variance`` is the method's, for its own design and the problem's scores; ``predicted`` what
    theory says of the design that is drawn, for these updates; both are squared units of scores.

    Raises:
        InvalidProblemError: a method that needs what the setup does not say; a design that does
            not take these probabilities or this fleet.
        InfeasibleError: limits that nothing satisfies.
    """
    from roundlot.run.job import compare_case

    comparison = compare_case(case, methods=[cell.method], repeats=1)
    try:
        row = comparison.row(cell.method)
    except KeyError as error:
        raise InvalidProblemError(str(error.args[0])) from error
    fleet = case.fleet
    return {
        "clients": fleet.n_clients,
        "processors": fleet.n_processors,
        "models": fleet.n_models,
        "budget": case.problem.budget,
        "label": row.label,
        "variance": row.variance,
        "variance_is": row.variance_is,
        "ratio": row.ratio,
        "gap": row.gap,
        "certificate_gap": _certified(case) if cell.method == "optimum" else None,
        "participation_variance": row.participation_variance,
        "expected_draws": row.expected_draws,
        "expected_uploads": row.expected_uploads,
        "method_seconds": row.seconds,
        **_drawn(case, row, cell),
    }


def posed(case: Case, setup: FleetSetup) -> Case:
    """The same fleet and updates under another setup's limits."""
    return replace(case, setup=setup, problem=setup.problem(case.problem.scores))


def _certified(case: Case) -> float:
    from roundlot.solvers import solve

    return float(solve(case.problem).certificate.gap)


def _drawn(case: Case, row: ComparisonRow, cell: Cell) -> dict[str, Any]:
    """What the rounds gave; nothing for a design of the method's own that is not drawn."""
    from roundlot.run.simulation import predict, require_drawable
    from roundlot.simulate import design, simulate
    from roundlot.simulate.designs import DESIGNS

    if cell.design not in {kind.name for kind in DESIGNS} or not cell.rounds:
        return {"rounds": 0}
    require_drawable(case)
    drawn: Design = design(row.probabilities, name=cell.design)
    prediction = predict(case, drawn)
    realised = simulate(
        drawn, case.updates, rounds=cell.rounds, seed=cell.seed, device=cell.device, workers=1
    )
    errors = realised.squared_error
    spread = float(errors.std(ddof=1)) if errors.size > 1 else math.nan
    return {
        "predicted": prediction.mean,
        "realised": realised.mean_squared_error,
        "standard_error": spread / math.sqrt(errors.size),
        "draws": realised.mean_draws,
        "uploads": realised.mean_uploads,
        "rounds": realised.rounds,
    }

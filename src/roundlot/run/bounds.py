"""Stage: how many rounds each method provably needs to bring the error to the target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.run.case import Case
from roundlot.run.parts import BoundSummary, MethodBound, TheoremRecord
from roundlot.solvers import Comparison, compare
from roundlot.theory import InfeasibleError
from roundlot.theory.rounds import RoundsBound, rounds_to_target

FloatArray = npt.NDArray[np.float64]
QUANTITY = "squared distance to the optimum, Σ_s E‖w_s − w_s*‖²"
ALONG_THE_PATH = (
    "bound: every round takes one gradient step; the sampling variance along the path is at most "
    "the larger of its values at the start and at the optimum, with each method choosing its "
    "probabilities afresh there"
)
AT_THE_START = "bound: the sampling variance stays at most what it is for the given scores"
_POINTS = 160


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What a bound is evaluated on: constants, and each method's sampling variance."""

    smoothness: float
    strong_convexity: float
    initial: float
    variances: Mapping[str, float]
    assumption: str


def constants(case: Case) -> tuple[float, float, float, str] | None:
    """``(L, μ, Σ_s ‖w0_s − w*_s‖²)`` and what is assumed of the variance; None if not known."""
    if case.landscape is not None:
        land = case.landscape
        return land.smoothness, land.strong_convexity, land.squared_distance, ALONG_THE_PATH
    given = case.setup.bound
    if None in (given.smoothness, given.strong_convexity, given.initial_distance):
        return None
    return (
        float(given.smoothness or 0.0),
        float(given.strong_convexity or 0.0),
        float(given.initial_distance or 0.0) ** 2,
        AT_THE_START,
    )


def ground(case: Case, comparison: Comparison) -> Ground | None:
    """Constants and variances from the trained fleet or the setup; None if neither gives them."""
    known = constants(case)
    if known is None:
        return None
    smoothness, strong_convexity, initial, assumption = known
    return Ground(
        smoothness=smoothness,
        strong_convexity=strong_convexity,
        initial=initial,
        variances=_variances_along(case)
        if assumption == ALONG_THE_PATH
        else {row.name: _unweighted(case, row.variance) for row in comparison.rows},
        assumption=assumption,
    )


def bound_methods(case: Case, base: Ground) -> BoundSummary:
    """Rounds to the target and the curve of the bound, for every method."""
    target = case.setup.bound.target * base.initial
    bounds = {name: _bound(base, variance, target) for name, variance in base.variances.items()}
    reached = [bound for bound in bounds.values() if bound is not None]
    grid = _grid(max((bound.rounds for bound in reached), default=1))
    return BoundSummary(
        quantity=QUANTITY,
        target=target,
        constants={
            "smoothness": base.smoothness,
            "strong_convexity": base.strong_convexity,
            "initial": base.initial,
            "relative_target": case.setup.bound.target,
        },
        theorems=_theorems({name for bound in reached for name in bound.theorems}),
        methods=tuple(
            _method(name, bound, base.variances[name], grid) for name, bound in bounds.items()
        ),
    )


def _variances_along(case: Case) -> dict[str, float]:
    """Each method's larger variance of a gradient step, at the start and at the optimum."""
    assert case.landscape is not None
    land = case.landscape
    ends = (
        _compare_gradients(case, land.gradients_start, land.losses_start),
        _compare_gradients(case, land.gradients_optimum, land.losses_optimum),
    )
    names = [row.name for row in ends[0].rows]
    return {name: _unweighted(case, max(end.row(name).variance for end in ends)) for name in names}


def _unweighted(case: Case, variance: float) -> float:
    """The most that ``Σ_s Var(Δ_s)`` can be where ``Σ_s λ_s Var(Δ_s)`` is ``variance``."""
    return variance / float(case.problem.model_weights.min())


def _compare_gradients(
    case: Case, gradients: Iterable[FloatArray], losses: FloatArray
) -> Comparison:
    from roundlot.simulate import Updates

    fleet = case.fleet
    updates = Updates(directions=tuple(gradients), client=fleet.client, weights=fleet.weights)
    return compare(
        case.setup.problem(updates.scores),
        losses=fleet.expand(losses),
        step_norms=updates.step_norms,
        client=fleet.client,
        repeats=1,
    )


def _bound(base: Ground, variance: float, target: float) -> RoundsBound | None:
    """None where no number of rounds is proved to suffice."""
    try:
        return rounds_to_target(
            smoothness=base.smoothness,
            strong_convexity=base.strong_convexity,
            variance=variance,
            initial=base.initial,
            target=target,
        )
    except InfeasibleError:
        return None


def _grid(most: int) -> FloatArray:
    return np.unique(np.round(np.geomspace(1, max(2, 2 * most), _POINTS)))


def _method(name: str, bound: RoundsBound | None, variance: float, grid: FloatArray) -> MethodBound:
    if bound is None:
        return MethodBound(
            method=name,
            rounds_to_target=math.inf,
            rounds=np.empty(0),
            error=np.empty(0),
            constants={"variance": variance},
        )
    return MethodBound(
        method=name,
        rounds_to_target=float(bound.rounds),
        rounds=grid,
        error=bound.curve(grid),
        constants={"variance": variance, "C": bound.C, "offset": bound.schedule.offset},
        schedule=str(bound.schedule),
    )


def _theorems(names: set[str]) -> tuple[TheoremRecord, ...]:
    from roundlot.theory.theorems import CATALOGUE

    return tuple(
        TheoremRecord(
            name=theorem.name,
            latex=theorem.latex(),
            conditions=theorem.assumptions,
            source=theorem.reference,
            title=theorem.title,
        )
        for theorem in CATALOGUE
        if theorem.name in names
    )

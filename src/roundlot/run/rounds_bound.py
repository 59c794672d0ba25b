"""Stage: how many rounds each method provably needs to bring the error to the target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot import theory
from roundlot.run.case import Case
from roundlot.run.path_variance import PathVariance, compare_at_start, path_variance
from roundlot.run.records import BoundSummary, MethodBound, TheoremRecord
from roundlot.solvers import Comparison, ComparisonRow
from roundlot.theory import InfeasibleError
from roundlot.theory.rates.rounds import RoundsBound, rounds_to_target

FloatArray = npt.NDArray[np.float64]
QUANTITY = "squared distance to the optimum, Σ_s E‖w_s − w_s*‖²"
ALONG_THE_PATH = (
    "bound: every round takes one gradient step over the data of the drawn clients; each method "
    "keeps the probabilities that it chooses for the gradients at the start, and where models or "
    "blocks take turns every round draws its turn afresh"
)
AT_THE_START = (
    "bound: every round takes one gradient step, whose variance is in no round above what it is "
    "for the given scores, the norms of the gradients at the start"
)
_POINTS = 160


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What a bound is evaluated on: constants, and what bounds the variance of each method."""

    smoothness: float
    strong_convexity: float
    initial: float
    variances: Mapping[str, PathVariance]
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
        else {row.name: _given_variance(case, row) for row in comparison.rows},
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
        theorems=_theorems({name for bound in reached for name in _proved_by(bound)}),
        methods=tuple(
            _method(name, bound, base.variances[name], grid) for name, bound in bounds.items()
        ),
        attained_by=reached[0].attained_by if reached else "",
    )


def _proved_by(bound: RoundsBound) -> tuple[str, ...]:
    return (*bound.theorems, "lower_rounds") if bound.lower else bound.theorems


def _variances_along(case: Case) -> dict[str, PathVariance]:
    """What bounds each method's variance on the whole path, its probabilities fixed."""
    land = case.landscape
    assert land is not None
    return {row.name: path_variance(case, land, row) for row in compare_at_start(case, land).rows}


def _given_variance(case: Case, row: ComparisonRow) -> PathVariance:
    """The variance for the given scores, or why they do not tell it."""
    if not row.label.startswith("unbiased"):
        return PathVariance(refusal=row.label)
    if case.setup.scores.kind == "loss":
        return PathVariance(refusal="losses are given, which do not tell the variance of a step")
    if row.design != "independent" and case.setup.scores.source != "updates":
        return PathVariance(
            refusal="its variance depends on the directions of the gradients, which are not given"
        )
    # Where models have weights λ, Σ λ Var is known, and Σ Var is at most that over the least λ.
    return PathVariance(noise=row.variance / float(case.problem.model_weights.min()))


def _bound(base: Ground, variance: PathVariance, target: float) -> RoundsBound | None:
    """None where no number of rounds is proved to suffice."""
    if variance.refusal:
        return None
    try:
        return rounds_to_target(
            smoothness=base.smoothness,
            strong_convexity=base.strong_convexity,
            initial=base.initial,
            target=target,
            variance=variance.noise if variance.slope is None else None,
            expected_smoothness=variance.slope,
            noise=None if variance.slope is None else variance.noise,
            split=variance.split,
        )
    except InfeasibleError:
        return None


def _grid(most: int) -> FloatArray:
    return np.unique(np.round(np.geomspace(1, max(2, 2 * most), _POINTS)))


def _method(
    name: str, bound: RoundsBound | None, variance: PathVariance, grid: FloatArray
) -> MethodBound:
    if bound is None:
        return MethodBound(
            method=name,
            rounds_to_target=math.inf,
            rounds=np.empty(0),
            error=np.empty(0),
            rounds_at_least=math.inf,
            refusal=variance.refusal or "somebody who holds data is never drawn, or too rarely",
        )
    return MethodBound(
        method=name,
        rounds_to_target=float(bound.rounds),
        rounds=grid,
        error=bound.curve(grid),
        constants=variance.numbers,
        schedule=str(bound.schedule),
        rounds_at_least=float(bound.lower),
    )


def _theorems(names: set[str]) -> tuple[TheoremRecord, ...]:
    return tuple(
        TheoremRecord(
            name=theorem.name,
            latex=theorem.latex(),
            conditions=theorem.assumptions,
            source=theorem.reference,
            title=theorem.title,
        )
        for theorem in theory.CATALOGUE
        if theorem.name in names
    )

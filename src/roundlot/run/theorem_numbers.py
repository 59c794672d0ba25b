"""What a fleet and its methods tell a theorem, by what each number measures.

All models are one joined vector: squared distances, values and variances are sums over models,
smoothness is the largest. A product of two such sums bounds the sum of the models' products.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.run.case import Case
from roundlot.run.job import compare_case
from roundlot.run.path_variance import compare_at_start, path_variance
from roundlot.solvers import ComparisonRow
from roundlot.solvers.comparisons.row_moments import RowInputs as Moments
from roundlot.solvers.comparisons.row_moments import figures
from roundlot.theory.proofs.requirements import Role, Sampling

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.simulate.local.optimum import Landscape

FloatArray = npt.NDArray[np.float64]

FULL = "every client that is drawn sends the gradient over all its data"
AT_THE_START = "the gradients at the start"
GIVEN_SCORES = (
    "the given scores, which are the norms of the clients' weighted gradients at the start"
)
JOINED = "all models are one vector: numbers given by hand are sums over models"
#: Of a design whose processors do not draw independently.
DRAWS: Mapping[str, str] = {
    "turns": "lets models take turns",
    "blocks": "lets blocks of clients go round the models",
    "clusters": "draws one pair of each cluster",
    "multinomial": "draws with replacement",
    "candidates": "chooses among candidates by loss",
}
TRAINED = frozenset(
    {
        Role.SMOOTHNESS,
        Role.CLIENT_SMOOTHNESS,
        Role.CONVEXITY,
        Role.CLIENT_CONVEXITY,
        Role.DISTANCE,
        Role.EXCESS,
        Role.SQUARED_GRADIENT,
        Role.HETEROGENEITY,
        Role.STEP_VARIANCE,
        Role.PARTICIPATION,
        Role.SURROGATE,
        Role.COVARIANCE,
        Role.GROWTH,
        Role.NOISE_AT_OPTIMUM,
    }
)
#: Measured, or as good as declared: on the same fleet a smaller number is wrong.
MEASURED = frozenset(
    {
        Role.DISTANCE,
        Role.EXCESS,
        Role.SQUARED_GRADIENT,
        Role.STEP_VARIANCE,
        Role.PARTICIPATION,
        Role.SURROGATE,
        Role.COVARIANCE,
    }
)
#: Measured, and theorems subtract them: what is above them is as wrong.
SUBTRACTED = frozenset({Role.EXCESS, Role.SQUARED_GRADIENT})
#: What is true of today's round alone; all else holds in every round, or of the start.
TODAY_ONLY = frozenset({Role.STEP_VARIANCE, Role.SURROGATE, Role.COVARIANCE})


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodNumbers:
    """A method's draw and its numbers by role; ``why`` says how it draws where that matters."""

    name: str
    sampling: Sampling
    why: str
    numbers: Mapping[Role, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetNumbers:
    """Numbers of the objective and of every method on it; ``skipped`` are methods without, and why.

    ``probabilities`` says what the methods' probabilities are for, ``assumptions`` what else is
    assumed.
    """

    shared: Mapping[Role, float]
    methods: tuple[MethodNumbers, ...]
    skipped: Mapping[str, str]
    probabilities: str
    assumptions: tuple[str, ...]


def tellable(setup: FleetSetup) -> frozenset[Role]:
    """What a setup will tell, known before anything is trained or read."""
    if setup.scores.source == "train":
        return TRAINED
    given = setup.bound
    found = {Role.PARTICIPATION} if setup.scores.source != "scores" else set()
    if given.smoothness is not None:
        found.add(Role.SMOOTHNESS)
    if given.strong_convexity is not None:
        found.add(Role.CONVEXITY)
    if given.initial_distance is not None:
        found.add(Role.DISTANCE)
    if setup.scores.kind == "norm":
        found.add(Role.STEP_VARIANCE)
    return frozenset(found)


def fleet_numbers(case: Case) -> FleetNumbers:
    """The numbers of a prepared case."""
    land = case.landscape
    if land is None:
        comparison = compare_case(case)
        return FleetNumbers(
            shared=_declared(case),
            methods=tuple(_of_scores(case, row) for row in comparison.rows),
            skipped={row.name: row.reason for row in comparison.skipped},
            probabilities=GIVEN_SCORES,
            assumptions=(),
        )
    today = compare_at_start(case, land)
    excess = case.fleet.expand(land.losses_start - land.local_minima)
    return FleetNumbers(
        shared=_surveyed(land),
        methods=tuple(_of_gradients(case, row, excess) for row in today.rows),
        skipped={row.name: row.reason for row in today.skipped},
        probabilities=AT_THE_START,
        assumptions=(JOINED,) if case.fleet.n_models > 1 else (),
    )


def _declared(case: Case) -> dict[Role, float]:
    given = case.setup.bound
    found = {
        Role.SMOOTHNESS: given.smoothness,
        Role.CONVEXITY: given.strong_convexity,
        Role.DISTANCE: None if given.initial_distance is None else given.initial_distance**2,
    }
    return {role: float(value) for role, value in found.items() if value is not None}


def _surveyed(land: Landscape) -> dict[Role, float]:
    slopes = [
        shares @ table
        for shares, table in zip(land.data_weights.T, land.gradients_start, strict=True)
    ]
    return {
        Role.SMOOTHNESS: land.smoothness,
        Role.CLIENT_SMOOTHNESS: float(land.client_smoothness.max()),
        Role.CONVEXITY: land.strong_convexity,
        Role.CLIENT_CONVEXITY: land.strong_convexity,
        Role.DISTANCE: land.squared_distance,
        Role.EXCESS: float(land.suboptimality.sum()),
        Role.SQUARED_GRADIENT: float(sum(slope @ slope for slope in slopes)),
        Role.HETEROGENEITY: float(land.heterogeneity.sum()),
    }


def _of_gradients(case: Case, row: ComparisonRow, excess: FloatArray) -> MethodNumbers:
    sampling, why = _sampling(row)
    if sampling is Sampling.ANY:
        return MethodNumbers(name=row.name, sampling=sampling, why=why, numbers={})
    surrogate = _surrogate_variance(case, row, excess)
    numbers = {
        Role.STEP_VARIANCE: _plain(case, row.variance),
        Role.PARTICIPATION: row.participation_variance,
        Role.SURROGATE: surrogate,
    }
    found = {role: float(value) for role, value in numbers.items() if value is not None}
    if (land := case.landscape) is not None and not (
        path := path_variance(case, land, row)
    ).refusal:
        found[Role.GROWTH], found[Role.NOISE_AT_OPTIMUM] = path.one_pair
    if row.participation_variance is not None:
        found[Role.COVARIANCE] = math.sqrt(row.participation_variance * surrogate)
    return MethodNumbers(name=row.name, sampling=sampling, why=why, numbers=found)


def _of_scores(case: Case, row: ComparisonRow) -> MethodNumbers:
    sampling, why = _sampling(row)
    found: dict[Role, float] = {}
    if sampling is not Sampling.ANY and case.setup.scores.source != "scores":
        found[Role.PARTICIPATION] = float(row.participation_variance or 0.0)
    known = row.design == "independent" or case.setup.scores.source == "updates"
    if sampling is not Sampling.ANY and case.setup.scores.kind == "norm" and known:
        found[Role.STEP_VARIANCE] = _plain(case, row.variance)
    return MethodNumbers(name=row.name, sampling=sampling, why=why, numbers=found)


def _sampling(row: ComparisonRow) -> tuple[Sampling, str]:
    """The class of a method's draw; ``Sampling.ANY`` where it is biased."""
    if not row.label.startswith("unbiased"):
        return Sampling.ANY, f"is {row.label}"
    if row.design != "independent":
        return Sampling.UNBIASED, DRAWS[row.design]
    return Sampling.INDEPENDENT, ""


def _plain(case: Case, variance: float) -> float:
    """The most that ``Σ_s Var(Δ_s)`` can be where ``Σ_s λ_s Var(Δ_s)`` is ``variance``."""
    return variance / float(case.problem.model_weights.min())


def _surrogate_variance(case: Case, row: ComparisonRow, excess: FloatArray) -> float:
    """``Σ_s Var R_s`` of ``R_s = Σ_v P_vs (f_is − f_is*)``: the step's, of one-number updates."""
    parts = np.where(case.problem.available, case.fleet.weights * excess, 0.0)
    moments = Moments(
        scores=parts,
        weights=None,
        step_norms=parts.sum(axis=0),
        updates=tuple(parts[:, [s]] for s in range(parts.shape[1])),
        unit=np.ones(parts.shape[1]),
        client=case.fleet.client,
    )
    return figures(moments, row.design, row.probabilities, row.cluster).variance

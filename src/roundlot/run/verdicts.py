"""Stage: every claim of the run as a verdict; together they keep one false-alarm rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.run.case import Case
from roundlot.run.simulation import INCLUSION, PARTICIPATION, Simulation, heard, shared_rate
from roundlot.solvers import Solution
from roundlot.theory import AssumptionError
from roundlot.verify import (
    Verdict,
    check_aggregate_weight,
    check_assumed_mean,
    check_certificate,
    check_draws,
    check_enumeration,
    check_inclusion,
    check_participation_variance,
    check_reference,
    check_uploads,
    check_variance,
)
from roundlot.verify.agreement.solutions import check_theorems
from roundlot.verify.agreement.variance import not_predicted
from roundlot.verify.tests.verdict import decide

if TYPE_CHECKING:
    from roundlot.simulate import Realised
    from roundlot.simulate.designs import Design

FloatArray = npt.NDArray[np.float64]
ROUNDING = 1e-24  # relative, of a square


def check_run(
    case: Case, solution: Solution, reference: Solution, simulations: Sequence[Simulation]
) -> tuple[Verdict, ...]:
    """Exact checks first, then the statistical ones, which share ``verify.false_alarm``."""
    return (*check_exactly(case, solution, reference), *check_draws_of(case, simulations))


def check_exactly(
    case: Case, solution: Solution, reference: Solution | None
) -> tuple[Verdict, ...]:
    """Checks without error rates: the certificate, the reference, an enumeration, the proofs."""
    verdicts = [check_certificate(solution)]
    if reference is not None:
        verdicts.append(check_reference(solution, reference))
    return (*verdicts, check_enumeration(seed=case.setup.seed), check_theorems())


def check_draws_of(case: Case, simulations: Sequence[Simulation]) -> tuple[Verdict, ...]:
    """The variance of every simulated method; of the first one also weights, draws, uploads."""
    settings = case.setup.verify
    rate = shared_rate(case, len(simulations))
    checks: list[Callable[..., Verdict]] = [
        partial(_variance, case, simulation) for simulation in simulations
    ]
    checks += _besides(case, simulations[0])
    return tuple(check(false_alarm=rate, miss=settings.miss) for check in checks)


def _variance(case: Case, simulation: Simulation, *, false_alarm: float, miss: float) -> Verdict:
    claim = f"variance of {simulation.method} is as predicted"
    prediction, design = simulation.prediction, simulation.design
    rounds = simulation.realised.squared_error
    if not prediction.known:
        return not_predicted(claim, rounds, f"joint inclusion {design.guarantees.joint_inclusion}")
    if prediction.mean == 0.0:
        scale = float(np.sum(case.updates.step_norms**2))
        return check_no_variance(claim, rounds, scale=scale)
    check = check_assumed_mean if prediction.assumed else check_variance
    return check(
        rounds,
        prediction.mean,
        prediction.second_moment_ratio,
        discrepancy=simulation.discrepancy,
        claim=claim,
        false_alarm=false_alarm,
        miss=miss,
    )


def _participation(
    realised: Realised, weights: FloatArray, p: FloatArray, rule: Design, **rates: float
) -> Verdict:
    if (p[weights > 0.0] == 1.0).all():
        errors = ((realised.aggregate_weight - 1.0) ** 2).sum(axis=1)
        return check_no_variance("participation variance", errors, scale=1.0)
    claim = "participation variance"
    try:
        return check_participation_variance(
            realised,
            weights,
            p,
            design=rule,
            discrepancy=PARTICIPATION,
            false_alarm=rates["false_alarm"],
            miss=rates["miss"],
        )
    except AssumptionError as unknown:
        errors = ((realised.aggregate_weight - 1.0) ** 2).sum(axis=1)
        return not_predicted(claim, errors, str(unknown))


def _uploads(case: Case, simulation: Simulation, **rates: float) -> Verdict:
    realised, design = simulation.realised, simulation.design
    try:
        return check_uploads(
            realised, design.probabilities, case.fleet.client, design=design, **rates
        )
    except AssumptionError as unknown:
        return not_predicted("messages per round", realised.uploads, str(unknown))


def _besides(case: Case, simulation: Simulation) -> list[Callable[..., Verdict]]:
    realised, p = simulation.realised, simulation.design.probabilities
    rule, weights = simulation.design, case.updates.weights
    checks: list[Callable[..., Verdict]] = [
        partial(check_inclusion, realised.counts, realised.rounds, p, discrepancy=INCLUSION),
        partial(check_draws, realised, p, design=rule),
        partial(_uploads, case, simulation),
    ]
    shares = bool((abs(weights.sum(axis=0) - 1.0) < 1e-9).all())
    if shares and heard(case, simulation.design):
        checks += [
            partial(check_aggregate_weight, realised, weights, p, design=rule),
            partial(_participation, realised, weights, p, rule),
        ]
    return checks


def check_no_variance(
    claim: str, squared_errors: npt.NDArray[np.float64], *, scale: float
) -> Verdict:
    """Verdict on a variance of 0: no round ``(R,)`` may be off by more than rounding.

    ``scale`` is the square of what is estimated.
    """
    worst, threshold = float(squared_errors.max()), ROUNDING * scale
    return Verdict(
        claim=claim,
        outcome=decide(refuted=worst > threshold, powered=True),
        estimate=worst,
        expected=0.0,
        detectable=0.0,
        false_alarm=0.0,
        miss=0.0,
        rounds=squared_errors.size,
        statistic=worst,
        threshold=threshold,
        detail="everybody is drawn in every round; shown: the largest squared error",
    )

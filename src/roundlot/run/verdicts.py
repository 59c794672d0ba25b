"""Stage: every claim of the run as a verdict; together they keep one false-alarm rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from roundlot.run.case import Case
from roundlot.run.simulation import Simulation
from roundlot.solvers import Solution
from roundlot.verify import (
    Verdict,
    check_aggregate_weight,
    check_certificate,
    check_draws,
    check_enumeration,
    check_inclusion,
    check_participation_variance,
    check_reference,
    check_uploads,
    check_variance,
    share,
)
from roundlot.verify.theorems import check_theorems

_BESIDES = 5  # statistical checks of the optimum beside its variance
# What these must see, at the rounds that the variance needs: in one probability (absolute), and in
# the participation variance (relative; its fourth moment is larger).
_INCLUSION, _PARTICIPATION = 0.05, 0.1


def shared_rate(case: Case, methods: int) -> float:
    """Each statistical check's part of ``verify.false_alarm`` when ``methods`` are simulated."""
    return share(case.setup.verify.false_alarm, methods + _BESIDES)


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
        partial(_variance, simulation) for simulation in simulations
    ]
    checks += _besides(case, simulations[0])
    return tuple(check(false_alarm=rate, miss=settings.miss) for check in checks)


def _variance(simulation: Simulation, *, false_alarm: float, miss: float) -> Verdict:
    return check_variance(
        simulation.realised,
        simulation.moments.mean,
        simulation.moments.second_moment_ratio,
        discrepancy=simulation.discrepancy,
        claim=f"variance of {simulation.method} is as predicted",
        false_alarm=false_alarm,
        miss=miss,
    )


def _besides(case: Case, simulation: Simulation) -> list[Callable[..., Verdict]]:
    realised, p = simulation.realised, simulation.design.probabilities
    kind, weights = simulation.design.name, case.updates.weights
    checks: list[Callable[..., Verdict]] = [
        partial(check_inclusion, realised.counts, realised.rounds, p, discrepancy=_INCLUSION),
        partial(check_draws, realised, p, design=kind),
        partial(check_uploads, realised, p, case.fleet.client, design=kind),
    ]
    if (abs(weights.sum(axis=0) - 1.0) < 1e-9).all():
        checks += [
            partial(check_aggregate_weight, realised, weights, p, design=kind),
            partial(
                check_participation_variance,
                realised,
                weights,
                p,
                design=kind,
                discrepancy=_PARTICIPATION,
            ),
        ]
    return checks

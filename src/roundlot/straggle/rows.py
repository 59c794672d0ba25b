"""Every rule with every estimator: bias, variance, and time to the target."""

from __future__ import annotations

import math
from dataclasses import replace

from roundlot.simulate.workers.straggler_descent import (
    TimeToTarget,
    WorkerQuadratics,
    time_to_target,
)
from roundlot.solvers.stragglers import ESTIMATORS, FullWait, RoundLaw, estimator_moments
from roundlot.straggle.records import RuleRow
from roundlot.straggle.settings import StraggleSettings
from roundlot.theory import AssumptionError

#: The estimator that is shown where there is room for one.
SHOWN = "horvitz-thompson"


def rule_rows(
    laws: tuple[RoundLaw, ...], problem: WorkerQuadratics, settings: StraggleSettings, wait: float
) -> tuple[RuleRow, ...]:
    """A row for every law and estimator; ``wait`` seconds of communication are added to each."""
    found = [
        rule_row(law, name, problem, settings, law.seconds.value + wait)
        for law in laws
        for name in ESTIMATORS
    ]
    full = min(row.time.seconds for row in found if row.rule == FullWait.name)
    return tuple(replace(row, relative=ratio(row.time.seconds, full)) for row in found)


def rule_row(
    law: RoundLaw, name: str, problem: WorkerQuadratics, settings: StraggleSettings, seconds: float
) -> RuleRow:
    """One law with one estimator, a round taking ``seconds``; not yet relative to the full wait."""
    never = TimeToTarget(step=math.nan, rounds=math.inf, seconds=math.inf)
    bias, variance, time, note = math.nan, math.nan, never, ""
    gradients = problem.gradients(problem.start)
    try:
        moments = estimator_moments(name, law.counts, law.shares)
        bias = moments.relative_bias(gradients)
        variance = moments.variance(gradients, problem.noise_variance)
        time = time_to_target(moments, problem, target=settings.target, seconds_per_round=seconds)
    except AssumptionError as error:
        note = str(error)
    return RuleRow(
        rule=law.rule.name,
        estimator=name,
        seconds=seconds,
        units=float(law.counts.mean.sum()),
        mean_inverse=float(law.counts.mean_inverse),
        nobody=float(law.counts.chance_of_nobody),
        bias=bias,
        variance=variance,
        time=time,
        relative=math.nan,
        note=note,
    )


def ratio(seconds: float, full: float) -> float:
    """Time relative to the full wait's; NaN where that never arrives."""
    return seconds / full if math.isfinite(full) else math.nan

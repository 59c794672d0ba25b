"""Do cut rounds behave as their law says: units done, ``E[1/N]``, bias and error of a step?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roundlot.simulate.workers.straggler_rounds import StragglerRounds
from roundlot.solvers.stragglers.counts import IndependentCounts, SampledCounts
from roundlot.solvers.stragglers.estimators import (
    EstimatorMoments,
    estimator_moments,
    unit_weights,
)
from roundlot.solvers.stragglers.round_laws import RoundLaw
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.positions import by_position
from roundlot.verify.agreement.variance import check_assumed_mean
from roundlot.verify.tests.e_process import TOLERANCE
from roundlot.verify.tests.mean import DISCREPANCY, check_mean
from roundlot.verify.tests.means import (
    ZeroMeans,
    detectable_zero_mean,
    rounds_needed_zero_mean,
)
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Verdict, decide, share

BATCH = 4096
#: More outcomes than this are not listed; that many take a fraction of a second.
MOST_OUTCOMES = 200_000
SAMPLE_ROUNDS = 20_000
SAMPLE_SEED = 0xCAFE  # of its own: no simulation under test draws by it
#: Rounding of sums over all outcomes, relative.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Rates:
    """Error rates and the relative discrepancy that a supporting verdict must rule out."""

    discrepancy: float = DISCREPANCY
    false_alarm: float = FALSE_ALARM
    miss: float = MISS


@by_position()
def check_stragglers(
    rounds: StragglerRounds,
    law: RoundLaw,
    stragglers: Stragglers,
    gradients: npt.ArrayLike,
    *,
    noise_variance: float,
    weights: npt.ArrayLike | None = None,
    rates: Rates | None = None,
) -> tuple[Verdict, ...]:
    """Verdicts on everything that the law predicts of these rounds.

    The means of ``N``, the mini-batches of a round, and of ``1/N`` given ``N >= 1``; for every
    estimator its predicted bias, and, where noise or the choice of workers makes it vary, its
    expected squared error. What a sample of rounds or a lattice predicts is at most inconclusive;
    so is a squared error whose scatter is a sample's, unless it is too large.

    Args:
        rounds: what was drawn.
        law: what is claimed.
        stragglers, noise_variance: as they were given to the simulation.
        gradients: ``(n, dim)``, and weights ``(n,)``, as they were given to the simulation.
        rates: shared among the verdicts by Bonferroni.

    Raises:
        InvalidProblemError: as `check_mean`.
    """
    table = np.asarray(gradients, dtype=np.float64)
    rates = Rates() if rates is None else rates
    one = Rates(
        discrepancy=rates.discrepancy,
        false_alarm=share(rates.false_alarm, 2 + 2 * len(rounds.steps)),
        miss=rates.miss,
    )
    found = [_check_units(rounds, law, one), check_mean_inverse(rounds, law, rates=one)]
    for name in rounds.steps:
        moments = estimator_moments(name, law.counts, law.shares, weights=weights)
        found.append(
            check_bias(rounds, name, moments, table, noise_variance=noise_variance, rates=one)
        )
        error = moments.squared_error(table, noise_variance)
        if error > 0.0:
            ratio = error_ratio(name, moments, law, stragglers, table, noise_variance)
            check = check_mean if ratio.known else check_assumed_mean
            found.append(
                check(
                    rounds.squared_error(name),
                    error,
                    ratio.value,
                    claim=f"{name}: squared error",
                    tolerance=_tolerance(law),
                    **vars(one),
                )
            )
    return tuple(_as_predicted(verdict, law) for verdict in found)


def check_mean_inverse(
    rounds: StragglerRounds, law: RoundLaw, *, rates: Rates | None = None
) -> Verdict:
    """Verdict on ``E[1/N | N >= 1]``, over the rounds in which something was done."""
    totals = rounds.totals[rounds.totals > 0]
    mean = float(law.counts.mean_inverse)
    ratio = max(1.0, float(law.counts.mean_power(-2)) / mean**2)
    verdict = check_mean(
        1.0 / totals,
        mean,
        ratio * (1.0 + ROUNDING),
        claim="1/mini-batches",
        tolerance=_tolerance(law),
        **vars(Rates() if rates is None else rates),
    )
    return _as_predicted(verdict, law)


@by_position()
def check_bias(
    rounds: StragglerRounds,
    estimator: str,
    moments: EstimatorMoments,
    gradients: npt.ArrayLike,
    *,
    noise_variance: float,
    unbiased: bool = False,
    rates: Rates | None = None,
) -> Verdict:
    """Verdict on the mean step of an estimator.

    Args:
        rounds: what was drawn.
        estimator: its name.
        moments: what is claimed of its weights.
        gradients: ``(n, d)``.
        noise_variance: ``σ²``.
        unbiased: claim a bias of 0, whatever the moments say; else the bias that they predict.
        rates: the discrepancy counts relative to the norm of the target.
    """
    rates = Rates() if rates is None else rates
    table = np.asarray(gradients, dtype=np.float64)
    d = table.shape[1]
    bias = np.zeros(d) if unbiased else moments.bias(table)
    spread = np.array([moments.variance(table[:, [k]], noise_variance / d) for k in range(d)])
    size = float(np.linalg.norm(rounds.target))
    if size == 0.0:
        raise InvalidProblemError("the target is 0; a bias is measured relative to its norm")
    shift = rates.discrepancy * size / math.sqrt(d)
    values = rounds.steps[estimator] - rounds.target - bias
    spread = np.maximum(spread, 1e-24 * size**2)
    test = ZeroMeans(d)
    for first in range(0, len(values), BATCH):
        part = values[first : first + BATCH]
        test.update(
            len(part),
            np.tile(np.arange(d), len(part)),
            part.reshape(-1),
            otherwise=0.0,
            variance=spread,
            shift=shift,
            whole=size,
        )
    threshold = math.log(d / rates.false_alarm)
    each = {"false_alarm": rates.false_alarm / d, "miss": rates.miss}
    needed = rounds_needed_zero_mean(shift, float(spread.max()), **each)
    sees = detectable_zero_mean(len(values), float(spread.max()), **each) * math.sqrt(d) / size
    gap = float(np.linalg.norm(values.mean(axis=0)))
    claimed = "unbiased" if unbiased else "bias as predicted"
    return Verdict(
        claim=f"{estimator}: {claimed}",
        outcome=decide(refuted=bool(test.peak.max() >= threshold), powered=len(values) >= needed),
        estimate=float(np.linalg.norm(rounds.bias(estimator))) / size,
        expected=float(np.linalg.norm(bias)) / size,
        detectable=sees,
        false_alarm=rates.false_alarm,
        miss=rates.miss,
        rounds=len(values),
        statistic=float(test.peak.max()),
        threshold=threshold,
        detail=f"relative to the target; mean step off by {gap / size:.3g}",
    )


def _check_units(rounds: StragglerRounds, law: RoundLaw, rates: Rates) -> Verdict:
    mean = float(law.counts.mean.sum())
    if isinstance(law.counts, SampledCounts):
        square = float(np.mean(law.counts.counts.sum(axis=1) ** 2.0))
    else:
        square = mean**2 + float(law.counts.variance.sum())
    return check_mean(
        rounds.totals,
        mean,
        max(1.0, square / mean**2) * (1.0 + ROUNDING),
        claim="mini-batches per round",
        tolerance=_tolerance(law),
        **vars(rates),
    )


def _as_predicted(verdict: Verdict, law: RoundLaw) -> Verdict:
    """At most inconclusive where the prediction itself is an estimate."""
    if predicted_exactly(law):
        return verdict
    estimated = "a sample of rounds" if isinstance(law.counts, SampledCounts) else "a lattice"
    told = f"predicted from {estimated}: neither refuted nor supported by it"
    if told in verdict.detail:
        return verdict
    told = f"{verdict.detail}; {told}" if verdict.detail else told
    return replace(verdict, outcome="inconclusive", detail=told)


def _tolerance(law: RoundLaw) -> float:
    """Relative error of the predictions themselves."""
    if not law.counts.error:
        return TOLERANCE
    if isinstance(law.counts, SampledCounts):
        return 5.0 * law.counts.error / float(law.counts.mean_inverse)
    return min(float(law.counts.error), 0.5)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """``κ = E Y²/(E Y)²``, at least 1, and whether it is ``known`` or a sample's."""

    value: float
    known: bool


def predicted_exactly(law: RoundLaw) -> bool:
    """Whether means of the counts come from a formula, not from a sample or from a lattice."""
    return not isinstance(law.counts, SampledCounts) and law.counts.error == 0.0


def error_ratio(
    name: str,
    moments: EstimatorMoments,
    law: RoundLaw,
    stragglers: Stragglers,
    gradients: FloatArray,
    noise_variance: float,
) -> Ratio:
    """``κ`` of the squared error of a step: given the counts it is that of a Gaussian vector.

    Args:
        gradients: ``(n, d)``.
    """
    listed = outcomes(law)
    counts, chances = _drawn(law, stragglers) if listed is None else listed
    unit = unit_weights(name, counts, law.shares, moments.weights, expected=law.counts.mean)
    d = gradients.shape[1]
    off = (((unit * counts - moments.weights) @ gradients) ** 2).sum(axis=1)
    noise = (unit**2 * counts).sum(axis=1) * noise_variance / d
    square = (off + d * noise) ** 2 + 2.0 * d * noise**2 + 4.0 * noise * off
    value = float(chances @ square) / float(chances @ (off + d * noise)) ** 2
    return Ratio(value=max(1.0, value) * (1.0 + ROUNDING), known=listed is not None)


def outcomes(law: RoundLaw) -> tuple[IntArray, FloatArray] | None:
    """All counts ``(K, n)`` of a round and their chances (K,); None if too many or not known."""
    counts = law.counts
    if not isinstance(counts, IndependentCounts) or counts.error:
        return None
    if math.prod(row.size for row in counts.masses) > MOST_OUTCOMES:
        return None
    grid = np.meshgrid(*(np.arange(row.size) for row in counts.masses), indexing="ij")
    table = np.stack([axis.reshape(-1) for axis in grid], axis=1)
    rows = (np.asarray(row, dtype=np.float64) for row in counts.masses)
    chances = [row[table[:, worker]] for worker, row in enumerate(rows)]
    return table, np.asarray(np.prod(chances, axis=0))


def _drawn(law: RoundLaw, stragglers: Stragglers) -> tuple[IntArray, FloatArray]:
    apart = stragglers.memoryless()  # rounds of a spell are no sample of their law
    counts = law.rule.draw(apart, law.shares, SAMPLE_ROUNDS, seed=SAMPLE_SEED).counts
    return counts, np.full(SAMPLE_ROUNDS, 1.0 / SAMPLE_ROUNDS)

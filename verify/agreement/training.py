"""Does the variance that theory predicts for every round of training show in what was realised?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.verify.agreement.variance import check_assumed_mean, not_predicted
from roundlot.verify.tests.mean import GAUSSIAN_RATIO, check_mean
from roundlot.verify.tests.verdict import MISS, Verdict

if TYPE_CHECKING:
    from roundlot.simulate.training import History


DISCREPANCY = 1.0
FALSE_ALARM = 1e-6  # runs of training are few: rarer alarms would see nothing
#: Steps and updates are float32: their difference is that far off, relative to the step.
ROUNDING = 1e-5
_MARGIN = 1.5
_LEAST_SCATTER = 1e-9


def check_training_variance(
    history: History | Sequence[History],
    *,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    tolerance: float = 1e-4,
    claim: str = "variance of the steps in training",
) -> Verdict:
    """Verdict on ``E (Y_r / predicted_r) = 1`` over the rounds of one or several runs.

    ``Y_r = Σ_s ‖Δ_s − Σ d G‖²`` is what round ``r`` realised, ``predicted_r`` its expectation for
    the parameters, clients and memory that the round met: given the past, each ratio has mean 1
    and a second moment ``κ_r`` that is known before the draw. A round whose ``κ_r − 1`` is above
    one and a half times the first round's counts less, as ``1 + w (ratio − 1)`` with the weight
    that brings its scatter down to that: the mean is still 1, one bound on ``κ`` holds for all, and
    the weights do not depend on what was drawn. Rounds without variance
    by theory (everybody is drawn for certain) are held to it directly, and left out of the mean.

    Args:
        history: runs of ``train(..., measure=True)``.
        discrepancy: as in `check_mean`; 1, the default, is twice the variance.
        false_alarm, miss: as in `check_mean`.
        tolerance: relative error never refused, for steps in float32.
        claim: for the verdict.

    Raises:
        InvalidProblemError: no history, or runs that were not measured.
    """
    runs = list(history) if isinstance(history, Sequence) else [history]
    if not runs:
        raise InvalidProblemError("there is no history; give at least one")
    columns = zip(*map(_rounds, runs), strict=True)
    realised, predicted, ratios, scale = (np.concatenate(rows) for rows in columns)
    if np.all(np.isnan(realised)):
        raise InvalidProblemError("these runs were not measured; train with measure=True")
    known = np.isfinite(realised) & np.isfinite(predicted)
    if not known.any():
        why = "the method is biased or draws by itself, or its design has no known variance"
        return not_predicted(claim, realised[np.isfinite(realised)], why)
    certain = known & (predicted <= (ROUNDING * scale) ** 2)
    most = 4.0 * ((ROUNDING * scale) ** 2 + predicted)
    if np.any(realised[certain] > most[certain]):
        return _refused(claim, realised[certain])
    used = known & ~certain
    values = realised[used] / predicted[used]
    if not values.size:
        return not_predicted(claim, values, "all clients are certain to be drawn in every round")
    rates: dict[str, Any] = {"discrepancy": discrepancy, "false_alarm": false_alarm, "miss": miss}
    ratio = ratios[used]
    if np.all(np.isfinite(ratio)):
        return _weighed(values, ratio, claim=claim, tolerance=tolerance, **rates)
    return check_assumed_mean(values, 1.0, GAUSSIAN_RATIO, claim=claim, **rates)


def _weighed(
    values: FloatArray, ratio: FloatArray, *, discrepancy: float, **settings: Any
) -> Verdict:
    """`check_mean` of ``1 + w (value − 1)``, its figures told in terms of the values."""
    most = 1.0 + _MARGIN * max(float(ratio[0]) - 1.0, _LEAST_SCATTER)
    weights = np.minimum(1.0, np.sqrt((most - 1.0) / np.maximum(ratio - 1.0, _LEAST_SCATTER)))
    share = float(weights.mean())
    verdict = check_mean(
        1.0 + weights * (values - 1.0), 1.0, most, discrepancy=discrepancy * share, **settings
    )
    if share == 1.0:
        return verdict
    lighter = int(np.sum(weights < 1.0))
    return replace(
        verdict,
        estimate=1.0 + (verdict.estimate - 1.0) / share,
        detectable=verdict.detectable / share,
        detail=f"{verdict.detail}; {lighter} rounds of larger κ count less, {share:.2f} on average",
    )


def _rounds(run: History) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Of every round: realised, predicted, ``κ``, and the length of the full steps.

    Sums over the models measured, chosen before the draw: those whose turn it was.
    """
    measured = np.isfinite(run.squared_error)
    sums = (
        np.where(measured, table, 0.0).sum(axis=1)
        for table in (run.squared_error, run.predicted_variance, run.step_norm**2)
    )
    error, variance, squares = (np.where(measured.any(axis=1), row, np.nan) for row in sums)
    return error, variance, run.second_moment_ratio, np.sqrt(squares)


def _refused(claim: str, realised: FloatArray) -> Verdict:
    return Verdict(
        claim=claim,
        outcome="refuted",
        estimate=float(realised.max()),
        expected=0.0,
        detectable=0.0,
        false_alarm=0.0,
        miss=0.0,
        rounds=realised.size,
        statistic=1.0,
        threshold=0.0,
        detail="a round without variance by theory has an error",
    )

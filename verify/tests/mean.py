"""The checks behind most others: is the mean of non-negative rounds as predicted, or at most that?

The second side needs no second moment, whatever the law: the products ``Π (1 + λ (y − 1))`` with
``0 < λ < 1`` have factors of mean at most 1 as soon as ``E y <= 1`` given the past; their average
over a grid of ``λ`` ever reaches ``1/δ`` with probability at most ``δ`` (Ville 1939). A second
moment only says how many rounds it takes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.kinds import as_annotated
from roundlot.theory.positions import by_position
from roundlot.verify.tests.e_process import GRID, TOLERANCE, EProcess, judged
from roundlot.verify.tests.power import (
    detectable,
    detectable_large,
    rounds_needed,
    rounds_needed_large,
)
from roundlot.verify.tests.verdict import (
    FALSE_ALARM,
    MISS,
    Verdict,
    check_discrepancy,
    check_rate,
    decide,
)

DISCREPANCY = 0.01  # relative error of a mean that a support rules out
GAUSSIAN_RATIO = 3.0  # the largest κ of a squared Gaussian length: 1 + 2 tr Σ² / (tr Σ)² <= 3


@by_position()
def check_mean(
    values: npt.ArrayLike,
    expected: float,
    second_moment_ratio: float,
    *,
    claim: str = "mean",
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    cycle: int = 1,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on ``E values = expected``, both directions, for independent rounds ``values >= 0``.

    Rounds that exceed ``κ`` leave it inconclusive, unless their mean is too large for any ``κ``.

    Args:
        values: ``(R,)``, one number a round.
        expected: the predicted mean, above 0.
        second_moment_ratio: ``κ``, the predicted ``E Y²/(E Y)²`` (an upper bound will do); of the
            mean over a cycle, if ``cycle`` is above 1.
        claim: what is checked, for the verdict.
        discrepancy: relative error of the mean that a supporting verdict must rule out.
        false_alarm, miss: the two error rates.
        cycle: the values are averaged over this many consecutive rounds first, for designs that
            repeat only so often; rounds left over at the end are not used.
        tolerance: relative error that is never refused: the rounding of simulation and prediction.

    Raises:
        InvalidProblemError: an argument outside its range, a negative or non-finite round.

    Source: Ville (1939); Bennett (1962); `roundlot.verify.tests.e_process` has the proof.
    """
    check_rate(false_alarm, "false_alarm")
    if not (math.isfinite(expected) and expected > 0.0):
        raise InvalidProblemError(f"expected is {expected}; a mean is tested against a number > 0")
    check_discrepancy(discrepancy)
    rounds = cycle_means(values, cycle)
    start = EProcess.start(second_moment_ratio, tolerance=tolerance)
    with np.errstate(over="ignore"):
        process = start.update(rounds / expected)
    rates = {"false_alarm": false_alarm, "miss": miss}
    powered = rounds.size >= rounds_needed(discrepancy, second_moment_ratio, **rates)
    sees = detectable(rounds.size, second_moment_ratio, **rates)
    threshold = -math.log(false_alarm)
    outcome, remark = judged(process, false_alarm=false_alarm, powered=powered)
    return Verdict(
        claim=claim,
        outcome=outcome,
        estimate=process.mean * expected,
        expected=float(expected),
        detectable=min(sees, discrepancy) if powered else sees,
        false_alarm=false_alarm,
        miss=miss,
        rounds=rounds.size * cycle,
        statistic=process.log_peak,
        threshold=threshold,
        detail=(
            f"κ {process.realised_ratio:.6g} seen, {second_moment_ratio:.6g} predicted{remark}"
        ),
    )


def cycle_means(values: npt.ArrayLike, cycle: int) -> FloatArray:
    """``(R // cycle,)``, means over consecutive cycles of the rounds ``values`` (R,).

    Raises:
        InvalidProblemError: values that are not one row of numbers, a cycle below 1.
    """
    rounds = numbers_or_nan(values, "values")
    if rounds.ndim != 1:
        raise InvalidProblemError(f"values has shape {rounds.shape}; give one number per round")
    if cycle < 1:
        raise InvalidProblemError(f"cycle is {cycle}; give at least 1 round")
    if cycle == 1:
        return rounds
    whole = rounds.size // cycle * cycle
    if not whole:
        return np.zeros(0)
    return np.asarray(rounds[:whole].reshape(-1, cycle).mean(axis=1), dtype=np.float64)


@as_annotated
def check_variance_at_most(
    realised: Any,
    predicted: float,
    *,
    planned_ratio: float | None = None,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    tolerance: float = TOLERANCE,
    claim: str = "variance of the aggregate is at most this",
) -> Verdict:
    """Verdict on ``E Y <= predicted`` for rounds ``Y >= 0`` of any design.

    A refusal assumes nothing of the law of ``Y``. That a mean ``(1 + discrepancy)`` times too large
    would have been seen, and so "supported", holds for ``E Y² <= planned_ratio predicted²``, and is
    said only if that is stated and the rounds do not exceed it.

    Args:
        realised: ``(R,)`` squared errors, or a record with a ``squared_error``.
        predicted: the largest mean that is claimed, above 0.
        planned_ratio: a stated bound on ``κ``. Without it nothing is supported, and what is seen
            is told for 3, that of a squared Gaussian number.
        discrepancy, false_alarm, miss, tolerance, claim: as in `check_mean`.

    Raises:
        InvalidProblemError: as in `check_mean`.
    """
    check_rate(false_alarm, "false_alarm")
    if not (math.isfinite(predicted) and predicted > 0.0):
        raise InvalidProblemError(f"predicted is {predicted}; give a finite number above 0")
    values = numbers_or_nan(getattr(realised, "squared_error", realised), "realised")
    if values.ndim != 1 or not values.size:
        raise InvalidProblemError(f"realised has shape {values.shape}; give one number per round")
    ratio = GAUSSIAN_RATIO if planned_ratio is None else planned_ratio
    start = EProcess.start(ratio, tolerance=tolerance)
    peak, process = _peak_large(start, values / predicted)
    rates = {"false_alarm": false_alarm, "miss": miss}
    enough = values.size >= rounds_needed_large(discrepancy, ratio, **rates)
    powered = planned_ratio is not None and enough and not process.ratio_exceeded
    sees = detectable_large(values.size, ratio, **rates)
    threshold = -math.log(false_alarm)
    return Verdict(
        claim=claim,
        outcome=decide(refuted=peak >= threshold, powered=powered),
        estimate=process.mean * predicted,
        expected=float(predicted),
        detectable=min(sees, discrepancy) if powered else sees,
        false_alarm=false_alarm,
        miss=miss,
        rounds=values.size,
        statistic=peak,
        threshold=threshold,
        detail=(
            "only a mean that is too large is refuted; this assumes nothing. What would be seen "
            f"{'assumes' if planned_ratio is None else 'rests on'} κ <= {ratio:.6g} "
            f"({process.realised_ratio:.6g} seen)"
        ),
    )


def _peak_large(start: EProcess, y: npt.NDArray[np.float64]) -> tuple[float, EProcess]:
    """Largest log of the average of the products "too large", and the state at the end."""
    process = start.update(y)
    paths = start.log_paths(y)[: len(GRID)]
    top = paths.max(axis=0)
    return max(0.0, float((top + np.log(np.exp(paths - top).mean(axis=0))).max())), process

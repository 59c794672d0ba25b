"""The check behind most others: is the mean of non-negative rounds what was predicted?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.verify.e_process import TOLERANCE, EProcess, judged
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.verdict import FALSE_ALARM, MISS, Verdict, check_rate

FloatArray = npt.NDArray[np.float64]
DISCREPANCY = 0.01


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

    Source: Ville (1939); Bennett (1962); `roundlot.verify.e_process` has the proof.
    """
    check_rate(false_alarm, "false_alarm")
    if not (math.isfinite(expected) and expected > 0.0):
        raise InvalidProblemError(f"expected is {expected}; a mean is tested against a number > 0")
    if not (math.isfinite(discrepancy) and discrepancy > 0.0):
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a number above 0")
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
            f"statistic: largest log e-value; κ {process.realised_ratio:.6g} seen, "
            f"{second_moment_ratio:.6g} predicted{remark}"
        ),
    )


def cycle_means(values: npt.ArrayLike, cycle: int) -> FloatArray:
    """``(R // cycle,)``, means over consecutive cycles of the rounds ``values`` (R,).

    Raises:
        InvalidProblemError: values that are not one row of numbers, a cycle below 1.
    """
    rounds = np.asarray(values, dtype=np.float64)
    if rounds.ndim != 1:
        raise InvalidProblemError(f"values has shape {rounds.shape}; give one number per round")
    if cycle < 1:
        raise InvalidProblemError(f"cycle is {cycle}; give at least 1 round")
    if cycle == 1:
        return rounds
    whole = rounds.size // cycle * cycle
    return np.asarray(rounds[:whole].reshape(-1, cycle).mean(axis=1), dtype=np.float64)

"""Does the realised squared error of the aggregate agree with the variance of its design?

Most designs know ``κ`` of their rounds, see `Design.squared_error_moments`. Where only the mean is
known, "too large" is refused without it and "too small" rests on a stated bound on ``κ``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.cells import numbers_or_nan, real_numbers
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments, squared_error_moments
from roundlot.theory.positions import by_position
from roundlot.verify.tests.e_process import TOLERANCE
from roundlot.verify.tests.mean import (
    DISCREPANCY,
    GAUSSIAN_RATIO,
    check_mean,
    check_variance_at_most,
)
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Verdict, share

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design
    from roundlot.simulate.updates import Updates


@as_annotated
def check_variance(
    realised: Any,
    predicted: float,
    second_moment_ratio: float,
    *,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    cycle: int = 1,
    tolerance: float = TOLERANCE,
    claim: str = "variance of the aggregate",
) -> Verdict:
    """Verdict on ``E Y = predicted``, ``Y_r = Σ_s ‖Δ_s − Σ_v u_vs‖²`` of round ``r``.

    Args:
        realised: ``(R,)`` squared errors, or a record with a ``squared_error``.
        predicted: ``Σ_s Var Δ_s``, above 0.
        second_moment_ratio: predicted ``κ`` of ``Y``, for example from `squared_error_moments`.
        discrepancy, false_alarm, miss, cycle, tolerance, claim: as in `check_mean`.

    Raises:
        InvalidProblemError: as in `check_mean`.
    """
    return check_mean(
        getattr(realised, "squared_error", realised),
        predicted,
        second_moment_ratio,
        claim=claim,
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
        cycle=cycle,
        tolerance=tolerance,
    )


@by_position()
def predict_squared_error(
    updates: Any, probabilities: npt.ArrayLike, *, design: str = "independent"
) -> SquaredErrorMoments:
    """Moments of ``Y`` from a record of updates (``directions``, ``client``, ``weights``).

    Also takes a sequence of ``(V, dim_s)`` weighted updates. Errors as `squared_error_moments`.
    """
    if isinstance(updates, Sequence) and not isinstance(updates, str | bytes):
        rows = [real_numbers(array, f"updates[{at}]") for at, array in enumerate(updates)]
        return squared_error_moments(rows, probabilities, design=design)
    if not hasattr(updates, "directions"):
        given = type(updates).__name__
        raise InvalidProblemError(f"updates is a {given}; give a table (V, dim) of every model")
    return squared_error_moments(
        updates.directions,
        probabilities,
        client=updates.client,
        weights=updates.weights,
        design=design,
    )


@as_annotated
def check_design_variance(
    realised: Any,
    design: Design,
    updates: Updates,
    *,
    second_moment_bound: float = GAUSSIAN_RATIO,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    claim: str = "variance of the aggregate",
) -> Verdict:
    """Verdict on the variance of any design of ``DESIGNS``, by `check_variance` where it can.

    Inconclusive where the variance is not known, and where the design does not know ``κ`` unless
    the variance is too large: ``second_moment_bound`` is named there; see `check_assumed_mean`.

    Raises:
        InvalidProblemError: as in `check_mean`; no design.
    """
    if not hasattr(design, "squared_error_moments"):
        raise InvalidProblemError(f"design is a {type(design).__name__}; give what design returns")
    rates: dict[str, Any] = {
        "discrepancy": discrepancy,
        "false_alarm": false_alarm,
        "miss": miss,
    }
    try:
        moments = design.squared_error_moments(updates)
    except AssumptionError:
        pass
    else:
        ratio = moments.second_moment_ratio
        return check_variance(realised, moments.mean, ratio, claim=claim, **rates)
    values = np.asarray(getattr(realised, "squared_error", realised), dtype=np.float64)
    predicted = design.variance(updates)
    if predicted is None:
        return not_predicted(claim, values, f"joint inclusion {design.guarantees.joint_inclusion}")
    return check_assumed_mean(values, predicted, second_moment_bound, claim=claim, **rates)


@by_position()
def check_assumed_mean(
    values: npt.ArrayLike,
    expected: float,
    second_moment_bound: float,
    *,
    claim: str = "mean",
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on ``E values = expected`` when ``κ <= second_moment_bound`` is only assumed.

    Both halves of ``false_alarm`` are spent: one on "too large", which needs no assumption, one on
    both directions under it. Whatever rests on the assumption leaves the verdict inconclusive: a
    mean that is too small only if it holds, rounds that exceed it, and a mean as expected, since
    rare rounds not met yet may be larger. A ``κ`` that is known goes to `check_mean`.

    Args:
        values: ``(R,)``, one number of every round.

    Raises:
        InvalidProblemError: as in `check_mean`.
    """
    rounds = numbers_or_nan(values, "values")
    if rounds.ndim != 1 or not rounds.size:
        raise InvalidProblemError(f"values has shape {rounds.shape}; give one number per round")
    each = share(false_alarm, 2)
    rates: dict[str, Any] = {
        "discrepancy": discrepancy,
        "false_alarm": each,
        "miss": miss,
        "tolerance": tolerance,
    }
    large = check_variance_at_most(
        rounds, expected, planned_ratio=second_moment_bound, claim=claim, **rates
    )
    if large.outcome == "refuted":
        return replace(large, false_alarm=false_alarm)
    both = check_mean(rounds, expected, second_moment_bound, claim=claim, **rates)
    seen = _ratio(rounds)
    assumed = f"assumed: κ <= {second_moment_bound:.6g} ({seen:.6g} seen)"
    if seen > second_moment_bound:
        why = f"{assumed}, which these rounds exceed: raise the bound"
        return replace(both, outcome="inconclusive", false_alarm=false_alarm, detail=why)
    if both.outcome == "refuted":
        why = f"{assumed}; too small, or rare rounds are larger than that: nothing tells which"
        return replace(both, outcome="inconclusive", false_alarm=false_alarm, detail=why)
    why = f"not refuted, and not supported: {assumed}"
    return replace(both, outcome="inconclusive", false_alarm=false_alarm, detail=why)


def not_predicted(claim: str, values: npt.ArrayLike, why: str) -> Verdict:
    """An inconclusive verdict with what was seen, for a claim without a number to hold it to."""
    rounds = np.asarray(values, dtype=np.float64)
    return Verdict(
        claim=claim,
        outcome="inconclusive",
        estimate=float(rounds.mean()) if rounds.size else math.nan,
        expected=math.nan,
        detectable=math.inf,
        false_alarm=FALSE_ALARM,
        miss=MISS,
        rounds=rounds.size,
        statistic=0.0,
        threshold=math.inf,
        detail=f"no prediction: {why}",
    )


def _ratio(rounds: npt.NDArray[np.float64]) -> float:
    mean = float(rounds.mean()) if rounds.size else 0.0
    return float(np.mean((rounds / mean) ** 2)) if mean > 0.0 else 1.0

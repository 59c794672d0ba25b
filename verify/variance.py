"""Does the realised squared error of the aggregate agree with the variance formula?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.moments.fourth_moment import SquaredErrorMoments, squared_error_moments
from roundlot.verify.e_process import TOLERANCE
from roundlot.verify.mean import DISCREPANCY, check_mean
from roundlot.verify.verdict import FALSE_ALARM, MISS, Verdict


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


def predict_squared_error(
    updates: Any, probabilities: npt.ArrayLike, *, design: str = "independent"
) -> SquaredErrorMoments:
    """Moments of ``Y`` from a record of updates (``directions``, ``client``, ``weights``).

    Also takes a sequence of ``(V, dim_s)`` weighted updates. Errors as `squared_error_moments`.
    """
    if isinstance(updates, Sequence):
        rows = [np.asarray(array, dtype=np.float64) for array in updates]
        return squared_error_moments(rows, probabilities, design=design)
    return squared_error_moments(
        updates.directions,
        probabilities,
        client=updates.client,
        weights=updates.weights,
        design=design,
    )

"""The verdict where nothing is left to chance: everybody who matters is drawn in every round."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.verify import Verdict
from roundlot.verify.verdict import decide

ROUNDING = 1e-24  # relative, of a square


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

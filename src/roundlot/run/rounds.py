"""How many rounds the verdicts of a simulation need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from roundlot.run.case import Case
from roundlot.run.prediction import Prediction
from roundlot.theory import InvalidProblemError
from roundlot.verify import rounds_needed, rounds_needed_inclusion, share
from roundlot.verify.weights import weight_variance_bounds

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design

# What the checks beside the variance must see: in one probability (absolute), and in the
# participation variance (relative; its fourth moment is larger).
INCLUSION, PARTICIPATION = 0.05, 0.1
BESIDES = 5  # how many they are


def shared_rate(case: Case, methods: int) -> float:
    """Each statistical check's part of ``verify.false_alarm`` when ``methods`` are simulated."""
    return share(case.setup.verify.false_alarm, methods + BESIDES)


def variance_rounds(
    case: Case, prediction: Prediction, discrepancy: float, false_alarm: float
) -> int:
    """Rounds after which an error of ``discrepancy`` in the variance is seen.

    Raises:
        InvalidProblemError: no number of rounds is enough.
    """
    each = share(false_alarm, 2) if prediction.assumed else false_alarm
    return _whole(case, discrepancy, prediction.second_moment_ratio, each)


def thorough_rounds(case: Case, drawn: Design, discrepancy: float, false_alarm: float) -> int:
    """Rounds after which the checks of weights, draws and inclusion see what they must."""
    rates = {"miss": case.setup.verify.miss, "false_alarm": false_alarm}
    pairs = rounds_needed_inclusion(INCLUSION, drawn.probabilities.size, **rates)
    if not heard(case, drawn):
        return pairs
    variances, _ = weight_variance_bounds(case.updates.weights, drawn.probabilities, design=drawn)
    each = share(false_alarm, variances.size)
    return max(pairs, _whole(case, discrepancy, 1.0 + float(variances.max()), each))


def heard(case: Case, drawn: Design) -> bool:
    """Whether every pair with a weight is drawn at times; else aggregate weights are biased."""
    silent = (drawn.probabilities == 0.0) & (case.updates.weights > 0.0)
    return not bool(silent.any())


def _whole(case: Case, discrepancy: float, ratio: float, false_alarm: float) -> int:
    miss = case.setup.verify.miss
    needed = rounds_needed(discrepancy, max(ratio, 1.0), false_alarm=false_alarm, miss=miss)
    if not math.isfinite(needed):
        raise InvalidProblemError(
            f"verify.discrepancy {discrepancy:g} is out of reach of any number of rounds; "
            "ask for 0.002 or more, or give simulate.rounds"
        )
    return int(needed)

"""What theory says of a design's squared error: exactly where it can, else what is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundlot.run.case import Case
from roundlot.theory import AssumptionError
from roundlot.verify import predict_squared_error

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design

_MARGIN = 2.0


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Mean of ``Y`` (NaN where it is not known) and ``κ``, which may be ``assumed``."""

    mean: float
    second_moment_ratio: float
    assumed: bool

    @property
    def known(self) -> bool:
        """Whether there is a number to hold the rounds to."""
        return not math.isnan(self.mean)


def predict(case: Case, drawn: Design) -> Prediction:
    """The moments of a design's rounds.

    Exact where the design knows them. Where it knows the mean alone ``κ`` is an assumption that
    the verdict names: twice the relative variance that independent draws have.
    """
    try:
        moments = drawn.squared_error_moments(case.updates)
    except AssumptionError:
        moments = predict_squared_error(case.updates, drawn.probabilities)
    else:
        return Prediction(
            mean=moments.mean, second_moment_ratio=moments.second_moment_ratio, assumed=False
        )
    mean = drawn.variance(case.updates)
    return Prediction(
        mean=math.nan if mean is None else mean,
        second_moment_ratio=1.0 + _MARGIN * moments.spread,
        assumed=True,
    )

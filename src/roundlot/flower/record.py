"""What happened in a round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRecord:
    """A round as the server saw it.

    Attributes:
        round: its number.
        keys: ``(V,)``, who was there.
        probabilities: ``(V, S)``.
        shares: ``(V, S)``, ``d``.
        picks: ``(V,)``, the model each drew, −1 for none.
        replied: ``(V,)``, who of those drawn was heard.
        aggregate_weight: ``(S,)``, the weights of those heard, summed; 1 on average.
        label: "unbiased", on which condition, or "biased: " and why.
        refused: key and reason of every reply that was dropped as bad.
    """

    round: int
    keys: tuple[str, ...]
    probabilities: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    picks: npt.NDArray[np.int64]
    replied: npt.NDArray[np.bool_]
    aggregate_weight: npt.NDArray[np.float64]
    label: str
    refused: Mapping[str, str]

"""Compiled uniform integers below any bound: exact, by rejection."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.compiled import compiled
from roundlot.simulate.draw_loops import word

#: The counter's last word is ``stream + ATTEMPT x attempt``: streams are below this.
ATTEMPT = 16


@compiled
def below(bound: Any, number: Any, who: Any, stream: int, key0: int, key1: int) -> Any:
    """A uniform integer in ``[0, bound)``, ``1 <= bound <= 2^62``: no bias at all.

    The word's low bits are taken until they are below ``bound``: fewer than two words on average.
    """
    mask = np.int64(bound - 1)
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> shift
    attempt = np.int64(0)
    while True:
        value = word(number, who, stream + ATTEMPT * attempt, key0, key1) & mask
        if value < bound:
            return value
        attempt += 1


@compiled
def pick_below(
    row: npt.NDArray[np.int64], total: int, number: Any, who: Any, stream: int, key0: int, key1: int
) -> Any:
    """A model with probability ``row[s] / total`` each; ``total`` is the row's sum, above 0."""
    left = below(total, number, who, stream, key0, key1)
    model = 0
    while left >= row[model]:
        left -= row[model]
        model += 1
    return model

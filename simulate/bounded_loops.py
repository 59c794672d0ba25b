"""Compiled uniform integers below any bound: exact, by rejection."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.draw_loops import word
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.errors import DrawError

#: The counter's last word is ``stream + ATTEMPT x attempt``: streams are below this.
ATTEMPT = 16
#: More than half of the words are below the bound, so that 2^-256 of the draws need as many.
MOST_ATTEMPTS = 256


@compiled
def below(bound: Any, number: Any, who: Any, stream: int, key0: int, key1: int) -> Any:
    """A uniform integer in ``[0, bound)``, ``1 <= bound <= 2^62``: no bias at all.

    The word's low bits are taken until they are below ``bound``: fewer than two words on average.

    Raises:
        DrawError: ``MOST_ATTEMPTS`` words that are not below the bound, or a bound below 1.
    """
    mask = np.int64(bound - 1)
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> shift
    for attempt in range(MOST_ATTEMPTS):
        value = word(number, who, stream + ATTEMPT * attempt, key0, key1) & mask
        if value < bound:
            return value
    raise DrawError("no word below the bound in 256 attempts; give a bound from 1 to 2^62")


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

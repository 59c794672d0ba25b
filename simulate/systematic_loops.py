"""Compiled systematic draws: points one apart along the processors' probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.draw_loops import Picks, Words, word
from roundlot.simulate.philox import BITS, STREAM_ORDER, STREAM_START
from roundlot.solvers.kernels.compiling import compiled

_TURN = np.int64((1 << BITS) - 1)
_HALF = np.int64((1 << 31) - 1)


@compiled
def shuffle(order: npt.NDArray[np.int64], number: int, key0: int, key1: int) -> None:
    """Permute ``order`` (Fisher and Yates), at most ``2^31`` entries, for one round.

    A place is ``⌊word · n / 2^62⌋``: no permutation's probability is off by more than a factor
    ``1 ± n² 2^-62``.
    """
    for last in range(order.size - 1, 0, -1):
        value = word(number, last, STREAM_ORDER, key0, key1)
        size = np.int64(last + 1)
        place = ((value >> 31) * size + (((value & _HALF) * size) >> 31)) >> 31
        order[last], order[place] = order[place], order[last]


@compiled
def draw_systematic(
    counts: Words, totals: Words, shuffled: bool, start: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the cell in which one of the points ``U + j 2^62`` falls.

    Only positions modulo ``2^62`` matter: a row is at most that long, so it holds one point at
    most, at ``(U − its beginning) mod 2^62``.
    """
    n_rounds, n_processors = out.shape
    order = np.arange(n_processors)
    for row in range(n_rounds):
        number = start + row
        if shuffled:
            for place in range(n_processors):
                order[place] = place
            shuffle(order, number, key0, key1)
        ahead = word(number, 0, STREAM_START, key0, key1)
        for place in range(n_processors):
            who = order[place]
            pick = -1
            if ahead < totals[who]:
                left, pick = ahead, 0
                while left >= counts[who, pick]:
                    left -= counts[who, pick]
                    pick += 1
            out[row, who] = pick
            ahead = (ahead - totals[who]) & _TURN

"""Compiled ordered pivotal draws: one fight after another, in integers."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.bounded_loops import below, pick_below
from roundlot.simulate.draw_loops import Picks, Words, word
from roundlot.simulate.philox import BITS, STREAM_FIGHT, STREAM_MODEL
from roundlot.solvers.kernels.compiling import compiled

# An int64, not a Python int: twice a Python 2^62 is no int64, and Numba would go on in floats.
_ONE = np.int64(1 << BITS)


@compiled
def draw_pivotal(
    counts: Words, totals: Words, start: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``.

    One processor at a time carries what is undecided; it fights the next. Of two that hold less
    than one together the winner carries on with the sum; of two that hold more, one is drawn and
    the other carries on with what is over one.
    """
    n_rounds, n_processors = out.shape
    for row in range(n_rounds):
        number = start + row
        carrier, held = -1, np.int64(0)
        for who in range(n_processors):
            out[row, who] = -1
            drawn = -1
            both = held + totals[who]
            if totals[who] == 0:
                continue
            if both < _ONE:
                if held == 0 or below(both, number, who, STREAM_FIGHT, key0, key1) >= held:
                    carrier = who
                held = both
            else:
                drawn = who
                lost = _ONE - totals[who]
                if held > 0 and lost > 0:
                    lack = (_ONE - held) + lost
                    if below(lack, number, who, STREAM_FIGHT, key0, key1) < lost:
                        drawn, carrier = carrier, who
                held = both - _ONE
            if drawn >= 0:
                out[row, drawn] = pick_below(
                    counts[drawn], totals[drawn], number, drawn, STREAM_MODEL, key0, key1
                )
        if held > 0 and word(number, n_processors, STREAM_FIGHT, key0, key1) < held:
            out[row, carrier] = pick_below(
                counts[carrier], totals[carrier], number, carrier, STREAM_MODEL, key0, key1
            )

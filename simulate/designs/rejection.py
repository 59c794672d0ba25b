"""Compiled draws of a fixed size by trial: independent coins until their number is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import (
    ATTEMPT,
    BITS,
    STREAM_EXTRA,
    STREAM_MODEL,
    STREAM_ROW,
    Picks,
    Words,
    pick_below,
    word,
)
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.errors import DrawError

_ONE = np.int64(1 << BITS)
#: Designs refuse when less than 1e-5 of the trials count: all of so many fail in e^-167 of rounds.
MOST_TRIALS = 1 << 24
#: A 1/514 of the places or more gives a unit, up to 257 of them: all fail in e^-127 of trials.
MOST_PLACES = 1 << 16


@compiled
def draw_rejective(
    counts: Words,
    coins: Words,
    units: Words,
    asked: Words,
    size: int,
    extra: bool,
    start: int,
    key0: int,
    key1: int,
    out: Picks,
) -> None:
    """Write picks ``(rounds, V)``: coins are thrown for ``units`` until ``size`` of them come up.

    ``coins`` are those of the ``units`` that are neither certain nor impossible, ``asked``
    ``(V + 1,)`` tells the certain ones; unit ``V`` is a phantom, which stands for what a total
    lacks of an integer. With ``extra`` one unit is drawn in proportion to the coins, and its own
    coin must not come up.

    Raises:
        DrawError: ``MOST_TRIALS`` trials of a round that do not count.
    """
    n_rounds, n_processors = out.shape
    totals = counts.sum(axis=1)
    drawn = np.empty(n_processors + 1, np.bool_)
    for row in range(n_rounds):
        number = start + row
        for who in range(n_processors + 1):
            drawn[who] = asked[who] == _ONE
        for trial in range(MOST_TRIALS):
            if _trial(coins, units, size, extra, trial, number, key0, key1, drawn):
                break
        else:
            raise DrawError("no trial of 2^24 drew the right number; take the design 'pivotal'")
        for who in range(n_processors):
            out[row, who] = -1
            if drawn[who]:
                out[row, who] = pick_below(
                    counts[who], totals[who], number, who, STREAM_MODEL, key0, key1
                )


@compiled
def _trial(
    coins: Words,
    units: Words,
    size: int,
    extra: bool,
    trial: int,
    number: int,
    key0: int,
    key1: int,
    drawn: npt.NDArray[np.bool_],
) -> bool:
    """Throw every coin once, and write who came up; whether the trial counts."""
    added = _extra_unit(coins, trial, number, key0, key1) if extra else -1
    came = 0
    for place in range(coins.size):
        up = word(number, place, STREAM_ROW + ATTEMPT * trial, key0, key1) < coins[place]
        if place == added:
            if up:
                return False
            up = True
        came += up
        if came > size:
            return False
        drawn[units[place]] = up
    return came == size


@compiled
def _extra_unit(coins: Words, trial: int, number: int, key0: int, key1: int) -> Any:
    """A unit in proportion to its coin: any unit, kept with the coin's probability.

    Even places of the counter hold the unit, odd ones the coin, all of one trial's own stream.
    """
    stream = STREAM_EXTRA + ATTEMPT * trial
    mask = 1
    while mask < coins.size:
        mask *= 2
    for place in range(MOST_PLACES):
        unit = word(number, 2 * place, stream, key0, key1) & (mask - 1)
        if unit < coins.size and word(number, 2 * place + 1, stream, key0, key1) < coins[unit]:
            return unit
    raise DrawError("no unit came up at 65536 places; take the design 'pivotal'")

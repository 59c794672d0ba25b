"""Uniform numbers by round: a function of the seed, the stream and the round, in any chunking."""

from __future__ import annotations

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import is_whole
from roundlot.theory.random_streams import KeyStream

TIMES, NOISE = KeyStream.TIMES, KeyStream.NOISE


def uniform(
    rounds: int, width: int, *, seed: int, start: int = 0, stream: int = TIMES
) -> FloatArray:
    """``(rounds, width)`` in ``(0, 1)``, Philox4x64 with the round as counter.

    Raises:
        InvalidProblemError: a seed that is no integer in ``[0, 2^64)``.
    """
    if not is_whole(seed) or not 0 <= seed < 2**64:
        raise InvalidProblemError(f"seed is {seed!r}; give an integer from 0 to 2^64 - 1")
    steps = -(-width // 4)  # four words for every step of the counter
    key = np.array([int(seed), stream], dtype=np.uint64)
    bits = np.random.Philox(key=key, counter=int(start) * steps)
    words = bits.random_raw(rounds * steps * 4).reshape(rounds, steps * 4)[:, :width]
    return np.asarray(((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)

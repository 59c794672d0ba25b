"""Sums of floats, all but exact, without a Python loop."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np

from roundlot.theory.arrays import FloatArray

UNIT = 2.0**-53
CHUNK = 1 << 16


def two_parts(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(high, low)``, whose sum is that of ``values`` over the first axis.

    Pairs are added with their exact rounding errors (Knuth), so that ``high + low`` is off by at
    most ``2**-90`` of the sum of absolute values, for up to ``2**30`` of them; by nothing for two.
    """
    high = np.asarray(values, dtype=np.float64)
    low = np.zeros(high.shape[1:])
    if high.shape[0] == 0:
        return low, low.copy()
    while high.shape[0] > 1:
        half = high.shape[0] // 2
        one, other, odd = high[:half], high[half : 2 * half], high[2 * half :]
        high = one + other
        part = high - one
        error = one - (high - part)
        error += other - part
        low = low + error.sum(axis=0)
        if odd.size:
            high = np.concatenate([high, odd])
    return high[0], low


def near_sum(values: FloatArray) -> FloatArray:
    """The sum over the first axis of numbers ``>= 0``, to two units in the last place."""
    high, low = two_parts(values)
    return np.asarray(high + low)


def exact_excess(values: FloatArray, limit: float) -> float:
    """``Σ values − limit`` correctly rounded, so that its sign is that of the real numbers."""
    flat = values.reshape(-1)
    pieces = (flat[first : first + CHUNK].tolist() for first in range(0, flat.size, CHUNK))
    return math.fsum(chain([-limit], chain.from_iterable(pieces)))

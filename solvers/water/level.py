"""The water level: the one price at which the expected draws meet the budget."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import numpy as np

FREE_PASSES = 12
HALVING_PASSES = 2
INFINITE = 0x7FF0_0000_0000_0000

Piece = Callable[[float], tuple[float, float]]


def find_level(piece: Piece, start: float, *, tolerance: float = 0.0) -> float:
    """The ``r > 0`` with ``left(r) = free(r) / r``, for a total that falls as ``r`` rises.

    ``piece(r)`` gives ``(left, free)``: near ``r`` the expected draws are ``held + free / r`` and
    ``left`` is the budget less what is held. Newton's step from ``r`` is ``free / left``, exact on
    a piece, and needs a handful of passes. After ``FREE_PASSES`` every ``HALVING_PASSES`` passes
    must halve the number of float64 values between the bounds on ``r``, else the next pass is at
    the middle one. There are fewer than ``2**63`` positive float64 values, so at most
    ``FREE_PASSES + 63 (HALVING_PASSES + 1)`` passes are made, whatever the scores: the time is
    linear in their number in the worst case. No sort, no median, no copy. Geometric scores, on
    which Newton alone takes hundreds of passes, need some 20 more. A step that changes ``r`` by no
    more than the relative ``tolerance`` is the last one.

    Source: Bitran and Hax (1981), Kiwiel (2008) on variable fixing; bisection over the bits.
    """
    low, high, level = 0.0, np.inf, start
    width, stale = INFINITE, 0
    for passes in range(1, FREE_PASSES + 64 * (HALVING_PASSES + 1)):
        here = piece(level)
        if _too_low(here, level):
            low = level
        else:
            high = level
        step = _newton(here)
        if abs(step - level) <= max(tolerance * level, 2.0 * math.ulp(level)):
            return step if tolerance else level
        wide = rank(high) - rank(low)
        width, stale = (wide, 0) if 2 * wide <= width else (width, stale + 1)
        forced = passes >= FREE_PASSES and stale >= HALVING_PASSES
        level = step if low < step < high and not forced else middle(low, high)
        if not low < level < high:
            break
    return high if np.isfinite(high) else low


def rank(value: float) -> int:
    """How many float64 values lie in ``[0, value)``: its bits, read as a whole number."""
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


def unrank(bits: int) -> float:
    """The float64 value of a rank."""
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


def middle(low: float, high: float) -> float:
    """The value with as many float64 values below it, from ``low``, as above it, to ``high``."""
    return unrank((rank(low) + rank(high)) // 2)


def _too_low(here: tuple[float, float], level: float) -> bool:
    left, free = here
    return left * level <= free


def _newton(here: tuple[float, float]) -> float:
    left, free = here
    return free / left if left > 0.0 and free > 0.0 else np.nan

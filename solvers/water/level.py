"""The water level: the one price at which the expected draws meet the budget, to the last ulp.

The level is by definition the least float64 ``r`` at which the expected draws, ``Σ c`` of the rows
with ``M_v >= fl(c_v r)`` plus ``Σ M / r`` of the others, as a real number, are at most the budget.
The total falls as ``r`` rises (a row that is freed at ``r`` has ``M < c r``), so there is one such
``r``, and it depends neither on the order of the rows nor on batches nor on the path to it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.theory import ConvergenceError

FREE_PASSES = 12  # Newton alone needs a handful on ordinary scores
HALVING_PASSES = 2  # passes in which the bracket must halve, after those
INFINITE = 0x7FF0_0000_0000_0000  # the bits of infinity: above those of all numbers
ATTEMPTS = 256  # passes to settle: a bracket of float64 values is halved at least 64 times in them

Step = Callable[[float], tuple[float, float]]


def find_level(piece: Step, start: float, *, tolerance: float = 0.0) -> float:
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


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What is left of the budget and what is free at a level, each within its width.

    Attributes:
        left: the budget less the caps of the rows that are at them.
        free: the sums of the other rows.
        left_width, free_width: 0 when ``left`` and ``free`` are exact.
        low, high: the same rows are at their caps at every level in between.
    """

    left: Fraction
    free: Fraction
    left_width: float = 0.0
    free_width: float = 0.0
    low: float = np.inf
    high: float = 0.0

    def fits(self, level: float) -> bool | None:
        """Whether the draws at the level are within the budget; None: too close to tell."""
        room = self.left * Fraction(level) - self.free
        doubt = self.left_width * level + self.free_width
        return None if doubt > 0.0 and abs(room) <= doubt else room >= 0

    @property
    def root(self) -> float:
        """Where the draws of this piece meet the budget; NaN if nowhere."""
        if self.left <= 0 or self.free <= 0:
            return np.nan
        try:
            return float(self.free / self.left)
        except OverflowError:
            return np.inf

    @property
    def settled(self) -> float | None:
        """The level sought, if it lies on this piece and beyond doubt."""
        root = self.root
        for level in (root, np.nextafter(root, np.inf)):
            below = np.nextafter(level, 0.0)
            if self.low < below and level < self.high and self.fits(level):
                return float(level) if self.fits(below) is False else None
        return None


Evaluate = Callable[[float, bool], Piece]


def settle(evaluate: Evaluate, level: float) -> tuple[float, float]:
    """The least float64 level at which the draws are within the budget, and what is left there.

    ``evaluate(level, exact)`` is one pass over the rows; from a near ``level`` one or two are
    usual.

    Raises:
        ConvergenceError: never; the bracket is bisected by its bits often enough.
    """
    low, high = 0.0, np.inf
    for attempt in range(ATTEMPTS):
        piece, fits = _decided(evaluate, level)
        if (settled := piece.settled) is not None:
            return settled, float(piece.left)
        low, high = (low, level) if fits else (level, high)
        if np.nextafter(low, np.inf) >= high:
            return high, float(_decided(evaluate, high)[0].left)
        level = _next(piece.root, low, high, attempt)
    raise ConvergenceError("the water level did not settle; rescale the scores towards 1")


def _decided(evaluate: Evaluate, level: float) -> tuple[Piece, bool]:
    piece = evaluate(level, False)
    fits = piece.fits(level)
    if fits is None:
        piece = evaluate(level, True)
        fits = bool(piece.fits(level))
    return piece, fits


def _next(root: float, low: float, high: float, attempt: int) -> float:
    """The root of the piece, or its neighbour, inside the bracket; in the end the middle."""
    if attempt % 4 < 3:
        for guess in (root, np.nextafter(root, np.inf), np.nextafter(root, 0.0)):
            if low < guess < high:
                return float(guess)
        above, below = np.nextafter(low, np.inf), np.nextafter(high, 0.0)
        return float(above if not np.isfinite(high) or root <= low else below)
    return middle(low, high)

"""The last ulp of the water level, so that every way to compute it gives the same float64.

The level is by definition the least float64 ``r`` at which the expected draws, ``Σ c`` of the rows
with ``M_v >= fl(c_v r)`` plus ``Σ M / r`` of the others, as a real number, are at most the budget.
The total falls as ``r`` rises (a row that is freed at ``r`` has ``M < c r``), so there is one such
``r``, and it depends neither on the order of the rows nor on batches nor on the path to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.solvers.water.level import middle
from roundlot.theory import ConvergenceError

ATTEMPTS = 256


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

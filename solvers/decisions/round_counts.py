"""How many rounds a target takes at every variance: a staircase, read where it is needed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from roundlot.theory.arrays import FloatArray

# The grid between whose points rounds count as a line.
RATIO = 1.3
# Rounds are clearly more when they are more by this part.
CLEAR = 1.02
DOUBLINGS = 400
# Halvings of a bracket, in logarithms, that leave two neighbours of float64.
HALVINGS = 1100
# The smallest variance that a bracket from 0 is split at, of its upper end.
BELOW = 2.0**-20
# Variances beyond this count as infinite.
HUGE = 1e290


class RoundCounts:
    """``R(V)``, whole and rising with the variance; every value that was read is kept.

    Args:
        rounds: of a variance; infinite where they cannot be counted.
        exponent: variances here are in units of ``4**exponent``.
    """

    def __init__(self, rounds: Callable[[float], float], exponent: int) -> None:
        self._rounds, self._exponent = rounds, exponent
        self._read: dict[float, float] = {}

    def __call__(self, variance: float) -> float:
        """Rounds at a variance."""
        found = self._read.get(variance)
        if found is None:
            try:
                given = math.ldexp(variance, 2 * self._exponent)
            except OverflowError:
                given = math.inf
            found = self._read[variance] = self._rounds(given)
        return found

    def smooth(self, variance: float) -> float:
        """Rounds without the stairs: a line between two variances of a fixed grid."""
        low, high = _around(variance)
        below, above = self(low), self(high)
        if not above < math.inf:
            return self(variance)
        return below + (above - below) * (variance - low) / (high - low)

    def slope(self, variance: float) -> float:
        """How fast the rounds rise from here to where they are clearly more; 0 if nowhere."""
        low, high = _around(variance)
        start = self(low)
        for _ in range(DOUBLINGS):
            found = self(high)
            if not found < math.inf:
                return 0.0
            if found >= CLEAR * start and found > 0.0:
                return (found - start) / (high - low)
            high *= 2.0
        return 0.0

    def most_variance(self, rounds: float, near: float) -> float:
        """The largest variance at which no more rounds are needed; 0 if even that needs more."""
        low = high = near
        while self(low) > rounds:
            if low < 1.0 / HUGE:
                return 0.0
            low /= 2.0
        while self(high) <= rounds:
            if high > HUGE:
                return math.inf
            high *= 2.0
        for _ in range(HALVINGS):
            middle = middle_of(low, high)
            if not low < middle < high:
                break
            low, high = (middle, high) if self(middle) <= rounds else (low, middle)
        return low


class Stairs:
    """Points of the staircase between two variances, more of them where they were asked for.

    Attributes:
        variances: rising.
        rounds: at each of them.
    """

    def __init__(self, counts: RoundCounts, low: float, high: float) -> None:
        self._counts = counts
        points = [low]
        while points[-1] < high:
            points.append(min(high, max(points[-1] * RATIO, high * 2.0**-80)))
        self.variances: FloatArray = np.array(points)
        self.rounds: FloatArray = np.array([counts(point) for point in points])

    def place(self, variance: float) -> int:
        """Of a variance that is one of the points."""
        return int(np.searchsorted(self.variances, variance))

    def add(self, variance: float) -> None:
        """One more point."""
        place = self.place(variance)
        if self.variances[place] != variance:
            self.variances = np.insert(self.variances, place, variance)
            self.rounds = np.insert(self.rounds, place, self._counts(variance))

    def halve(self, place: int) -> bool:
        """A point between a point and the next; whether there was room."""
        low, high = self.variances[place : place + 2].tolist()
        middle = middle_of(low, high)
        if not low < middle < high:
            return False
        self.add(middle)
        return True


def middle_of(low: float, high: float) -> float:
    """In logarithms; near neighbours plainly."""
    if low == 0.0:
        return high * BELOW
    return 0.5 * (low + high) if high < 2.0 * low else math.sqrt(low) * math.sqrt(high)


def _around(variance: float) -> tuple[float, float]:
    """The points of the grid on both sides."""
    if not 1.0 / HUGE < variance < HUGE:
        return variance, variance * RATIO + 1.0 / HUGE
    place = math.floor(math.log(variance) / math.log(RATIO))
    low, high = RATIO**place, RATIO ** (place + 1)
    return (low, high) if low <= variance < high else (variance / RATIO, variance * RATIO)

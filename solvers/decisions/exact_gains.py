"""Gains of one more draw, compared without rounding, and the exchange that proves an optimum."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray

IntArray = npt.NDArray[np.int64]
CLEAR = 1e-14


class Gain:
    """``a²/(n (n+1))``, what draw ``n + 1`` of a pair gains; the greatest comes first in a heap.

    Floats decide where they differ clearly, and fractions where they do not; ties go to the first
    place in the table.
    """

    __slots__ = ("count", "place", "rough", "score")

    def __init__(self, score: float, count: int, place: tuple[int, int]) -> None:
        self.score = float(score)
        self.count = count
        self.place = place
        # the root of the gain neither overflows nor underflows where the score does not
        self.rough = self.score / math.sqrt(float(count) * float(count + 1))

    @property
    def exact(self) -> Fraction:
        """The gain as a fraction."""
        return Fraction(self.score) ** 2 / (self.count * (self.count + 1))

    def __lt__(self, other: Gain) -> bool:
        if abs(self.rough - other.rough) > CLEAR * max(self.rough, other.rough):
            return self.rough > other.rough
        one, two = self.exact, other.exact
        return one > two if one != two else self.place < other.place

    def exceeds(self, other: Gain) -> bool:
        """Whether this gain is greater, in exact arithmetic."""
        if abs(self.rough - other.rough) > CLEAR * max(self.rough, other.rough):
            return self.rough > other.rough
        return self.exact > other.exact


def improving_exchange(
    scores: FloatArray, counts: IntArray, row_caps: IntArray, pair_caps: IntArray, draws: int
) -> str | None:
    """A draw that could be added or moved with gain, in words; None where there is none.

    Raising is possible below a pair's cap; moving within a processor always; moving between
    processors, or adding, only into one below its cap.
    """
    up: list[Gain | None] = []
    down: list[Gain | None] = []
    for v in range(len(scores)):
        raised = np.flatnonzero((scores[v] > 0.0) & (counts[v] < pair_caps[v]))
        lowered = np.flatnonzero((scores[v] > 0.0) & (counts[v] > 1))
        gains = [Gain(scores[v, s], int(counts[v, s]), (v, int(s))) for s in raised]
        losses = [Gain(scores[v, s], int(counts[v, s]) - 1, (v, int(s))) for s in lowered]
        up.append(min(gains, default=None))
        down.append(max(losses, default=None))
        best, worst = up[-1], down[-1]
        if best is not None and worst is not None and best.exceeds(worst):
            return f"from {worst.place} to {best.place}"
    room = row_caps > counts.sum(axis=1)
    best = min((g for g, r in zip(up, room, strict=True) if g is not None and r), default=None)
    worst = max((g for g in down if g is not None), default=None)
    if best is None:
        return None
    if counts.sum() < draws:
        return f"one more at {best.place}"
    if worst is not None and best.exceeds(worst):
        return f"from {worst.place} to {best.place}"
    return None

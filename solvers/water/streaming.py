"""The base program over scores that come in blocks, in bounded memory and a few passes.

The level is the same float64 as :func:`waterfill` finds, whatever the blocks: sums of rows do not
depend on their neighbours, and what decides is summed exactly (:mod:`settling`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np

from roundlot.solvers.kernels.sums import ScoreArray, row_sums
from roundlot.solvers.water.passes import Census, Range, census, closing, crossing, level_inside
from roundlot.solvers.water.scaling import exponent_of, headroom, shifted
from roundlot.solvers.water.waterfill import LOWEST, NEAT_ENTRIES, SMALLEST_NORMAL, Waterline
from roundlot.theory import ConvergenceError, InvalidProblemError

KEEP = 1 << 20

Found = TypeVar("Found")


class Blocks(Protocol):
    """Scores in blocks, here or elsewhere."""

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum, by ``+``, of ``function(scores, *arguments)`` over all blocks of scores."""


@dataclass(frozen=True, kw_only=True)
class StreamedLevel:
    """The optimum of the base program over blocks.

    Attributes:
        level, left, exponent: as in :class:`Waterline`.
        budget, cap: ``m`` and the cap that all rows share.
        rows, models: of the whole table.
        greatest: greatest score.
        passes: how often the scores were read.
    """

    level: float
    left: float
    exponent: int
    budget: float
    cap: float
    rows: int
    models: int
    greatest: float
    passes: int

    @property
    def threshold(self) -> float:
        """``t = 1 / r``: ``q_v = min(c, t M_v)``; infinite when the budget is slack."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(1.0 / self.level, -self.exponent)) if self.level else np.inf

    def line(self, scores: ScoreArray) -> Waterline:
        """The waterline of a block of rows ``(rows, S)``; its probabilities are the whole's."""
        table = shifted(scores, -self.exponent) if self.exponent else np.ascontiguousarray(scores)
        sums = np.empty(len(table))
        row_sums(table, sums)
        return Waterline(
            scores=table,
            sums=sums,
            caps=np.full(1, self.cap),
            budget=self.budget,
            level=self.level,
            left=self.left,
            exponent=self.exponent,
            entries=self.rows * self.models,
        )


def streamed_level(blocks: Blocks, models: int, budget: float, cap: float = 1.0) -> StreamedLevel:
    """The level of scores ``(V, models)`` that come in blocks, for a cap that all rows share.

    Two passes as a rule, three above some 1e8 rows, five at most, for any scores and any number
    of ties; twice that when scores leave the range of float64 (:func:`waterfill`).

    Raises:
        InvalidProblemError: a sum of a row that is negative or not finite, a budget or cap that is
            not above 0, no rows, fewer than ``NEAT_ENTRIES`` entries (solve those in memory).
        ConvergenceError: the scores changed between two passes.
    """
    headroom(1, budget, cap)
    found = blocks.total(census, 0, Range())
    entries = found.rows * models
    if entries <= NEAT_ENTRIES:
        raise InvalidProblemError(f"{entries} scores are too few to stream; solve them in memory")
    room = headroom(entries, budget, cap)
    level, left, exponent, passes = -1.0, math.inf, 0, 1
    if math.isfinite(found.top) and exponent_of(found.top) <= room:
        level, left, more = _search(blocks, found, 0, cap, budget)
        passes += more
    if level != 0.0 and not level >= LOWEST:
        if not math.isfinite(found.greatest):
            raise InvalidProblemError("scores hold a NaN or an infinity; mend them")
        exponent = exponent_of(found.greatest) - room
        shifted_census = blocks.total(census, exponent, Range())
        if not math.isfinite(shifted_census.top):
            raise InvalidProblemError("scores hold a negative number or a NaN; mend them")
        level, left, more = _search(blocks, shifted_census, exponent, cap, budget)
        passes += 1 + more
    return StreamedLevel(
        level=level,
        left=left,
        exponent=exponent,
        budget=float(budget),
        cap=float(cap),
        rows=found.rows,
        models=models,
        greatest=found.greatest,
        passes=passes,
    )


def _search(
    blocks: Blocks, found: Census, exponent: int, cap: float, budget: float
) -> tuple[float, float, int]:
    """``(level, left, passes)`` after a census of everything."""
    if not found.wanted * Fraction(cap) > budget:
        return 0.0, math.inf, 0
    within, passes = Range(), 0
    first, last = crossing(found, within, cap, budget)
    while int(found.counts[first:last].sum()) > KEEP and within.step > 0:
        within = within.part(first, last)
        found = blocks.total(census, exponent, within)
        first, last = crossing(found, within, cap, budget)
        passes += 1
    low, high = within.edges[[first, last]].tolist()
    kept = blocks.total(closing, exponent, low, high)
    near = max(min(low, high) / cap, SMALLEST_NORMAL)
    level, left = level_inside(kept, cap, budget, near)
    if not low <= cap * float(np.nextafter(level, 0.0)) <= cap * level <= high:
        raise ConvergenceError("the scores changed between two passes; do not write to them")
    return max(level, SMALLEST_NORMAL), left, passes + 1

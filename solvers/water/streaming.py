"""The base program over scores that come in blocks, in bounded memory and a few passes.

The level is the same float64 as :func:`waterfill` finds, whatever the blocks: sums of rows do not
depend on their neighbours, and what decides is summed exactly. The level of rows that share a cap
``c`` depends on their sums ``M`` only through ``count(M >= x)`` and ``Σ_{M < x} M``. A census
counts rows and adds their sums in ``BINS`` bins of equal numbers of float64 values; the bin that
holds the level has at most a ``BINS``-th of them, so that four censuses pin it to one float64
whatever the sums, and one is usual. A closing pass then adds exactly what lies below that bin and
keeps the sums inside. Blocks can come in any order and from anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.bound import (
    TARGET,
    above_sum,
    brought,
    gap_above,
    in_user_units,
    margin,
    rounded_down,
    unit_of,
)
from roundlot.solvers.water.level import INFINITE, Piece, settle
from roundlot.solvers.water.scaling import exponent_of, headroom, shifted
from roundlot.solvers.water.waterfill import LOWEST, NEAT_ENTRIES, SMALLEST_NORMAL, Waterline
from roundlot.theory import ConvergenceError, InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray
from roundlot.theory.kinds import as_annotated

BIN_BITS = 18
BINS = 1 << BIN_BITS  # a census is 4 MB
KEEP = 1 << 20  # sums that the closing pass may keep

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

    def line(self, scores: AnyArray) -> Waterline:
        """The waterline of a block of rows ``(rows, S)``; its probabilities are the whole's."""
        table = shifted(scores, -self.exponent) if self.exponent else np.ascontiguousarray(scores)
        sums = np.empty(len(table))
        kernels.row_sums(table, sums)
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

    def terms(self, line: Waterline, probabilities: FloatArray) -> Terms:
        """What the probabilities ``(rows, S)`` of a block cost, and what its rows prove."""
        shift = self.exponent - self._unit
        scores, scale = brought(line.scores, shift)
        level = math.ldexp(self.level, shift)
        roots = np.maximum(np.ldexp(line.row_divisors, shift), level)
        return Terms(
            cost=(kernels.moment_sum(scores.reshape(-1), probabilities.reshape(-1), scale),),
            up=(kernels.free_terms(scores, roots, scale),),
            down=(above_sum((roots - level) * (roots + level) * self.cap),),
        )

    def proof(self, terms: Terms) -> tuple[float, float, float, int]:
        """``(objective, lower_bound, gap, unit)`` from the terms of all blocks.

        As of a certificate: the first two are in units of ``4**unit``, 0 where float64 holds them.
        """
        relative = margin(self.models)
        level = math.ldexp(self.level, self.exponent - self._unit)
        down = math.fsum(terms.down) + level * level * self.budget
        bound = rounded_down(math.fsum(terms.up), down, relative)
        cost = math.fsum(terms.cost) * (1.0 + relative)
        unit = unit_of(cost, self._unit)
        return (
            in_user_units(cost, self._unit - unit, up=True),
            in_user_units(bound, self._unit - unit, up=False),
            gap_above(cost, bound),
            unit,
        )

    @property
    def _unit(self) -> int:
        """The exponent of the unit in which squares of scores and roots stay in range."""
        greatest = exponent_of(self.greatest)
        level = exponent_of(self.level) + self.exponent if self.level else greatest
        rows = greatest + exponent_of(1.0 / self.cap) + len(bin(self.rows))
        return max(rows, level) - TARGET


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Cost, and positive and negative part of the bound, of each block, to be added exactly."""

    cost: tuple[float, ...] = ()
    up: tuple[float, ...] = ()
    down: tuple[float, ...] = ()

    def __add__(self, other: Terms) -> Terms:
        return Terms(
            cost=self.cost + other.cost, up=self.up + other.up, down=self.down + other.down
        )


def level_of(line: Waterline, rows: int, models: int) -> StreamedLevel:
    """The same of a table ``(rows, models)`` in RAM, all of whose rows share a cap."""
    return StreamedLevel(
        level=line.level,
        left=line.left,
        exponent=line.exponent,
        budget=line.budget,
        cap=float(line.caps[0]),
        rows=rows,
        models=models,
        greatest=float(np.ldexp(line.scores.max(initial=0.0), line.exponent)),
        passes=1,
    )


@as_annotated
def streamed_level(blocks: Blocks, models: int, budget: float, cap: float = 1.0) -> StreamedLevel:
    """The level of scores ``(V, models)`` that come in blocks, for a cap that all rows share.

    Two passes as a rule, three above some 1e8 rows, five at most, for any scores and any number
    of ties; twice that when scores leave the range of float64 (:func:`waterfill`).

    Raises:
        InvalidProblemError: a sum of a row that is negative or not finite, a budget or cap that is
            not above 0, no rows, fewer than ``NEAT_ENTRIES`` entries (solve those in RAM).
        ConvergenceError: the scores changed between two passes.
    """
    if not hasattr(blocks, "total"):
        raise InvalidProblemError(f"blocks are a {type(blocks).__name__}; give blocks of a table")
    headroom(1, budget, cap)
    found = blocks.total(census, 0, Range())
    entries = found.rows * models
    if entries <= NEAT_ENTRIES:
        raise InvalidProblemError(f"{entries} scores are too few to stream; solve them in RAM")
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Census:
    """Rows and the sum of their sums in each of ``BINS`` bins from ``low`` on.

    Attributes:
        rows: of the blocks, in all.
        top: greatest sum of a row; NaN if one is not a finite number ``>= 0``.
        greatest: greatest score.
        wanted: rows with a positive sum.
        counts: per bin; the last one holds everything above.
        sums: per bin, correct up to rounding.
    """

    rows: int
    top: float
    greatest: float
    wanted: int
    counts: IntArray
    sums: FloatArray

    def __add__(self, other: Census) -> Census:
        return Census(
            rows=self.rows + other.rows,
            top=float(np.maximum(self.top, other.top)),
            greatest=float(np.maximum(self.greatest, other.greatest)),
            wanted=self.wanted + other.wanted,
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Closing:
    """What lies below, inside and above a range of sums, without rounding.

    Attributes:
        above: rows with ``M >= high``.
        below: ``Σ_{M < low} M`` as digits (`kernels.sums`).
        inside, times: the different sums in between, ascending, and how often each occurs.
    """

    above: int
    below: IntArray
    inside: FloatArray
    times: IntArray

    def __add__(self, other: Closing) -> Closing:
        digits = self.below + other.below
        kernels.carry(digits)
        inside, where = np.unique(np.append(self.inside, other.inside), return_inverse=True)
        times = np.zeros(inside.size, dtype=np.int64)
        np.add.at(times, where, np.append(self.times, other.times))
        return Closing(above=self.above + other.above, below=digits, inside=inside, times=times)


@dataclass(frozen=True, kw_only=True)
class Range:
    """``BINS`` bins of ``2**step`` neighbouring float64 values each; ``low`` is the first rank."""

    low: int = 0
    step: int = 63 - BIN_BITS

    @property
    def edges(self) -> FloatArray:
        """``(BINS + 1,)``, the lower ends of the bins and what lies beyond the last."""
        ranks = self.low + (np.arange(BINS + 1, dtype=np.int64) << self.step)
        ranks[ranks < 0] = INFINITE
        edges: FloatArray = np.minimum(ranks, INFINITE).view(np.float64)
        return edges

    def part(self, first: int, last: int) -> Range:
        """The bins ``[first, last)`` cut finer."""
        span = (last - first) << self.step
        return Range(low=self.low + (first << self.step), step=max(0, span.bit_length() - BIN_BITS))


def census(scores: AnyArray, exponent: int, within: Range) -> Census:
    """The census of a block ``(rows, S)`` of scores, taken times ``2**-exponent``."""
    sums, top, greatest = _sums(scores, exponent)
    bins = (sums.view(np.int64) - within.low) >> within.step
    kept = np.clip(bins, 0, (BINS) - 1)
    counts = np.bincount(kept, minlength=BINS)
    return Census(
        rows=len(sums),
        top=top,
        greatest=greatest,
        wanted=int(np.count_nonzero(sums > 0.0)),
        counts=counts.astype(np.int64),
        sums=np.bincount(kept, weights=sums, minlength=BINS).astype(np.float64),
    )


def closing(scores: AnyArray, exponent: int, low: float, high: float) -> Closing:
    """The closing pass over a block."""
    sums, _, _ = _sums(scores, exponent)
    digits = np.zeros(kernels.DIGITS, dtype=np.int64)
    kernels.add_exactly(sums, 0.0, low, digits)
    inside, times = np.unique(sums[(sums >= low) & (sums < high)], return_counts=True)
    return Closing(
        above=int(np.count_nonzero(sums >= high)), below=digits, inside=inside, times=times
    )


def crossing(found: Census, within: Range, cap: float, budget: float) -> tuple[int, int]:
    """Bins ``[first, last)``: the cap times the level lies in them, a bin to spare on each side."""
    above = found.counts[::-1].cumsum()[::-1]
    below = found.sums.cumsum() - found.sums
    edges = within.edges[:-1]
    rest = np.divide(below, edges, out=np.zeros(BINS), where=edges > 0.0)
    first = int(np.searchsorted(-cap * (above + rest), -budget))
    return max(0, first - 2), min(BINS, first + 1)


def level_inside(found: Closing, cap: float, budget: float, near: float) -> tuple[float, float]:
    """``(level, left)`` from what the closing pass kept; right if it is in the pass's range."""
    below = kernels.exact_value(found.below)

    def piece(level: float, _: bool) -> Piece:
        split = int(np.searchsorted(found.inside, cap * level))
        held = found.above + int(found.times[split:].sum())
        free = below + _weighted(found.inside[:split], found.times[:split])
        return Piece(left=Fraction(budget) - held * Fraction(cap), free=free)

    return settle(piece, near)


def _weighted(values: FloatArray, times: IntArray) -> Fraction:
    """``Σ times values``, exactly."""
    parts = (int(n) * kernels.exact_sum(values[times == n]) for n in np.unique(times))
    return sum(parts, Fraction(0))


def _sums(scores: AnyArray, exponent: int) -> tuple[FloatArray, float, float]:
    table = shifted(scores, -exponent) if exponent else np.ascontiguousarray(scores)
    sums = np.empty(len(table))
    top = kernels.row_sums(table, sums)
    return sums, top, float(table.max(initial=0.0))

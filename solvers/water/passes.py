"""What one pass over a block of rows finds out, exactly, in a few kilobytes that can be added.

The level of rows that share a cap ``c`` depends on their sums ``M`` only through ``count(M >= x)``
and ``Σ_{M < x} M``. A census counts rows and adds their sums in ``BINS`` bins of equal numbers of
float64 values; the bin that holds the level has at most a ``BINS``-th of them, so that four
censuses pin it to one float64 whatever the sums, and one is usual. A closing pass then adds exactly
what lies below that bin and keeps the sums inside. Blocks can come in any order and from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.kernels.exact_sums import DIGITS, add_exactly, carry, exact_sum, exact_value
from roundlot.solvers.kernels.sums import ScoreArray, row_sums
from roundlot.solvers.water.level import INFINITE
from roundlot.solvers.water.scaling import shifted
from roundlot.solvers.water.settling import Piece, settle
from roundlot.theory.arrays import FloatArray

BIN_BITS = 18
BINS = 1 << BIN_BITS


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
    counts: npt.NDArray[np.int64]
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
        below: ``Σ_{M < low} M`` as digits (:mod:`compiled_exact`).
        inside, times: the different sums in between, ascending, and how often each occurs.
    """

    above: int
    below: npt.NDArray[np.int64]
    inside: FloatArray
    times: npt.NDArray[np.int64]

    def __add__(self, other: Closing) -> Closing:
        digits = self.below + other.below
        carry(digits)
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


def census(scores: ScoreArray, exponent: int, within: Range) -> Census:
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


def closing(scores: ScoreArray, exponent: int, low: float, high: float) -> Closing:
    """The closing pass over a block."""
    sums, _, _ = _sums(scores, exponent)
    digits = np.zeros(DIGITS, dtype=np.int64)
    add_exactly(sums, 0.0, low, digits)
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
    below = exact_value(found.below)

    def piece(level: float, _: bool) -> Piece:
        split = int(np.searchsorted(found.inside, cap * level))
        held = found.above + int(found.times[split:].sum())
        free = below + _weighted(found.inside[:split], found.times[:split])
        return Piece(left=Fraction(budget) - held * Fraction(cap), free=free)

    return settle(piece, near)


def _weighted(values: FloatArray, times: npt.NDArray[np.int64]) -> Fraction:
    """``Σ times values``, exactly."""
    parts = (int(n) * exact_sum(values[times == n]) for n in np.unique(times))
    return sum(parts, Fraction(0))


def _sums(scores: ScoreArray, exponent: int) -> tuple[FloatArray, float, float]:
    table = shifted(scores, -exponent) if exponent else np.ascontiguousarray(scores)
    sums = np.empty(len(table))
    top = row_sums(table, sums)
    return sums, top, float(table.max(initial=0.0))

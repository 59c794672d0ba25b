"""Probabilities as integers ``k / 2^62``, so that what is drawn is exactly what is stated.

Rounding leaves the sum of a million probabilities 1e-11 away from the budget. A design that fixes
counts would then once in 1e11 rounds draw one more or fewer; so a sum within ``NEARLY`` of an
integer is taken to be that integer, and the probabilities take up the difference in proportion.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Design, of_a_pair
from roundlot.simulate.designs.branches import Chance, pick_model
from roundlot.simulate.philox import BITS
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.positions import by_position

Counts = npt.NDArray[np.int64]

ONE = 1 << BITS  # probability 1 on the grid
ROW_TOLERANCE = 1e-12  # what rounding may add to the sum of a row
#: What a certain row may lack of 1, per model: an ulp of 1, the rounding of an entry.
CERTAIN = 1 << (BITS - 52)


def checked_probabilities(probabilities: Any) -> FloatArray:
    """A float64 copy ``(V, S)`` of a table of probabilities.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, an entry outside ``[0, 1]``, a row whose sum is
            above ``1 + 1e-12``.
    """
    table = numbers_or_nan(probabilities, "probabilities")
    if table.ndim != 2 or 0 in table.shape or table.shape[1] > np.iinfo(np.int16).max:
        raise InvalidProblemError(
            f"probabilities have shape {table.shape}; give a table of processors x models (V, S)"
        )
    _refuse_entries(table)
    sums = table.sum(axis=1)
    worst = int(np.argmax(sums))
    if sums[worst] > 1.0 + ROW_TOLERANCE:
        raise InvalidProblemError(
            f"probabilities of processor {worst} sum to {sums[worst]:.17g}; a processor trains one "
            "model a round: scale the row to at most 1, or, where a cap is above 1, give each pair "
            "a row of its own"
        )
    return table


def _refuse_entries(table: FloatArray) -> None:
    bad = ~((table >= 0.0) & (table <= 1.0))
    if bad.any():
        row, column = (int(index) for index in np.argwhere(bad)[0])
        raise InvalidProblemError(
            f"probabilities[{row}, {column}] is {table[row, column]:.17g}; "
            "it must be at least 0 and at most 1"
        )


def grid_counts(probabilities: FloatArray) -> Counts:
    """Integers ``k`` ``(V, S)``, ``k <= 2^62 p`` but for certain rows; 1 for a tinier ``p > 0``.

    From ``2^-10`` up ``k / 2^62`` is ``p`` itself. A row that sums to 1 but for rounding, above or
    at most ``S`` ulp below, is certain: its largest entry takes up the difference, so that
    ``Σ_s k = 2^62`` exactly. Every other row sums to less.
    """
    counts = np.floor(np.ldexp(probabilities, BITS)).astype(np.int64)
    counts[(probabilities > 0.0) & (counts == 0)] = 1
    lack = ONE - counts.sum(axis=1)
    certain = np.flatnonzero((lack != 0) & (lack <= CERTAIN * counts.shape[1]))
    counts[certain, np.argmax(counts[certain], axis=1)] += lack[certain]
    return counts


#: How far a sum of probabilities may be from an integer to be taken for it.
NEARLY = 1e-9
_HALF = BITS // 2


def exact_sum(counts: Counts) -> int:
    """The sum of the counts, which may be beyond 64 bits."""
    high = int((counts >> _HALF).sum())
    return (high << _HALF) + int((counts & ((1 << _HALF) - 1)).sum())


def snap_total(counts: Counts) -> None:
    """Move the counts ``(V, S)`` so that a total nearly an integer is one."""
    _snap(counts.reshape(-1), np.broadcast_to(_room(counts)[:, None], counts.shape).reshape(-1))


def snap_models(counts: Counts) -> None:
    """The same for the sum of every model's column."""
    for model in range(counts.shape[1]):
        column = np.ascontiguousarray(counts[:, model])
        _snap(column, _room(counts))
        counts[:, model] = column


def _room(counts: Counts) -> Counts:
    return np.asarray(ONE - counts.sum(axis=1), dtype=np.int64)


def _snap(entries: Counts, room: Counts) -> None:
    rest = exact_sum(entries) % ONE
    gap = -rest if rest <= ONE // 2 else ONE - rest
    if gap == 0 or abs(gap) > NEARLY * ONE:
        return
    # No row is filled and no entry emptied: where the gap itself would fit, its share does.
    open_to = np.flatnonzero((entries > 2 * abs(gap)) & (room > 2 * abs(gap)))
    if open_to.size:
        entries[open_to] += np.sign(gap) * _shares(entries[open_to], abs(gap))


def _shares(entries: Counts, gap: int) -> Counts:
    part = entries / entries.sum(dtype=np.float64)
    shares = np.floor(part * gap).astype(np.int64)
    missing = gap - int(shares.sum())
    # Rounding may have given too much; the largest entry settles what is left over either way.
    whole, extra = divmod(missing, entries.size)
    shares += whole
    shares[np.argsort(-entries, kind="stable")[:extra]] += 1
    return np.asarray(shares)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OnGrid(Design):
    """A design whose inclusion probabilities are ``counts / 2^62``, exactly.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to ``counts / 2^62``.
        counts: ``(V, S)`` int64. A total within 1e-9 of an integer is that integer.
    """

    probabilities: FloatArray
    counts: Counts

    @classmethod
    @by_position()
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``."""
        counts = grid_counts(checked_probabilities(probabilities))
        snap_total(counts)
        return cls.from_counts(counts)

    @classmethod
    def from_counts(cls, counts: Counts) -> Self:
        """The design with the inclusion probabilities ``counts / 2^62``, rows at most ``2^62``."""
        return cls(
            probabilities=read_only(np.ldexp(counts.astype(np.float64), -BITS)),
            counts=read_only(counts),
        )

    @of_a_pair
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair: ``counts / 2^62``."""
        return Fraction(int(self.counts[processor, model]), ONE)

    @cached_property
    def totals(self) -> Counts:
        """``(V,)`` int64, the counts of each processor, at most ``2^62``."""
        return read_only(self.counts.sum(axis=1))

    @property
    def fixes_count(self) -> bool:
        """Whether the total is an integer, so that every round draws the same number."""
        return sum(map(int, self.totals)) % ONE == 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RowsFirst(OnGrid):
    """Processors are drawn first, then each that was drawn picks its model independently."""

    @abstractmethod
    def joint_rows(self) -> FloatArray:
        """``(V, V)``, the probability that both processors are drawn; ``p`` on the diagonal."""

    def _joint(self, model: int, other: int) -> FloatArray:
        totals = np.maximum(self.totals, 1).astype(np.float64)
        return np.asarray(
            self.joint_rows()
            * np.outer(self.counts[:, model] / totals, self.counts[:, other] / totals)
        )

    def _pick(self, who: int, chance: Chance) -> int:
        return pick_model(list(map(int, self.counts[who])), chance)

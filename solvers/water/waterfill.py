"""Water-filling: the optimum of the base program without writing a single probability."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from roundlot.solvers import kernels, water
from roundlot.solvers.proof.lowering import fit_total
from roundlot.solvers.proof.prices import Multipliers
from roundlot.solvers.water import loops
from roundlot.solvers.water.level import Piece, find_level, settle
from roundlot.solvers.water.scaling import (
    exponent_of,
    headroom,
    is_float,
    is_scalar,
    least,
    least_probability,
    shifted,
    table_of,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.kinds import real_number
from roundlot.theory.positions import by_position
from roundlot.theory.text import short_repr

if TYPE_CHECKING:
    import torch

    from roundlot.solvers.water.tensors import TensorWaterline

LOWEST = 2.0**-960  # a level below may have lost digits below the normal range
SMALLEST_NORMAL = 2.0**-1022
NEAT_ENTRIES = 4096  # tables up to it are fitted to the last ulp, which takes some microseconds
SAMPLE = 1 << 13  # rows that the first guess of the level looks at
NEAR = 1e-4  # of the level: Newton's last steps are left to settling, which is exact
CLOSE = 1e-9  # of the budget: what the caps can use is then compared exactly
MARGIN = 2.0**-50  # above the rounding of a quotient M / c
RANGE = 2.0**1000  # limits within 1 / RANGE and it can be split without overflow


@dataclass(frozen=True, kw_only=True, eq=False)
class Waterline:
    """What determines the optimum of the base program: ``p_vs = a_vs / row_divisors_v``.

    Attributes:
        scores: ``(V, S)``, float64 or float32, the scores it was found for, times ``2**-exponent``.
        sums: ``(V,)``, ``M_v = Σ_s a_vs``, in the same unit.
        caps: ``(V,)``, or ``(1,)`` where all rows share one.
        budget: ``m``.
        level: ``r``; processor ``v`` is at its cap where ``M_v >= c_v r``. 0: the budget is slack.
            The least float64 whose draws, summed exactly, are within the budget.
        left: what the processors at their caps leave of the budget; infinite when it is slack.
        exponent: the unit of scores, sums and level is ``2**exponent`` (0 unless out of range).
        entries: of the whole table, when these are only some of its rows; else 0.
    """

    scores: FloatArray
    sums: FloatArray
    caps: FloatArray
    budget: float
    level: float
    left: float
    exponent: int
    entries: int = 0

    __repr__ = short_repr

    @property
    def threshold(self) -> float:
        """``t = 1 / r``: ``q_v = min(c_v, t M_v)``; infinite when the budget is slack."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(1.0 / self.level, -self.exponent)) if self.level else np.inf

    @property
    def row_divisors(self) -> FloatArray:
        """``(V,)``, ``r_v = max(r, M_v / c_v)``: probabilities are scores over these."""
        out = np.empty_like(self.sums)
        loops.row_roots(self.sums, self.caps, self.level, out)
        return out

    @property
    def multipliers(self) -> Multipliers:
        """The prices that prove the optimum."""
        return Multipliers(level=self.level, rows=self.row_divisors, exponent=self.exponent)

    def probabilities(self, out: FloatArray | None = None) -> FloatArray:
        """``(V, S)``, ``min(c, M / r) a / M``, rows and total within their limits exactly.

        Args:
            out: where to write them, C-contiguous float64; a new table if left out. In a large
                table a row depends on itself and the level only, bit for bit, and every entry is
                a few ulps (8 and one for each model, at most 40) below the optimum; in one of up
                to ``NEAT_ENTRIES`` entries rows are fitted to the last ulp.
        """
        table = np.empty(self.scores.shape) if out is None else out
        tiny = self.least_probability
        if (self.entries or table.size) > NEAT_ENTRIES and tiny >= SMALLEST_NORMAL:
            loops.write_surely(self.scores, self.sums, self.caps, self.level, tiny, table)
            return table
        return self._neatly(table, max(tiny, math.ulp(0.0)))

    @property
    def least_probability(self) -> float:
        """What a positive score gets at least: too little to matter to a row or to the total."""
        return least_probability(min(least(self.caps), self.left), self.entries or self.scores.size)

    def _neatly(self, out: FloatArray, tiny: float) -> FloatArray:
        capped: BoolArray = np.empty(self.sums.size, dtype=np.bool_)
        scores = np.asarray(self.scores, dtype=np.float64)
        kernels.write_neatly(scores, self.sums, self.caps, self.level, tiny, out, capped)
        return fit_total(out, 0.0, self.budget, capped[:, None])


@overload
def waterfill(
    scores: torch.Tensor,
    budget: float,
    cap: npt.ArrayLike | torch.Tensor = 1.0,
    *,
    start: float | None = None,
) -> TensorWaterline: ...


@overload
def waterfill(
    scores: npt.ArrayLike,
    budget: float,
    cap: npt.ArrayLike = 1.0,
    *,
    start: float | None = None,
) -> Waterline: ...


@by_position()
def waterfill(
    scores: Any, budget: float, cap: Any = 1.0, *, start: float | None = None
) -> Waterline | TensorWaterline:
    """The level of ``min(c_v, M_v / r)`` that spends the budget; nothing of size V x S is written.

    Args:
        scores: ``(V, S)``, finite and ``>= 0``; read once. Float64 and float32 are taken as they
            are; a torch tensor gives a :class:`TensorWaterline` of tensors on its device.
        budget: ``m > 0``.
        cap: scalar or ``(V,)``, ``c > 0``.
        start: a threshold ``t`` above 0 near the one wanted, yesterday's for instance, infinite
            where the budget was slack; saves passes over the rows and changes nothing else.

    Costs a pass over the scores and a few over the rows, no sort, no root; the time is linear in
    the worst case (:func:`find_level`). Scores down to 1e-600 of the largest keep their precision;
    smaller ones get a smaller share than is best, and keep a positive probability.

    Raises:
        InvalidProblemError: a wrong shape, a sum of a row that is negative or not a number, a
            budget or cap that is not above 0, a start that is no threshold.

    Source: Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (ICDCS 2024).
    """
    start = None if start is None else _threshold(start)
    budget = real_number(budget, "budget")
    if "torch" in sys.modules and isinstance(scores, sys.modules["torch"].Tensor):
        return water.tensor_waterfill(scores, budget, cap, start=start)
    table, exponent = table_of(scores), 0
    caps = caps_of(cap, len(table))
    room = headroom(table.size, budget, least(caps))
    sums = np.empty(table.shape[0])
    guess = 1.0 / start if start else _sample_level(table, caps, budget)
    top, wanted, first = _summed(table, caps, guess, sums, budget)
    level = -1.0
    if math.isfinite(top) and exponent_of(top) <= room:
        level, left = _level(sums, caps, budget, wanted, first)
    if level != 0.0 and not level >= LOWEST:
        exponent = exponent_of(float(finite(table).max())) - room
        table = shifted(table, -exponent)
        _, wanted, first = _summed(table, caps, math.ldexp(guess, -exponent), sums, budget)
        level, left = _level(sums, caps, budget, wanted, first)
    return Waterline(
        scores=table,
        sums=sums,
        caps=caps,
        budget=float(budget),
        level=level,
        left=left,
        exponent=exponent,
    )


def _threshold(start: Any) -> float:
    given = real_number(start, "start")
    if not given > 0.0:
        raise InvalidProblemError(
            f"start is {given:g}; give a threshold above 0, as Waterline.threshold, or leave it out"
        )
    return given


def caps_of(cap: npt.ArrayLike, rows: int) -> FloatArray:
    """``(rows,)``, or ``(1,)`` for one number that all rows share."""
    given = cap if is_float(cap) else real_numbers(cap, "cap")
    given = np.asarray(given, dtype=np.float64)
    if given.shape not in ((), (rows,)):
        raise InvalidProblemError(f"cap has shape {given.shape}; give a scalar or ({rows},)")
    return given.reshape(-1)[:1].copy() if is_scalar(given) else np.ascontiguousarray(given)


def finite(table: FloatArray) -> FloatArray:
    """The table itself.

    Raises:
        InvalidProblemError: it holds an infinity, a NaN or a negative number.
    """
    if not np.all((table >= 0.0) & (table < math.inf)):
        raise InvalidProblemError("scores hold a negative number, a NaN or an infinity; mend them")
    return table


First = tuple[float, tuple[float, float]]


def _summed(
    table: FloatArray, caps: FloatArray, guess: float, sums: FloatArray, budget: float
) -> tuple[float, float, First]:
    """The sums of the rows, the largest, what the caps can use, and the piece at a guess."""
    top, wanted, held, free = loops.summed(table, caps, guess, sums)
    return top, wanted, (guess, (budget - held, free))


def _level(
    sums: FloatArray, caps: FloatArray, budget: float, wanted: float, first: First
) -> tuple[float, float]:
    """``(level, left)``; ``(0, inf)`` when what the caps can use is within the budget."""
    close = abs(wanted - budget) <= CLOSE * budget
    if not (_wanted(sums, caps) > budget if close else wanted > budget):
        return 0.0, math.inf
    guess, known = first
    near = find_level(
        lambda at: known if at == guess else loops.base_piece(sums, caps, at, budget),
        max(guess, SMALLEST_NORMAL),
        tolerance=NEAR,
    )
    level, left = settle(
        lambda at, exact: row_piece(sums, caps, budget, at, exact), max(near, SMALLEST_NORMAL)
    )
    return max(SMALLEST_NORMAL, level), left


def _wanted(sums: FloatArray, caps: FloatArray) -> Fraction:
    positive = sums > 0.0
    if caps.size == 1:
        return int(np.count_nonzero(positive)) * Fraction(caps[0])
    return kernels.exact_sum(caps[positive])


def row_piece(
    sums: FloatArray, caps: FloatArray, budget: float, level: float, exact: bool
) -> Piece:
    """One pass over the rows: what is left and what is free, with what they may be off by."""
    limit = level * float(caps.max())
    if exact or not 1.0 / RANGE < limit < RANGE:
        return _exact_piece(sums, caps, budget, level)
    if caps.size > 1:
        (taken, doubt), free, low, high = loops.own_piece(sums, caps, level)
    else:
        count, free, below, above = loops.shared_piece(sums, limit)
        low, high = below / caps[0], above / caps[0]
        taken, doubt = count * Fraction(caps[0]), 0.0
    return Piece(
        left=Fraction(budget) - taken,
        free=free[0],
        left_width=doubt,
        free_width=free[1],
        low=low * (1.0 + MARGIN),
        high=high * (1.0 - MARGIN),
    )


def _exact_piece(sums: FloatArray, caps: FloatArray, budget: float, level: float) -> Piece:
    at_cap = sums >= caps * level
    count = int(np.count_nonzero(at_cap))
    taken = count * Fraction(caps[0]) if caps.size == 1 else kernels.exact_sum(caps[at_cap])
    return Piece(left=Fraction(budget) - taken, free=kernels.exact_sum(sums[~at_cap]))


def _sample_level(table: FloatArray, caps: FloatArray, budget: float) -> float:
    """Where to begin: the level of every k-th row, or one at which few are at their caps."""
    step = max(1, len(table) // SAMPLE)
    some = np.ascontiguousarray(table[::step])
    limits = caps if caps.size == 1 else np.ascontiguousarray(caps[::step])
    sums, part = np.empty(len(some)), budget * len(some) / len(table)
    top = kernels.row_sums(some, sums)
    most = top * (len(some) / part)
    if not 0.0 < most < math.inf:
        return 1.0
    return find_level(
        lambda at: kernels.base_piece(sums, limits, at, part),
        max(most, SMALLEST_NORMAL),
        tolerance=NEAR,
    )

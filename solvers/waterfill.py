"""Water-filling: the optimum of the base program without writing a single probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.solvers.level import find_level
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.scaling import exponent_of, least, shifted
from roundlot.theory.problem import FloatArray

LOWEST = 2.0**-960
SMALLEST_NORMAL = 2.0**-1022


@dataclass(frozen=True, kw_only=True, eq=False)
class Waterline:
    """What determines the optimum of the base program: ``p_vs = a_vs / row_divisors_v``.

    Attributes:
        scores: ``(V, S)``, the scores it was found for, times ``2**-exponent``.
        sums: ``(V,)``, ``M_v = Σ_s a_vs``, in the same unit.
        caps: ``(V,)``.
        level: ``r``; processor ``v`` is at its cap where ``M_v >= c_v r``. 0: the budget is slack.
        exponent: the unit of scores, sums and level is ``2**exponent`` (0 unless out of range).
    """

    scores: FloatArray
    sums: FloatArray
    caps: FloatArray
    level: float
    exponent: int

    @property
    def threshold(self) -> float:
        """``t = 1 / r``: ``q_v = min(c_v, t M_v)``; infinite when the budget is slack."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(1.0 / self.level, -self.exponent)) if self.level else np.inf

    @property
    def row_divisors(self) -> FloatArray:
        """``(V,)``, ``r_v = max(r, M_v / c_v)``: probabilities are scores over these."""
        from roundlot.solvers.compiled_base import row_roots

        return row_roots(self.sums, self.caps, self.level)

    @property
    def multipliers(self) -> Multipliers:
        """The prices that prove the optimum."""
        return Multipliers(level=self.level, rows=self.row_divisors, exponent=self.exponent)


def waterfill(scores: npt.ArrayLike, budget: float, cap: npt.ArrayLike = 1.0) -> Waterline:
    """The level of ``min(c_v, M_v / r)`` that spends the budget; nothing of size V x S is written.

    Args:
        scores: ``(V, S)``, finite and ``>= 0``; read once.
        budget: ``m > 0``.
        cap: scalar or ``(V,)``, ``c > 0``.

    Costs a pass over the scores and a few over the rows, no sort, no root. Scores down to
    1e-600 of the largest keep their precision; smaller ones get a smaller share than is best, and
    keep a positive probability where float64 has one.

    Source: Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (ICDCS 2024).
    """
    from roundlot.solvers.compiled_sums import row_sums

    table = np.ascontiguousarray(scores, dtype=np.float64)
    limits = np.broadcast_to(np.asarray(cap, dtype=np.float64), table.shape[:1])
    sums = np.empty(table.shape[0])
    if exponent_of(row_sums(table, sums)) <= _headroom(table, budget, limits):
        line = _level(table, sums, budget, limits, 0)
        if line.level == 0.0 or line.level >= LOWEST:
            return line
    exponent = exponent_of(float(table.max())) - _headroom(table, budget, limits)
    table = shifted(table, -exponent)
    row_sums(table, sums)
    return _level(table, sums, budget, limits, exponent)


def _headroom(table: FloatArray, budget: float, limits: FloatArray) -> int:
    """The exponent the largest score may have so that neither sums nor quotients overflow."""
    smallest = exponent_of(min(budget, least(limits), 1.0))
    return 1020 - exponent_of(float(table.size)) + smallest


def _level(
    table: FloatArray, sums: FloatArray, budget: float, limits: FloatArray, exponent: int
) -> Waterline:
    from roundlot.solvers.compiled_base import base_piece, usable
    from roundlot.solvers.compiled_sums import blocked_sum

    caps = np.ascontiguousarray(limits)
    level = 0.0
    if usable(sums, caps) > budget:
        level = find_level(
            lambda at: base_piece(sums, caps, at, budget),
            lambda: sums / caps,
            blocked_sum(sums) / budget,
        )
        level = max(level, SMALLEST_NORMAL)
    return Waterline(scores=table, sums=sums, caps=caps, level=level, exponent=exponent)

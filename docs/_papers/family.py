"""How claims are decided that stand on one page: each alone, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from roundlot.simulate.runs.paired_runs import Interval

ERROR = 0.05  # of a claim alone, and of the family


class Decided(NamedTuple):
    """A mean difference with its interval alone, and with the one that holds with all others."""

    alone: Interval
    together: Interval
    margin: float

    @property
    def verdict(self) -> str:
        """By the interval that holds together with all the others."""
        return verdict(self.together, self.margin)

    @property
    def verdict_alone(self) -> str:
        """By the interval of a claim that were the only one."""
        return verdict(self.alone, self.margin)


def verdict(gap: Interval, margin: float = 0.0) -> str:
    """Whether a method is above another or, with a margin, less than it away from the other.

    No interval decides that touches 0, or the margin.
    """
    if margin:
        if max(-gap.low, gap.high) < margin:
            return "holds"
        return "does not hold" if max(gap.low, -gap.high) > margin else "inconclusive"
    return "holds" if gap.low > 0 else "does not hold" if gap.high < 0 else "inconclusive"


def decided(
    differences: npt.ArrayLike, claims: int, margin: float = 0.0, error: float = ERROR
) -> Decided:
    """Student's interval of paired differences, one a seed: alone, and by Bonferroni.

    An interval at level ``1 - error / claims`` each: all of the page cover at once with
    probability ``1 - error`` at least, however they depend on each other.
    """
    return Decided(
        alone=Interval.of(differences, 1.0 - error),
        together=Interval.of(differences, 1.0 - error / claims),
        margin=margin,
    )


def p_value(differences: npt.ArrayLike, margin: float = 0.0) -> float:
    """The least error at which Student's interval decides: two-sided, about 0 or the margin."""
    row = np.asarray(differences, dtype=np.float64)
    away = abs(abs(float(row.mean())) - margin)
    scale = float(row.std(ddof=1)) / math.sqrt(row.size)
    if scale == 0.0:
        return 0.0 if away else 1.0
    return float(2.0 * stdtr(row.size - 1, -away / scale))


def holm(p_values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Adjusted p-values: at most ``error`` where Holm's step-down test of the family rejects.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65 to 70.
    """
    row = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(row, kind="stable")
    factors = np.arange(row.size, 0, -1)
    adjusted = np.empty_like(row)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * row[order]), 1.0)
    return adjusted


def counts(verdicts: Iterable[str]) -> tuple[int, int, int]:
    """How many hold, do not, and are inconclusive."""
    told = list(verdicts)
    return told.count("holds"), told.count("does not hold"), told.count("inconclusive")

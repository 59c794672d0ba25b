"""The law of the units done in a round: independent workers exactly, or a sample of rounds.

Moments of the shares ``N_i/N`` of independent counts come from convolving their laws, on float64
and on fractions. Every term is a sum of non-negative products, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray

Masses = AnyArray  # float64, or fractions for the tiny cases that are checked exactly
NOBODY = 1e-300  # chances of anybody below it are what rounding leaves of 0


@dataclass(frozen=True, kw_only=True, eq=False)
class IndependentCounts:
    """Workers whose counts are independent, with the chances of every count.

    Attributes:
        masses: for each worker ``(b_i + 1,)``, chances of ``0, ..., b_i`` units.
        error: bound on the error of each chance; 0 where a formula is known.
    """

    masses: tuple[Masses, ...] = field(repr=False)
    error: float = 0.0

    @property
    def mean(self) -> FloatArray:
        """``(n,)``, ``E N_i``."""
        return np.array([np.arange(p.size) @ p for p in self.masses])

    @property
    def variance(self) -> FloatArray:
        """``(n,)``, ``Var N_i``."""
        square = np.array([np.arange(p.size) ** 2 @ p for p in self.masses])
        return np.maximum(square - self.mean**2, 0.0)

    @property
    def took_part(self) -> FloatArray:
        """``(n,)``, ``P(N_i >= 1)``."""
        return np.array([1.0 - float(mass[0]) for mass in self.masses])

    @cached_property
    def total(self) -> Masses:
        """Chances of ``N = 0, 1, ...`` units in all."""
        return reduce(np.convolve, self.masses)

    @property
    def chance_of_nobody(self) -> Any:
        """``P(N = 0)``."""
        return self.total[0]

    def mean_power(self, power: int) -> Any:
        """``E[N^power | N >= 1]``, ``power`` of any sign.

        Raises:
            InfeasibleError: nobody ever finishes anything.
        """
        somebody = self.total[1:].sum()
        if not somebody > NOBODY:
            raise InfeasibleError(
                "nobody finishes a unit of work before the round ends; lengthen the deadline or "
                "make the units smaller"
            )
        return (whole(1, self.total) ** power) @ self.total[1:] / somebody

    @property
    def mean_inverse(self) -> Any:
        """``E[1/N | N >= 1]``."""
        return self.mean_power(-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledCounts:
    """Rounds that were drawn, for rules under which the counts depend on each other.

    Attributes:
        counts: ``(R, n)``.
        complete: whether these are all rounds that there are, each as likely as any other.
    """

    counts: IntArray = field(repr=False)
    complete: bool = False

    @property
    def mean(self) -> FloatArray:
        """``(n,)``, means of ``N_i``."""
        return np.asarray(self.counts.mean(axis=0))

    @property
    def variance(self) -> FloatArray:
        """``(n,)``, variances of ``N_i``."""
        return np.asarray(self.counts.var(axis=0))

    @property
    def took_part(self) -> FloatArray:
        """``(n,)``, shares of rounds with ``N_i >= 1``."""
        return np.asarray((self.counts > 0).mean(axis=0))

    @cached_property
    def total(self) -> FloatArray:
        """Shares of rounds with ``N = 0, 1, ...`` units in all."""
        totals = self.counts.sum(axis=1)
        return np.asarray(np.bincount(totals, minlength=2) / totals.size)

    @property
    def chance_of_nobody(self) -> float:
        """Share of rounds in which nothing was done."""
        return float(np.mean(self.counts.sum(axis=1) == 0))

    def mean_power(self, power: int) -> float:
        """Mean of ``N^power`` over the rounds with ``N >= 1``; errors as `IndependentCounts`."""
        return float(np.mean(self._totals**power))

    @property
    def mean_inverse(self) -> float:
        """Mean of ``1/N`` over the rounds with ``N >= 1``."""
        return self.mean_power(-1)

    @property
    def error(self) -> float:
        """Standard error of `mean_inverse`; 0 of rounds that are complete."""
        if self.complete:
            return 0.0
        inverse = 1.0 / self._totals
        return float(inverse.std() / np.sqrt(inverse.size))

    @property
    def _totals(self) -> FloatArray:
        totals = self.counts.sum(axis=1)
        if not totals.any():
            raise InfeasibleError(
                "nobody finished a unit of work in any round that was drawn; lengthen the deadline "
                "or make the units smaller"
            )
        return np.asarray(totals[totals > 0], dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedCounts:
    """Rounds of several kinds, in each of which the workers' counts are independent.

    Attributes:
        chances: ``(C,)``, of the kinds.
        kinds: the law of each.
    """

    chances: tuple[float, ...]
    kinds: tuple[IndependentCounts, ...] = field(repr=False)

    @property
    def mean(self) -> FloatArray:
        """``(n,)``, ``E N_i``."""
        return self._average([kind.mean for kind in self.kinds])

    @property
    def variance(self) -> FloatArray:
        """``(n,)``, ``Var N_i``: within kinds and between them."""
        square = self._average([kind.variance + kind.mean**2 for kind in self.kinds])
        return np.maximum(square - self.mean**2, 0.0)

    @property
    def took_part(self) -> FloatArray:
        """``(n,)``, ``P(N_i >= 1)``."""
        return self._average([kind.took_part for kind in self.kinds])

    @cached_property
    def total(self) -> FloatArray:
        """Chances of ``N = 0, 1, ...`` units in all."""
        return self._average([kind.total for kind in self.kinds])

    @property
    def chance_of_nobody(self) -> float:
        """``P(N = 0)``."""
        return float(self.total[0])

    def mean_power(self, power: int) -> float:
        """``E[N^power | N >= 1]``; errors as `IndependentCounts`."""
        return float(IndependentCounts(masses=(self.total,)).mean_power(power))

    @property
    def mean_inverse(self) -> float:
        """``E[1/N | N >= 1]``."""
        return self.mean_power(-1)

    @property
    def error(self) -> float:
        """Bound on the error of each chance."""
        return max(kind.error for kind in self.kinds)

    def _average(self, tables: Sequence[Masses]) -> FloatArray:
        weighed = (chance * table for chance, table in zip(self.chances, tables, strict=True))
        return np.asarray(reduce(np.add, weighed), dtype=np.float64)


Counts = IndependentCounts | SampledCounts | MixedCounts


def whole(first: int, masses: Masses) -> Masses:
    """``first, ..., len(masses) − 1``, as fractions if the masses are, else float64."""
    if masses.dtype == object:
        return np.array([Fraction(k) for k in range(first, masses.size)], dtype=object)
    return np.arange(first, masses.size, dtype=np.float64)


def independent_counts(masses: Sequence[npt.ArrayLike], *, error: float = 0.0) -> IndependentCounts:
    """The law from chances: ``masses[i][k] = P(N_i = k)``.

    Args:
        masses: a row ``(B_i + 1,)`` for each worker.

    Raises:
        InvalidProblemError: no workers, a negative chance, chances that do not add up to 1.
    """
    rows = tuple(np.asarray(row) for row in masses)
    if not rows:
        raise InvalidProblemError("masses are empty; give the chances of at least one worker")
    for worker, row in enumerate(rows):
        if row.ndim != 1 or not np.all(row >= 0) or not abs(float(row.sum()) - 1.0) < 1e-9:
            raise InvalidProblemError(
                f"the chances of worker {worker} must be at least 0 and add up to 1"
            )
    return IndependentCounts(masses=rows, error=error)


def ratio_moments(masses: Sequence[Masses]) -> tuple[Masses, Masses, Masses]:
    """``E[N_i/N]`` (n,), ``E[N_i N_j/N²]`` (n, n) and ``E[N_i/N²]`` (n,), 0 where ``N = 0``.

    Args:
        masses: for each worker, chances of its counts ``0, 1, ...``.
    """
    n, kind = len(masses), masses[0].dtype
    mean, share = (np.empty(n, dtype=kind) for _ in range(2))
    second = np.empty((n, n), dtype=kind)
    once = [mass * whole(0, mass) for mass in masses]
    for i, others in enumerate(_all_but_one(masses)):
        along = np.convolve(once[i], others)
        mean[i] = _over_power(along, 1)
        share[i] = _over_power(along, 2)
        second[i, i] = _over_power(np.convolve(once[i] * whole(0, masses[i]), others), 2)
    for i in range(n - 1):
        rest = _all_but_one([*masses[:i], *masses[i + 1 :]])
        for j in range(i + 1, n):
            both = np.convolve(np.convolve(once[i], once[j]), rest[j - 1])
            second[i, j] = second[j, i] = _over_power(both, 2)
    return mean, second, share


def _over_power(masses: Masses, power: int) -> Masses:
    """``Σ_{s >= 1} masses_s / s^power``."""
    return masses[1:] @ (1 / whole(1, masses) ** power)


def _all_but_one(masses: Sequence[Masses]) -> list[Masses]:
    """The law of the sum of all workers but one, for each, from sums of the first and last."""
    one = np.ones(1, dtype=masses[0].dtype) if masses else np.ones(1)
    first, last = [one], [one]
    for mass in masses[:-1]:
        first.append(np.convolve(first[-1], mass))
    for mass in reversed(masses[1:]):
        last.append(np.convolve(last[-1], mass))
    return [np.convolve(a, b) for a, b in zip(first, reversed(last), strict=True)]

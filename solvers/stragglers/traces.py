"""Measured rounds as a law: every worker's own times, by themselves or round by round."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.laws import NEAR, Law
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.names import require_choice

#: How rounds are taken from a trace: a round of its own for every worker, whole rounds at random,
#: whole rounds in the order in which they were measured, over and over.
TRACE_ORDERS = ("independent", "rounds", "in order")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace(Law):
    """Factors of measured times, each worker's with mean 1; arrays have the workers last.

    Attributes:
        factors: ``(R, n)``; given as times in any unit, they are divided by each worker's mean.
        order: one of `TRACE_ORDERS`.

    Raises:
        InvalidProblemError: no rounds or workers, a time that is not finite and above 0, an unknown
            order.
    """

    factors: FloatArray = field(repr=False)
    order: str = "independent"
    name = "trace"

    def __post_init__(self) -> None:
        require_choice(self.order, "trace_order", TRACE_ORDERS)
        table = np.array(self.factors, dtype=np.float64)
        if table.ndim != 2 or not table.size or not np.all(np.isfinite(table) & (table > 0.0)):
            raise InvalidProblemError(
                "a trace must be a table of finite numbers above 0, rounds by workers"
            )
        table /= table.mean(axis=0)
        table.flags.writeable = False
        object.__setattr__(self, "factors", table)

    @property
    def together(self) -> bool:
        """Whether a round's times are taken together."""
        return self.order != "independent"

    @property
    def variance(self) -> float:
        """The largest of the workers'; 0 exactly where none ever varies."""
        varies = self.factors.max(axis=0) > self.factors.min(axis=0)
        return float((self.factors.var(axis=0) * varies).max())

    @property
    def support(self) -> FloatArray:
        """``(R, n)``."""
        return self.factors

    @property
    def masses(self) -> tuple[FloatArray, FloatArray] | None:
        """Of a single worker."""
        if self.factors.shape[1] > 1:
            return None
        values, counts = np.unique(self.factors, return_counts=True)
        return values, np.asarray(counts / self.factors.size)

    def of(self, workers: IntArray) -> Trace:
        """Some of the workers."""
        return Trace(factors=self.factors[:, workers], order=self.order)

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        u = np.asarray(uniform, dtype=np.float64)
        rounds, n = self.factors.shape
        place = np.minimum(np.floor(u * rounds).astype(np.int64), rounds - 1)
        ordered = np.sort(self.factors, axis=0)
        return np.asarray(ordered[place, np.arange(n)])

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        limit = np.asarray(x, dtype=np.float64) * (1.0 + NEAR)
        ordered = np.sort(self.factors, axis=0)
        found = np.empty(limit.shape)
        for worker in range(ordered.shape[1]):
            found[..., worker] = np.searchsorted(
                ordered[:, worker], limit[..., worker], side="right"
            )
        return found / len(ordered)

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        past = np.asarray(x, dtype=np.float64)
        return np.asarray(np.maximum(self.factors - past[..., None, :], 0.0).mean(axis=-2))

    def rows(self, chosen: IntArray) -> FloatArray:
        """``(len(chosen), n)``, whole rounds."""
        return np.asarray(self.factors[chosen % len(self.factors)])

"""The laws of sums of a worker's times: formulas where they are known, else a bracket.

Without a formula sums are on a lattice of step ``h``: every time is rounded up, down and to the
nearest point. Rounding up gives a lower bound on the probability, rounding down an upper bound, the
nearest lies between.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.stragglers.laws import NEAR, Law
from roundlot.theory.arrays import FloatArray, IntArray

CELLS = 4096  # of the lattice: its bracket is a few thousandths wide


@dataclass(frozen=True, kw_only=True, eq=False)
class SumLaws:
    """The laws of the first ``most`` partial sums, up to ``horizon``.

    Attributes:
        law: of one time.
        most: largest number of times that are added.
        horizon: largest ``x`` that is asked for.
        tables: ``(3, most + 1, cells + 1)``: rounded up, to the nearest, down; None for a formula.
    """

    law: Law
    most: int
    horizon: float
    tables: FloatArray | None = field(repr=False)

    @classmethod
    def of(cls, law: Law, most: int, horizon: float, *, cells: int = CELLS) -> SumLaws:
        """Tabulate what needs a table."""
        formula = law.sum_cdf(1, 1.0) is not None
        tables = None if formula or most < 1 else _lattice(law, most, horizon, cells)
        return cls(law=law, most=most, horizon=horizon, tables=tables)

    def at(self, x: FloatArray) -> FloatArray:
        """``(*x.shape, most + 1)``, ``P(X_1 + ... + X_k <= x)`` for ``k = 0, ..., most``."""
        low, high = self.bracket(x)
        if self.tables is None or self.most < 2:
            return low
        # The mass of a nearest-point sum lies in the middle of its cell: read between the points.
        cells = self.tables.shape[2] - 1
        place = np.clip(x / self.horizon * cells - 0.5, 0.0, cells - 1e-9)
        left = np.floor(place).astype(np.int64)
        share = (place - left)[..., None]
        value = (1.0 - share) * self._column(1, left) + share * self._column(1, left + 1)
        low[..., 2:] = np.clip(value[..., 1:], low[..., 2:], high[..., 2:])
        return low

    def bracket(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds on `at`; both equal it where a formula is known."""
        low = np.ones((*x.shape, self.most + 1))
        if self.most == 0:
            return low, low
        if self.tables is None:
            formula = self.law.sum_cdf(np.arange(1, self.most + 1), x[..., None])
            assert formula is not None
            low[..., 1:] = formula
            return low, low
        high, cells = low.copy(), self.tables.shape[2] - 1
        place = np.floor(x / self.horizon * cells * (1.0 + NEAR)).astype(np.int64)
        place = np.clip(place, 0, cells)
        low[..., 1:], high[..., 1:] = self._column(0, place), self._column(2, place)
        low[..., 1] = high[..., 1] = self.law.cdf(x)
        return low, high

    def _column(self, which: int, place: IntArray) -> FloatArray:
        assert self.tables is not None
        return np.moveaxis(self.tables[which][1:, place], 0, -1)


def _lattice(law: Law, most: int, horizon: float, cells: int) -> FloatArray:
    return np.stack([_powers(single, most) for single in rounded_masses(law, horizon, cells)])


def rounded_masses(law: Law, horizon: float, cells: int) -> FloatArray:
    """``(3, cells + 1)``, chances of lattice points: a time rounded up, to the nearest, down."""
    step = horizon / cells
    points = np.arange(cells + 2) * step
    edges = law.cdf(points)
    half = law.cdf(np.maximum(points - 0.5 * step, 0.0))
    up = np.diff(edges[:-1], prepend=0.0)
    # A sum just above a lattice point must count as below the next one: down by a whole cell.
    down = np.diff(edges, prepend=0.0)[1:]
    down[0] += edges[0]
    return np.stack([up, np.diff(half), down])


def _powers(single: FloatArray, most: int) -> FloatArray:
    """``(most + 1, cells + 1)``, distribution functions of the sums of 0 to ``most`` times."""
    size = 2 * single.size
    turn = np.fft.rfft(single, size)
    mass = np.zeros(single.size)
    mass[0] = 1.0
    rows = [np.ones(single.size)]
    for _ in range(most):
        mass = np.fft.irfft(np.fft.rfft(mass, size) * turn, size)[: single.size]
        mass = np.maximum(mass, 0.0)
        rows.append(np.minimum(np.cumsum(mass), 1.0))
    return np.stack(rows)

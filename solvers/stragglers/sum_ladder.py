"""Sums of times over many scales: lattices, each several times as wide as the one before.

One lattice that reaches into a heavy tail is too coarse where most rounds end. A ladder has a
lattice for every scale, so that chances are bracketed at any moment with a relative precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.stragglers.laws import NEAR, Law
from roundlot.solvers.stragglers.sums import rounded_masses
from roundlot.theory.arrays import FloatArray

RATIO = 8.0  # of a lattice's width to the one before
CELLS = 2**14  # of a lattice: the last seven eighths of it are read
FEWER = 2**12  # where sums of many different lengths would fill memory
MANY = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class SumLadder:
    """``P(X_1 + ... + X_k > x)`` for some ``k``, in a bracket, up to a largest ``x``.

    Attributes:
        law: of one time.
        widths: ``(levels,)``, rising.
        done: for each ``k`` ``(levels, 3, cells + 1)``, distribution functions on the lattices:
            rounded up, to the nearest, down.
    """

    law: Law
    widths: FloatArray
    done: dict[int, FloatArray] = field(repr=False)

    @classmethod
    def of(cls, law: Law, counts: Sequence[int], furthest: float) -> SumLadder:
        """Lattices for sums of so many times, up to ``furthest``."""
        sums = sorted({int(k) for k in counts if k > 1})
        widths = [2.0 * max(sums, default=1)]
        while widths[-1] < furthest:
            widths.append(widths[-1] * RATIO)
        cells = CELLS if len(sums) <= MANY else FEWER
        rows: dict[int, list[FloatArray]] = {k: [] for k in sums}
        for width in widths if sums else ():
            for k, masses in _sums(rounded_masses(law, width, cells), sums).items():
                rows[k].append(np.minimum(np.cumsum(masses, axis=1), 1.0))
        done = {k: np.stack(found) for k, found in rows.items()}
        return cls(law=law, widths=np.array(widths), done=done)

    def late(self, count: int, x: FloatArray) -> FloatArray:
        """``(3, len(x))`` for rising ``x``: lower bounds, values between, upper bounds."""
        if count == 1:
            return np.broadcast_to(1.0 - self.law.cdf(x), (3, x.size))
        table = self.done[count]
        cells = table.shape[2] - 1
        found = np.empty((3, x.size))
        edges = np.searchsorted(x, self.widths, side="right")
        edges[-1] = x.size
        first = 0
        for level, last in enumerate(edges):
            place = x[first:last] / self.widths[level] * cells
            point = np.clip(np.floor(place * (1.0 + NEAR)).astype(np.int64), 0, cells)
            up, near, down = table[level]
            low, high = down[point], up[point]
            # The mass of a nearest-point sum lies in the middle of its cell: read between points.
            middle = np.interp(place - 0.5, np.arange(cells + 1), near)
            found[0, first:last] = 1.0 - low
            found[1, first:last] = 1.0 - np.clip(middle, high, low)
            found[2, first:last] = 1.0 - high
            first = last
        return found


def _sums(single: FloatArray, counts: Sequence[int]) -> dict[int, FloatArray]:
    """Masses ``(3, cells + 1)`` of sums of ``k`` times, by repeated squaring; what is beyond the
    lattice is dropped."""
    size = 2 * single.shape[1]

    def both(one: FloatArray, other: FloatArray) -> FloatArray:
        product = np.fft.rfft(one, size, axis=1) * np.fft.rfft(other, size, axis=1)
        whole = np.fft.irfft(product, size, axis=1)[:, : single.shape[1]]
        return np.asarray(np.maximum(whole, 0.0))

    found: dict[int, FloatArray] = {}
    power = single
    for bit in range(max(counts).bit_length()):
        power = both(power, power) if bit else power
        for k in counts:
            if k >> bit & 1:
                found[k] = both(found[k], power) if k in found else power
    return found

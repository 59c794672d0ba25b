"""Sums over all samples of a given size, one unit after another, in any exact or float numbers.

A sample ``s`` of independent coins weighs ``Π_{k in s} p_k Π_{k not in s} q_k``; Sampford's weighs
``Σ_{k in s} q_k`` times that. Every step adds products of what is not negative: nothing cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Coins:
    """Units with weights of coming up and of not.

    Attributes:
        p, q: ``(V,)``, floats, integers or rationals; ``p + q`` the same for every unit.
        size: how many come up.
        sampford: whether a sample also weighs ``Σ q`` over its units.
    """

    p: Numbers
    q: Numbers
    size: int
    sampford: bool

    def total(self) -> Any:
        """The weight of all samples."""
        return self._weigh(_forward(self.p, self.q, self.size)[:, -1], 0)[self.size]

    def single(self, unit: int) -> Any:
        """The weight of the samples that hold ``unit``."""
        keep = np.arange(len(self.p)) != unit
        rest = _forward(self.p[keep], self.q[keep], self.size - 1)[:, -1]
        return self.p[unit] * self._weigh(rest, self.q[unit])[self.size - 1]

    def singles(self) -> Numbers:
        """``(V,)``, ``single`` of every unit."""
        left, right = self._tables(self.p, self.q, self.size - 1)
        return self.p * self._joined(left, right, self.q, self.size - 1)

    def pairs(self) -> Numbers:
        """``(V, V)``, the weight of the samples that hold both; 0 on the diagonal."""
        number = len(self.p)
        table = np.zeros((number, number), dtype=self.p.dtype)
        if self.size < 2:
            return table
        for unit in range(number):
            keep = np.arange(number) != unit
            p, q = self.p[keep], self.q[keep]
            left, right = self._tables(p, q, self.size - 2)
            table[unit, keep] = self.p[unit] * p * self._joined(
                left, right, self.q[unit] + q, self.size - 2
            )
        return table

    def _tables(self, p: Numbers, q: Numbers, size: int) -> tuple[Numbers, Numbers]:
        return _forward(p, q, size), _forward(p[::-1], q[::-1], size)[:, ::-1]

    def _joined(self, left: Numbers, right: Numbers, added: Numbers, size: int) -> Numbers:
        """For every unit, the others' samples of ``size``; ``added`` is the ``Σ q`` of who joins."""
        one, other = left[:, :-1], right[:, 1:, ::-1]
        plain = (one[0] * other[0]).sum(axis=1)
        if not self.sampford:
            return np.asarray(plain)
        return np.asarray((one[0] * other[1] + one[1] * other[0]).sum(axis=1) + added * plain)

    def _weigh(self, last: Numbers, added: Any) -> Numbers:
        return np.asarray(last[1] + added * last[0] if self.sampford else last[0])


def _forward(p: Numbers, q: Numbers, size: int) -> Numbers:
    """``(2, V + 1, size + 1)``: weights of samples of the first units by size, plain and Sampford's."""
    table = np.zeros((2, len(p) + 1, size + 1), dtype=p.dtype)
    table[0, 0, 0] = p.dtype.type(1) if p.dtype != object else 1
    for unit in range(len(p)):
        plain, weighed = table[0, unit], table[1, unit]
        table[0, unit + 1] = q[unit] * plain
        table[0, unit + 1, 1:] += p[unit] * plain[:-1]
        table[1, unit + 1] = q[unit] * weighed
        table[1, unit + 1, 1:] += p[unit] * (weighed[:-1] + q[unit] * plain[:-1])
    return table

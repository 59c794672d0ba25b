"""One linear limit of a problem: ``A p <= b`` or ``A p >= b`` with ``A >= 0``, whatever it is for.

``Problem.limits()`` lists them all. Who needs ``A`` reads :meth:`Limit.entries`; who is in a hurry
has a routine for each :class:`Structure`, in which ``A`` is never written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray, IndexArray, IntArray
from roundlot.theory.problem.naming import Names


class Structure(StrEnum):
    """What the rows of ``A`` look like; ``p`` is ``(V, S)``."""

    TOTAL = "total"
    """One row of ones: the sum of everything."""
    PROCESSORS = "processors"
    """``V`` rows: the sum over the models of each processor."""
    GROUPS = "groups"
    """``G`` rows: the sum over the processors with the same label."""
    MODELS = "models"
    """``S`` rows: the sum over the processors, for each model."""
    WEIGHTED = "weighted"
    """``K`` rows: sums of ``weights_kvs p_vs``."""
    PAIRS = "pairs"
    """``V S`` rows: each probability by itself."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Limit:
    """Limits of one kind, one a row of ``A``.

    Attributes:
        name: of what a row limits, in the words of a user: "processor", "client", "cost row".
        word: what its right side is called: "cap", "budget", "floor", "ceiling".
        structure: of ``A``.
        bound: right sides, ``(R,)``; ``(V, S)`` of pairs, where it may be a broadcast view.
        at_least: whether ``A p >= b``, as of floors, of pairs and of sums; else ``A p <= b``.
        labels: ``(V,)``, of groups only: the group of every processor.
        weights: ``(K, V, S)``, of weighted sums only.
        available: ``(V, S)``: the pairs that may be drawn; of all others ``p`` is 0.
        row_names: what clients, groups, models or cost rows are called, one a row of ``A``.
        names: of the problem's rows and models.
    """

    name: str
    word: str
    structure: Structure
    bound: FloatArray = field(repr=False)
    at_least: bool = False
    labels: IntArray | None = field(default=None, repr=False)
    weights: FloatArray | None = field(default=None, repr=False)
    available: BoolArray = field(repr=False)
    row_names: tuple[str, ...] | None = field(default=None, repr=False)
    names: Names = field(default=Names(), repr=False)

    @property
    def size(self) -> int:
        """``R``, how many rows ``A`` has."""
        return int(self.bound.size)

    @property
    def is_box(self) -> bool:
        """Whether it is on single probabilities rather than on sums of them."""
        return self.structure is Structure.PAIRS

    def title(self, row: int) -> str:
        """What a row limits, in words: "client 3", or "the sum of all draws"."""
        if self.structure is Structure.TOTAL:
            return self.name
        if self.is_box:
            v, s = divmod(row, self.available.shape[1])
            return f"{self.name} of {self.names.row(v)} for {self.names.model(s)}"
        if self.structure is Structure.PROCESSORS:
            return self.names.row(row)
        named = row if self.row_names is None else repr(self.row_names[row])
        return f"{self.name} {named}"

    def sums(self, table: FloatArray) -> FloatArray:
        """``A p``, of the shape of ``bound``, in floats; ``table`` is ``p (V, S)``."""
        match self.structure:
            case Structure.TOTAL:
                return np.asarray(table.sum()).reshape(1)
            case Structure.PROCESSORS:
                return np.asarray(table.sum(axis=1))
            case Structure.GROUPS:
                found = np.bincount(self._labels, weights=table.sum(axis=1), minlength=self.size)
                return np.asarray(found, dtype=np.float64)
            case Structure.MODELS:
                return np.asarray(table.sum(axis=0))
            case Structure.WEIGHTED:
                return np.array([float((cost * table).sum()) for cost in self._weights])
            case Structure.PAIRS:
                return table

    def residuals(self, table: FloatArray) -> FloatArray:
        """By how much each row is violated, ``<= 0`` where it holds, in floats."""
        over = self.sums(table) - self.bound
        if not self.at_least:
            return np.asarray(over)
        return np.where(self.available, -over, 0.0) if self.is_box else np.asarray(-over)

    def plus_prices(
        self, paid: FloatArray, prices: FloatArray, rows: slice = slice(None)
    ) -> FloatArray:
        """``paid + Aᵀ y`` for some processors, of a shape that broadcasts to ``(rows, S)``.

        Args:
            paid: that broadcasts too; start from ``np.zeros((1, 1))``.
            prices: ``y (R,)``.
            rows: which processors.
        """
        match self.structure:
            case Structure.TOTAL:
                return np.asarray(paid + prices[0])
            case Structure.PROCESSORS:
                return np.asarray(paid + prices[rows, None])
            case Structure.GROUPS:
                return np.asarray(paid + prices[self._labels[rows], None])
            case Structure.MODELS:
                return np.asarray(paid + prices)
            case Structure.WEIGHTED:
                for price, cost in zip(prices.tolist(), self._weights, strict=True):
                    if price != 0.0:
                        paid = paid + price * cost[rows]
                return paid
            case Structure.PAIRS:
                return np.asarray(paid + prices.reshape(self.available.shape)[rows])

    def row(self, row: int, table: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        """What a row of ``A`` sums: entries of ``table (V, S)``, and what each counts; None: 1."""
        match self.structure:
            case Structure.TOTAL:
                return table, None
            case Structure.PROCESSORS:
                return table[row], None
            case Structure.GROUPS:
                order, first = self.members
                return table[order[first[row] : first[row + 1]]], None
            case Structure.MODELS:
                return table[:, row], None
            case Structure.WEIGHTED:
                return table, self._weights[row]
            case Structure.PAIRS:
                return table.reshape(-1)[row : row + 1], None

    def entries(self, row: int) -> tuple[IndexArray, IndexArray, FloatArray]:
        """``(v, s, A_vs)`` of a row of ``A``, of all that are above 0."""
        shape = self.available.shape
        places = np.arange(shape[0] * shape[1]).reshape(shape)
        at, weights = self.row(row, places)
        v, s = np.divmod(np.asarray(at).reshape(-1), shape[1])
        counts = np.ones(v.size) if weights is None else weights.reshape(-1)
        some = counts > 0.0
        return v[some], s[some], counts[some]

    def column(self, v: int, s: int) -> Iterator[tuple[int, float]]:
        """The rows of ``A`` that count a pair, and how much."""
        match self.structure:
            case Structure.TOTAL:
                yield 0, 1.0
            case Structure.PROCESSORS:
                yield v, 1.0
            case Structure.GROUPS:
                yield int(self._labels[v]), 1.0
            case Structure.MODELS:
                yield s, 1.0
            case Structure.WEIGHTED:
                yield from enumerate(self._weights[:, v, s].tolist())
            case Structure.PAIRS:
                yield v * self.available.shape[1] + s, 1.0

    @cached_property
    def members(self) -> tuple[IndexArray, IntArray]:
        """Processors in the order of their groups, and where those of each group begin."""
        order = np.argsort(self._labels, kind="stable")
        return order, np.searchsorted(self._labels[order], np.arange(self.size + 1))

    @cached_property
    def dearest(self) -> FloatArray:
        """``(K,)``, the greatest weight of each weighted sum."""
        return np.asarray(self._weights.max(axis=(1, 2)))

    def rows(self) -> Iterator[tuple[str, float]]:
        """What each row limits, in words, and its right side."""
        for row, bound in enumerate(self.bound.ravel().tolist()):
            yield self.title(row), bound

    @property
    def _labels(self) -> IntArray:
        assert self.labels is not None
        return self.labels

    @property
    def _weights(self) -> FloatArray:
        assert self.weights is not None
        return self.weights

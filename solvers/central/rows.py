"""The limits on sums as nested rows and a few dense ones, and linear systems in them.

Processors, clients, groups and the budget are levels of one tree: each node sums its children. Rows
of models and of costs cross it; there are few of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from roundlot.solvers.central import loops
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

#: Values of every row: an array for each level, finest first, then one of the dense rows.
Values = tuple[FloatArray, ...]
REFINED = 2  # times: rows whose answers nearly agree need the second
CANCELS = 1e-6  # of the largest eigenvalue, of a matrix in units of its diagonal: less is rounding
BLOCK = 1 << 12  # rows: tables of as many stay small
TINY = 1e-300  # keeps quotients of nodes in which nothing can move finite


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """``low <= sums <= cap`` of tables ``(V, S)``.

    Attributes:
        parents: for each level but the finest, the node that each node below it belongs to.
        weights: of the dense rows: of models, ``(1, S)`` with a one, then of costs, ``(V, S)``.
        models: how many of them are of models.
        caps: per level, then of the dense rows; infinite where there is none.
        lows: the same, 0 where there is none.
    """

    parents: tuple[IntArray, ...] = field(repr=False)
    weights: tuple[FloatArray, ...] = field(repr=False)
    models: int
    caps: Values = field(repr=False)
    lows: Values = field(repr=False)

    @property
    def depth(self) -> int:
        """How many levels the tree has."""
        return len(self.parents) + 1

    def tightened(self, share: float) -> Rows:
        """The same limits, but for equations, closer by a relative share."""
        pairs = list(zip(self.caps, self.lows, strict=True))
        caps = tuple(np.where(cap == low, cap, cap * (1.0 - share)) for cap, low in pairs)
        lows = tuple(np.where(cap == low, low, low * (1.0 + share)) for cap, low in pairs)
        return replace(self, caps=caps, lows=lows)

    @cached_property
    def model(self) -> IntArray:
        """``(D,)``: of each dense row which model it is of, or −1 of a cost row."""
        rows = [int(np.argmax(weight[0])) for weight in self.weights[: self.models]]
        return np.array(rows + [-1] * (len(self.weights) - self.models), dtype=np.int64)

    @cached_property
    def costs(self) -> FloatArray:
        """``(K, V, S)``, weights of the cost rows."""
        shape = (self.caps[0].size, self.weights[0].shape[1] if self.weights else 0)
        rows = [w for w, s in zip(self.weights, self.model.tolist(), strict=True) if s < 0]
        return np.array(rows) if rows else np.zeros((0, *shape))

    def sums(self, table: FloatArray) -> Values:
        """Of every row."""
        table = np.ascontiguousarray(table)
        rows, columns = np.empty(len(table)), np.empty(table.shape[1])
        loops.table_sums(table, rows, columns)
        found = [rows]
        for level, parent in enumerate(self.parents, start=1):
            found.append(_gathered(parent, found[-1], self.caps[level].size))
        dense = np.where(self.model >= 0, columns[self.model], 0.0)
        if len(self.costs):
            loops.weighted_sums(self.costs, table, dense[dense.size - len(self.costs) :])
        return (*found, dense)

    def spread(self, values: Values) -> FloatArray:
        """``Aᵀ x`` of a value a row, ``(V, S)`` or of a shape that broadcasts to it."""
        out = self.inherited(values)[:, None]
        for value, weight in zip(values[-1].tolist(), self.weights, strict=True):
            out = out + value * weight
        return out

    def left(self, right: FloatArray, values: Values) -> FloatArray:
        """``r − Aᵀ x``, ``(V, S)``."""
        models, costs = np.zeros(right.shape[1]), values[-1][self.model < 0]
        np.add.at(models, self.model[self.model >= 0], values[-1][self.model >= 0])
        out = np.empty(right.shape)
        loops.take_prices(right, self.inherited(values), models, self.costs, costs, out)
        return out

    def inherited(self, values: Values) -> FloatArray:
        """``(V,)``: the sum of a value a node over each processor's own node and all above it."""
        above = values[self.depth - 1]
        for level in range(self.depth - 2, -1, -1):
            above = values[level] + above[self.parents[level]]
        return above

    def smallest_caps(self) -> FloatArray:
        """``(V,)``: the least of the caps of each processor's own node and all above it."""
        above = self.caps[self.depth - 1]
        for level in range(self.depth - 2, -1, -1):
            above = np.minimum(self.caps[level], above[self.parents[level]])
        return above


@dataclass(frozen=True, kw_only=True, eq=False)
class Dense:
    """The system that is left of the dense rows.

    Attributes:
        basis: ``(C, D)``, its unknowns: each is a price of so much of every row.
        matrix: ``(C, C)``, positive semidefinite.
    """

    basis: FloatArray = field(repr=False)
    matrix: FloatArray = field(repr=False)

    def solved(self, wrong: FloatArray) -> FloatArray:
        """``(D,)``, prices of the rows, 0 of those that are not there."""
        return _positive_solve(self.matrix, self.basis @ wrong) @ self.basis


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """``H x + Aᵀ ν = r`` and ``A x − δ ν = g``, solved from the leaves of the tree.

    A row of infinite ``δ`` is not there; at ``δ = 0`` it is an equation. All quantities that are
    divided by are sums of positive terms, so nodes at their limits lose no digits.

    Attributes:
        rows: of ``A``.
        loose: ``(V, S)``, ``1/H``; 0 where an entry cannot move.
        give: ``δ`` of every row.
        totals: per level, how far a node's sum gives way to a price from above, before its own.
        dense: what is left of the dense rows that are there.
    """

    rows: Rows = field(repr=False)
    loose: FloatArray = field(repr=False)
    give: Values = field(repr=False)
    totals: Values = field(repr=False)
    dense: Dense = field(repr=False)

    @classmethod
    def of(cls, rows: Rows, loose: FloatArray, give: Values) -> System:
        """Eliminates the tree, then what it leaves of the dense rows."""
        loose = np.ascontiguousarray(loose)
        below, columns = np.empty(len(loose)), np.empty(loose.shape[1])
        loops.table_sums(loose, below, columns)
        totals = []
        for level in range(rows.depth):
            if level:
                below = _gathered(rows.parents[level - 1], below, rows.caps[level].size)
            totals.append(below)
            below = below * _share(give[level], below)
        none = Dense(basis=np.zeros((0, len(rows.weights))), matrix=np.zeros((0, 0)))
        bare = cls(rows=rows, loose=loose, give=give, totals=tuple(totals), dense=none)
        there = np.isfinite(give[-1])
        return replace(bare, dense=bare._eliminated(there)) if there.any() else bare

    def solve(self, right: FloatArray, gaps: Values) -> tuple[FloatArray, Values]:
        """``x (V, S)`` and ``ν`` of every row, refined."""
        right = np.ascontiguousarray(right)
        x, prices = self._once(right, gaps)
        for _ in range(REFINED):
            x, prices = self._refined(x, prices, right, gaps)
        return x, prices

    def _refined(
        self, x: FloatArray, prices: Values, right: FloatArray, gaps: Values
    ) -> tuple[FloatArray, Values]:
        left = self.rows.left(right, prices)
        loops.remains(self.loose, x, left)
        missed = tuple(
            np.where(np.isfinite(give), gap - (total - _times(give, price)), 0.0)
            for give, gap, total, price in zip(
                self.give, gaps, self.rows.sums(x), prices, strict=True
            )
        )
        more, extra = self._once(left, missed)
        return x + more, tuple(one + other for one, other in zip(prices, extra, strict=True))

    def _once(self, right: FloatArray, gaps: Values) -> tuple[FloatArray, Values]:
        """By the tree; then with what the dense rows ask taken off, if they ask anything."""
        x, prices = self._tree(right, gaps[:-1])
        dense = np.zeros(gaps[-1].size)
        if self.dense.matrix.size:
            dense = self.dense.solved(self.rows.sums(x)[-1] - gaps[-1])
        if dense.any():
            nothing = tuple(np.zeros(values.size) for values in prices)
            x, prices = self._tree(self.rows.left(right, (*nothing, dense)), gaps[:-1])
        return x, (*prices, dense)

    def _tree(self, right: FloatArray, gaps: Values) -> tuple[FloatArray, Values]:
        """The same without the dense rows: ``x`` and the nodes' prices."""
        total = np.empty(len(right))
        loops.row_products(self.loose, right, total)
        prices, above = self._nodes(total, gaps)
        x = np.empty(right.shape)
        loops.answers(self.loose, right, above, x)
        return x, prices

    def _nodes(self, total: FloatArray, gaps: Values) -> tuple[Values, FloatArray]:
        """The nodes' prices, and ``(V,)`` what those above each processor ask together.

        Args:
            total: ``(V,)``, what entries sum to without prices.
            gaps: of the nodes.
        """
        rows, wanted = self.rows, []
        for level, (give, gap, loose) in enumerate(
            zip(self.give[:-1], gaps, self.totals, strict=True)
        ):
            if level:
                total = _gathered(rows.parents[level - 1], total, give.size)
            wanted.append(total)
            share = _share(give, loose)
            total = total * share + np.where(np.isfinite(give), gap * (1.0 - share), 0.0)
        prices: list[FloatArray] = [np.zeros(0)] * rows.depth
        above: FloatArray = np.zeros(1)
        for level in range(rows.depth - 1, -1, -1):
            give, loose = self.give[level], self.totals[level]
            came = above if level == rows.depth - 1 else above[rows.parents[level]]
            own = (wanted[level] - loose * came - gaps[level]) / (_finite(give) + loose + TINY)
            prices[level] = np.where(np.isfinite(give), own, 0.0)
            above = came + prices[level]
        return tuple(prices), above

    def _eliminated(self, there: BoolArray) -> Dense:
        """``Bᵀ G B + δ`` of the dense rows, in sums of them whose parts do not cancel.

        Where the tree holds all that some of them sum, as models do that all have floors, what is
        left is lost in the rounding of their own.
        """
        basis = np.eye(there.size)[there]
        matrix = self._gram()[np.ix_(there, there)] + np.diag(self.give[-1][there])
        unit = 1.0 / np.sqrt(np.maximum(np.diag(matrix), TINY))
        with np.errstate(all="ignore"):
            scaled = matrix * unit * unit[:, None]
        if not np.isfinite(scaled).all():
            return Dense(basis=basis, matrix=matrix)
        sizes, sums = np.linalg.eigh(scaled)
        if sizes[0] > CANCELS * sizes[-1]:
            return Dense(basis=basis, matrix=matrix)
        basis = (sums.T * unit) @ basis
        return Dense(basis=basis, matrix=self._gram_of(basis))

    def _gram_of(self, basis: FloatArray) -> FloatArray:
        """The same of sums of dense rows ``(C, D)``, each as one row."""
        rows, nothing = self.rows, tuple(np.zeros(x.size) for x in self.give[:-1])
        models = np.zeros((len(basis), self.loose.shape[1]))
        np.add.at(models.T, rows.model[rows.model >= 0], basis.T[rows.model >= 0])
        costs = basis[:, rows.model < 0]
        totals = models @ self.loose.T
        totals += costs @ np.einsum("kvs,vs->kv", rows.costs, self.loose)
        answers = [self._nodes(total, nothing) for total in totals]
        out = np.zeros((len(basis), len(basis)))
        for give, *found in zip(self.give[:-1], *(prices for prices, _ in answers), strict=True):
            table = np.array(found)
            out += (table * _finite(give)) @ table.T
        out += (basis * _finite(self.give[-1])) @ basis.T
        asked = np.array([above for _, above in answers])
        for first in range(0, len(self.loose), BLOCK):
            here = slice(first, first + BLOCK)
            pulls = models[:, None] + np.tensordot(costs, rows.costs[:, here], axes=1)
            pulls = (pulls - asked[:, here, None]).reshape(len(basis), -1)
            out += (pulls * self.loose[here].ravel()) @ pulls.T
        return out

    def _gram(self) -> FloatArray:
        """``Bᵀ G B`` of the dense rows, as sums of products: never negative by cancellation."""
        nothing = tuple(np.zeros(values.size) for values in self.give[:-1])
        total, answers, above = np.empty(len(self.loose)), [], []
        for weight in self.rows.weights:
            pull = np.ascontiguousarray(np.broadcast_to(weight, self.loose.shape))
            loops.row_products(self.loose, pull, total)
            prices, asked = self._nodes(total, nothing)
            answers.append(prices)
            above.append(asked)
        out = np.empty((len(above), len(above)))
        loops.dense_gram(self.loose, np.array(above), self.rows.model, self.rows.costs, out)
        for i, one in enumerate(answers):
            for j, other in enumerate(answers[: i + 1]):
                nodes = sum(
                    float(_times(d, x) @ y)
                    for d, x, y in zip(self.give[:-1], one, other, strict=True)
                )
                out[i, j] += nodes
                out[j, i] = out[i, j]
        return out


def _finite(give: FloatArray) -> FloatArray:
    return np.where(np.isfinite(give), give, 0.0)


def _times(give: FloatArray, price: FloatArray) -> FloatArray:
    return _finite(give) * price


def _gathered(parent: IntArray, values: FloatArray, size: int) -> FloatArray:
    """``(size,)``, the values of each parent's children, summed."""
    return np.asarray(np.bincount(parent, values, minlength=size), dtype=np.float64)


def _share(give: FloatArray, loose: FloatArray) -> FloatArray:
    """``δ / (δ + loose)``, which part of what moves below a node passes it; 1 without a row."""
    return np.where(np.isfinite(give), _finite(give) / (_finite(give) + loose + TINY), 1.0)


def _positive_solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """``matrix⁻¹ right`` of a positive semidefinite matrix, in units of its diagonal."""
    unit = 1.0 / np.sqrt(np.maximum(np.diag(matrix), TINY))
    scaled = matrix * unit * unit[:, None] + 1e-15 * np.eye(unit.size)
    try:
        return np.asarray(unit * np.linalg.solve(scaled, unit * right))
    except np.linalg.LinAlgError:
        return np.zeros(unit.size)

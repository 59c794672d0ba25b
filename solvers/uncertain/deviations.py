"""Budgeted deviations in an objective and in ceilings of variances, as a convex program.

With a price ``θ`` of a deviation the worst of ``Σ (m + z δ) w`` over shares ``Σ z <= Γ`` is the
least of ``Γ θ + Σ u`` over ``u >= δ w − θ, u >= 0``, beside ``Σ m w``. So objective (``w = 1/p``)
and ceilings (``w = 1/p − 1``) are convex and separable in ``p``, ``u`` and ``θ``, and the prices of
``u >= δ w − θ`` are the shares that prove a bound.

Source: Bertsimas and Sim, The price of robustness (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certificates.claim import Prices


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviationProgram:
    """What deviates, in squared scores near 1, ``(V, S)`` each.

    Attributes:
        problem: its limits on sums and its boxes.
        low: ``λ a²``; None where the largest ratio of a variance to its ceiling is made small.
        delta: what is added to it by a deviation, weighted.
        squares, more: ``a²`` and what a deviation adds to it, without weights.
        ceilings: ``(S,)``, infinite for none.
        count: ``Γ``.
    """

    problem: Problem = field(repr=False)
    low: FloatArray | None = field(repr=False)
    delta: FloatArray = field(repr=False)
    squares: FloatArray = field(repr=False)
    more: FloatArray = field(repr=False)
    ceilings: FloatArray
    count: float


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviationPoint:
    """The best point of the path.

    Attributes:
        probabilities: ``(V, S)``, nearly within all limits.
        prices: of limits on sums, and of ceilings.
        shares: ``(V, S)``, ``z`` of the objective.
        ceiling_shares: ``(V, S)``, those of each model's variance.
        miss: the largest relative error.
        ratio: of variances to ceilings, where that is made small; else 1.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    shares: FloatArray = field(repr=False)
    ceiling_shares: FloatArray = field(repr=False)
    miss: float
    ratio: float


class DeviationSystem:
    """The program in ``x = (p / p₀, u, θ, t)``: left sides ``<= 0``, slopes and bends.

    Args:
        given: what deviates.
        start: ``(V, S)``, ``p₀``, of the size that probabilities will have.
    """

    def __init__(self, given: DeviationProgram, start: FloatArray) -> None:
        self.given = given
        problem = given.problem
        floor, most = problem.bounds
        moves = most > floor
        self.at = np.flatnonzero(moves.ravel())
        self.fixed = np.where(moves, 0.0, most)
        self.unit = np.clip(start.ravel()[self.at], 1e-200, 1.0)
        self.floor = floor.ravel()[self.at] / self.unit
        self.most = most.ravel()[self.at] / self.unit
        self._objective()
        self._variances()
        self._rows()
        self._sizes()

    def _of(self, table: FloatArray) -> FloatArray:
        return np.asarray(table.ravel()[self.at], dtype=np.float64)

    def _objective(self) -> None:
        given, n = self.given, self.at.size
        self.low, self.delta = np.zeros(n), np.zeros(n)
        if given.low is not None:
            self.low, self.delta = (
                self._of(given.low) / self.unit,
                self._of(given.delta) / self.unit,
            )
        self.scale = float((self.low + 0.5 * self.delta).sum()) or 1.0
        self.low, self.delta = self.low / self.scale, self.delta / self.scale
        moving = np.flatnonzero(self.delta > 0.0)
        self.kinks = moving if given.count < moving.size else np.zeros(0, dtype=np.int64)
        if moving.size and not self.kinks.size:
            self.low, self.delta = self.low + self.delta, np.zeros(n)

    def _variances(self) -> None:
        given = self.given
        self.model: IntArray = self.at % given.problem.n_models
        held = np.isfinite(given.ceilings)
        self.held = np.flatnonzero(held)
        size = np.where(held, given.ceilings, 1.0)[self.model]
        on = held[self.model]
        self.square = np.where(on, self._of(given.squares) / size, 0.0)
        self.extra = np.where(on, self._of(given.more) / size, 0.0)
        count = np.bincount(self.model, self.extra > 0.0, minlength=held.size)
        free = given.count < count
        whole = ~free[self.model]
        self.square = np.where(whole, self.square + self.extra, self.square)
        self.bends = np.flatnonzero((self.extra > 0.0) & ~whole)
        self.deviating = np.flatnonzero(held & free)

    def _rows(self) -> None:
        rows, bounds = [], []
        self.names: list[tuple[str, bool, int]] = []
        self.units: list[float] = []
        problem, size = self.given.problem, self.given.squares.size
        for limit in (*problem.sum_limits(), *problem.sum_floors()):
            sign = -1.0 if limit.at_least else 1.0
            for row, bound in enumerate(limit.bound.tolist()):
                v, s, weight = limit.entries(row)
                line = np.zeros(size)
                np.add.at(line, v * problem.n_models + s, weight)
                left = bound - float(line @ self.fixed.ravel())
                own = line[self.at] * self.unit
                if not np.isfinite(left) or not own.any():
                    continue
                unit = max(abs(left), float(own.max()) * 1e-3)
                rows.append(sparse.csr_array(sign * own[None] / unit))
                bounds.append(sign * left / unit)
                self.names.append((limit.name, limit.at_least, row))
                self.units.append(unit)
        self.bound = np.array(bounds)
        count = self.at.size
        self.sums = sparse.vstack(rows).tocsr() if rows else sparse.csr_array((0, count))

    def _sizes(self) -> None:
        """Where each kind of variable begins: ``p, u₀, u, θ₀, θ, t``."""
        sizes = (
            self.at.size,
            self.kinks.size,
            self.bends.size,
            int(self.kinks.size > 0),
            self.deviating.size,
            int(self.given.low is None),
        )
        ends = np.cumsum((0, *sizes))
        self.parts = [slice(a, b) for a, b in pairwise(ends.tolist())]
        self.count = int(ends[-1])

    def away(self, x: FloatArray) -> FloatArray:
        """``1/p − 1``, of ``x = p / p₀``."""
        drawn = x * self.unit
        return np.asarray((1.0 - drawn) / drawn)

    def lower(self) -> FloatArray:
        """Lower bounds; none of an entry that its cost keeps above 0."""
        p = self.parts[0]
        lower = np.zeros(self.count)
        bent = (self.low + self.delta + self.square + self.extra > 0.0) & (self.floor == 0.0)
        lower[p] = np.where(bent, -np.inf, self.floor)
        return lower

    def left(self, x: FloatArray) -> FloatArray:
        """Left sides of all inequalities ``<= 0``: sums, ceilings, kinks of both, upper bounds."""
        p, u, w, theta, tau, t = self.parts
        drawn, away = x[p], self.away(x[p])
        models = self.given.problem.n_models
        total: FloatArray = np.bincount(self.model, self.square * away, minlength=models).astype(
            np.float64
        )
        total = total + np.bincount(self.model[self.bends], x[w], minlength=models)
        total[self.deviating] += self.given.count * x[tau]
        most = x[t][0] if t.stop > t.start else 1.0
        place = np.searchsorted(self.deviating, self.model[self.bends])
        parts = [
            self.sums @ drawn - self.bound,
            total[self.held] - most,
            self.delta[self.kinks] / drawn[self.kinks]
            - x[u]
            - (x[theta][0] if u.stop > u.start else 0.0),
            self.extra[self.bends] * away[self.bends] - x[w] - x[tau][place],
            drawn - self.most,
        ]
        return np.concatenate(parts)

    def jacobian(self, x: FloatArray) -> tuple[sparse.csr_array, FloatArray]:
        """Of the left sides; and ``(E,)`` what prices of 1 bend would be left to `_bent`."""
        p, u, w, theta, tau, t = self.parts
        drawn = x[p]
        slope = -1.0 / (self.unit * drawn * drawn)
        n, k, b = self.at.size, self.kinks.size, self.bends.size
        sums = sparse.hstack([self.sums, sparse.csr_array((self.bound.size, self.count - n))])
        row: list[npt.NDArray[np.int64]] = []
        column: list[npt.NDArray[np.int64]] = []
        value: list[FloatArray] = []

        def put(rows: IntArray, columns: IntArray, values: FloatArray) -> None:
            row.append(np.asarray(rows, dtype=np.int64))
            column.append(np.asarray(columns, dtype=np.int64))
            value.append(np.asarray(values, dtype=np.float64))

        rank = np.full(self.given.problem.n_models, -1)
        rank[self.held] = np.arange(self.held.size)
        of = rank[self.model]
        on = np.flatnonzero(of >= 0)
        put(of[on], on, (self.square * slope)[on])
        put(of[self.bends], w.start + np.arange(b), np.ones(b))
        d = self.deviating.size
        put(rank[self.deviating], tau.start + np.arange(d), np.full(d, self.given.count))
        h = self.held.size
        if t.stop > t.start:
            put(np.arange(h), np.full(h, t.start), np.full(h, -1.0))
        base = h
        put(base + np.arange(k), self.kinks, -self.delta[self.kinks] / drawn[self.kinks] ** 2)
        put(base + np.arange(k), u.start + np.arange(k), np.full(k, -1.0))
        put(base + np.arange(k), np.full(k, theta.start), np.full(k, -1.0))
        base += k
        place = np.searchsorted(self.deviating, self.model[self.bends])
        put(base + np.arange(b), self.bends, self.extra[self.bends] * slope[self.bends])
        put(base + np.arange(b), w.start + np.arange(b), np.full(b, -1.0))
        put(base + np.arange(b), tau.start + place, np.full(b, -1.0))
        base += b
        put(base + np.arange(n), np.arange(n), np.ones(n))
        rest = sparse.csr_array(
            (np.concatenate(value), (np.concatenate(row), np.concatenate(column))),
            shape=(base + n, self.count),
        )
        return sparse.vstack([sums, rest]).tocsr(), slope

    def gradient(self, x: FloatArray) -> FloatArray:
        p, u, _, theta, _, t = self.parts
        out = np.zeros(self.count)
        out[p] = -self.low / x[p] ** 2
        out[u] = 1.0
        out[theta] = self.given.count
        out[t] = 1.0
        return out

    def bent(self, x: FloatArray, price: FloatArray) -> FloatArray:
        """The diagonal of the second derivative of the Lagrangian."""
        p = self.parts[0]
        h, k, b = self.held.size, self.kinks.size, self.bends.size
        first = self.bound.size
        of_model = np.zeros(self.given.problem.n_models)
        of_model[self.held] = price[first : first + h]
        top = self.low + self.square * of_model[self.model] / self.unit
        top[self.kinks] += price[first + h : first + h + k] * self.delta[self.kinks]
        own = price[first + h + k : first + h + k + b]
        top[self.bends] += own * (self.extra / self.unit)[self.bends]
        out = np.zeros(self.count)
        out[p] = 2.0 * top / x[p] ** 3
        return out

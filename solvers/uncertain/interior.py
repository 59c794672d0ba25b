"""Budgeted deviations in an objective and in ceilings of variances: a primal-dual interior point.

With a price ``θ`` of a deviation the worst of ``Σ (m + z δ) w`` over shares ``Σ z <= Γ`` is the
least of ``Γ θ + Σ u`` over ``u >= δ w − θ, u >= 0``, beside ``Σ m w``. So objective (``w = 1/p``)
and ceilings (``w = 1/p − 1``) are convex and separable in ``p``, ``u`` and ``θ``, and the prices of
``u >= δ w − θ`` are the shares that prove a bound.

Source: Bertsimas and Sim, The price of robustness (2004); Mehrotra, On the implementation of a
primal-dual interior point method (1992).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import MatrixRankWarning, splu

from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.certificates.claim import Prices, no_prices
from roundlot.theory.problem import Structure

STEPS = 200  # thirty are usual
GOAL = 1e-14  # of complementarity and misses, relative: about what rounding allows
PATIENCE = 25  # steps without a gain
SHRINK = 0.7  # of an entry that a step may take: 1/p bends
BACK = 0.995  # of the way to the nearest bound
REGULAR = 1e-13  # on the diagonal: keeps the factors of what is all but singular finite
AHEAD = 0.1  # products aim at so much of what is missed of limits and forces, or more
LEAST = 1e-16  # nor at less than that, all together
FIRST = 0.1  # complementarity of the start, in units of the objective


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


@dataclass(frozen=True, kw_only=True, eq=False)
class _State:
    """Variables, slacks of inequalities, their prices, and prices of lower bounds."""

    x: FloatArray
    slack: FloatArray
    price: FloatArray
    held: FloatArray


class DeviationPath:
    """The program in ``x = (p / p₀, u, θ, t)`` and its way to the optimum.

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

    def start(self) -> _State:
        p, u, w, theta, tau, t = self.parts
        x = np.zeros(self.count)
        top = np.minimum(self.most, 1e300)
        x[p] = np.clip(1.0, self.floor + 0.05 * (top - self.floor), top - 0.05 * (top - self.floor))
        with np.errstate(over="ignore"):
            own = self.delta[self.kinks] / x[p][self.kinks]
        if theta.stop > theta.start:
            x[theta] = np.mean(own)
            x[u] = np.maximum(own - x[theta], 0.0) + 0.1 * np.mean(own)
        away = self._away(x[p])
        own = self.extra[self.bends] * away[self.bends]
        place = np.searchsorted(self.deviating, self.model[self.bends])
        if own.size:
            total = np.bincount(place, own, minlength=self.deviating.size)
            each = total / np.maximum(np.bincount(place, minlength=self.deviating.size), 1)
            x[tau] = np.maximum(each, 1e-8)
            x[w] = np.maximum(own - x[tau][place], 0.0) + 0.1 * x[tau][place]
        x[t] = 1.0
        slack = np.maximum(-self._left(x), 0.1)
        price = FIRST / slack / max(1, slack.size) ** 0.5
        lower = self._lower()
        held = np.where(np.isfinite(lower), FIRST / np.maximum(x - lower, 1e-3) / x.size**0.5, 0.0)
        return _State(x=x, slack=slack, price=price, held=held)

    def _away(self, x: FloatArray) -> FloatArray:
        """``1/p − 1``, of ``x = p / p₀``."""
        drawn = x * self.unit
        return np.asarray((1.0 - drawn) / drawn)

    def _lower(self) -> FloatArray:
        """Lower bounds; none of an entry that its cost keeps above 0."""
        p = self.parts[0]
        lower = np.zeros(self.count)
        bent = (self.low + self.delta + self.square + self.extra > 0.0) & (self.floor == 0.0)
        lower[p] = np.where(bent, -np.inf, self.floor)
        return lower

    def _left(self, x: FloatArray) -> FloatArray:
        """Left sides of all inequalities ``<= 0``: sums, ceilings, kinks of both, upper bounds."""
        p, u, w, theta, tau, t = self.parts
        drawn, away = x[p], self._away(x[p])
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

    def _jacobian(self, x: FloatArray) -> tuple[sparse.csr_array, FloatArray]:
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

    def _gradient(self, x: FloatArray) -> FloatArray:
        p, u, _, theta, _, t = self.parts
        out = np.zeros(self.count)
        out[p] = -self.low / x[p] ** 2
        out[u] = 1.0
        out[theta] = self.given.count
        out[t] = 1.0
        return out

    def _bent(self, x: FloatArray, price: FloatArray) -> FloatArray:
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

    def follow(self) -> DeviationPoint:
        """To the end of the path."""
        state, best, least, stalled = self.start(), None, np.inf, 0
        lower = self._lower()
        bounded = np.isfinite(lower)
        low = np.where(bounded, lower, 0.0)
        for _ in range(STEPS):
            left = self._left(state.x) + state.slack
            jacobian, _ = self._jacobian(state.x)
            force = self._gradient(state.x) + jacobian.T @ state.price - state.held
            gap = state.x - low
            products = float(state.slack @ state.price + (gap * state.held)[bounded].sum())
            mean = products / (state.slack.size + int(bounded.sum()))
            value = float(
                self._gradient(state.x)[self.parts[1].start :] @ state.x[self.parts[1].start :]
            )
            value += float((self.low / state.x[self.parts[0]]).sum())
            off = float(np.abs(force * np.maximum(np.abs(state.x), 1e-12)).sum()) / max(
                abs(value), 1e-300
            )
            behind = max(float(np.abs(left).max()), off)
            miss = max(products / max(abs(value), 1e-300), behind)
            if miss < least:
                best, least, stalled = state, miss, 0
            else:
                stalled += 1
            if least <= GOAL or stalled > PATIENCE or not np.isfinite(miss):
                break
            step = self._step(state, left, jacobian, force, gap, bounded, mean, behind)
            if step is None:
                break
            state = step
        assert best is not None
        return self._read(best, least)

    def _step(
        self,
        state: _State,
        left: FloatArray,
        jacobian: sparse.csr_array,
        force: FloatArray,
        gap: FloatArray,
        bounded: BoolArray,
        mean: float,
        behind: float,
    ) -> _State | None:
        """Mehrotra's predictor and corrector; products do not run ahead of what is missed."""
        spring = np.where(bounded, state.held / np.where(bounded, gap, 1.0), 0.0)
        diagonal = self._bent(state.x, state.price) + spring
        diagonal = diagonal + REGULAR * np.maximum(diagonal, 1e-6)
        give = state.slack / state.price
        matrix = sparse.block_array(
            [[sparse.diags_array(diagonal), jacobian.T], [jacobian, sparse.diags_array(-give)]]
        ).tocsc()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", MatrixRankWarning)
                factor = splu(
                    matrix,
                    permc_spec="MMD_AT_PLUS_A",
                    diag_pivot_thresh=0.0,
                    options={"SymmetricMode": True},
                )
        except (RuntimeError, MatrixRankWarning):
            return None

        def direction(aim: float, second: FloatArray, other: FloatArray) -> tuple[FloatArray, ...]:
            want = np.where(bounded, (aim - other) / np.where(bounded, gap, 1.0) - state.held, 0.0)
            first = -force + want
            pull = (aim - second) / state.price - state.slack
            right = np.concatenate((first, -left - pull))
            found = factor.solve(right)
            for _ in range(2):
                found = found + factor.solve(right - matrix @ found)
            dx, dy = found[: self.count], found[self.count :]
            ds = pull - give * dy
            dz = np.where(bounded, want - spring * dx, 0.0)
            return dx, dy, ds, dz

        zero, none = np.zeros(left.size), np.zeros(self.count)
        dx, dy, ds, dz = step = direction(0.0, zero, none)
        size = left.size + int(bounded.sum())
        a, d = self._lengths(state, gap, bounded, step)
        ahead = float((state.slack + a * ds) @ (state.price + d * dy))
        ahead += float(((gap + a * dx) * (state.held + d * dz))[bounded].sum())
        sigma = min(1.0, max(1e-6, (ahead / size / mean) ** 3)) if mean > 0.0 else 0.0
        aim = max(sigma * mean, min(mean, AHEAD * behind / size), LEAST / size)
        dx, dy, ds, dz = step = direction(aim, ds * dy, np.where(bounded, dx * dz, 0.0))
        if not (np.isfinite(dx).all() and np.isfinite(dy).all()):
            return None
        a, d = self._lengths(state, gap, bounded, step)
        a, d = min(1.0, BACK * a), min(1.0, BACK * d)
        both = min(a, d)
        x = state.x + both * dx
        return _State(
            x=x,
            slack=state.slack + both * ds,
            price=state.price + both * dy,
            held=np.where(bounded, state.held + both * dz, 0.0),
        )

    def _lengths(
        self, state: _State, gap: FloatArray, bounded: BoolArray, step: tuple[FloatArray, ...]
    ) -> tuple[float, float]:
        """How far slacks and entries, and prices, may go."""
        p, (dx, dy, ds, dz) = self.parts[0], step
        primal = min(
            _reach(state.slack, ds),
            _reach(gap[bounded], dx[bounded]),
            SHRINK * _reach(state.x[p], dx[p]),
        )
        dual = min(_reach(state.price, dy), _reach(state.held[bounded], dz[bounded]))
        return primal, dual

    def _read(self, state: _State, miss: float) -> DeviationPoint:
        given = self.given
        p, _, _, _, _, t = self.parts
        shape = given.squares.shape
        drawn = self.fixed.ravel().copy()
        drawn[self.at] = state.x[p] * self.unit
        h, k, b, first = self.held.size, self.kinks.size, self.bends.size, self.bound.size
        shares = np.where(given.delta > 0.0, 1.0, 0.0).ravel()
        if k:
            shares[:] = 0.0
            shares[self.at[self.kinks]] = np.clip(state.price[first + h : first + h + k], 0.0, 1.0)
        models = given.problem.n_models
        on = np.where(given.more > 0.0, 1.0, 0.0)
        on[:, self.deviating] = 0.0
        own = on.ravel()
        paid = np.zeros(models)
        paid[self.held] = state.price[first : first + h]
        weight = paid[self.model[self.bends]]
        raw = state.price[first + h + k : first + h + k + b]
        own[self.at[self.bends]] = np.clip(raw / np.maximum(weight, 1e-300), 0.0, 1.0)
        return DeviationPoint(
            probabilities=drawn.reshape(shape),
            prices=self._prices(state),
            shares=shares.reshape(shape),
            ceiling_shares=own.reshape(shape),
            miss=miss,
            ratio=float(state.x[t][0]) if t.stop > t.start else 1.0,
        )

    def _prices(self, state: _State) -> Prices:
        """Of the problem's limits; a unit of the variance costs what its model's ceiling does."""
        problem = self.given.problem
        found = {
            (limit.name, limit.at_least): np.zeros(limit.size)
            for limit in (*problem.sum_limits(), *problem.sum_floors())
        }
        rows = zip(self.names, self.units, state.price.tolist(), strict=False)
        for (name, at_least, row), unit, price in rows:
            found[name, at_least][row] = price * self.scale / unit
        paid = np.zeros(problem.n_models)
        first = self.bound.size
        paid[self.held] = state.price[first : first + self.held.size]
        none = no_prices(problem)
        limits = {x.structure: found[x.name, False] for x in problem.sum_limits()}
        with np.errstate(invalid="ignore"):
            ceilings = np.where(paid > 0.0, paid * self.scale / self.given.ceilings, 0.0)
        return Prices(
            budget=float(limits[Structure.TOTAL][0]),
            processors=limits[Structure.PROCESSORS],
            levels=tuple(found[name, False] for name, _, _ in problem.levels),
            models=limits.get(Structure.MODELS, none.models),
            costs=limits.get(Structure.WEIGHTED, none.costs),
            floors=tuple(found[x.name, True] for x in problem.sum_floors()),
            ceilings=ceilings,
        )


def _reach(values: FloatArray, change: FloatArray) -> float:
    """How often a change fits before a value reaches 0."""
    down = change < 0.0
    if not down.any():
        return 1e10
    return float(np.min(-values[down] / change[down]))

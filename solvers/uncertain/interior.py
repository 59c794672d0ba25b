"""The way to the optimum of budgeted deviations: a primal-dual interior point.

Source: Mehrotra, On the implementation of a primal-dual interior point method (1992).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import MatrixRankWarning, splu

from roundlot.solvers.uncertain.deviations import DeviationPoint, DeviationProgram, DeviationSystem
from roundlot.theory.arrays import BoolArray, FloatArray
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
class _State:
    """Variables, slacks of inequalities, their prices, and prices of lower bounds."""

    x: FloatArray
    slack: FloatArray
    price: FloatArray
    held: FloatArray


class DeviationPath:
    """The way to the optimum of a program.

    Args:
        given: what deviates.
        start: ``(V, S)``, of the size that probabilities will have.
    """

    def __init__(self, given: DeviationProgram, start: FloatArray) -> None:
        self.system = DeviationSystem(given, start)

    def start(self) -> _State:
        system = self.system
        p, u, w, theta, tau, t = system.parts
        x = np.zeros(system.count)
        top = np.minimum(system.most, 1e300)
        x[p] = np.clip(
            1.0,
            system.floor + 0.05 * (top - system.floor),
            top - 0.05 * (top - system.floor),
        )
        with np.errstate(over="ignore"):
            own = system.delta[system.kinks] / x[p][system.kinks]
        if theta.stop > theta.start:
            x[theta] = np.mean(own)
            x[u] = np.maximum(own - x[theta], 0.0) + 0.1 * np.mean(own)
        away = system.away(x[p])
        own = system.extra[system.bends] * away[system.bends]
        place = np.searchsorted(system.deviating, system.model[system.bends])
        if own.size:
            total = np.bincount(place, own, minlength=system.deviating.size)
            each = total / np.maximum(np.bincount(place, minlength=system.deviating.size), 1)
            x[tau] = np.maximum(each, 1e-8)
            x[w] = np.maximum(own - x[tau][place], 0.0) + 0.1 * x[tau][place]
        x[t] = 1.0
        slack = np.maximum(-system.left(x), 0.1)
        price = FIRST / slack / max(1, slack.size) ** 0.5
        lower = system.lower()
        held = np.where(np.isfinite(lower), FIRST / np.maximum(x - lower, 1e-3) / x.size**0.5, 0.0)
        return _State(x=x, slack=slack, price=price, held=held)

    def follow(self) -> DeviationPoint:
        """To the end of the path."""
        system = self.system
        state, best, least, stalled = self.start(), None, np.inf, 0
        lower = system.lower()
        bounded = np.isfinite(lower)
        low = np.where(bounded, lower, 0.0)
        for _ in range(STEPS):
            left = system.left(state.x) + state.slack
            jacobian, _ = system.jacobian(state.x)
            force = system.gradient(state.x) + jacobian.T @ state.price - state.held
            gap = state.x - low
            products = float(state.slack @ state.price + (gap * state.held)[bounded].sum())
            mean = products / (state.slack.size + int(bounded.sum()))
            value = float(
                system.gradient(state.x)[system.parts[1].start :] @ state.x[system.parts[1].start :]
            )
            value += float((system.low / state.x[system.parts[0]]).sum())
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
        system = self.system
        spring = np.where(bounded, state.held / np.where(bounded, gap, 1.0), 0.0)
        diagonal = system.bent(state.x, state.price) + spring
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
            dx, dy = found[: system.count], found[system.count :]
            ds = pull - give * dy
            dz = np.where(bounded, want - spring * dx, 0.0)
            return dx, dy, ds, dz

        zero, none = np.zeros(left.size), np.zeros(system.count)
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
        system = self.system
        p, (dx, dy, ds, dz) = system.parts[0], step
        primal = min(
            _reach(state.slack, ds),
            _reach(gap[bounded], dx[bounded]),
            SHRINK * _reach(state.x[p], dx[p]),
        )
        dual = min(_reach(state.price, dy), _reach(state.held[bounded], dz[bounded]))
        return primal, dual

    def _read(self, state: _State, miss: float) -> DeviationPoint:
        system = self.system
        given = system.given
        p, _, _, _, _, t = system.parts
        shape = given.squares.shape
        drawn = system.fixed.ravel().copy()
        drawn[system.at] = state.x[p] * system.unit
        h, k, b, first = (
            system.held.size,
            system.kinks.size,
            system.bends.size,
            system.bound.size,
        )
        shares = np.where(given.delta > 0.0, 1.0, 0.0).ravel()
        if k:
            shares[:] = 0.0
            shares[system.at[system.kinks]] = np.clip(
                state.price[first + h : first + h + k], 0.0, 1.0
            )
        models = given.problem.n_models
        on = np.where(given.more > 0.0, 1.0, 0.0)
        on[:, system.deviating] = 0.0
        own = on.ravel()
        paid = np.zeros(models)
        paid[system.held] = state.price[first : first + h]
        weight = paid[system.model[system.bends]]
        raw = state.price[first + h + k : first + h + k + b]
        own[system.at[system.bends]] = np.clip(raw / np.maximum(weight, 1e-300), 0.0, 1.0)
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
        system = self.system
        problem = system.given.problem
        found = {
            (limit.name, limit.at_least): np.zeros(limit.size)
            for limit in (*problem.sum_limits(), *problem.sum_floors())
        }
        rows = zip(system.names, system.units, state.price.tolist(), strict=False)
        for (name, at_least, row), unit, price in rows:
            found[name, at_least][row] = price * system.scale / unit
        paid = np.zeros(problem.n_models)
        first = system.bound.size
        paid[system.held] = state.price[first : first + system.held.size]
        none = no_prices(problem)
        limits = {x.structure: found[x.name, False] for x in problem.sum_limits()}
        with np.errstate(invalid="ignore"):
            ceilings = np.where(paid > 0.0, paid * system.scale / system.given.ceilings, 0.0)
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

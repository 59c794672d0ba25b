"""Dual Newton: prices of the few rows that couple everything, by a method of second order.

The dual ``g(y) = Σ_v min_p (Σ_s a²/p + π(y) p) − bᵀ y`` over ``y >= 0`` is concave and smooth; its
gradient is ``A p(y) − b``, its Hessian comes from the entries that are not clipped. It is taken
above the floors, ``A (p − l) − (b − A l)``, and rooms, what floors leave of right-hand sides, are
scaled to 1: a coordinate is ``η = y (b − A l)`` and a residual is relative to the room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.coupled.program import MORE, SAMPLE, Program
from roundlot.solvers.coupled.quadratic import nonnegative_minimum
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray

SWEEPS = 3  # crude steps before Newton's: its model is poor far from the optimum
STEPS = 80  # of Newton; a dozen are usual
TARGET = 5e-14  # relative miss of a limit that rounding in sums of a million terms allows
ROUGH = 1e-3  # the same on a sample, whose prices are off by more from those of all rows
CLOSE = 1e-5  # two steps get from there to the target with one Hessian, one to its square
FALLS = 0.01  # a step with an older Hessian leaves less of a miss, or that Hessian is too old
FLOOR = 1e-12  # good enough to stop, and a tenth of it where misses of several rows may add up
GROWTH = 100.0  # a price grows by no more at a step: the quadratic model ends there
OVERSHOOT = -0.25  # of the slope: a step that goes beyond the top by so much is cut
CUTS = 40  # of a step
NEARLY = 1e-12  # of a price: an entry that leaves its floor within it is as good as free
LEVELS = 60  # steps to the level of a row by itself, a first guess
CYCLES = 40  # over all prices
SEARCH = 200  # steps of a search for one price
LOGARITHMS = 1020.0  # prices are searched between 2**-1020 and 2**1020


class AnyDual(Protocol):
    """A dual that can be maximised: of a program, or of one whose rows come in blocks."""

    program: Program
    certain: FloatArray
    worth: float

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """As :meth:`Dual.evaluate`."""

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """As :meth:`Dual.weigh_rounding`."""


@dataclass(kw_only=True, eq=False)
class Dual:
    """The dual of a program at the last prices asked for; warm starts of the inner problems.

    The one record that changes while it is used: its arrays are the work space of the loops.
    """

    program: Program
    paid: kernels.Paid = field(init=False)
    out: kernels.Pass = field(init=False)
    passes: int = 0
    at: FloatArray | None = None
    """``η (D,)`` of the last pass."""
    certain: FloatArray = field(init=False)
    """``(D,)``, in ``(0, 1]``: a residual is worth that part of itself, as the last bits of free
    entries, which a room may be far below, are beyond any price. 1 unless `weigh_rounding` ran."""
    worth: float = 0.0
    """The objective, as far as it is known: a room is worth its price beside that."""

    def __post_init__(self) -> None:
        rows, nodes = self.program.n_processors, self.program.tables.node_rooms.size
        self.certain = np.ones(int(self.program.active.sum()))
        self.paid = kernels.Paid(
            own=np.zeros(rows),
            nodes=np.zeros(nodes),
            rows=np.zeros(rows),
            governor=np.zeros(rows, dtype=np.int64),
        )
        # Without a tree the entries of a block of rows are forgotten before the next.
        self.out = self._pass(rows if nodes else 0)

    def _pass(self, rows: int) -> kernels.Pass:
        table, size = (rows, self.program.n_models), self.program.limits.size
        return kernels.Pass(
            prices=np.empty(table),
            probabilities=np.empty(table),
            sums=np.zeros(size),
            hessian=np.zeros((size, size)),
        )

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """``(r, H)`` of the active rows at ``η``: ``r = A z / room − 1`` and ``H = −∇² g``."""
        sums, hessian = self.sums(eta, curved=curved)
        b = self.program.limits[self.program.active]
        return (sums - b) / b, hessian / b / b[:, None]

    def sums(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """``A z (D,)`` of the active rows at ``η`` and what it falls by per price, ``(D, D)``."""
        active = np.flatnonzero(self.program.active)
        if not curved:
            self._keep_probabilities()
        self._run(eta, curved)
        return self.out.sums[active], self.out.hessian[np.ix_(active, active)]

    def rates(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(base (S,), rates (K,))``: what an entry pays for its draw, and per unit of cost."""
        y = self.prices(eta)
        models = self.program.n_models
        return y[0] + y[1 : 1 + models], y[1 + models :]

    def prices(self, eta: FloatArray) -> FloatArray:
        """``(1 + S + K,)``, prices of the budget, the models and the cost rows."""
        y = np.zeros(self.program.limits.size)
        y[self.program.active] = eta / self.program.limits[self.program.active]
        return y

    def write(self, eta: FloatArray) -> FloatArray:
        """``(V, S)``, the probabilities at ``η``, in the order of the program."""
        if not self._written(eta):
            self._keep_probabilities()
            self._run(eta, False)
        return self.out.probabilities

    def _written(self, eta: FloatArray) -> bool:
        """Whether the last pass was at these prices, and its probabilities are there."""
        kept = len(self.out.probabilities) == self.program.n_processors
        return kept and self.at is not None and np.array_equal(self.at, eta)

    def _keep_probabilities(self) -> None:
        if len(self.out.probabilities) < self.program.n_processors:
            table = np.empty((self.program.n_processors, self.program.n_models))
            self.out = self.out._replace(probabilities=table)

    def _run(self, eta: FloatArray, curved: bool) -> None:
        tables = self.program.tables
        kernels.evaluate(tables, *self.rates(eta), self.paid, self.out, curved)
        self.passes += 1
        self.at = eta.copy()

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """Sets ``worth``, and ``certain`` from the floors of what is free at ``η``, or nearly so.

        Does nothing where no floor is above 0, and says so.
        """
        if not self.program.tables.floor.any():
            return False
        self.worth, sums = self.worth_and_free(eta)
        rooms = self.program.limits[self.program.active]
        self.certain = rooms / (rooms + sums)
        return True

    def worth_and_free(self, eta: FloatArray) -> tuple[float, FloatArray]:
        """The objective, 0 if beyond float64; of active rows ``(D,)`` floors of what is free."""
        tables = self.program.tables
        p = self.write(eta * (1.0 - NEARLY))
        scored = tables.scores > 0.0
        with np.errstate(over="ignore", divide="ignore"):
            worth = float((tables.scores[scored] / p[scored] * tables.scores[scored]).sum())
        free = np.where(p > tables.floor, tables.floor, 0.0)
        costs = [float((cost * free).sum()) for cost in tables.costs]
        sums = np.array([free.sum(), *free.sum(axis=0), *costs])[self.program.active]
        return worth if np.isfinite(worth) else 0.0, sums


def missed(dual: AnyDual, r: FloatArray, eta: FloatArray) -> float:
    """By how much limits are missed at ``η``, or left free although they have a price."""
    total = max(float(eta.sum()), dual.worth)
    share = eta / total if total > 0.0 else eta
    over = dual.certain * r
    return float(np.max([0.0, over.max(), np.max(np.abs(r) * share)]))  # NaN stays NaN


def _enough(dual: AnyDual) -> float:
    """The miss to stop at; above it the search over single prices follows."""
    return FLOOR if dual.worth == 0.0 else 0.1 * FLOOR


def best_prices(dual: AnyDual, start: FloatArray | None = None) -> FloatArray:
    """``η (D,)``, optimal prices of the active rows times their right-hand sides.

    Args:
        dual: what to maximise.
        start: ``η`` to begin with; found on a sample of rows, or by sweeps, when not given.

    Raises:
        ConvergenceError: neither Newton nor the search over one coordinate at a time got there.
    """
    if not dual.program.active.any():
        return np.zeros(0)
    many = dual.program.n_processors >= 4 * SAMPLE and not dual.program.has_tree
    if start is None and many:
        start = _from_samples(dual.program)
    eta, worst = newton(dual, _swept(dual) if start is None else start, TARGET)
    if not worst <= FLOOR and dual.weigh_rounding(eta):
        eta, worst = newton(dual, eta, TARGET)
    if not worst <= _enough(dual):
        eta, worst = _by_coordinates(dual, eta)
    if not worst <= ACCEPTED:
        raise ConvergenceError(
            f"dual Newton stopped with a limit missed by {worst:.2g} relative; "
            "try method='conic', or rescale limits that differ by many orders of magnitude"
        )
    return eta


def _from_samples(program: Program) -> FloatArray:
    """A start from some of the rows with limits in proportion, then from more: nearly the same."""
    small = program.sample()
    start = rough_prices(small) * (program.n_processors / small.n_processors)
    if program.n_processors >= 4 * MORE:
        dual = Dual(program=program.sample(MORE))
        share = program.n_processors / dual.program.n_processors
        start = newton(dual, start / share, ROUGH)[0] * share
    return np.asarray(start)


def rough_prices(program: Program) -> FloatArray:
    """``η (D,)`` of some rows of a table, from which the prices of all are not far."""
    small = Dual(program=program)
    return newton(small, _swept(small), ROUGH)[0]


def _swept(dual: AnyDual) -> FloatArray:
    """A start: every row as if alone, then prices times the square of what they are off."""
    top = _alone(dual.program)
    eta = top / top.size
    for _ in range(SWEEPS):
        r, _ = dual.evaluate(eta, curved=False)
        eta = np.clip(eta * (1.0 + r) ** 2, 1e-30 * top, GROWTH * top)
    return eta


def _alone(program: Program) -> FloatArray:
    """``η`` of each active row if it were the only one and nothing had a ceiling, from a sample."""
    step = max(1, program.n_processors // SAMPLE)
    every = program.tables
    a, low = every.scores[::step], every.floor[::step]
    ones = np.ones_like(a)
    counts = [
        [(a, ones, low)],
        [(a[:, s], ones[:, s], low[:, s]) for s in range(program.n_models)],
        [(a, cost, low) for cost in every.costs[:, ::step]],
    ]
    flat = [part for parts in counts for part in parts]
    at = np.flatnonzero(program.active)
    share = np.array([_level(*flat[i], float(program.limits[i]) / step) for i in at])
    scaled = np.sqrt(program.limits[at]) / share
    best = float(scaled.max())
    return np.asarray(np.maximum(scaled, 1e-60 * best) ** 2)


def _level(a: FloatArray, cost: FloatArray, floor: FloatArray, room: float) -> float:
    """The ``t`` with ``Σ A max(0, a t / √A − l) = room``: convex, so that Newton falls to it."""
    paid = cost > 0.0
    pull, held = (a * np.sqrt(cost))[paid], (cost * floor)[paid]
    if not pull.any():
        return np.inf
    t = (room + float(held.sum())) / float(pull.sum())
    for _ in range(LEVELS):
        free = pull * t > held
        if not free.any():
            break
        step = (room + float(held[free].sum())) / float(pull[free].sum())
        if not step < t:
            break
        t = step
    return t


def newton(dual: AnyDual, eta: FloatArray, target: float) -> tuple[FloatArray, float]:
    """``(η, its miss)``, where limits are missed by the target, or by no less.

    The Hessian takes half of a pass: near the end one does for two steps, unless the first of them
    shows that it does not fit.
    """
    r, H = dual.evaluate(eta)
    best, least = eta, missed(dual, r, eta)
    close, stalled, old = max(CLOSE, 0.5 * np.sqrt(target)), 0, False
    for _ in range(STEPS):
        if least <= target or stalled >= 2 + 10 * (least > _enough(dual)):
            break
        found = _stepped(dual, eta, H, r, curved=least > close, turned=stalled % 2 == 1)
        if found is None:
            if not old:
                break
            H, old = dual.evaluate(eta)[1], False
            continue
        eta, r, fresh = found
        worst = missed(dual, r, eta)
        H, old = (H, True) if fresh is None else (fresh, False)
        if old and not worst <= max(target, FALLS * least):
            H, old = dual.evaluate(eta)[1], False
        stalled = 0 if worst < 0.5 * least else stalled + 1
        if worst < least:
            best, least = eta, worst
    return best, least


Point = tuple[FloatArray, FloatArray, FloatArray | None]  # ``η``, its residual, its Hessian


def _stepped(
    dual: AnyDual, eta: FloatArray, H: FloatArray, r: FloatArray, *, curved: bool, turned: bool
) -> Point | None:
    """Where a step of Newton's leads to, its length limited in one way or, if in vain, another."""
    for together in (True, False) if turned else (False, True):
        step = _direction(H, r, eta, together=together)
        found = _searched(dual, eta, step, r, curved=curved)
        if found is not None:
            return found
    return None


def _direction(H: FloatArray, r: FloatArray, eta: FloatArray, *, together: bool) -> FloatArray:
    """To the maximum of the quadratic model over ``η >= 0``, growth limited where it is flat.

    Limited price by price, or all ``together``: then prices of rows that the same entries pay for
    keep their sum, which is what matters to them.
    """
    curved = np.diag(H) > 1e-12 * np.maximum(np.abs(r), 1e-3) / np.maximum(eta.sum(), 1e-300)
    at = np.flatnonzero(curved)
    goal = np.where(r > 0.0, GROWTH * np.maximum(eta, 1e-12 * eta.max()), 0.0)
    if at.size:
        rest = H[np.ix_(at, at)]
        goal[at] = nonnegative_minimum(rest, rest @ eta[at] + r[at], eta[at])
    most = GROWTH * np.maximum(eta, 1e-3 * eta.sum())
    if together:
        share = (most - eta)[goal > most] / (goal - eta)[goal > most]
        return np.asarray((goal - eta) * share.min(initial=1.0))
    return np.asarray(np.minimum(goal, most) - eta)


def _searched(
    dual: AnyDual, eta: FloatArray, step: FloatArray, r: FloatArray, *, curved: bool
) -> Point | None:
    """A point along the step where the dual still rises, or falls less than it rose.

    Prices that would vanish are at first divided by ``GROWTH`` only, if that goes too far.
    """
    slope, start = float(r @ step), r
    if not slope > 0.0:
        return None
    share = 1.0
    for cut in range(CUTS):
        shorter = np.maximum(step, (1.0 / GROWTH - 1.0) * eta)
        if cut == 1 and (shorter > step).any():
            step, slope, share = shorter, float(start @ shorter), 1.0
            if not slope > 0.0:
                return None
        trial = np.maximum(eta + share * step, 0.0)
        r, H = dual.evaluate(trial, curved=curved)
        after = float(r @ step)
        if missed(dual, r, trial) <= TARGET or after >= OVERSHOOT * slope:
            return trial, r, H if curved else None
        share *= min(0.5, max(0.1, slope / (slope - after)))
    return None


def _by_coordinates(dual: AnyDual, eta: FloatArray) -> tuple[FloatArray, float]:
    """One price at a time, each found between brackets; then Newton again."""
    least, best = np.inf, eta
    top = np.maximum(_alone(dual.program), eta)
    for _ in range(CYCLES):
        for i in range(eta.size):
            eta = _one_price(dual, eta, i, float(top[i]))
        dual.weigh_rounding(eta)
        found, worst = newton(dual, eta, TARGET)
        if worst < least:
            best, least = found, worst
        if least <= _enough(dual):
            break
        eta = found if worst <= missed(dual, dual.evaluate(eta)[0], eta) else eta
    return best, least


def _one_price(dual: AnyDual, eta: FloatArray, i: int, top: float) -> FloatArray:
    trial = eta.copy()
    trial[i] = 0.0
    certain = float(dual.certain[i])
    if dual.evaluate(trial, curved=False)[0][i] <= 0.0:
        return trial

    def residual(logarithm: float) -> float:
        trial[i] = np.exp2(logarithm)
        return certain * float(dual.evaluate(trial, curved=False)[0][i])

    start = float(np.log2(max(eta[i], 1e-30 * top)))
    bracket = _bracket(residual, start)
    if bracket is not None:
        _illinois(residual, *bracket)
    return trial


def _bracket(
    residual: Callable[[float], float], start: float
) -> tuple[float, float, float, float] | None:
    """``(low, high, r(low) > 0, r(high) <= 0)`` by steps that double; None if ``r`` is 0 there."""
    at, r = start, residual(start)
    step = 2.0 if r > 0.0 else -2.0
    for _ in range(SEARCH):
        if abs(r) <= TARGET:
            return None
        to = min(max(at + step, -LOGARITHMS), LOGARITHMS)
        after = residual(to)
        if (after > 0.0) != (r > 0.0) or to == at:
            return (at, to, r, after) if r > 0.0 else (to, at, after, r)
        at, r, step = to, after, 2.0 * step
    return None


def _illinois(
    residual: Callable[[float], float], low: float, high: float, above: float, below: float
) -> None:
    """The root of a falling function of one variable, by false position with halved ends.

    Source: Dowell and Jarratt, A modified regula falsi method (1971).
    """
    side = 0
    for turn in range(SEARCH):
        middle = 0.5 * (low + high)
        share = above / (above - below) if above > below else 0.5
        at = low + share * (high - low) if turn % 4 < 3 else middle
        if not low < at < high:
            return
        r = residual(at)
        if abs(r) <= TARGET:
            return
        if r > 0.0:
            below = 0.5 * below if side > 0 else below
            low, above, side = at, r, 1
        else:
            above = 0.5 * above if side < 0 else above
            high, below, side = at, r, -1

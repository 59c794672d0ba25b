"""Dual Newton: prices of the few rows that couple everything, by a method of second order.

The dual ``g(y) = Σ_v min_p (Σ_s a²/p + π(y) p) − bᵀ y`` over ``y >= 0`` is concave and smooth; its
gradient is ``A p(y) − b``, its Hessian comes from the entries that are not clipped. Right-hand
sides are scaled to 1, so a coordinate is ``η = y b`` and a residual is relative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.coupled.nonnegative import nonnegative_minimum
from roundlot.solvers.coupled.program import SAMPLE, Family
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray, IntArray

SWEEPS = 3
STEPS = 80
TARGET = 5e-14
ROUGH = 1e-6
MOST = 1e-9
FLOOR = 1e-12
GROWTH = 100.0
OVERSHOOT = -0.25
CUTS = 40
CYCLES = 40
SEARCH = 200
LOGARITHMS = 1020.0


@dataclass(kw_only=True, eq=False)
class Dual:
    """The dual of a family at the last prices asked for; warm starts of the inner problems.

    The one record that changes while it is used: its arrays are the work space of the loops.
    """

    family: Family
    own: FloatArray = field(init=False)
    paid: FloatArray = field(init=False)
    governor: IntArray = field(init=False)
    node_prices: FloatArray = field(init=False)
    sums: FloatArray = field(init=False)
    hessian: FloatArray = field(init=False)
    table: FloatArray = field(init=False)
    design: FloatArray = field(init=False)
    passes: int = 0

    def __post_init__(self) -> None:
        from roundlot.solvers.kernels.family import BLOCK_ROWS

        rows, width = self.family.scores.shape
        self.own, self.paid = np.zeros(rows), np.zeros(rows)
        self.governor = np.zeros(rows, dtype=np.int64)
        self.node_prices = np.zeros(self.family.node_caps.size)
        self.sums = np.zeros(self.family.limits.size)
        self.hessian = np.zeros((self.sums.size, self.sums.size))
        held = rows if self.family.node_caps.size else min(BLOCK_ROWS, rows)
        self.table, self.design = np.empty((held, width)), np.empty((held, width))

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """``(r, H)`` of the active rows at ``η``: ``r = A p / b − 1`` and ``H = −∇² g``."""
        from roundlot.solvers.kernels.family import evaluate

        case = self.family
        at = np.flatnonzero(case.active)
        base, rates = self.rates(eta)
        evaluate(
            case.scores, case.floor, case.ceiling, case.caps, case.costs, case.nodes,
            case.node_caps, base, rates, self.own, self.node_prices, self.paid, self.governor,
            self.table, self.design, curved, self.sums, self.hessian,
        )  # fmt: skip
        self.passes += 1
        b = case.limits[at]
        return (self.sums[at] - b) / b, self.hessian[np.ix_(at, at)] / b / b[:, None]

    def rates(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(base (S,), rates (K,))``: what an entry pays for its draw, and per unit of cost."""
        y = self.prices(eta)
        models = self.family.n_models
        return y[0] + y[1 : 1 + models], y[1 + models :]

    def prices(self, eta: FloatArray) -> FloatArray:
        """``(1 + S + K,)``, prices of the budget, the models and the cost rows."""
        y = np.zeros(self.family.limits.size)
        y[self.family.active] = eta / self.family.limits[self.family.active]
        return y

    def write(self, eta: FloatArray) -> FloatArray:
        """``(V, S)``, the probabilities at ``η``, in the order of the family."""
        self.table = np.empty_like(self.family.scores)
        self.design = np.empty_like(self.family.scores)
        self.evaluate(eta, curved=False)
        return self.design


def best_prices(dual: Dual, start: FloatArray | None = None) -> FloatArray:
    """``η (D,)``, optimal prices of the active rows times their right-hand sides.

    Args:
        dual: what to maximise.
        start: ``η`` to begin with; found on a sample of rows, or by sweeps, when not given.

    Raises:
        ConvergenceError: neither Newton nor the search over one coordinate at a time got there.
    """
    if not dual.family.active.any():
        return np.zeros(0)
    many = dual.family.scores.shape[0] >= 4 * SAMPLE and dual.family.node_caps.size == 0
    if start is None and many:
        start = _from_sample(dual.family)
    eta, worst = _newton(dual, _swept(dual) if start is None else start, TARGET)
    if not worst <= FLOOR:
        eta, worst = _by_coordinates(dual, eta)
    if not worst <= MOST:
        raise ConvergenceError(
            f"dual Newton stopped with a limit missed by {worst:.2g} relative; "
            "try method='conic', or rescale limits that differ by many orders of magnitude"
        )
    return eta


def _from_sample(case: Family) -> FloatArray:
    """A start from some of the rows with limits in proportion: prices are nearly the same."""
    small = Dual(family=case.sample())
    eta, _ = _newton(small, _swept(small), ROUGH)
    return np.asarray(eta * (case.scores.shape[0] / small.family.scores.shape[0]))


def _swept(dual: Dual) -> FloatArray:
    """A start: every row as if alone, then prices times the square of what they are off."""
    top = _alone(dual.family)
    eta = top / top.size
    for _ in range(SWEEPS):
        r, _ = dual.evaluate(eta, curved=False)
        eta = np.clip(eta * (1.0 + r) ** 2, 1e-30 * top, GROWTH * top)
    return eta


def _alone(case: Family) -> FloatArray:
    """``η`` of each active row if it were the only one, ``(Σ a √A)² / b``, from a sample."""
    step = max(1, case.scores.shape[0] // SAMPLE)
    a = case.scores[::step] * float(step)
    roots = [a.sum(), *a.sum(axis=0), *((a * np.sqrt(c)).sum() for c in case.costs[:, ::step])]
    top = np.array(roots)[case.active]
    scaled = top / np.sqrt(case.limits[case.active])
    best = float(scaled.max())
    return np.asarray(np.maximum(scaled, 1e-60 * best) ** 2)


def _worst(r: FloatArray, eta: FloatArray) -> float:
    """By how much limits are missed, or left free although they have a price."""
    share = eta / eta.sum() if eta.sum() > 0.0 else eta
    return float(np.max([0.0, r.max(), np.max(np.abs(r) * share)]))  # NaN stays NaN


def _newton(dual: Dual, eta: FloatArray, target: float) -> tuple[FloatArray, float]:
    r, H = dual.evaluate(eta)
    best, least = eta, _worst(r, eta)
    stalled = 0
    for _ in range(STEPS):
        if least <= target or stalled >= 2 + 10 * (least > FLOOR):
            break
        step = _direction(H, r, eta)
        found = _searched(dual, eta, step, float(r @ step))
        if found is None:
            break
        eta, r, H = found
        worst = _worst(r, eta)
        stalled = 0 if worst < 0.5 * least else stalled + 1
        if worst < least:
            best, least = eta, worst
    return best, least


def _direction(H: FloatArray, r: FloatArray, eta: FloatArray) -> FloatArray:
    """To the maximum of the quadratic model over ``η >= 0``, growth limited where it is flat."""
    curved = np.diag(H) > 1e-12 * np.maximum(np.abs(r), 1e-3) / np.maximum(eta.sum(), 1e-300)
    at = np.flatnonzero(curved)
    goal = np.where(r > 0.0, GROWTH * np.maximum(eta, 1e-12 * eta.max()), 0.0)
    if at.size:
        rest = H[np.ix_(at, at)]
        goal[at] = nonnegative_minimum(rest, rest @ eta[at] + r[at], eta[at])
    most = GROWTH * np.maximum(eta, 1e-3 * eta.sum())
    return np.asarray(np.minimum(goal, most) - eta)


def _searched(
    dual: Dual, eta: FloatArray, step: FloatArray, slope: float
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """A point along the step where the dual still rises, or falls less than it rose."""
    if not slope > 0.0:
        return None
    share = 1.0
    for _ in range(CUTS):
        trial = np.maximum(eta + share * step, 0.0)
        r, H = dual.evaluate(trial)
        after = float(r @ step)
        if after >= OVERSHOOT * slope or _worst(r, trial) <= TARGET:
            return trial, r, H
        share *= min(0.5, max(0.1, slope / (slope - after)))
    return None


def _by_coordinates(dual: Dual, eta: FloatArray) -> tuple[FloatArray, float]:
    """One price at a time, each found between brackets; then Newton again."""
    least, best = np.inf, eta
    top = np.maximum(_alone(dual.family), eta)
    for _ in range(CYCLES):
        for i in range(eta.size):
            eta = _one_price(dual, eta, i, float(top[i]))
        found, worst = _newton(dual, eta, TARGET)
        if worst < least:
            best, least = found, worst
        if least <= FLOOR:
            break
        eta = found if worst <= _worst(dual.evaluate(eta)[0], eta) else eta
    return best, least


def _one_price(dual: Dual, eta: FloatArray, i: int, top: float) -> FloatArray:
    trial = eta.copy()
    trial[i] = 0.0
    if dual.evaluate(trial, curved=False)[0][i] <= 0.0:
        return trial

    def residual(logarithm: float) -> float:
        trial[i] = np.exp2(logarithm)
        return float(dual.evaluate(trial, curved=False)[0][i])

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

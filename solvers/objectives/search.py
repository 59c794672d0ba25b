"""Norms of variances where sums have floors: a search over the weights of the models' variances.

Each point is a sum program with floors, which the central path solves. At the optimum the weights
have ``θ_s ∝ y_s^(α−1)``, ``y = λ Var``. In ``x = log θ`` the residual of that is

    F = κ log y − (1−κ) x,  the same for all models,   κ = (α−1)/α  (1 for ∞),

to which Newton's method is applied, with differences for the slopes of ``log y`` (the number of
models is small), after a few sweeps with the slope −1/2 that ``y`` has far from all limits. Where
limits make variances constant the slopes are singular, and a bounded step of ascent takes over.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from roundlot.solvers.coupled.quadratic import ascent_step
from roundlot.solvers.objectives.certificate import dual_order, norm, weighted_variances
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.solution import Solution
from roundlot.solvers.water.scaling import changed, exponent_of, shifted
from roundlot.theory import Problem, RoundlotWarning
from roundlot.theory.arrays import FloatArray

TARGET = 1e-12  # a gap that ends the search
CLOSE = 1e-10  # one that ends it where nothing gets better
SWEEPS = 8
STEPS = 60
LINE = 60
STALLED = 1500
PATIENCE = 6
LOWEST = -70.0  # of the logarithm of a weight
LARGEST_STEP = 6.0
DIFFERENCE = 1e-5
HALVINGS = (1.0, 0.5, 0.25, 0.06, 0.01)


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The optimum for weights ``θ = exp(x)``, and both sides of the duality there."""

    x: FloatArray
    solution: Solution
    y: FloatArray
    value: float
    dual: float

    @property
    def gap(self) -> float:
        """``value / dual − 1``; 0 when both are 0."""
        if self.value == 0.0:
            return 0.0
        return max(0.0, self.value / self.dual - 1.0) if self.dual > 0.0 else math.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Dual:
    """The dual of one problem, whose scores are near 1, in ``x``, one for each active model."""

    problem: Problem
    order: float
    method: str
    active: npt.NDArray[np.intp] = field(repr=False)

    @property
    def share(self) -> float:
        """``κ``."""
        return 1.0 if self.order == math.inf else (self.order - 1.0) / self.order

    def at(self, x: FloatArray) -> Point:
        """Solve the sum program for the weights ``exp(x) λ``; one solve."""
        x = np.maximum(x - x.max(), LOWEST)
        theta = np.full(self.problem.n_models, math.exp(LOWEST))
        theta[self.active] = np.exp(x)
        weighted = changed(self.problem, model_weights=theta * self.problem.model_weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RoundlotWarning)
            solution = solve_sum(weighted, method=self.method)
        y = weighted_variances(self.problem, solution.probabilities)[self.active]
        weights = np.exp(x)
        dual = float(weights @ y) / norm(weights, dual_order(self.order))
        return Point(x=x, solution=solution, y=y, value=norm(y, self.order), dual=dual)

    def residual(self, point: Point) -> FloatArray:
        """``F``, ``(active,)``; variances of 0 are far below all others."""
        kappa = self.share
        return kappa * _logarithm(point.y) - (1.0 - kappa) * point.x

    def slopes(self, point: Point) -> FloatArray:
        """``∂F/∂x``, ``(active, active)``, by differences of ``log y``; a solve for each model."""
        kappa, here = self.share, _logarithm(point.y)
        columns = []
        for s in range(point.x.size):
            moved = point.x.copy()
            moved[s] += DIFFERENCE
            there = _logarithm(self.at(moved).y)
            with np.errstate(invalid="ignore"):  # A variance of 0 on both sides has no slope.
                columns.append((there - here) / DIFFERENCE)
        return kappa * np.stack(columns, axis=1) - (1.0 - kappa) * np.eye(point.x.size)


def unit_dual(problem: Problem, order: float, method: str) -> Dual:
    """The dual of the same problem with its scores near 1, which changes no optimum."""
    scores = shifted(problem.scores, -exponent_of(float(problem.scores.max())))
    active = np.flatnonzero(scores.any(axis=0))
    unit = changed(problem, scores=scores)
    return Dual(problem=unit, order=order, method=method, active=active)


def search(dual: Dual) -> tuple[Point, Point]:
    """The points of least value and of greatest dual that were met."""
    if dual.active.size == 0:
        empty = solve_sum(dual.problem, method=dual.method)
        none = np.zeros(0)
        point = Point(x=none, solution=empty, y=none, value=0.0, dual=0.0)
        return point, point
    points = _path(dual)
    primal = best = next(points)
    stalled = 0
    for point in points:
        before = _distance(primal, best)
        primal = point if point.value < primal.value else primal
        best = point if point.dual > best.dual else best
        after = _distance(primal, best)
        stalled = 0 if after < 0.9 * before else stalled + 1
        if after <= TARGET or (stalled > PATIENCE and after <= CLOSE) or stalled > STALLED:
            break
    return primal, best


def _distance(primal: Point, dual: Point) -> float:
    return replace(primal, dual=dual.dual).gap


def _path(dual: Dual) -> Iterator[Point]:
    """Sweeps, then Newton's steps; ends where no step is left to try."""
    point = dual.at(np.zeros(dual.active.size))
    yield point
    for _ in islice(range(SWEEPS), SWEEPS if dual.active.size > 1 else 0):
        point = dual.at(point.x + _sweep(dual, point))
        yield point
    for _ in range(STEPS):
        slopes = dual.slopes(point)
        steps = [_newton(dual, point, slopes)]
        if dual.order == math.inf and np.isfinite(slopes).all():
            steps.append(ascent_step(point.x, point.y, slopes))
        steps.append(_sweep(dual, point))
        before = point
        for part, step in ((part, step) for step in steps for part in HALVINGS):
            point = dual.at(before.x + part * step)
            yield point
            if point.gap < (1.0 - 0.1 * part) * before.gap:
                break
        else:
            ascending = max(steps, key=lambda step: _rise(dual, before, step))
            for point in _line(dual, before, ascending):
                yield point


def _line(dual: Dual, point: Point, step: FloatArray) -> Iterator[Point]:
    """Points on a line that close in on the dual's maximum there, where its slope jumps."""
    low, high = 0.0, 1.0
    below, above = _rise(dual, point, step), -1.0
    for _ in range(LINE):
        at = low + (high - low) * min(0.9, max(0.1, below / (below - above)))
        here = dual.at(point.x + at * step)
        yield here
        rise = _rise(dual, here, step)
        if rise > 0.0:
            low, below, above = at, rise, above / 2.0
        else:
            high, above, below = at, rise, below / 2.0
        if high - low < 1e-14 or rise == 0.0:
            return


def _rise(dual: Dual, point: Point, step: FloatArray) -> float:
    """The slope of ``log`` of the dual along a step."""
    theta = np.exp(point.x)
    gain = theta * point.y / float(theta @ point.y) if point.y.any() else 0.0 * theta
    beta = dual_order(dual.order)
    with np.errstate(under="ignore"):
        powers = theta**beta if beta < math.inf else (theta == 1.0).astype(np.float64)
    return float(step @ (gain - powers / powers.sum()))


def _sweep(dual: Dual, point: Point) -> FloatArray:
    """The step for models that do not interact, with ``log y`` of slope −1/2."""
    residual = dual.residual(point)
    middle = float(residual[np.argmax(point.x)])
    kappa = dual.share
    if not np.isfinite(residual).all():
        return np.zeros_like(residual)
    return np.clip((residual - middle) / (0.5 * kappa + 1.0 - kappa), -LARGEST_STEP, LARGEST_STEP)


def _newton(dual: Dual, point: Point, slopes: FloatArray) -> FloatArray:
    """The step to one common residual; models at the least weight stay there while they want to.

    Unknowns are the steps of the free models and the common residual; the steps sum to 0.
    """
    residual = dual.residual(point)
    common = float(np.average(residual, weights=np.exp(point.x)))
    free = np.flatnonzero((point.x > LOWEST) | (residual > common))
    size = free.size
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = slopes[np.ix_(free, free)]
    system[:size, size], system[size, :size] = -1.0, 1.0
    right = np.append(-residual[free], 0.0)
    if not (np.isfinite(system).all() and np.isfinite(right).all()):
        return np.zeros_like(point.x)  # differences out of range: the sweep goes on
    found = np.linalg.lstsq(system, right, rcond=1e-12)[0][:size]
    step = np.zeros_like(point.x)
    step[free] = np.clip(found, -LARGEST_STEP, LARGEST_STEP)
    return step


def _logarithm(values: FloatArray) -> FloatArray:
    return np.log(np.maximum(values, 1e-300))

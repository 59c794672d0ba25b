"""The path of optima: the best probabilities for every budget, exact between its breakpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from roundlot.solvers import kernels
from roundlot.solvers.exact import best_multipliers
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.reach import refuse_sum_floors, refuse_variance_ceilings
from roundlot.solvers.proof.scales import require_held
from roundlot.solvers.solution import AT_CAP
from roundlot.solvers.water.boxes import Boxes, box_probabilities, boxes
from roundlot.solvers.water.scaling import exponent_of, is_base
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates.arithmetic import exact_excess
from roundlot.theory.kinds import as_annotated, real_number
from roundlot.theory.problem import Structure
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.text import plural

_IRRATIONAL = {Structure.MODELS: "model_budgets", Structure.WEIGHTED: "costs"}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Where the same probabilities move: ``Σ a²/p = cost + free² / (m − held)``.

    Attributes:
        low, high: the budgets ``m`` it spans.
        held: draws of everybody who is at a cap, a ceiling or a floor.
        free: ``Σ a`` of everybody else, who get ``a (m − held) / free``.
        cost: ``Σ a²/p`` of those who are held.
    """

    low: float
    high: float
    held: float
    free: float
    cost: float


@dataclass(frozen=True, kw_only=True, eq=False)
class BudgetPath:
    """Optimal probabilities of a problem over the budget ``m``; made by :func:`optimal_path`.

    Between neighbouring breakpoints each probability is constant or ``a t``, and ``t`` is linear in
    ``m``: the variance is a rational function of ``m``, and nothing is interpolated.

    Attributes:
        problem: the problem; its budget plays no part.
        breakpoints: ``(K,)``, ascending: budgets at which somebody reaches a limit, or leaves a
            floor. From the last one on, more budget changes nothing.
        least: the least budget that the floors allow, where the path starts; 0 without floors.
    """

    problem: Problem = field(repr=False)
    breakpoints: FloatArray = field(repr=False)
    least: float
    _box: Boxes = field(repr=False)
    _own: FloatArray = field(repr=False)
    _levels: FloatArray = field(repr=False)
    _sums: FloatArray = field(repr=False)
    _squares: float = field(repr=False)
    _unit: int = field(repr=False)

    @property
    def most(self) -> float:
        """The most draws that caps, ceilings and availability can use."""
        return float(self.breakpoints[-1]) if self.breakpoints.size else self.least

    def at(self, budget: float) -> FloatArray:
        """``(V, S)``, the optimal probabilities at a budget, within all limits exactly.

        Raises:
            InvalidProblemError: a budget that is not a finite number above 0.
            InfeasibleError: a budget that the floors exceed.
        """
        level = float(self._level(self._checked(real_number(budget, "budget"))))
        rows = np.maximum(level, self._own)
        p = box_probabilities(self._box, Multipliers(level=level, rows=rows))
        out = lowered(replace(self.problem, budget=budget), p)
        out.flags.writeable = False
        return out

    def capped(self, budget: float) -> BoolArray:
        """``(V,)``, which processors are at their caps."""
        totals = self.at(budget).sum(axis=1)
        return np.asarray(totals >= self.problem.processor_cap * AT_CAP)

    def threshold(self, budget: npt.ArrayLike) -> FloatArray:
        """``t``: who is free is drawn with ``a t``; infinite from the last breakpoint on."""
        with np.errstate(divide="ignore", over="ignore"):
            level = self._level(self._checked(budget))
            return np.asarray(np.ldexp(1.0 / level, -self._box.exponent))

    def price(self, budget: npt.ArrayLike) -> FloatArray:
        """``1/t²``, what one more draw would save of ``Σ λ a²/p``; 0 from the last breakpoint.

        Raises:
            InvalidProblemError: float64 does not hold it; what to multiply the scores by.
        """
        near = self._level(self._checked(budget))
        with np.errstate(over="ignore", under="ignore"):
            level = np.ldexp(near, self._box.exponent)
            return self._held(np.asarray(level * level), near, "prices are")

    def objective(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a²/p`` of the optimum, for one budget or an array of them.

        Raises:
            InvalidProblemError: float64 does not hold it; what to multiply the scores by.
        """
        near = self._cost(self._checked(budget))
        with np.errstate(over="ignore", under="ignore"):
            return self._held(np.asarray(np.ldexp(near, 2 * self._scale)), near, "objectives are")

    def variance(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a² (1/p − 1)`` of the optimum, for one budget or an array of them.

        Within some 1e-15 of the objective; where the variance is far below that, take
        ``moments.model_variance`` of :meth:`at`.

        Raises:
            InvalidProblemError: float64 does not hold it; what to multiply the scores by.
        """
        with np.errstate(over="ignore", under="ignore"):
            left = np.maximum(self._cost(self._checked(budget)) - self._squares, 0.0)
            return self._held(np.asarray(np.ldexp(left, 2 * self._scale)), left, "variances are")

    def _held(self, values: FloatArray, near: FloatArray, what: str) -> FloatArray:
        """Values that float64 holds; ``near`` are the same in a unit of their own."""
        require_held(
            values,
            size=float(np.max(near, initial=0.0)),
            greatest=float(self.problem.weighted_scores.max()),
            what=what,
        )
        return values

    def piece(self, budget: float) -> Piece:
        """The piece of the path that a budget lies on."""
        k = int(self._place(self._checked(real_number(budget, "budget"))))
        points = self.breakpoints
        scale = self._box.exponent
        sums = self._sums[:, k]
        return Piece(
            low=float(points[k - 1]) if k else self.least,
            high=float(points[k]) if k < points.size else math.inf,
            held=float(sums[0] + sums[1]),
            free=float(np.ldexp(sums[2] + sums[3], scale)),
            cost=float(np.ldexp(sums[4] + sums[5], 2 * self._scale)),
        )

    @property
    def _scale(self) -> int:
        """Costs are kept in units of ``4**scale``."""
        return self._box.exponent + self._unit

    def _checked(self, budget: npt.ArrayLike) -> FloatArray:
        given = real_numbers(budget, "budget")
        if not np.all((given > 0.0) & (given < np.inf)):
            raise InvalidProblemError(f"budget is {budget!r:.80}; give finite numbers above 0")
        if np.any(given < self.least):
            raise InfeasibleError(
                f"a budget of {float(given.min())!r} is below the floors, which need "
                f"{self.least!r}; "
                "raise it or lower the floors"
            )
        return given

    def _place(self, budget: FloatArray) -> npt.NDArray[np.intp]:
        return np.searchsorted(self.breakpoints, budget, side="right")

    def _level(self, budget: FloatArray) -> FloatArray:
        """``r = 1/t`` in the boxes' unit, 0 where the budget is slack."""
        k = self._place(budget)
        held, held_low, free, free_low = self._sums[:4, k]
        left = (budget - held) - held_low
        moving = free + free_low
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            level = np.where(left > 0.0, moving / left, np.inf)
        # What rounding would carry beyond the ends of a piece stays at them.
        ends = np.concatenate([[np.finfo(float).max], self._levels, [0.0]])
        return np.asarray(np.clip(level, ends[k + 1], ends[k])) * (k < self.breakpoints.size)

    def _cost(self, budget: FloatArray) -> FloatArray:
        """``Σ a²/p`` in units of ``4**scale``."""
        k = self._place(budget)
        free = np.ldexp(self._sums[2, k] + self._sums[3, k], -self._unit)
        moving = free * np.ldexp(self._level(budget), -self._unit)
        return np.asarray(self._sums[4, k] + self._sums[5, k] + moving)

    def __repr__(self) -> str:
        return (
            f"BudgetPath({self.problem.n_processors} "
            f"{plural(self.problem.n_processors, 'processor')} x {self.problem.n_models} "
            f"{plural(self.problem.n_models, 'model')}, budgets {self.least:.6g} to "
            f"{self.most:.6g}, {self.breakpoints.size} "
            f"{plural(self.breakpoints.size, 'breakpoint')})"
        )


@as_annotated
def optimal_path(problem: Problem) -> BudgetPath:
    """The optimal probabilities of a problem for every budget, from one sort and one pass.

    Processor, client and group caps, ceilings, floors and availability may all bind. The problem's
    own budget plays no part. Costs a sort of rows, or of entries where floors or ceilings bind.

    Raises:
        InvalidProblemError: limits whose optima are irrational: `solved_path` takes them.
        InfeasibleError: floors that do not fit the caps.

    Source: water-filling, Chen, Horváth, Richtárik (TMLR 2022); as a path in the budget it is the
    inclusion probabilities of survey sampling for every sample size.
    """
    box, own, moving = items(problem)
    levels, sums = _walked(moving)
    with np.errstate(divide="ignore"):
        held = sums[0] + sums[1]
        reached = (sums[2] + sums[3])[1:] / levels + held[1:]
    points = np.maximum.accumulate(reached) if reached.size else reached
    for array in (points, levels, sums, own):
        array.flags.writeable = False
    return BudgetPath(
        problem=problem,
        breakpoints=points,
        least=_least(problem.bounds[0]),
        _box=box,
        _own=own,
        _levels=levels,
        _sums=sums,
        _squares=moving.squares,
        _unit=moving.exponent,
    )


def _least(floor: FloatArray) -> float:
    """The least float64 that is not below the sum of the floors."""
    total = math.fsum(floor.ravel().tolist())
    return math.nextafter(total, math.inf) if exact_excess(floor, total) > 0.0 else total


def _walked(path: Items) -> tuple[FloatArray, FloatArray]:
    """Levels of the events, falling, and the sums between them."""
    moving = path.moving
    entering = np.flatnonzero(np.isfinite(moving.enter))
    leaving = np.arange(moving.slopes.size)
    at = np.concatenate([moving.enter[entering], moving.leave])
    order = np.concatenate([entering, moving.slopes.size + leaving])
    falling = np.argsort(-at, kind="stable")
    levels, order = at[falling], order[falling].astype(np.int64)
    sums = np.zeros((6, levels.size + 1))
    kernels.walk(moving, order, levels, path.held, path.cost, sums)
    return levels, sums


@dataclass(frozen=True, kw_only=True, eq=False)
class Items:
    """What gets ``slope / r`` at levels ``r`` from ``enter`` down to ``leave``, else a constant.

    Attributes:
        moving: what moves: ``slope`` is ``M`` of a row, ``a`` of an entry.
        held, cost: draws of what never moves, and its ``Σ a²/p``; squares: ``Σ a²`` of everything.
        exponent: squares and costs are in units of ``4**exponent`` of the boxes' unit.
    """

    moving: kernels.Moving
    held: float
    cost: float
    squares: float
    exponent: int


def without_budget(problem: Problem) -> Problem:
    """The same problem with a budget that cannot bind.

    Raises:
        InvalidProblemError: limits for which the path has no rational pieces.
        InfeasibleError: floors that do not fit the other limits.
    """
    require_problem(problem)
    for limit in problem.sum_limits():
        if limit.structure in _IRRATIONAL:
            name = _IRRATIONAL[limit.structure]
            raise InvalidProblemError(
                f"the path over the budget knows no {name}: its pieces are irrational; use "
                f"solved_path, which solves each budget that is asked for, or leave {name} out"
            )
    instead = "solved_path, which solves each budget that is asked for"
    refuse_sum_floors(problem, "the path over the budget", instead)
    refuse_variance_ceilings(problem, "the path over the budget", instead)
    free = replace(problem, budget=2.0 * problem.scores.size)
    check_feasible(free)
    return free


def own_levels(free: Problem, box: Boxes) -> FloatArray:
    """``(V,)``, the level below which each row is held by its own, its client's or group's cap."""
    prices = best_multipliers(free)
    if not isinstance(prices, Prices):
        return np.ldexp(prices.rows, prices.exponent - box.exponent)
    paid = np.zeros((1, 1))
    for limit, values in prices.by_limit(free):
        if limit.structure is not Structure.TOTAL:
            paid = limit.plus_prices(paid, values)
    return np.asarray(np.ldexp(np.sqrt(paid[:, 0]), prices.exponent - box.exponent))


def items(problem: Problem) -> tuple[Boxes, FloatArray, Items]:
    """The problem in a safe unit, each row's own level, and what moves.

    Raises:
        InvalidProblemError, InfeasibleError: see :func:`without_budget`.
    """
    free = without_budget(problem)
    box = boxes(free)
    if problem.is_plain and is_base(problem):
        sums = box.scores.sum(axis=1)
        own = np.asarray(sums / box.caps)
        return box, own, _rows(box, sums, own)
    own = own_levels(free, box)
    return box, own, _entries(box, own)


def _unit(box: Boxes) -> int:
    return exponent_of(float(box.scores.max(initial=0.0)))


def _rows(box: Boxes, sums: FloatArray, own: FloatArray) -> Items:
    unit, wanted = _unit(box), sums > 0.0
    m = np.ldexp(sums[wanted], -unit)
    caps = np.broadcast_to(box.caps, sums.shape)[wanted]
    nothing = np.zeros_like(m)
    return Items(
        moving=kernels.Moving(
            slopes=sums[wanted],
            enter=np.full(m.size, np.inf),
            leave=own[wanted],
            ends=np.stack([nothing, caps]),
            costs=np.stack([nothing, m * (m / caps)]),
        ),
        held=0.0,
        cost=0.0,
        squares=_squares(box.scores, unit),
        exponent=unit,
    )


def _squares(table: FloatArray, unit: int) -> float:
    with np.errstate(under="ignore"):
        small = np.ldexp(table, -unit).reshape(-1)
        return float(small @ small)


def _entries(box: Boxes, own: FloatArray) -> Items:
    unit = _unit(box)
    rows = np.broadcast_to(own[:, None], box.scores.shape)
    kept = box.scores > 0.0
    a, root = box.scores[kept], rows[kept]
    low, high = (np.broadcast_to(x, kept.shape)[kept] for x in (box.floor, box.ceiling))
    with np.errstate(divide="ignore", over="ignore"):
        enter = np.where(low > 0.0, a / low, np.inf)
        leave = np.maximum(a / high, root)
        most = np.clip(np.where(root > 0.0, a / root, np.inf), low, high)
    moves = leave < enter
    moves &= most > low
    small = np.ldexp(a, -unit)
    with np.errstate(divide="ignore", under="ignore"):
        before = np.where(low > 0.0, small * (small / low), 0.0)
        after = small * (small / most)
    still = ~moves
    return Items(
        moving=kernels.Moving(
            slopes=a[moves],
            enter=enter[moves],
            leave=leave[moves],
            ends=np.stack([low[moves], most[moves]]),
            costs=np.stack([before[moves], after[moves]]),
        ),
        held=math.fsum(
            [*most[still].tolist(), *np.broadcast_to(box.floor, kept.shape)[~kept].tolist()]
        ),
        cost=float(after[still].sum()),
        squares=_squares(box.scores, unit),
        exponent=unit,
    )

"""The path of optima: the best design for every budget at once, exact between its breakpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.solvers.solution import AT_CAP
from roundlot.solvers.water.boxes import Boxes, box_probabilities
from roundlot.solvers.water.path_items import Items, items
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray

NEAR = 1e-12


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
    """Optimal designs of a problem over the budget ``m``; made by :func:`optimal_path`.

    Between neighbouring breakpoints each probability is constant or ``a t``, and ``t`` is linear in
    ``m``: the variance is a rational function of ``m``, and nothing is interpolated.

    Attributes:
        problem: the problem; its budget plays no part.
        breakpoints: ``(K,)``, ascending: budgets at which somebody reaches a limit, or leaves a
            floor. From the last one on, more budget changes nothing.
        least: the least budget that the floors allow; 0 without floors.
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
        level = float(self._level(self._checked(budget)))
        rows = np.maximum(level, self._own)
        design = box_probabilities(self._box, Multipliers(level=level, rows=rows))
        out = lowered(replace(self.problem, budget=budget), design)
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
        """``1/t²``, what one more draw would save of ``Σ λ a²/p``; 0 from the last breakpoint."""
        with np.errstate(over="ignore", under="ignore"):
            level = np.ldexp(self._level(self._checked(budget)), self._box.exponent)
            return np.asarray(level * level)

    def objective(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a²/p`` of the optimum, for one budget or an array of them."""
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(np.ldexp(self._cost(self._checked(budget)), 2 * self._scale))

    def variance(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a² (1/p − 1)`` of the optimum, for one budget or an array of them.

        Within some 1e-15 of the objective; where the variance is far below that, take
        ``moments.model_variance`` of :meth:`at`.
        """
        with np.errstate(over="ignore", under="ignore"):
            left = np.maximum(self._cost(self._checked(budget)) - self._squares, 0.0)
            return np.asarray(np.ldexp(left, 2 * self._scale))

    def piece(self, budget: float) -> Piece:
        """The piece of the path that a budget lies on."""
        k = int(self._place(self._checked(budget)))
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
        given = np.asarray(budget, dtype=np.float64)
        if not np.all((given > 0.0) & (given < np.inf)):
            raise InvalidProblemError(f"budget is {budget!r:.80}; give finite numbers above 0")
        if np.any(given < self.least * (1.0 - NEAR)):
            raise InfeasibleError(
                f"a budget of {given.min():g} is below the floors, which sum to {self.least:g}; "
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
            f"BudgetPath({self.problem.n_processors} processors x {self.problem.n_models} models, "
            f"budgets {self.least:.6g} to {self.most:.6g}, {self.breakpoints.size} breakpoints)"
        )


def optimal_path(problem: Problem) -> BudgetPath:
    """The optimal designs of a problem for every budget, from one sort and one pass.

    Processor, client and group caps, ceilings, floors and availability may all bind. The problem's
    own budget plays no part. Costs a sort of rows, or of entries where floors or ceilings bind.

    Raises:
        InvalidProblemError: budgets per model or cost rows, whose optima are irrational.
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
        least=float(held[0]),
        _box=box,
        _own=own,
        _levels=levels,
        _sums=sums,
        _squares=moving.squares,
        _unit=moving.exponent,
    )


def _walked(moving: Items) -> tuple[FloatArray, FloatArray]:
    """Levels of the events, falling, and the sums between them."""
    from roundlot.solvers.kernels.path import walk

    entering = np.flatnonzero(np.isfinite(moving.enter))
    leaving = np.arange(moving.slopes.size)
    at = np.concatenate([moving.enter[entering], moving.leave])
    order = np.concatenate([entering, moving.slopes.size + leaving])
    falling = np.argsort(-at, kind="stable")
    levels, order = at[falling], order[falling].astype(np.int64)
    sums = np.zeros((6, levels.size + 1))
    walk(
        moving.slopes,
        moving.enter,
        moving.leave,
        moving.ends,
        moving.costs,
        order,
        levels,
        moving.held,
        moving.cost,
        sums,
    )
    return levels, sums

"""What moves along the path of optima: rows, or entries where floors or ceilings may bind."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.exact import best_multipliers, is_base
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.water.boxes import Boxes, boxes
from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Items:
    """What gets ``slope / r`` at levels ``r`` from ``enter`` down to ``leave``, else a constant.

    Attributes:
        slopes: ``(n,)``: ``M`` of a row, ``a`` of an entry.
        enter, leave: ``(n,)``, infinite where it is free from the beginning.
        ends: ``(2, n)``, draws before and after; costs: ``(2, n)``, ``Σ a²/p`` then.
        held, cost: draws of what never moves, and its ``Σ a²/p``; squares: ``Σ a²`` of everything.
        exponent: squares and costs are in units of ``4**exponent`` of the boxes' unit.
    """

    slopes: FloatArray
    enter: FloatArray
    leave: FloatArray
    ends: FloatArray
    costs: FloatArray
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
    for name in ("model_budgets", "costs"):
        if getattr(problem, name) is not None:
            raise InvalidProblemError(
                f"the path over the budget knows no {name}: its pieces are irrational; leave "
                f"{name} out, or solve for one budget at a time"
            )
    free = replace(problem, budget=2.0 * problem.scores.size)
    check_feasible(free)
    return free


def own_levels(free: Problem, box: Boxes) -> FloatArray:
    """``(V,)``, the level below which each row is held by its own, its client's or group's cap."""
    prices = best_multipliers(free)
    if not isinstance(prices, Prices):
        return np.ldexp(prices.rows, prices.exponent - box.exponent)
    paid = prices.processors.copy()
    for (_, label, _), level in zip(free.levels, prices.levels, strict=True):
        paid += level[label]
    return np.asarray(np.ldexp(np.sqrt(paid), prices.exponent - box.exponent))


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
        slopes=sums[wanted],
        enter=np.full(m.size, np.inf),
        leave=own[wanted],
        ends=np.stack([nothing, caps]),
        costs=np.stack([nothing, m * (m / caps)]),
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
    low, high = box.floor[kept], box.ceiling[kept]
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
        slopes=a[moves],
        enter=enter[moves],
        leave=leave[moves],
        ends=np.stack([low[moves], most[moves]]),
        costs=np.stack([before[moves], after[moves]]),
        held=math.fsum([*most[still].tolist(), *box.floor[~kept].tolist()]),
        cost=float(after[still].sum()),
        squares=_squares(box.scores, unit),
        exponent=unit,
    )

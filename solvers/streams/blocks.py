"""Rows in blocks: what they are, and sums over all of them that do not depend on the blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.sums import GREATEST, TINY, cost_rows, cost_unit
from roundlot.solvers.water.scaling import changed
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure

#: The limits that sum over all blocks; those of rows and groups are of one block each.
SHARED = frozenset((Structure.TOTAL, Structure.MODELS, Structure.WEIGHTED))

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Some rows of a table, that no client and no group with a cap has in part.

    Attributes:
        problem: its rows; budget, models' budgets and cost budgets are those of the whole table.
        first: the number in the table of its first row.
    """

    problem: Problem
    first: int

    @property
    def local(self) -> Problem:
        """The same rows under the limits that no other block shares."""
        free = 2.0 * self.problem.scores.size  # no probability is above 1
        nothing = dict.fromkeys(("model_budgets", "costs", "cost_budgets", "model_floors"))
        return changed(self.problem, budget=free, **nothing)

    @property
    def shared_limits(self) -> tuple[tuple[slice, Limit], ...]:
        """The limits of all blocks, and their places among ``1 + S + K``."""
        models = self.problem.n_models
        places = {
            Structure.TOTAL: slice(0, 1),
            Structure.MODELS: slice(1, 1 + models),
            Structure.WEIGHTED: slice(1 + models, None),
        }
        limits = self.problem.sum_limits()
        return tuple((places[x.structure], x) for x in limits if x.structure in SHARED)


class Blocks(Protocol):
    """A table in blocks, here or elsewhere."""

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum, by ``+``, of ``function(block, *arguments)`` over all blocks, in order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """The sums of a table that limits of all blocks are about, without rounding.

    Attributes:
        models: ``(S, DIGITS)``, as digits (`kernels.sums`).
        costs: ``(K, 2, DIGITS)``, of cost rows in units near their budget: added, and taken off.
        tiny: ``(K,)``, whether there were products too small to be exact.
    """

    models: IntArray
    costs: IntArray
    tiny: IntArray

    @classmethod
    def of(cls, problem: Problem, table: FloatArray) -> Sums:
        """Of a block's table ``(rows, S)`` of numbers ``>= 0``."""
        models = np.zeros((problem.n_models, kernels.DIGITS), dtype=np.int64)
        for digits, column in zip(models, np.ascontiguousarray(table.T), strict=True):
            kernels.add_exactly(column, 0.0, np.inf, digits)
        budgets = cost_budgets(problem).tolist()
        costs = np.zeros((len(budgets), 2, kernels.DIGITS), dtype=np.int64)
        tiny = np.zeros(len(budgets), dtype=np.int64)
        p = np.ascontiguousarray(table).reshape(-1)
        for k, bound in enumerate(budgets):
            assert problem.costs is not None
            cost = _near(problem.costs[k], bound).reshape(-1)
            high, low = _products(cost, p)
            kernels.add_exactly(high, 0.0, np.inf, costs[k, 0])
            kernels.add_exactly(np.maximum(low, 0.0), 0.0, np.inf, costs[k, 0])
            kernels.add_exactly(np.maximum(-low, 0.0), 0.0, np.inf, costs[k, 1])
            tiny[k] = ((cost > 0.0) & (p > 0.0) & (high < kernels.SURELY_SPLIT)).any()
        return cls(models=models, costs=costs, tiny=tiny)

    def __add__(self, other: Sums) -> Sums:
        models, costs = self.models + other.models, self.costs + other.costs
        for digits in (*models, *costs.reshape(-1, kernels.DIGITS)):
            kernels.carry(digits)
        return Sums(models=models, costs=costs, tiny=self.tiny | other.tiny)

    def values(self, budgets: FloatArray) -> tuple[Fraction, ...]:
        """``1 + S + K`` sums, of all, of each model and, at least, each cost row.

        Args:
            budgets: ``(K,)``, of the cost rows.
        """
        models = [kernels.exact_value(digits) for digits in self.models]
        costs = []
        for k, bound in enumerate(budgets.tolist()):
            added, off = (kernels.exact_value(digits) for digits in self.costs[k])
            more = Fraction(TINY) if self.tiny[k] else Fraction(0)
            costs.append((added - off + more) * Fraction(2) ** cost_unit(bound))
        return (sum(models, Fraction(0)), *models, *costs)


@dataclass(frozen=True, kw_only=True)
class First:
    """The first of something, in words; empty where a block has none."""

    words: str = ""

    def __add__(self, other: First) -> First:
        return self if self.words else other

    def __str__(self) -> str:
        return self.words


def bounds_of(problem: Problem) -> tuple[Fraction | None, ...]:
    """``1 + S + K`` right sides of the limits of all blocks; None where there is none."""
    models = (
        [None] * problem.n_models
        if problem.model_budgets is None
        else map(Fraction, problem.model_budgets.tolist())
    )
    return (Fraction(problem.budget), *models, *map(Fraction, cost_budgets(problem).tolist()))


def cost_budgets(problem: Problem) -> FloatArray:
    """``(K,)``; empty without cost rows."""
    return np.zeros(0) if problem.cost_budgets is None else problem.cost_budgets


def cost_limits(limit: Limit) -> Iterator[Limit]:
    """Cost rows one by one, or a limit of another structure as it is."""
    yield from cost_rows(limit, scaled=False) if limit.weights is not None else (limit,)


def _near(cost: FloatArray, bound: float) -> FloatArray:
    """Costs in a unit in which their budget is near 1, of which no product overflows."""
    unit = cost_unit(bound)
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(np.ldexp(cost, -unit), GREATEST))


def _products(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(p, e)`` with ``p + e = x y``, as `kernels.sums.two_product` has it."""
    product = x * y
    (top, rest), (high, low) = _halves(x), _halves(y)
    return product, ((top * high - product) + top * low + rest * high) + rest * low


def _halves(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    shadow = kernels.SPLIT * x
    high = shadow - (shadow - x)
    return high, x - high

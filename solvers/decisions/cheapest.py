"""The inverse problem with a price on every draw: the least cost under variance ceilings.

minimise ``Σ cost p`` subject to ``Σ_v a²/p <= ceiling_s + Σ_v a²`` and every limit of a problem, by
the joint dual. For prices ``μ >= 0`` of the ceilings and ``y >= 0`` of all limits ``A p <= b``,

    optimum >= Σ min_{l <= p <= u} (μ a²/p + (cost + Aᵀ y) p) − Σ μ (ceiling + Σ a²) − yᵀ b.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.joint.bound import require_close
from roundlot.solvers.joint.cost import CostFound, least_under
from roundlot.solvers.objectives.certificate import lowest_ceilings, weighted_variance
from roundlot.solvers.proof.answer import ProvedDesign
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import plain_prices
from roundlot.solvers.solution import ceiling_record
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates import Claim, Goal, Prices
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.positions import by_position
from roundlot.theory.problem.alignment import in_order_of_pairs
from roundlot.theory.problem.given import Column
from roundlot.theory.problem.problem import require_problem

LEAST_NORMAL = float(np.finfo(np.float64).tiny)  # below it a price has fewer digits


@dataclass(frozen=True, kw_only=True, eq=False)
class CeilingPrices:
    """What a unit of each limit is worth, in units of the cost.

    Attributes:
        ceilings: ``(S,)``, ``μ`` of the ceilings, per unit of variance.
        caps: ``(V,)``, of the processors' caps.
        budget: of a draw.
        levels: one ``(G,)`` for each of the problem's ``levels``: clients, then groups.
        models: ``(S,)``, of the models' budgets; None for 0.
        costs: ``(K,)``, of the cost rows, per unit of their cost; None where there are none.
        floors: one for each of the problem's ``sum_floors()``: clients, groups, models.
        exponents: ``(S,)``, whole numbers: ``ceilings`` are times ``2**exponents``. None, but where
            scores are so large or so small that float64 holds no price per unit of variance.
    """

    ceilings: FloatArray
    caps: FloatArray
    budget: float
    levels: tuple[FloatArray, ...] = ()
    models: FloatArray | None = None
    costs: FloatArray | None = None
    floors: tuple[FloatArray, ...] = ()
    exponents: IntArray | None = None

    @property
    def limits(self) -> Prices:
        """All but those of the ceilings."""
        return Prices(
            budget=self.budget,
            processors=self.caps,
            levels=self.levels,
            models=np.zeros(self.ceilings.size) if self.models is None else self.models,
            costs=np.zeros(0) if self.costs is None else self.costs,
            floors=self.floors,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastCost(ProvedDesign):
    """The cheapest probabilities that keep every model's variance under its ceiling.

    Attributes:
        problem: the problem.
        cost: ``(V, S)``, of a draw.
        variance_ceiling: ``(S,)``, the lower of what was given and the problem's own.
        probabilities: ``(V, S)``, feasible exactly, variances within the ceilings.
        total: expected cost of a round.
        lower_bound: no probabilities within the limits cost less, in exact arithmetic.
        prices: that prove it.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    cost: FloatArray = field(repr=False)
    variance_ceiling: FloatArray
    probabilities: FloatArray = field(repr=False)
    total: float
    lower_bound: float
    prices: CeilingPrices = field(repr=False)
    seconds: float

    _method: ClassVar[str] = "least cost"

    @property
    def _value(self) -> float:
        return self.total

    def _record(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "rigorous": self.verify(),
            "seconds": self.seconds,
            **ceiling_record(
                self.problem,
                self.probabilities,
                variance_ceiling=self.variance_ceiling,
                model_variance=self.model_variance,
            ),
        }

    @property
    def model_variance(self) -> FloatArray:
        """``(S,)``, at most the ceilings."""
        return model_variance(self.problem.scores, self.probabilities)

    def claim(self) -> Claim:
        """What is said to be proved, as its judge reads it."""
        return Claim(
            problem=changed(self.problem, model_variance_ceilings=None),  # the goal has them
            goal=Goal(name="cost", cost=self.cost, ceilings=self.variance_ceiling),
            probabilities=self.probabilities,
            prices=self.prices.limits,
            variance_prices=self.prices.ceilings,
            variance_exponents=self.prices.exponents,
            objective=self.total,
            lower_bound=self.lower_bound,
            gap=gap_above(self.total, self.lower_bound),
            variance=weighted_variance(self.problem, self.model_variance),
        )


@by_position("cost", "variance_ceiling")
def least_cost(problem: Problem, cost: npt.ArrayLike, variance_ceiling: Column) -> LeastCost:
    """The least ``Σ cost p`` with ``Var_s <= variance_ceiling_s`` for every model.

    Args:
        problem: scores and limits, all of them; model weights are not used.
        cost: scalar or ``(V, S)``, ``>= 0``, of a draw.
        variance_ceiling: scalar or ``(S,)``, above 0.

    Raises:
        InvalidProblemError: malformed costs or ceilings.
        InfeasibleError: no probabilities within the limits keep the ceilings; says what would.
        ConvergenceError: the proved gap stayed above 1e-9.
    """
    start = time.perf_counter()
    require_problem(problem)
    prices_of_draws = costs_of_draws(problem, cost)
    ceiling = lowest_ceilings(problem, variance_ceiling)
    check_feasible(problem)
    found = least_under(problem, prices_of_draws, ceiling)
    require_close(found.total, found.lower_bound, "the cost")
    return as_least_cost(problem, prices_of_draws, ceiling, found, start)


def as_least_cost(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, found: CostFound, start: float
) -> LeastCost:
    """What was found, with its prices in plain units; ``start`` is when the clock did."""
    return LeastCost(
        problem=problem,
        cost=cost,
        variance_ceiling=ceiling,
        probabilities=found.probabilities,
        total=found.total,
        lower_bound=found.lower_bound,
        prices=ceiling_prices(problem, found),
        seconds=time.perf_counter() - start,
    )


def ceiling_prices(problem: Problem, found: CostFound) -> CeilingPrices:
    """The prices that were found, in plain units where float64 holds them."""
    plain = plain_prices(problem, found.prices)
    ceilings, exponents = found.ceilings, found.exponents
    if exponents is not None:
        with np.errstate(over="ignore", under="ignore"):
            moved = np.ldexp(ceilings, exponents)
        if np.all((ceilings == 0.0) | ((moved >= LEAST_NORMAL) & np.isfinite(moved))):
            ceilings, exponents = moved, None
    return CeilingPrices(
        ceilings=ceilings,
        caps=plain.processors,
        budget=plain.budget,
        levels=plain.levels,
        models=plain.models,
        costs=plain.costs,
        floors=plain.floors,
        exponents=exponents,
    )


def costs_of_draws(problem: Problem, cost: npt.ArrayLike) -> FloatArray:
    """``(V, S)`` of a scalar or a table; 0 where a pair is not available."""
    table = real_numbers(in_order_of_pairs(problem, cost, "cost"), "cost")
    if table.shape not in ((), problem.scores.shape):
        raise InvalidProblemError(
            f"cost has shape {table.shape}; give a scalar or {problem.scores.shape}"
        )
    if not np.all(np.isfinite(table) & (table >= 0.0)):
        raise InvalidProblemError("cost must be finite and at least 0 in every entry")
    full = np.where(problem.available, table, 0.0)
    full.flags.writeable = False
    return full

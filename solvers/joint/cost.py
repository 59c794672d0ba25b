"""The least cost of draws under ceilings of variances, and the proof of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.joint.answer import solve_joint
from roundlot.solvers.joint.bound import ceilings_left, excess_above
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import kept, reach
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices


@dataclass(frozen=True, kw_only=True, eq=False)
class CostFound:
    """Probabilities under the ceilings, and what proves that hardly any cost less.

    Attributes:
        probabilities: ``(V, S)``.
        total: what they cost.
        lower_bound: no probabilities within limits and ceilings cost less.
        ceilings: ``(S,)``, prices of the ceilings.
        prices: of all other limits.
    """

    probabilities: FloatArray = field(repr=False)
    total: float
    lower_bound: float
    ceilings: FloatArray
    prices: Prices


def least_under(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, *, unlimited: bool = False
) -> CostFound:
    """The least ``Σ cost p`` with ``Var_s <= ceiling_s``, within the limits of a feasible problem.

    Args:
        problem: its limits.
        cost: ``(V, S)``, 0 where a pair is not available.
        ceiling: ``(S,)``, infinite for none.
        unlimited: whether the budget is left out.

    Raises:
        InfeasibleError: the ceilings are out of reach.
        ConvergenceError: they are too near to what can be reached.
    """
    floor, bare = problem.bounds[0], not problem.sum_floors()
    if bare and not above_ceilings(problem.scores, floor, ceiling).any():
        total = cost_of(cost, floor)
        return CostFound(
            probabilities=floor,
            total=total,
            lower_bound=total * (1.0 - 4.0 * UNIT),
            ceilings=np.zeros(problem.n_models),
            prices=no_prices(problem),
        )
    if not cost.any():
        p = kept(problem, reach(problem, ceiling).probabilities, ceiling, problem.scores)
        nothing = np.zeros(problem.n_models)
        return CostFound(
            probabilities=p,
            total=0.0,
            lower_bound=0.0,
            ceilings=nothing,
            prices=no_prices(problem),
        )
    active = problem.scores.any(axis=0) & np.isfinite(ceiling)
    answer = solve_joint(
        problem,
        layers=np.where(active, problem.scores, 0.0)[None],
        rows=Rows.of_models(np.where(active, ceiling, np.inf)),
        cost=shared_cost(problem, cost),
        unlimited=unlimited,
        accepted=lambda p: not above_ceilings(problem.scores, p, ceiling).any(),
    )
    multipliers = np.zeros(problem.n_models)
    multipliers[active] = answer.rows
    p = kept(problem, answer.probabilities, ceiling, problem.scores)
    return priced_cost(problem, cost, ceiling, p, multipliers, answer.prices)


def priced_cost(
    problem: Problem,
    cost: FloatArray,
    ceiling: FloatArray,
    probabilities: FloatArray,
    ceilings: FloatArray,
    prices: Prices,
) -> CostFound:
    """What prices of ceilings ``(S,)`` and limits prove of probabilities that keep them all."""
    total = cost_of(cost, probabilities)
    left = excess_above(problem, probabilities, ceilings, prices, cost=cost)
    enough = max(1e-14 * total, 1e-2 * left)
    left += ceilings_left(ceilings, ceiling, problem.scores, probabilities, enough=enough)
    return CostFound(
        probabilities=probabilities,
        total=total,
        lower_bound=max(0.0, (total * (1.0 - 4.0 * UNIT) - left) * (1.0 - 2.0 * UNIT)),
        ceilings=ceilings,
        prices=prices,
    )


def shared_cost(problem: Problem, cost: FloatArray) -> FloatArray | float:
    """One number where all pairs that are available cost the same."""
    held = cost[problem.available]
    if held.size and held.min() == held.max():
        return float(held[0])
    return cost


def cost_of(cost: FloatArray, probabilities: FloatArray) -> float:
    """``Σ cost p``, to three units."""
    return float(kernels.rounded_sum(cost * probabilities))

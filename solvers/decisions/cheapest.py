"""The inverse problem with a price on every draw: the least cost under variance ceilings.

minimise ``Σ cost p`` subject to ``Σ_v a²/p <= ceiling_s + Σ_v a²``, ``Σ_s p <= c_v``,
``Σ p <= m`` and ``l <= p <= u``: a cone program, given to Clarabel, made feasible exactly and
certified by its prices. For prices ``μ >= 0`` of the ceilings, ``η_v >= 0`` of the caps and
``ν >= 0`` of the budget,

    optimum >= Σ min_{l <= p <= u} (μ a²/p + (cost + η + ν) p) − Σ μ (ceiling + Σ a²) − Σ η c − ν m.
"""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.conic import ACCEPTED, TOLERANCES, repaired
from roundlot.solvers.objectives.certificate import (
    UNIT,
    checked_ceilings,
    squares_above,
    variances_above,
    weighted_variance,
)
from roundlot.solvers.objectives.norms import Worst
from roundlot.solvers.proof.bound import Lagrangian, gap_above, in_user_units
from roundlot.solvers.proof.saving import save_claim
from roundlot.solvers.solution import ceiling_record, probability_columns
from roundlot.solvers.water.scaling import changed
from roundlot.theory import (
    ConvergenceError,
    InfeasibleError,
    InvalidProblemError,
    Problem,
    RoundlotWarning,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import Claim, Goal, Prices, examine
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.positions import by_position
from roundlot.theory.problem.alignment import in_order_of_pairs
from roundlot.theory.problem.given import Column
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

KNOWN = {
    *("scores", "budget", "available", "processor_cap", "floor", "ceiling", "model_weights"),
    *("weights", "client", "names"),
}
PASSES = 4  # cone programs, each in units of the last probabilities
CLOSE = 1e-7  # a gap at which no further one is tried
ROUNDING = 1e-13  # of a float sum of what floors cost
TINY = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class CeilingPrices:
    """Prices of the ceilings ``μ`` ``(S,)``, of the caps ``η`` ``(V,)`` and of the budget ``ν``."""

    ceilings: FloatArray
    caps: FloatArray
    budget: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastCost(Tabular):
    """The cheapest probabilities that keep every model's variance under its ceiling.

    Attributes:
        problem: the problem.
        cost: ``(V, S)``, of a draw.
        variance_ceiling: ``(S,)``.
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

    __repr__ = short_repr

    _index: ClassVar[str | None] = "client"

    def _columns(self) -> Mapping[str, Any]:
        return probability_columns(self.problem, self.probabilities)

    def _library(self) -> str | None:
        return self.problem.names.library

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
    def gap(self) -> float:
        """``total / lower_bound − 1``, rounded up; 0 when both are 0."""
        return gap_above(self.total, self.lower_bound)

    @property
    def model_variance(self) -> FloatArray:
        """``(S,)``, at most the ceilings."""
        return model_variance(self.problem.scores, self.probabilities)

    def verify(self) -> bool:
        """Whether the probabilities keep every limit and the prices prove the bound."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words; computed afresh by `roundlot.theory.certificates`."""
        found = examine(self.claim())
        return (*found.complaints, *found.undecided)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what is proved as JSON, which ``roundlot check`` judges; see `Solution`.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        return save_claim(path, self.claim(), method="least cost")

    def claim(self) -> Claim:
        """What is said to be proved, as its judge reads it."""
        return Claim(
            problem=self.problem,
            goal=Goal(name="cost", cost=self.cost, ceilings=self.variance_ceiling),
            probabilities=self.probabilities,
            prices=Prices(
                budget=self.prices.budget,
                processors=self.prices.caps,
                levels=(),
                models=np.zeros(self.problem.n_models),
                costs=np.zeros(0),
            ),
            variance_prices=self.prices.ceilings,
            objective=self.total,
            lower_bound=self.lower_bound,
            gap=gap_above(self.total, self.lower_bound),
            variance=weighted_variance(self.problem, self.model_variance),
        )


@by_position("cost", "variance_ceiling")
def least_cost(problem: Problem, cost: npt.ArrayLike, variance_ceiling: Column) -> LeastCost:
    """The least ``Σ cost p`` with ``Var_s <= variance_ceiling_s`` for every model.

    For small and middle-sized problems: seconds at 10,000 pairs.

    Args:
        problem: scores and limits, the budget among them; model weights are not used.
        cost: scalar or ``(V, S)``, ``>= 0``, of a draw.
        variance_ceiling: scalar or ``(S,)``, above 0.

    Raises:
        InvalidProblemError: malformed costs or ceilings, or limits that this solver does not know.
        InfeasibleError: no probabilities within the limits keep the ceilings.
        ConvergenceError: the cone solver failed.
    """
    start = time.perf_counter()
    require_problem(problem)
    _refuse_unknown(problem)
    prices_of_draws = _costs(problem, cost)
    ceiling = checked_ceilings(problem, variance_ceiling)
    inside = _inside(problem, ceiling)
    near, best, prices, bound = inside, inside, None, -1.0
    for _ in range(PASSES):
        rough, found = _minimise(problem, prices_of_draws, ceiling, near)
        near = _under(problem, rough, inside, ceiling)
        proved = priced_bound(problem, prices_of_draws, ceiling, found)
        if np.sum(prices_of_draws * near) < np.sum(prices_of_draws * best):
            best = near
        if proved > bound:
            prices, bound = found, proved
        if np.sum(prices_of_draws * best) <= bound * (1.0 + CLOSE):
            break
    assert prices is not None
    return LeastCost(
        problem=problem,
        cost=prices_of_draws,
        variance_ceiling=ceiling,
        probabilities=best,
        total=math.fsum((prices_of_draws * best).ravel().tolist()),
        lower_bound=bound,
        prices=prices,
        seconds=time.perf_counter() - start,
    )


def _inside(problem: Problem, ceiling: FloatArray) -> FloatArray:
    """Probabilities under the ceilings, as far as possible.

    Raises:
        InfeasibleError: there is none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        worst = Worst().solve(changed(problem, model_weights=1.0 / ceiling))
    ratio = worst.certificate.objective
    if ratio > 1.0:
        raise InfeasibleError(
            "no probabilities within the limits keep the variances under their ceilings; ceilings "
            f"{ratio:.6g} times as high would do"
        )
    return worst.probabilities


def _under(
    problem: Problem, rough: FloatArray, inside: FloatArray, ceiling: FloatArray
) -> FloatArray:
    """Nearly feasible probabilities made feasible, moved inwards as little as needed."""
    for share in (0.0, *np.geomspace(1e-10, 1e-2, 25)):
        mixed = repaired(problem, (1.0 - share) * rough + share * inside)
        if np.all(variances_above(problem.scores, mixed) <= ceiling):
            return mixed
    return inside


def _refuse_unknown(problem: Problem) -> None:
    for entry in fields(problem):
        value = getattr(problem, entry.name)
        if entry.name not in KNOWN and value is not None and len(value) > 0:
            raise InvalidProblemError(
                f"least_cost has no limit {entry.name}; leave it out, or use least_budget"
            )


def _costs(problem: Problem, cost: npt.ArrayLike) -> FloatArray:
    try:
        table = np.array(in_order_of_pairs(problem, cost, "cost"), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"cost must be numbers, got {cost!r:.60}") from error
    if table.shape not in ((), problem.scores.shape):
        raise InvalidProblemError(
            f"cost has shape {table.shape}; give a scalar or {problem.scores.shape}"
        )
    if not np.all(np.isfinite(table) & (table >= 0.0)):
        raise InvalidProblemError("cost must be finite and at least 0 in every entry")
    full = np.where(problem.available, table, 0.0)
    full.flags.writeable = False
    return full


def _minimise(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, typical: FloatArray
) -> tuple[FloatArray, CeilingPrices]:
    """Clarabel on ``Σ cost p``, with moments and probabilities in units near their values."""
    import cvxpy as cp

    floor, upper = problem.bounds
    wanted = problem.scores > 0.0
    unit = ceiling + np.square(problem.scores).sum(axis=0)
    top = float(cost.max()) or 1.0
    near = np.maximum(np.where(wanted, typical, floor), TINY)
    y = cp.Variable(cost.shape, nonneg=True)
    p = cp.multiply(near, y)
    active = np.flatnonzero(wanted.any(axis=0))
    rows = [
        cp.sum(cp.multiply(problem.scores[w, s] ** 2 / (unit[s] * near[w, s]), cp.inv_pos(y[w, s])))
        <= 1.0
        for s in active
        for w in [np.flatnonzero(wanted[:, s])]
    ]
    caps = cp.sum(p, axis=1) <= problem.processor_cap
    budget = cp.sum(p) / problem.budget <= 1.0
    limits = [*rows, caps, budget, p >= floor, p <= upper]
    program = cp.Problem(cp.Minimize(cp.sum(cp.multiply(cost / top, p))), limits)
    _run(program, y)
    ceilings = np.zeros(problem.n_models)
    ceilings[active] = [
        float(row.dual_value) * top / unit[s] for row, s in zip(rows, active, strict=True)
    ]
    return near * np.array(y.value), CeilingPrices(
        ceilings=np.maximum(ceilings, 0.0),
        caps=np.maximum(np.ravel(caps.dual_value) * top, 0.0),
        budget=max(0.0, float(budget.dual_value) * top / problem.budget),
    )


def _run(program: Any, variable: Any) -> None:
    import cvxpy as cp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the gap says how accurate it is
            program.solve(solver=cp.CLARABEL, **TOLERANCES)
    except cp.SolverError as error:
        raise ConvergenceError(f"Clarabel failed: {error}; rescale the scores") from error
    if program.status not in ACCEPTED or variable.value is None:
        raise ConvergenceError(f"Clarabel stopped with status {program.status!r}")


def priced_bound(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, prices: CeilingPrices
) -> float:
    """What no probabilities within the ceilings cost less than, from any prices; 0 is valid always.

    With the ceilings' prices as model weights, and draws that cost ``cost`` at a price of 1, the
    Lagrangian is that of the sum program.
    """
    if min(prices.ceilings.min(), prices.caps.min(), prices.budget) < 0.0:
        return 0.0
    priced = prices.ceilings > 0.0
    floors = float(np.sum(cost * problem.bounds[0])) * (1.0 + ROUNDING)  # what nobody can save
    program = changed(
        problem,
        scores=np.where(priced, problem.scores, 0.0),
        model_weights=np.where(priced, prices.ceilings, 1.0),
        costs=cost[None],
        cost_budgets=np.array([floors]),
    )
    lagrangian = Lagrangian.of(
        program,
        Prices(
            budget=prices.budget,
            processors=prices.caps,
            levels=(),
            models=np.zeros(problem.n_models),
            costs=np.ones(1),
        ),
    )
    least = in_user_units(lagrangian.bound(), lagrangian.exponent, up=False)
    moments = prices.ceilings * (ceiling + squares_above(problem.scores))
    spent = math.fsum(moments.tolist()) * (1.0 + 8.0 * UNIT)
    return max(0.0, (least + floors) * (1.0 - 2.0 * UNIT) - spent) * (1.0 - UNIT)

"""The inverse problem: the least budget that keeps every model's variance under its ceiling.

It is the least cost where every draw costs 1 and there is no budget, proved by the same prices.
Seen from the other side, with ``λ_s = 1 / ceiling_s`` a budget suffices just when the worst
``λ Var`` it allows is at most 1: there are probabilities within the budget and the ceilings, and
at a budget a few ulps below the bound the same prices prove that the worst is at least 1.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.decisions.cheapest import CeilingPrices, ceiling_prices
from roundlot.solvers.decisions.solved_path import SolvedPath
from roundlot.solvers.joint.bound import require_close
from roundlot.solvers.joint.cost import least_under
from roundlot.solvers.objectives.certificate import (
    ObjectiveCertificate,
    certify_norm,
    lowest_ceilings,
    weighted_variance,
)
from roundlot.solvers.objectives.norms import Worst
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.feasibility import check_feasible, usable_budget
from roundlot.solvers.proof.reach import least_total
from roundlot.solvers.proof.saving import save_claim
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.solution import ceiling_record, probability_columns
from roundlot.solvers.water.scaling import changed, exponent_of, shifted
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import Claim, Goal, examine
from roundlot.theory.certificates.arithmetic import exact_excess
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.problem.given import Column
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

# How far below the bound of the prices a budget is whose own proof, rounded down, is above 1.
NEAREST = 2.0**-52
FARTHEST = 1e-9
# A first step may be as long as the proof falls short, up to here.
CLOSE = 1e-13
RATIOS = (1e-300, 1e300)  # ceilings in squares of a model's largest score, so that 1 / them is one


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastBudget(Tabular):
    """The least budget for ceilings on the variances, and the probabilities that need it.

    Attributes:
        problem: the problem with that budget, its own ceilings of variances among
            ``variance_ceiling``.
        variance_ceiling: ``(S,)``.
        probabilities: ``(V, S)``, feasible exactly; each model's variance is within its ceiling.
        budget: the budget.
        lower_bound: no smaller budget suffices, in exact arithmetic.
        prices: that prove it, in draws; None where the floors alone keep the ceilings, and
            ``lower_bound`` is their sum.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    variance_ceiling: FloatArray
    probabilities: FloatArray = field(repr=False)
    budget: float
    lower_bound: float
    prices: CeilingPrices | None = field(repr=False)
    seconds: float

    __repr__ = short_repr

    _index: ClassVar[str | None] = "client"

    def _columns(self) -> Mapping[str, Any]:
        return probability_columns(self.problem, self.probabilities)

    def _library(self) -> str | None:
        return self.problem.names.library

    def _record(self) -> dict[str, Any]:
        return {
            "budget": self.budget,
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
        """``budget / lower_bound − 1``, rounded up; 0 where the floors alone keep the ceilings."""
        return 0.0 if self.prices is None else gap_above(self.budget, self.lower_bound)

    @cached_property
    def enough(self) -> ObjectiveCertificate | None:
        """That ``budget`` suffices: the worst ratio of a variance to its ceiling is at most 1.

        Scores are in units of each model's largest. None where the floors alone keep the ceilings,
        and where sums have floors, which may be all that asks for draws.
        """
        return self._ratio(self.budget) if self._has_ratios else None

    @cached_property
    def too_little(self) -> ObjectiveCertificate | None:
        """That a budget at, or just below, ``lower_bound`` does not: no worst ratio is below 1.

        None where ``enough`` is None, or none within 1e-9 is proved so.
        """
        step = 0.0
        while self._has_ratios and step <= FARTHEST:
            proof = self._ratio(self.lower_bound * (1.0 - step))
            if proof.lower_bound >= 1.0:
                return proof
            step = max(2.0 * step, NEAREST, min(2.0 * (1.0 - proof.lower_bound), CLOSE))
        return None

    @property
    def model_variance(self) -> FloatArray:
        """``(S,)``, at most the ceilings."""
        return model_variance(self.problem.scores, self.probabilities)

    def verify(self) -> bool:
        """Whether probabilities and prices prove both sides, computed afresh from the problem."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words; computed by `roundlot.theory.certificates`."""
        examined = examine(self.claim())
        found = [*examined.complaints, *examined.undecided]
        if math.fsum([*self.probabilities.ravel().tolist(), -self.budget]) > 0.0:
            found.append("the probabilities draw more than the budget")
        if self.problem.budget != self.budget:
            found.append("the problem has another budget")
        return tuple(found)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what is proved as JSON, which ``roundlot check`` judges; see `Solution`.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        return save_claim(path, self.claim(), method="least budget")

    def claim(self) -> Claim:
        """What is said to be proved, as its judge reads it: the least ``Σ p`` under the ceilings.

        Every draw costs 1, and a budget costs nothing.
        """
        problem, draws = self.problem, math.fsum(self.probabilities.ravel().tolist())
        paid = self.prices
        return Claim(
            problem=changed(problem, budget=self.budget),
            goal=Goal(
                name="cost",
                cost=problem.available.astype(np.float64),
                ceilings=self.variance_ceiling,
            ),
            probabilities=self.probabilities,
            prices=no_prices(problem) if paid is None else paid.limits,
            variance_prices=np.zeros(problem.n_models) if paid is None else paid.ceilings,
            variance_exponents=None if paid is None else paid.exponents,
            objective=draws,
            lower_bound=self.lower_bound,
            gap=gap_above(draws, self.lower_bound) if draws > self.lower_bound else 0.0,
            variance=weighted_variance(problem, self.model_variance),
        )

    @property
    def _has_ratios(self) -> bool:
        """Whether the worst ratio tells of budgets."""
        return self.prices is not None and not self.problem.sum_floors()

    def _ratio(self, budget: float) -> ObjectiveCertificate:
        """The certificate of the worst ratio of a variance to its ceiling, at a budget."""
        problem, paid = self.problem, self.prices
        assert paid is not None
        units = np.frexp(problem.scores.max(axis=0))[1].astype(np.int64)
        powers = 2 * units + (0 if paid.exponents is None else paid.exponents)
        with np.errstate(over="ignore", under="ignore"):
            near = np.clip(np.ldexp(self.variance_ceiling, -2 * units), *RATIOS)
            weights = np.ldexp(paid.ceilings, powers)
        # rounded up: a worst ratio of at most 1 then keeps every ceiling itself
        scaled = changed(
            problem,
            budget=budget,
            scores=shifted(problem.scores, -units),
            model_weights=np.nextafter(1.0 / near, np.inf),
        )
        unit = exponent_of(float(scaled.scores.max()))
        prices = replace(paid.limits, budget=1.0, exponent=-unit)
        return certify_norm(
            Worst(),
            scaled,
            self.probabilities,
            order=math.inf,
            weights=weights,
            multipliers=prices,
        )


def least_budget(problem: Problem, variance_ceiling: Column) -> LeastBudget:
    """The least budget with ``Var_s <= variance_ceiling_s`` for every model.

    The least ``Σ p`` within all limits but the budget and under the ceilings, by the joint dual.

    Args:
        problem: scores and limits; its own budget and model weights are not used.
        variance_ceiling: scalar or ``(S,)``, above 0, in squared units of the scores.

    Raises:
        InvalidProblemError: a ceiling that is malformed, or not above 0 and finite.
        InfeasibleError: no budget meets the ceilings within the other limits; says what would.
        ConvergenceError: the two sides could not be brought within 1e-9 of each other.
    """
    start = time.perf_counter()
    require_problem(problem)
    ceiling = lowest_ceilings(problem, variance_ceiling)
    problem = changed(problem, model_variance_ceilings=None)
    most = usable_budget(problem)
    free = changed(problem, budget=2.0 * max(most, 1.0))
    try:
        check_feasible(changed(problem, budget=most))
    except InfeasibleError as error:
        said = str(error).partition(", or a budget of ")[0]
        raise InfeasibleError(
            f"no budget meets the limits, not even all {most:g} draws that caps and availability "
            f"can use: {said}"
        ) from None
    floors = _by_floors_alone(problem, ceiling, start)
    if floors is not None:
        return floors
    try:
        found = least_under(free, problem.available.astype(np.float64), ceiling, unlimited=True)
    except InfeasibleError as error:
        raise InfeasibleError(
            f"no budget keeps the variances under their ceilings, not even all {most:g} draws that "
            f"caps and availability can use: {error}"
        ) from None
    require_close(found.total, found.lower_bound, "the least budget")
    budget = _enough(found.probabilities)
    return LeastBudget(
        problem=changed(problem, budget=budget),
        variance_ceiling=ceiling,
        probabilities=found.probabilities,
        budget=budget,
        lower_bound=found.lower_bound,
        prices=ceiling_prices(problem, found),
        seconds=time.perf_counter() - start,
    )


def _enough(probabilities: FloatArray) -> float:
    """The least float64 that is not below ``Σ p``."""
    exact = kernels.exact_sum(probabilities.reshape(-1))
    total = float(exact)
    return math.nextafter(total, math.inf) if exact > Fraction(total) else total


def _by_floors_alone(problem: Problem, ceiling: FloatArray, start: float) -> LeastBudget | None:
    floor = problem.bounds[0]
    if problem.sum_floors() or above_ceilings(problem.scores, floor, ceiling).any():
        return None
    total = math.fsum(floor.ravel().tolist())
    over = exact_excess(floor, total)  # above 0 where the sum was rounded down
    enough = math.nextafter(total, math.inf) if over > 0.0 else total
    budget = max(enough, float(np.finfo(np.float64).tiny))
    return LeastBudget(
        problem=changed(problem, budget=budget),
        variance_ceiling=ceiling,
        probabilities=floor,
        budget=budget,
        lower_bound=math.nextafter(total, 0.0) if over < 0.0 else total,
        prices=None,
        seconds=time.perf_counter() - start,
    )


@as_annotated
def solved_path(problem: Problem) -> SolvedPath:
    """The optima of a problem with any limits over the budget; `optimal_path` where it can.

    Floors of sums, ceilings of variances, budgets per model and cost rows may all be there. Nothing
    but the least budget is computed before a budget is asked for.

    Raises:
        InfeasibleError: limits that no budget meets.
    """
    require_problem(problem)
    free = changed(problem, budget=2.0 * problem.scores.size)
    least = least_total(changed(free, model_variance_ceilings=None))
    if problem.model_variance_ceilings is not None:
        asked = changed(free, model_variance_ceilings=None)
        least = max(least, least_budget(asked, problem.model_variance_ceilings).budget)
    return SolvedPath(problem=problem, least=least, most=usable_budget(problem))

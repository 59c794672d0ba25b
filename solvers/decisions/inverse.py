"""The inverse problem: the least budget that keeps every model's variance under its ceiling.

With ``λ_s = 1 / ceiling_s`` a budget suffices just when the worst ``λ Var`` it allows is at most 1,
and that falls as the budget grows. The answer is proved on both sides: probabilities within the
budget and the ceilings, and a budget a little lower at which the worst is proved to be above 1.
"""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from roundlot.solvers.objectives.certificate import (
    UNIT,
    ObjectiveCertificate,
    checked_ceilings,
    variances_above,
    weighted_variance,
)
from roundlot.solvers.objectives.norms import Worst
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.feasibility import check_feasible, usable_budget
from roundlot.solvers.proof.reach import refuse_sum_floors
from roundlot.solvers.proof.saving import save_claim
from roundlot.solvers.solution import ObjectiveSolution, ceiling_record, probability_columns
from roundlot.solvers.water.scaling import changed
from roundlot.theory import (
    ConvergenceError,
    InfeasibleError,
    Problem,
    RoundlotWarning,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import Claim, Goal, Prices, claim_of, examine
from roundlot.theory.certificates.arithmetic import exact_excess
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.problem.given import Column
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

PRECISION = 1e-10
PASSES = 80
NEAREST = 1e-10
FARTHEST = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastBudget(Tabular):
    """The least budget for ceilings on the variances, and the probabilities that need it.

    Attributes:
        problem: the problem with that budget.
        variance_ceiling: ``(S,)``.
        probabilities: ``(V, S)``, feasible exactly; each model's variance is within its ceiling.
        budget: the budget.
        lower_bound: no smaller budget suffices, in exact arithmetic.
        enough: proof that ``budget`` suffices: its objective, the worst ratio, is at most 1.
        too_little: proof that ``lower_bound`` does not: its lower bound is at least 1; None where
            the floors alone keep the ceilings, and ``lower_bound`` is their sum.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    variance_ceiling: FloatArray
    probabilities: FloatArray = field(repr=False)
    budget: float
    lower_bound: float
    enough: ObjectiveCertificate | None = field(repr=False)
    too_little: ObjectiveCertificate | None = field(repr=False)
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
        return 0.0 if self.too_little is None else gap_above(self.budget, self.lower_bound)

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
        if self.enough is not None and self.enough.problem.budget != self.budget:
            found.append("the proof that the budget suffices is of another budget")
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

        Prices of a budget that is too little, in units of the budget's own, prove it.
        """
        problem, draws = self.problem, math.fsum(self.probabilities.ravel().tolist())
        prices, weights = self._prices()
        return Claim(
            problem=changed(problem, budget=self.budget),
            goal=Goal(
                name="cost",
                cost=problem.available.astype(np.float64),
                ceilings=self.variance_ceiling,
            ),
            probabilities=self.probabilities,
            prices=prices,
            variance_prices=weights,
            objective=draws,
            lower_bound=self.lower_bound,
            gap=gap_above(draws, self.lower_bound) if draws > self.lower_bound else 0.0,
            variance=weighted_variance(problem, self.model_variance),
        )

    def _prices(self) -> tuple[Prices, FloatArray]:
        """In draws: of every limit but the budget, and of the models' variances."""
        problem = self.problem
        if self.too_little is None:
            return no_prices(problem), np.zeros(problem.n_models)
        proof = claim_of(self.too_little)
        rate = proof.prices.budget
        with np.errstate(all="ignore"):
            weights = np.ldexp(self.too_little.weights / rate, -2 * proof.prices.exponent)
            return proof.prices.in_units_of(rate), weights


def least_budget(problem: Problem, variance_ceiling: Column) -> LeastBudget:
    """The least budget with ``Var_s <= variance_ceiling_s`` for every model.

    Args:
        problem: scores and limits; its own budget and model weights are not used.
        variance_ceiling: scalar or ``(S,)``, above 0, in squared units of the scores.

    Raises:
        InvalidProblemError: a ceiling that is malformed, or not above 0 and finite.
        InfeasibleError: no budget meets the ceilings within the other limits; says what would.
        ConvergenceError: the two sides could not be brought within 1e-6 of each other.
    """
    start = time.perf_counter()
    require_problem(problem)
    refuse_sum_floors(problem, "least_budget")
    ceiling = checked_ceilings(problem, variance_ceiling)
    # rounded up: a worst ratio of at most 1 then keeps every ceiling itself
    scaled = changed(problem, model_weights=np.nextafter(1.0 / ceiling, np.inf))
    most = usable_budget(problem)
    check_feasible(changed(problem, budget=most))
    floors = _by_floors_alone(problem, ceiling, start)
    if floors is not None:
        return floors
    full = _at(scaled, most)
    if full.certificate.objective > 1.0:
        raise _unreachable(problem, full, most)
    enough = _closed_in(scaled, full)
    too_little = _below(scaled, enough)
    return LeastBudget(
        problem=changed(problem, budget=enough.problem.budget),
        variance_ceiling=ceiling,
        probabilities=enough.probabilities,
        budget=enough.problem.budget,
        lower_bound=too_little.problem.budget,
        enough=_proof(enough),
        too_little=_proof(too_little),
        seconds=time.perf_counter() - start,
    )


def _at(scaled: Problem, budget: float) -> ObjectiveSolution:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        return Worst().solve(changed(scaled, budget=budget))


def _proof(solution: ObjectiveSolution) -> ObjectiveCertificate:
    proof = solution.certificate
    assert isinstance(proof, ObjectiveCertificate)
    return proof


def _by_floors_alone(problem: Problem, ceiling: FloatArray, start: float) -> LeastBudget | None:
    floor = problem.bounds[0]
    total = math.fsum(floor.ravel().tolist())
    if np.any(variances_above(problem.scores, floor) > ceiling):
        return None
    over = exact_excess(floor, total)  # above 0 where the sum was rounded down
    enough = math.nextafter(total, math.inf) if over > 0.0 else total
    budget = max(enough, float(np.finfo(np.float64).tiny))
    return LeastBudget(
        problem=changed(problem, budget=budget),
        variance_ceiling=ceiling,
        probabilities=floor,
        budget=budget,
        lower_bound=math.nextafter(total, 0.0) if over < 0.0 else total,
        enough=None,
        too_little=None,
        seconds=time.perf_counter() - start,
    )


def _unreachable(problem: Problem, full: ObjectiveSolution, most: float) -> InfeasibleError:
    ratio = full.certificate.objective
    worst = int(np.argmax(full.problem.model_weights * full.model_variance))
    return InfeasibleError(
        f"no budget keeps the variances under their ceilings: with all {most:g} draws that caps "
        f"and availability can use, {problem.names.model(worst)} has "
        f"{full.model_variance[worst]:.6g}; ceilings {ratio:.6g} times as high would do"
    )


def _closed_in(scaled: Problem, full: ObjectiveSolution) -> ObjectiveSolution:
    """A budget that suffices, and is within ``PRECISION`` of one that does not."""
    enough, low, high = full, 0.0, full.problem.budget
    least = max(1e-300, math.fsum(scaled.bounds[0].ravel().tolist()))
    above, below, guess = math.nan, _log(full), high / 2.0
    for _ in range(PASSES):
        guess = max(guess, least * (1.0 + 1e-12))
        here = _at(scaled, guess)
        if here.certificate.objective <= 1.0:
            high, below, enough = guess, _log(here), here
            above /= 2.0
        else:
            low, above = guess, _log(here)
            below /= 2.0
        if high - low <= PRECISION * high:
            return enough
        guess = _guess(low, high, above, below, least)
    raise ConvergenceError(
        f"the least budget is between {low!r} and {high!r}; the search did not get closer"
    )


def _guess(low: float, high: float, above: float, below: float, least: float) -> float:
    """The next budget to try: the secant in logarithms, kept inside the bracket."""
    if low == 0.0:
        return max(high / 4.0, (least + high) / 2.0 if least > high / 4.0 else 0.0)
    share = above / (above - below) if math.isfinite(below) else 0.5
    log_low, width = math.log(low), math.log(high / low)
    nudge = min(0.25, 0.3 * PRECISION / width)
    return math.exp(log_low + width * min(1.0 - nudge, max(nudge, share + nudge)))


def _log(solution: ObjectiveSolution) -> float:
    worst = solution.certificate.objective
    return math.log(worst) if worst > 0.0 else -math.inf


def _below(scaled: Problem, enough: ObjectiveSolution) -> ObjectiveSolution:
    """A budget a little lower that is proved not to suffice."""
    step = NEAREST
    while step <= FARTHEST:
        lower = _at(scaled, enough.problem.budget * (1.0 - step))
        if lower.certificate.lower_bound > 1.0 + 8.0 * UNIT:
            return lower
        step *= 4.0
    raise ConvergenceError(
        f"budget {enough.problem.budget:g} suffices, but none within {FARTHEST:g} of it is proved "
        "to be too little"
    )

"""Scores that are known up to a deviation: the best probabilities against a bounded worst case.

Every score lies between ``low`` and ``high``, and at most ``Γ`` of them deviate in all: shares
``0 <= z <= 1`` of ``δ = high² − low²`` with ``Σ z <= Γ``. The robust objective

    max_z Σ λ (a² + z δ)/p  =  Σ λ a²/p + the Γ largest of λ δ/p

is convex in ``p``; for the worst shares ``z`` its optimum is the sum program of ``√(a² + z δ)``,
which also proves it: for any such ``z`` that program's bound is one on the robust optimum.

Source: Bertsimas and Sim, The price of robustness (2004), for the set of deviations.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np

from roundlot.solvers.objectives.total import DOWN, solve_sum
from roundlot.solvers.proof.answer import ProvedDesign, closely_proved
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import require_prices
from roundlot.solvers.solution import Solution
from roundlot.solvers.uncertain.ceilings import above_in_worst_case, allowed, under_ceilings
from roundlot.solvers.uncertain.saddle import Deviations
from roundlot.solvers.uncertain.shared_limits import Deviating, WorstCase, worst_case
from roundlot.solvers.water.scaling import changed, exponent_of
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.certificates.claim import Prices, claim_of
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import UncertainPlan
from roundlot.theory.kinds import real_number
from roundlot.theory.positions import by_position
from roundlot.theory.problem.alignment import in_order_of_pairs
from roundlot.theory.problem.given import Table
from roundlot.theory.problem.problem import require_problem

FINE, FEW = 1e-13, 2000  # a gap above it is stated in fractions, of so many pairs at most
ROUGH = 1e-11  # a gap above it has the interior point tried
LEAST = 2.0**-100  # of a deviation: far below what any bound is rounded by


@dataclass(frozen=True, kw_only=True, eq=False)
class RobustSolution(ProvedDesign):
    """Probabilities whose worst case over uncertain scores is least.

    Attributes:
        problem: the problem, with the lowest scores.
        highest: ``(V, S)``, the highest scores.
        deviations: ``Γ``, how many deviate at most.
        probabilities: ``(V, S)``, feasible exactly.
        shares: ``(V, S)``, ``z``: the worst case that proves the bound.
        objective: the worst ``Σ λ a²/p`` of these probabilities, rounded up.
        lower_bound: no probabilities have a lower worst case.
        multipliers: prices of limits, and of ceilings of variances, that prove the bound, in a
            power of two; to read them take ``prices``.
        ceiling_shares: ``(V, S)``, ``zˢ``: the worst case of each model's variance that proves the
            bound; None where variances have no ceilings.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    highest: FloatArray = field(repr=False)
    deviations: float
    probabilities: FloatArray = field(repr=False)
    shares: FloatArray = field(repr=False)
    objective: float
    lower_bound: float
    multipliers: Prices = field(repr=False)
    ceiling_shares: FloatArray | None = field(default=None, repr=False)
    seconds: float

    _method: ClassVar[str] = "solve_uncertain"

    @property
    def _value(self) -> float:
        return self.objective

    def _record(self) -> dict[str, Any]:
        return {
            "objective": self.objective,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "deviations": self.deviations,
            "seconds": self.seconds,
            **self._design(),
        }

    @cached_property
    def prices(self) -> Prices:
        """What a unit more of each limit would save of the worst case; see `Solution.prices`.

        Raises:
            InvalidProblemError: prices that float64 does not hold; what to multiply the scores by.
        """
        return require_prices(self.problem, self.multipliers)

    def claim(self) -> UncertainPlan:
        """What is said to be proved: the worst case, and shares that prove a bound."""
        return UncertainPlan(
            part=Part(
                problem=self.problem,
                probabilities=self.probabilities,
                prices=self.multipliers,
            ),
            highest=self.highest,
            deviations=self.deviations,
            shares=self.shares,
            ceiling_shares=self.ceiling_shares,
            objective=self.objective,
            lower_bound=self.lower_bound,
            gap=self.gap,
        )


@by_position("highest")
def solve_uncertain(problem: Problem, highest: Table, *, deviations: float) -> RobustSolution:
    """The probabilities of least worst-case ``Σ λ a²/p`` when some scores may be higher.

    Args:
        problem: the lowest scores, and any limits. A ceiling of a variance holds whichever scores
            deviate.
        highest: ``(V, S)``, the highest scores, at least the lowest.
        deviations: ``Γ >= 0``, how many scores are higher at most; 0 trusts the lowest, as many as
            there are pairs takes the highest. Need not be whole.

    Raises:
        InvalidProblemError: a highest score below the lowest, or infinite.
        InfeasibleError: no probabilities satisfy the limits, or keep ceilings in the worst case.
        ConvergenceError: the gap stayed above 1e-9.
    """
    start = time.perf_counter()
    require_problem(problem)
    high = _highest(problem, highest)
    count = _count(deviations)
    check_feasible(problem)
    found = _found(problem, high, count, start)
    return closely_proved(
        found, found.objective, greatest=float(problem.scores.max()), budget=problem.budget
    )


def _found(problem: Problem, high: FloatArray, count: float, start: float) -> RobustSolution:
    """Under ceilings those of sums if these keep them; else with prices of theirs."""
    asked: dict[str, Any] = {"problem": problem, "highest": high, "deviations": count}
    ceilings = problem.model_variance_ceilings
    none = count == 0.0
    everything = bool(count >= np.count_nonzero(high > problem.scores))
    if ceilings is None or none or everything:
        worst = _certain(problem, high, everything) if ceilings is not None else None
        worst = _worst(problem, high, count) if worst is None else worst
    else:
        worst = _worst(changed(problem, model_variance_ceilings=None), high, count)
        p = worst.probabilities
        if above_in_worst_case(problem.scores, high, p, count, ceilings).any():
            return _held(asked, start)
    prices = claim_of(worst.inner.certificate).prices
    own = None
    if ceilings is not None:
        paid = np.zeros(problem.n_models) if prices.ceilings is None else prices.ceilings
        prices = replace(prices, ceilings=paid)
        own = (high > problem.scores).astype(np.float64) * float(everything)
    found = RobustSolution(
        **asked,
        probabilities=worst.probabilities,
        shares=worst.shares,
        ceiling_shares=own,
        objective=worst.value,
        lower_bound=worst.inner.certificate.user_bound,
        multipliers=prices,
        seconds=time.perf_counter() - start,
    )
    if (
        not found.gap <= ROUGH and not none and not everything
    ):  # steps from prices to prices stalled
        with suppress(ConvergenceError, InfeasibleError):
            found = min(found, _held(asked, start), key=lambda one: one.gap)
    return found


def _certain(problem: Problem, high: FloatArray, everything: bool) -> WorstCase:
    """What is certain: all scores are as low, or all as high, as they may be."""
    scores = high if everything else problem.scores
    inner = solve_sum(changed(problem, scores=scores))
    p = inner.probabilities
    count = float(high.size) if everything else 0.0
    shares = read_only((high > problem.scores).astype(np.float64) * float(everything))
    value = _worst_above(problem, high, p, count)
    return WorstCase(probabilities=p, value=value, shares=shares, inner=inner)


def _held(asked: dict[str, Any], start: float) -> RobustSolution:
    """By the interior point: under ceilings that bind, or where nothing else gets there."""
    problem, high, count = asked["problem"], asked["highest"], asked["deviations"]
    free = problem.model_variance_ceilings is None
    held = under_ceilings(problem, high, count, exponent_of(float(high.max())))
    found = RobustSolution(
        **asked,
        probabilities=held.probabilities,
        shares=read_only(held.shares),
        ceiling_shares=None if free else read_only(held.ceiling_shares),
        objective=_worst_above(problem, high, held.probabilities, count),
        lower_bound=held.bound,
        multipliers=replace(held.prices, ceilings=None) if free else held.prices,
        seconds=time.perf_counter() - start,
    )
    if found.gap > FINE and problem.scores.size <= FEW:
        found = replace(found, lower_bound=max(found.lower_bound, found.claim().proved()))
    return found


def _worst(problem: Problem, high: FloatArray, count: float) -> WorstCase:
    """Directly where limits are of processors and budget alone, else step by step."""

    def solved(shares: FloatArray) -> Solution:
        return solve_sum(changed(problem, scores=_scores_below(problem.scores, high, shares)))

    def value(p: FloatArray) -> float:
        return _worst_above(problem, high, p, count)

    if problem.is_plain:
        shares = _worst_shares(problem, high, count)
        inner = solved(shares)
        p = inner.probabilities
        return WorstCase(probabilities=p, value=value(p), shares=shares, inner=inner)
    low, most, unit = _scaled(problem, high)
    deviating = Deviating(**_squares(problem, low, most), exponent=unit)
    allowed = partial(_allowed, low=low, high=most, count=count)
    found = worst_case(deviating, count, lambda shares: solved(allowed(shares)), value)
    return replace(found, shares=allowed(found.shares))


def _highest(problem: Problem, highest: Table) -> FloatArray:
    given = numbers_or_nan(in_order_of_pairs(problem, highest, "highest"), "highest")
    if given.shape != problem.scores.shape:
        raise InvalidProblemError(
            f"highest has shape {given.shape}; give a score for each pair, {problem.scores.shape}"
        )
    full = np.where(problem.available, given, 0.0)
    bad = np.argwhere(~(np.isfinite(full) & (full >= problem.scores)))
    if bad.size:
        v, s = (int(i) for i in bad[0])
        raise InvalidProblemError(
            f"highest[{v}, {s}] is {full[v, s]:g}; it must be finite and at least the score "
            f"{problem.scores[v, s]:g}"
        )
    return read_only(full)


def _count(deviations: float) -> float:
    count = real_number(deviations, "deviations")
    if not 0.0 <= count < math.inf:
        raise InvalidProblemError(f"deviations is {count:g}; it must be finite and at least 0")
    return count


def _scaled(problem: Problem, high: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Scores and highest ones times their model's root weight over ``2**unit``; the ``unit``."""
    roots = np.sqrt(problem.model_weights)
    top = float((high * roots).max())
    unit = exponent_of(top) if top > 0.0 else 0
    return np.ldexp(problem.scores, -unit) * roots, np.ldexp(high, -unit) * roots, unit


def _squares(problem: Problem, low: FloatArray, most: FloatArray) -> dict[str, FloatArray]:
    """What a pair counts at least, what it may count more, and the limits of its probability."""
    floor, ceiling = problem.bounds
    with np.errstate(under="ignore"):
        delta = (most - low) * (most + low)
        return {"low": low * low, "delta": delta, "floor": floor, "ceiling": ceiling}


def _worst_shares(problem: Problem, high: FloatArray, count: float) -> FloatArray:
    """Near-optimal shares, whose exact sum is at most ``count``."""
    low, most, _ = _scaled(problem, high)
    if not most.any():
        return np.zeros_like(high)
    deviations = Deviations(
        **_squares(problem, low, most), caps=problem.processor_cap, budget=problem.budget
    )
    return _allowed(deviations.shares(count), low=low, high=most, count=count)


def _allowed(shares: FloatArray, *, low: FloatArray, high: FloatArray, count: float) -> FloatArray:
    """Shares that all add up to at most ``count``, some of every score that may be above 0."""
    if count > 0.0:  # where draws are left over these get them: none would be infinitely bad
        shares = np.where((low == 0.0) & (high > 0.0) & (shares == 0.0), LEAST, shares)
    return read_only(np.array(allowed(shares, count)))


def _scores_below(low: FloatArray, high: FloatArray, shares: FloatArray) -> FloatArray:
    """Just below ``√(a² + z δ)``, so that a bound for them is one for the worst case.

    As ``high √(r² + z (1−r)(1+r))`` with ``r = low/high``: no square leaves the range of float64.
    """
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        ratio = np.where(high > 0.0, low / high, 0.0)
        part = np.sqrt(ratio * ratio + shares * (1.0 - ratio) * (1.0 + ratio))
    between = np.maximum(low, high * part * DOWN)
    return np.where(shares == 0.0, low, np.minimum(high, between))


def _worst_above(problem: Problem, high: FloatArray, p: FloatArray, count: float) -> float:
    """``Σ λ a²/p`` and the ``count`` largest of ``λ δ/p``, rounded up."""
    weights = np.broadcast_to(problem.model_weights, p.shape)
    wanted = (high if count else problem.scores) > 0.0
    low, top, drawn, weight = problem.scores[wanted], high[wanted], p[wanted], weights[wanted]
    if not (drawn > 0.0).all():
        return math.inf
    with np.errstate(over="ignore", under="ignore"):
        base = low / drawn * low * weight
        extra = np.sort((top - low) * (1.0 + 2.0**-52) / drawn * (top + low) * weight)[::-1]
    whole = min(int(count), extra.size)
    taken = extra[:whole].tolist()
    if whole < extra.size:
        taken.append((count - whole) * float(extra[whole]))
    try:
        return math.fsum([*base.tolist(), *taken]) * (1.0 + 2.0**-49)
    except OverflowError:
        return math.inf

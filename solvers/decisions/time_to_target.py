"""Seconds to a target: provable rounds times the expected length of a round.

Drawing slow devices less makes shorter rounds and more variance, hence more rounds.
Rounds are independent, so ``R`` of them take ``R E[T]`` seconds expected; ``R`` is the bound of
`roundlot.theory.rounds_to_target` at their variance, taken for that of every round. Pairs
that are too slow are not dropped, which would bias the step: they are drawn more rarely. A device
that must not take part is declared unavailable in the problem.

The product is not convex in the probabilities. The search stays inside a family of them, each the
exact optimum of a sum program with scores ``a / √(c + slope of the length)`` and some budget:
stationary ones have that form where caps do not bind. **No global optimality is proved.** What
is proved is a lower bound for all: those whose rounds take ``τ`` have ``p_vs <= τ / t_vs``,
and draws at most ``−log(1 − τ/t)`` pairs of time ``t`` or longer; so its variance is at least that
of sum programs with these limits, and ``τ`` is searched over a grid, each cell bounded by its ends.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.solvers.decisions.round_length import (
    checked_seconds,
    expected_round_length,
    length_slopes,
)
from roundlot.solvers.objectives.certificate import squares_above
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.proof.reach import refuse_sum_floors
from roundlot.solvers.water.scaling import changed
from roundlot.theory import (
    InfeasibleError,
    InvalidProblemError,
    Problem,
    RoundlotWarning,
    rounds_to_target,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.positions import by_position
from roundlot.theory.problem.alignment import in_order_of_pairs

GRID = 1.05
BUDGETS = (0.5, 0.8, 0.95, 1.05, 1.25, 2.0)
SHARES = (0.1, 0.5, 0.9, 1.1, 2.0, 10.0)
PASSES = 40
SMALLEST = 1e-12
BANDS = 12


@dataclass(frozen=True, kw_only=True)
class Target:
    """What `roundlot.theory.rounds_to_target` needs beside a variance that holds in every round."""

    smoothness: float
    strong_convexity: float
    initial: float
    target: float

    def rounds(self, variance: float) -> float:
        """Rounds that provably suffice; infinite if they cannot be counted."""
        try:
            bound = rounds_to_target(
                smoothness=self.smoothness,
                strong_convexity=self.strong_convexity,
                variance=variance,
                initial=self.initial,
                target=self.target,
            )
        except InfeasibleError:
            return math.inf
        return float(bound.rounds)


@dataclass(frozen=True, kw_only=True, eq=False)
class TimePlan:
    """Probabilities with their rounds, the expected length, and the seconds to the target.

    Attributes:
        problem: the problem; its budget is the most that the search may use.
        probabilities: ``(V, S)``, feasible exactly.
        pair_seconds: ``(V, S)``.
        overhead: seconds that every round takes beside.
        target: what is to be reached.
        rounds: that provably suffice.
        round_seconds: expected length of a round, overhead included.
        evaluated: tables of probabilities that the search looked at.
        seconds_taken: wall-clock time of the search.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    pair_seconds: FloatArray = field(repr=False)
    overhead: float
    target: Target
    rounds: float
    round_seconds: float
    evaluated: int
    seconds_taken: float

    @property
    def seconds(self) -> float:
        """Expected seconds to the target."""
        return self.rounds * self.round_seconds

    @property
    def budget(self) -> float:
        """The draws that it expects in a round: the ``m`` that the search found best."""
        return math.fsum(self.probabilities.ravel().tolist())

    @cached_property
    def lower_bound(self) -> float:
        """Seconds that are needed at least, by the same bound on rounds; often far below."""
        return least_seconds(self.problem, self.pair_seconds, self.target, self.overhead)

    @property
    def gap(self) -> float:
        """``seconds / lower_bound − 1``: an honest ceiling on what a better search could gain."""
        return self.seconds / self.lower_bound - 1.0 if self.lower_bound > 0.0 else math.inf


@by_position("pair_seconds")
def seconds_to_target(
    problem: Problem,
    pair_seconds: npt.ArrayLike,
    target: Target,
    *,
    overhead: float = 0.0,
) -> TimePlan:
    """Probabilities that reach the target in few seconds; local search, with a global lower bound.

    Args:
        problem: scores (of gradients, so that the variance is that of a step), limits, and the most
            draws a round may use.
        pair_seconds: ``(V, S)``, see `pair_seconds` of this package.
        target: constants of the objective, and what to reach.
        overhead: seconds that every round takes whoever is drawn, ``>= 0``.

    Raises:
        InvalidProblemError: malformed times, a negative overhead, processors with caps above 1.
        InfeasibleError: no probabilities, or none that reach the target in countable rounds.
    """
    start = time.perf_counter()
    refuse_sum_floors(problem, "seconds_to_target")
    given = in_order_of_pairs(problem, pair_seconds, "pair_seconds")
    times = checked_seconds(given, problem.scores.shape)
    if not 0.0 <= overhead < math.inf:
        raise InvalidProblemError(f"overhead is {overhead:g}; it must be finite and at least 0")
    search = _Search(problem=problem, times=times, target=target, overhead=overhead)
    best = search.run()
    if not best.seconds < math.inf:
        raise InfeasibleError(
            "the target needs more rounds than can be counted; raise the target or the budget"
        )
    return TimePlan(
        problem=problem,
        probabilities=best.probabilities,
        pair_seconds=times,
        overhead=overhead,
        target=target,
        rounds=best.rounds,
        round_seconds=best.length,
        evaluated=search.evaluated,
        seconds_taken=time.perf_counter() - start,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Trial:
    probabilities: FloatArray
    budget: float
    share: float
    rounds: float
    length: float

    @property
    def seconds(self) -> float:
        return self.rounds * self.length if self.rounds < math.inf else math.inf


@dataclass(kw_only=True, eq=False)
class _Search:
    problem: Problem
    times: FloatArray
    target: Target
    overhead: float
    evaluated: int = 0

    def run(self) -> _Trial:
        """From the least variance, budgets and shares in turn while it gets better."""
        best = self.trial(self.problem.scores, self.problem.budget, math.inf)
        for _ in range(PASSES):
            before = best
            for trial in self.neighbours(best):
                best = trial if trial.seconds < best.seconds else best
            if not best.seconds < before.seconds * (1.0 - 1e-7):
                break
        return best

    def neighbours(self, at: _Trial) -> Iterator[_Trial]:
        """Designs with other budgets, and other weights of the length beside the budget."""
        slopes = length_slopes(self.times, at.probabilities)
        shares = [at.share * factor for factor in SHARES] if at.share < math.inf else SHARES
        for share in (at.share, *shares):
            yield self.trial(self.shaped(slopes, share), at.budget, share)
        for factor in BUDGETS:
            budget = min(self.problem.budget, at.budget * factor)
            yield self.trial(self.shaped(slopes, at.share), budget, at.share)

    def shaped(self, slopes: FloatArray, share: float) -> FloatArray:
        """Scores ``a / √(share + slope)``, slopes in units of their mean over draws."""
        scores = self.problem.scores
        if share == math.inf or not slopes.any() or not scores.any():
            return scores
        typical = float(slopes[scores > 0.0].mean()) or 1.0
        return scores / np.sqrt(share + slopes / typical)

    def trial(self, scores: FloatArray, budget: float, share: float) -> _Trial:
        self.evaluated += 1
        try:
            p = _quiet(changed(self.problem, scores=scores.copy(), budget=budget))
        except InfeasibleError:
            if share == math.inf and budget == self.problem.budget:
                raise
            return _Trial(
                probabilities=scores, budget=budget, share=share, rounds=1, length=math.inf
            )
        variances = model_variance(self.problem.scores, p)
        # Of a budget that nobody can use the next lower ones would change nothing.
        drawn = float(p.sum())
        return _Trial(
            probabilities=p,
            budget=drawn if 0.0 < drawn < budget * (1.0 - 1e-9) else budget,
            share=share,
            rounds=self.target.rounds(float(self.problem.model_weights @ variances)),
            length=self.overhead + expected_round_length(self.times, p),
        )


def _quiet(problem: Problem) -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        return solve_sum(problem).probabilities


def least_seconds(
    problem: Problem, pair_seconds: FloatArray, target: Target, overhead: float = 0.0
) -> float:
    """Seconds that no probabilities can undercut, by the same bound on rounds.

    Holds for probabilities whose rounds can be counted; the least rounds are taken to rise with the
    variance.
    """
    wanted = problem.scores > 0.0
    if not wanted.any():
        return target.rounds(0.0) * overhead
    slowest, fastest = float(pair_seconds[wanted].max()), float(pair_seconds[wanted].min())
    least = target.rounds(least_variance(problem, pair_seconds, math.inf)) * (overhead + slowest)
    tau = slowest
    while tau > SMALLEST * slowest:
        rounds = target.rounds(least_variance(problem, pair_seconds, tau, fastest))
        if rounds == math.inf:
            break
        least = min(least, rounds * (overhead + tau / GRID))
        tau /= GRID
    return least


def least_variance(
    problem: Problem, pair_seconds: FloatArray, tau: float, fastest: float = 0.0
) -> float:
    """Below the variance of all probabilities with ``E[T] <= tau``; infinite where there is none.

    The larger of two bounds: all pairs together under the budget, and bands of pairs by time, each
    under what may be drawn at its time or later.
    """
    if tau == math.inf:
        return max(0.0, _least_moment(problem, problem.budget) - _constant(problem))
    with np.errstate(divide="ignore"):
        most = np.minimum(problem.ceiling, np.maximum(tau / pair_seconds, 1e-300))
    limited = changed(problem, ceiling=most)
    together = _least_moment(limited, min(problem.budget, _draws(tau, fastest)))
    wanted = problem.scores > 0.0
    edges = np.unique(np.quantile(pair_seconds[wanted], np.linspace(0.0, 1.0, BANDS + 1)[:-1]))
    band = np.searchsorted(edges, pair_seconds, side="right") - 1
    apart = []
    for k, edge in enumerate(edges):
        scores = np.where(band == k, problem.scores, 0.0)
        part = changed(limited, scores=scores, floor=np.where(scores > 0.0, problem.floor, 0.0))
        apart.append(_least_moment(part, min(problem.budget, _draws(tau, float(edge)))))
    return max(0.0, max(together, math.fsum(apart) * (1.0 - 1e-15)) - _constant(problem))


def _draws(tau: float, times: float) -> float:
    """The most draws of pairs that take ``times`` or longer, rounded up."""
    return -math.log1p(-tau / times) * (1.0 + 1e-12) if tau < times else math.inf


def _constant(problem: Problem) -> float:
    squares = problem.model_weights * squares_above(problem.scores)
    return math.fsum(squares.tolist()) * (1.0 + 1e-15)


def _least_moment(problem: Problem, budget: float) -> float:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RoundlotWarning)
            return solve_sum(changed(problem, budget=budget)).certificate.lower_bound
    except InfeasibleError:
        return math.inf

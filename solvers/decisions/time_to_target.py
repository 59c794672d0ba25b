"""Seconds to a target: provable rounds times the expected length of a round.

Drawing slow devices less makes shorter rounds and more variance, hence more rounds.
Rounds are independent, so ``R`` of them take ``R E[T]`` seconds expected; ``R`` is the bound of
`roundlot.theory.rounds_to_target` at their variance, taken for that of every round. Pairs
that are too slow are not dropped, which would bias the step: they are drawn more rarely. A device
that must not take part is declared unavailable in the problem.

The product is not convex in the probabilities. A search from several starts, `length_descent`,
finds probabilities; branch and bound, `length_bound`, then proves how many seconds are needed at
least, and sometimes finds better ones on the way. What lies between is the gap, and no more is
claimed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.central.floors import fitter
from roundlot.solvers.central.settling import fits
from roundlot.solvers.central.slack import without_floors
from roundlot.solvers.decisions.coupled_descent import coupled_descent, least_variance
from roundlot.solvers.decisions.coupled_program import CoupledProgram, coupled_program
from roundlot.solvers.decisions.late_program import LateProgram, Point, late_program, sums_of
from roundlot.solvers.decisions.length_bound import LengthBound
from roundlot.solvers.decisions.length_descent import Descent
from roundlot.solvers.decisions.round_counts import RoundCounts
from roundlot.solvers.decisions.round_length import checked_seconds, expected_round_length
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.reach import refuse_variance_ceilings
from roundlot.solvers.solution import probability_columns
from roundlot.theory import (
    ConvergenceError,
    InfeasibleError,
    InvalidProblemError,
    Problem,
    rounds_to_target,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.kinds import is_whole, real_number
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.positions import by_position
from roundlot.theory.problem.alignment import in_order_of_pairs
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

GAP = 0.01
# Boxes of a bound by default: so many pairs in all of them together, between these.
PAIRS = 10_000
FEWEST_BOXES, MOST_BOXES = 24, 200
# Of more pairs limits that couple processors have no prices: steps of the general solver are left.
MOST_PRICED = 5_000
# A cap may be above 1 by the rounding of a sum.
ONE = 1.0 + 1e-9
# By how much a variance is kept below the edge of a stair, when rounding took it over.
MARGINS = (1e-12, 1e-9, 1e-6, 1e-4)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What `roundlot.theory.rounds_to_target` needs beside a variance that holds in every round."""

    smoothness: float
    strong_convexity: float
    initial: float
    target: float

    def __post_init__(self) -> None:
        for each in fields(self):
            real_number(getattr(self, each.name), each.name)

    def rounds(self, variance: float) -> float:
        """Rounds that provably suffice; infinite if they cannot be counted."""
        try:
            bound = rounds_to_target(
                smoothness=self.smoothness,
                strong_convexity=self.strong_convexity,
                variance=variance,
                initial=self.initial,
                target=self.target,
                schedule="switched",  # no other is better where the variance does not grow
            )
        except InfeasibleError:
            return math.inf
        return float(bound.rounds)


@dataclass(frozen=True, kw_only=True, eq=False)
class TimePlan(Tabular):
    """Probabilities with their rounds, the expected length, and the seconds to the target.

    Attributes:
        problem: the problem; its budget is the most that the search may use.
        probabilities: ``(V, S)``, feasible exactly.
        pair_seconds: ``(V, S)``.
        overhead: seconds that every round takes beside.
        draw_seconds: ``(V, S)``, seconds that every draw takes beside, one after another.
        target: what is to be reached.
        rounds: that provably suffice.
        round_seconds: expected length of a round, overhead and draws included.
        lower_bound: no probabilities within the limits need fewer seconds by the same bound on
            rounds: of all whose rounds can be counted, and as far as rounds rise with the variance.
            Computed in floating point with 1e-12 taken off for rounding. Limits on clients, groups,
            models and costs enter by prices, those of the best probabilities; floors of sums do not
            enter, so that the gap includes what they cost.
        evaluated: tables of probabilities that the search looked at.
        boxes: of branch and bound.
        seconds_taken: wall-clock time of search and bound.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    pair_seconds: FloatArray = field(repr=False)
    overhead: float
    draw_seconds: FloatArray = field(repr=False)
    target: Target
    rounds: float
    round_seconds: float
    lower_bound: float
    evaluated: int
    boxes: int
    seconds_taken: float

    __repr__ = short_repr

    _index: ClassVar[str | None] = "client"

    def _columns(self) -> Mapping[str, Any]:
        return probability_columns(self.problem, self.probabilities)

    def _library(self) -> str | None:
        return self.problem.names.library

    def _record(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "rounds": self.rounds,
            "round_seconds": self.round_seconds,
            "budget": self.budget,
            "overhead": self.overhead,
            "target": vars(self.target),
            "clients": self.problem.names.plain_rows(self.problem.n_processors),
            "models": self.problem.names.plain_models(self.problem.n_models),
            "probabilities": self.probabilities,
            "boxes": self.boxes,
            "seconds_taken": self.seconds_taken,
        }

    @property
    def seconds(self) -> float:
        """Expected seconds to the target."""
        return self.rounds * self.round_seconds

    @property
    def budget(self) -> float:
        """The draws that it expects in a round: the best server budget that was found."""
        return math.fsum(self.probabilities.ravel().tolist())

    @property
    def gap(self) -> float:
        """``seconds / lower_bound − 1``: the most that other probabilities could gain."""
        if self.seconds <= self.lower_bound:
            return 0.0
        return self.seconds / self.lower_bound - 1.0 if self.lower_bound > 0.0 else math.inf


@by_position("pair_seconds", "draw_seconds")
def seconds_to_target(
    problem: Problem,
    pair_seconds: npt.ArrayLike,
    target: Target,
    *,
    overhead: float = 0.0,
    draw_seconds: npt.ArrayLike = 0.0,
    gap: float = GAP,
    boxes: int | None = None,
) -> TimePlan:
    """Probabilities that reach the target in few seconds, and how few seconds any would need.

    The budget of the problem is the most that may be used: the best number of draws is found with
    the probabilities, ``plan.budget``.

    Args:
        problem: scores (of gradients, so that the variance is that of a step), limits, and the most
            draws a round may use.
        pair_seconds: ``(V, S)``, see `pair_seconds` of this package.
        target: constants of the objective, and what to reach.
        overhead: seconds that every round takes whoever is drawn, ``>= 0``.
        draw_seconds: scalar or ``(V, S)``, ``>= 0``: seconds that every draw adds to its round,
            as transfers do that share the server's line. What a larger budget costs.
        gap: above 0; the bound is sought until ``plan.gap`` is as small.
        boxes: the most boxes that branch and bound splits off, at least 1, whatever the gap is
            then; by default fewer the more pairs there are: 200 up to 50 pairs, 24 from 417 on.

    Raises:
        InvalidProblemError: malformed times, a negative overhead, processors with caps above 1,
            ceilings of variances.
        InfeasibleError: no probabilities, or none that reach the target in countable rounds.
    """
    start = time.perf_counter()
    require_problem(problem)
    refuse_variance_ceilings(problem, "seconds_to_target")
    if not isinstance(target, Target):
        raise InvalidProblemError(
            f"target is {type(target).__name__}; give a solvers.Target, with its constants"
        )
    given = in_order_of_pairs(problem, pair_seconds, "pair_seconds")
    times = checked_seconds(given, problem.scores.shape, "pair_seconds")
    server = _server_seconds(problem, draw_seconds)
    _check(problem, overhead, gap, boxes)
    check_feasible(problem)
    clock = _Clock(problem=problem, times=times, server=server, target=target, overhead=overhead)
    free = without_floors(problem)  # floors of sums are of the general solver's steps alone
    alone = late_program(free, times, server, overhead)
    few = problem.scores.size <= MOST_PRICED
    program = coupled_program(free, alone) if few else alone
    counts = RoundCounts(target.rounds, program.exponents[0])
    descent = Descent(program=program, counts=counts)
    found = descent.run()
    p = least_variance(problem)  # its rounds are at the edge of a stair now and then
    p = clock.better(p, clock.exactly(program, found, descent))
    if not problem.is_plain:
        p = clock.coupled(p)
    seconds = clock.seconds(p)
    if not seconds < math.inf:
        raise InfeasibleError(
            "the target needs more rounds than can be counted; raise the target or the budget"
        )
    upper = math.ldexp(seconds, -program.exponents[1])
    bound = LengthBound(program=program, counts=counts, upper=upper, gap=gap)
    if isinstance(program, CoupledProgram):
        bound = LengthBound(
            program=program.plain,
            counts=counts,
            upper=upper,
            gap=gap,
            priced=None if found.paid is None else program.priced(found.paid),
            weight=found.weight,
        )
    most = _boxes(problem.scores.size) if boxes is None else boxes
    least = bound.run(found, most)
    if bound.best is not None:
        p = clock.better(p, clock.exactly(program, descent.at_the_edge(bound.best), descent))
    seconds = clock.seconds(p)
    return TimePlan(
        problem=problem,
        probabilities=p,
        pair_seconds=times,
        overhead=float(overhead),
        draw_seconds=server,
        target=target,
        rounds=clock.rounds(p),
        round_seconds=clock.length(p),
        lower_bound=min(math.ldexp(least, program.exponents[1]), seconds),
        evaluated=descent.evaluated + clock.evaluated,
        boxes=bound.boxes,
        seconds_taken=time.perf_counter() - start,
    )


@dataclass(kw_only=True, eq=False)
class _Clock:
    """Rounds, lengths and seconds of a problem's probabilities."""

    problem: Problem
    times: FloatArray
    server: FloatArray
    target: Target
    overhead: float
    evaluated: int = 0

    def rounds(self, p: FloatArray) -> float:
        variances = model_variance(self.problem.scores, p)
        return self.target.rounds(float(self.problem.model_weights @ variances))

    def length(self, p: FloatArray) -> float:
        drawn = math.fsum((self.server * p).ravel().tolist())
        return self.overhead + expected_round_length(self.times, p) + drawn

    def seconds(self, p: FloatArray) -> float:
        self.evaluated += 1
        rounds = self.rounds(p)
        return rounds * self.length(p) if rounds < math.inf else math.inf

    def better(self, known: FloatArray, other: FloatArray) -> FloatArray:
        """The other ones, if they keep all floors of sums, too, and need fewer seconds."""
        kept = not self.problem.sum_floors() or fits(self.problem, other)
        return other if kept and self.seconds(other) < self.seconds(known) else known

    def coupled(self, start: FloatArray) -> FloatArray:
        """Within limits that couple processors."""
        p = coupled_descent(self.problem, start, self.times, self.server, self.seconds)
        if not self.problem.sum_floors():
            return lowered(self.problem, p)
        with suppress(ConvergenceError):  # no room for rounding: where it began is within limits
            return self.better(start, fitter(self.problem)(p))
        return start

    def exactly(self, program: LateProgram, found: Point, descent: Descent) -> FloatArray:
        """Probabilities of the program that keep every limit, and the rounds, to the last bit."""
        wanted = descent.seconds(found)
        best = self._kept(program, found)
        for margin in MARGINS:
            if self.seconds(best) <= math.ldexp(wanted, program.exponents[1]) * (1.0 + 1e-6):
                break
            rates = sums_of(program.steps * np.exp(-program.lateness(found.p)))
            less = program.within(found.variance * (1.0 - margin), rates, found, precision=margin)
            if less is not None:
                best = min((best, self._kept(program, less)), key=self.seconds)
        return best

    def _kept(self, program: LateProgram, found: Point) -> FloatArray:
        p = np.clip(program.in_problem_order(found.p), *self.problem.bounds)
        return lowered(self.problem, p)


def _server_seconds(problem: Problem, draw_seconds: npt.ArrayLike) -> FloatArray:
    table = real_numbers(in_order_of_pairs(problem, draw_seconds, "draw_seconds"), "draw_seconds")
    full = np.full(problem.scores.shape, table) if table.ndim == 0 else table
    return checked_seconds(full, problem.scores.shape, "draw_seconds")


def _check(problem: Problem, overhead: float, gap: float, boxes: int | None) -> None:
    overhead, gap = real_number(overhead, "overhead"), real_number(gap, "gap")
    if not 0.0 <= overhead < math.inf:
        raise InvalidProblemError(f"overhead is {overhead:g}; it must be finite and at least 0")
    if not 0.0 < gap < math.inf:
        raise InvalidProblemError(f"gap is {gap:g}; it must be finite and above 0")
    if boxes is not None and not (is_whole(boxes) and boxes >= 1):
        raise InvalidProblemError(f"boxes is {boxes!r:.40}; give a whole number of at least 1")
    most = np.minimum(problem.processor_cap, problem.bounds[1].sum(axis=1))
    if (most > ONE).any():
        row = int(np.argmax(most))
        raise InvalidProblemError(
            f"{problem.names.row(row)} may draw {most[row]:g} models a round; the length of a "
            "round is known for processors that draw at most one: set its processor_cap to 1"
        )


def _boxes(pairs: int) -> int:
    return min(MOST_BOXES, max(FEWEST_BOXES, PAIRS // pairs))

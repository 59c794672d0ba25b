"""The deadline that makes ``(E T + communication) E[1/N | N >= 1] / P(N >= 1)`` least.

That product is the time that a step of given variance costs: seconds of a round, times the variance
of its pooled step in units of ``σ²``, over the chance that the round makes a step at all. With a
noise-dominated target it is proportional to the seconds to the target.

The answer is global. On deadlines in ``[a, b]`` the time is at least that of ``a``; and since
counts only grow with the deadline, ``E[1/N; N >= 1]`` is at least that of ``b`` less
``P(N_b >= 1) − P(N_a >= 1)``, and ``E[1/N | N >= 1] / P >= 1/E N_b`` (Jensen). Intervals are halved
where this bound is least, until it meets the best deadline found or the evaluations are used up.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.counts import Counts, SampledCounts
from roundlot.solvers.stragglers.laws import NEAR
from roundlot.solvers.stragglers.round_ends import Deadline, FullWait
from roundlot.solvers.stragglers.round_laws import (
    chance_late,
    counts_at,
    mixed_counts,
    round_law,
)
from roundlot.solvers.stragglers.times import Stragglers, checked_shares
from roundlot.solvers.stragglers.traces import Trace
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.positions import by_position

GRID = 128  # deadlines tried at first, on each scale
FINER = 64  # points between two of them, for the integral of P(T > t)
MOST_JUMPS = 600  # of a trace that are tried
EVALUATIONS = 1200  # deadlines tried at most: some seconds
TOLERANCE = 1e-3  # relative gap
CLOSEST = 1e-9  # relative distance of two deadlines
ZOOM = 8.0  # of one scale to the next: heavy tails reach far beyond the deadlines of use
FINEST = 0.25  # Quantile of a unit of the fastest worker: no scale is below it.
LEAST_CHANCE = 0.5  # of a round that makes a step
HORIZON = 0.999  # Quantile of the last finish up to which deadlines are searched one by one.


@dataclass(frozen=True, kw_only=True, eq=False)
class BestDeadline:
    """The best deadline found, and how much better any other can be.

    Attributes:
        seconds: the deadline; infinite if to wait for everybody is best.
        value: ``(E T + communication) E[1/N | N >= 1] / P(N >= 1)`` there.
        full_wait: the same for the full wait.
        lower_bound: no deadline has less, of those at which a round makes a step surely enough.
        rigorous: whether the bound rests on formulas; with a lattice it holds up to its error.
        tried: ``(M,)`` deadlines and ``values (M,)``, sorted, for figures.
        evaluations: deadlines tried.
    """

    seconds: float
    value: float
    full_wait: float
    lower_bound: float
    rigorous: bool
    tried: FloatArray = field(repr=False)
    values: FloatArray = field(repr=False)
    evaluations: int

    @property
    def gap(self) -> float:
        """Relative distance of the value from the bound."""
        return max(0.0, self.value / self.lower_bound - 1.0) if self.lower_bound > 0 else math.inf

    @property
    def relative(self) -> float:
        """Value relative to the full wait: 0.5 is half the time."""
        return self.value / self.full_wait


@dataclass(frozen=True, kw_only=True)
class _Point:
    """One deadline: time, ``E[1/N; N >= 1]``, ``P(N >= 1)``, ``E N``, and the criterion."""

    deadline: float
    least_seconds: float
    inverse: float
    somebody: float
    mean: float
    value: float


@by_position()
def best_deadline(
    stragglers: Stragglers,
    shares: npt.ArrayLike,
    *,
    communication: float = 0.0,
    least_chance: float = LEAST_CHANCE,
    tolerance: float = TOLERANCE,
    evaluations: int = EVALUATIONS,
) -> BestDeadline:
    """The best deadline for these workers and shares.

    Args:
        stragglers: the workers.
        shares: ``(n,)`` units planned; at the deadline nobody has done more than its share.
        communication: seconds that every round takes beside computing.
        least_chance: a round must make a step with at least this chance; without communication,
            exponential times would else make ever shorter rounds, of a unit at a time, the best.
        tolerance: relative gap at which to stop.
        evaluations: deadlines to try at most.

    Raises:
        InvalidProblemError: malformed shares, a number out of range.
    """
    planned = checked_shares(shares, stragglers.workers)
    if not (math.isfinite(communication) and communication >= 0.0):
        raise InvalidProblemError(f"communication is {communication}; give seconds of at least 0")
    if not 0.0 < least_chance <= 1.0:
        raise InvalidProblemError(f"least_chance is {least_chance}; give a chance in (0, 1]")
    if not (math.isfinite(tolerance) and tolerance > 0.0):
        raise InvalidProblemError(f"tolerance is {tolerance}; give a finite number above 0")
    search = _Search(stragglers, planned, communication, least_chance)
    return search.run(tolerance, evaluations)


class _Search:
    """Branch and bound on the deadline."""

    def __init__(
        self, stragglers: Stragglers, shares: IntArray, communication: float, least_chance: float
    ) -> None:
        self.stragglers, self.shares = stragglers, shares
        self.communication, self.least_chance = communication, least_chance
        self.horizon = _horizon(stragglers, shares)
        most = int(shares.max())
        self.measured = stragglers.measured
        self.scales = _scales(stragglers, shares, self.horizon)
        self.kinds = [
            (chance, calm, [calm.reach(most, scale) for scale in self.scales])
            for chance, calm in (() if self.measured is not None else stragglers.conditions())
        ]
        self.full = round_law(FullWait(), stragglers, shares).seconds_per_information(communication)
        self.grid = np.union1d(_refined(self.scales, GRID), _jumps(stragglers, shares))
        self.ends = _refined(self.scales, FINER * GRID)
        self.late = np.zeros(self.ends.size)
        if self.measured is not None:
            self.last = np.sort((self.measured * shares).max(axis=1))
            over = np.searchsorted(self.last, self.ends * (1.0 + NEAR), side="right")
            self.late = 1.0 - over / self.last.size
        level = self._level(self.ends)
        for chance, calm, reaches in self.kinds:
            for k, reach in enumerate(reaches):
                here = self.ends[level == k]
                self.late[level == k] += chance * chance_late(calm, shares, here, reach=reach)
        step = np.diff(self.ends)
        self.area = np.append(0.0, np.cumsum(0.5 * step * (self.late[1:] + self.late[:-1])))
        self.least_area = np.append(0.0, np.cumsum(step * self.late[1:]))

    def run(self, tolerance: float, evaluations: int) -> BestDeadline:
        points = [self._point(t) for t in self.grid]
        best = min(points, key=lambda p: p.value)
        heap = [self._interval(a, b) for a, b in pairwise(points)]
        beyond = (points[-1].least_seconds + self.communication) / float(self.shares.sum())
        heapq.heapify(heap)
        floor = 0.0
        while heap:
            floor = min(heap[0][0], beyond)
            target = min(best.value, self.full)
            if floor >= target * (1.0 - tolerance) or len(points) >= evaluations:
                break
            if beyond < heap[0][0]:
                break  # Only the deadlines beyond the horizon are in doubt.
            if heap[0][3].deadline - heap[0][2].deadline <= CLOSEST * heap[0][3].deadline:
                break  # A jump of the chances: closer deadlines tell no more.
            _, _, a, b = heapq.heappop(heap)
            middle = self._point(0.5 * (a.deadline + b.deadline))
            points.append(middle)
            best = min(best, middle, key=lambda p: p.value)
            heapq.heappush(heap, self._interval(a, middle))
            heapq.heappush(heap, self._interval(middle, b))
        return self._answer(best, floor, points)

    def _answer(self, best: _Point, floor: float, points: list[_Point]) -> BestDeadline:
        ordered = sorted(points, key=lambda p: p.deadline)
        law = round_law(Deadline(seconds=best.deadline), self.stragglers, self.shares)
        exact = law.seconds_per_information(self.communication)
        waits = self.full <= exact
        value = min(self.full, exact)
        return BestDeadline(
            seconds=math.inf if waits else best.deadline,
            value=value,
            full_wait=self.full,
            lower_bound=min(floor, value),
            rigorous=all(reaches[0].exact for _, _, reaches in self.kinds),
            tried=np.array([p.deadline for p in ordered]),
            values=np.array([p.value for p in ordered]),
            evaluations=len(points),
        )

    def _interval(self, a: _Point, b: _Point) -> tuple[float, float, _Point, _Point]:
        if b.somebody < self.least_chance:
            return math.inf, a.deadline, a, b
        least = max(b.inverse - (b.somebody - a.somebody), 0.0) / b.somebody**2
        bound = (a.least_seconds + self.communication) * max(least, 1.0 / b.mean)
        return bound, a.deadline, a, b

    def _point(self, deadline: float) -> _Point:
        counts = self._counts(deadline)
        somebody = 1.0 - float(counts.chance_of_nobody)
        total = counts.total
        inverse = float((1.0 / np.arange(1, total.size)) @ total[1:])
        seconds, least_seconds = self._seconds(deadline)
        value = math.inf
        if somebody >= self.least_chance:
            value = (seconds + self.communication) * inverse / somebody**2
        return _Point(
            deadline=float(deadline),
            least_seconds=least_seconds,
            inverse=inverse,
            somebody=somebody,
            mean=float(counts.mean.sum()),
            value=value,
        )

    def _counts(self, deadline: float) -> Counts:
        if self.measured is not None:
            done = np.floor(deadline * (1.0 + NEAR) / self.measured)
            return SampledCounts(counts=np.minimum(done, self.shares).astype(np.int64))
        level = int(self._level(np.asarray(deadline)))
        return mixed_counts(
            [chance for chance, _, _ in self.kinds],
            [counts_at(reaches[level], self.shares, deadline) for _, _, reaches in self.kinds],
        )

    def _level(self, t: FloatArray) -> IntArray:
        """The finest of the scales that reach so far."""
        return np.asarray(np.searchsorted(-np.array(self.scales), -t, side="right") - 1)

    def _seconds(self, deadline: float) -> tuple[float, float]:
        """``E min(T, deadline)``, by trapezes, and a lower bound on it: ``P(T > t)`` falls."""
        place = int(np.searchsorted(self.ends, deadline, side="right")) - 1
        place = min(place, self.ends.size - 2)
        step = deadline - self.ends[place]
        left, right = float(self.late[place]), float(self.late[place + 1])
        value = self.area[place] + (left + right) / 2.0 * step
        return float(value), float(self.least_area[place] + right * step)


def _horizon(stragglers: Stragglers, shares: IntArray) -> float:
    """A moment by which nearly surely everybody is done, in rounds of every kind."""
    if stragglers.measured is not None:
        return float((stragglers.measured * shares).max()) * (1.0 + 1e-9)
    return max(_horizon_of(calm, shares) for _, calm in stragglers.conditions())


def _scales(stragglers: Stragglers, shares: IntArray, horizon: float) -> list[float]:
    """The horizon, and parts of it down to the first units that are done."""
    if stragglers.measured is not None:
        first = float(stragglers.measured[:, shares > 0].min())
    else:
        calm = stragglers.conditions()[0][1]
        first = float(np.min((calm.seconds * calm.law.quantile(FINEST))[shares > 0]))
    found = [horizon]
    while found[-1] > ZOOM * first:
        found.append(found[-1] / ZOOM)
    return found


def _jumps(stragglers: Stragglers, shares: IntArray) -> FloatArray:
    """Moments at which units of measured rounds are done: between them counts stay as they are."""
    if not isinstance(stragglers.law, Trace):
        return np.zeros(0)
    every = stragglers.law.factors * stragglers.seconds
    each = np.concatenate([np.unique(every * k) for k in range(1, int(shares.max()) + 1)])
    moments = np.unique(each[each <= every.max() * shares.max()])
    some = np.linspace(0, moments.size - 1, min(moments.size, MOST_JUMPS)).astype(int)
    horizon = _horizon(stragglers, shares)
    return np.asarray(moments[some][moments[some] <= horizon])


def _refined(scales: list[float], points: int) -> FloatArray:
    """Rising moments from 0, so many evenly on each of the scales."""
    return np.unique(np.concatenate([np.linspace(0.0, scale, points + 1) for scale in scales]))


def _horizon_of(stragglers: Stragglers, shares: IntArray) -> float:
    busy = shares > 0
    whole = stragglers.seconds[busy] * shares[busy]
    if stragglers.per == "step" or stragglers.law.variance == 0.0:
        each = 1.0 - (1.0 - HORIZON) / busy.sum()
        factor = stragglers.law.of(np.flatnonzero(busy)).quantile(each)
        return float(np.max(whole * factor)) * (1.0 + 1e-9)
    ends = FullWait().draw(stragglers, shares, 4000, seed=1).seconds
    return float(np.quantile(ends, HORIZON))

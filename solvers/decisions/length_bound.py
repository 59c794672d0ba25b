"""A lower bound on the seconds of all probabilities, by branch and bound on how late rounds are.

A box gives the variance and every ``z_j`` of `late_program` an interval. By concavity

    1 − e^(−z) >= c z + min(1 − e^(−l) − c l, 1 − e^(−h) − c h)    for l <= z <= h and c >= 0,

so the length is at least a convex function of the probabilities, whatever the rates ``c``, and that
has a bound from prices for every weight of the variance, `LateProgram.bound`. Together these lines
say how short a round can be at every variance; the seconds are at least the least product of that
with the rounds. The chord of the interval is the first choice of ``c``; more of it is a price that
keeps ``z`` below its interval's end, less of it says that ``z`` is above.

``z_j`` falls with ``j``, so splitting one interval narrows those of all later times, or of all
earlier ones. The best known seconds narrow them further: a long round is worse, and a variance that
is not too large needs rounds that are not too short.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.decisions.late_program import LateProgram, Point, sums_of
from roundlot.solvers.decisions.round_counts import HUGE, RoundCounts, Stairs
from roundlot.theory.arrays import BoolArray, FloatArray

# Above the rounding of every sum that a bound is made of.
ROUNDING = 1e-12
# Times at which the least lateness is computed; others follow.
EDGES = 20
FEWEST_EDGES = 4
# Of a program with more pairs than this fewer.
MANY_PAIRS = 200
# The least lateness is computed again when a box's largest variance has fallen by this.
TIGHTER = 0.95
# Lines a box is bounded by, and points added to the staircase for each.
CUTS = 12
# So many that gained next to nothing are the last.
IDLE = 2
# How near a line's optimum is to the variance it was drawn for, of what is above the least.
ROUGHLY = 0.1
NEAREST = 1e-6
HALVINGS = 40
# Rounds of the first boxes: from one to the next by this factor.
FIRST = 2.0
# The interval of the variance is split when it costs so much more than those of lateness.
PREFERENCE = 5.0
# Parts of an interval that a split leaves at least on either side.
SIDE = 0.2
# More rounds than can be counted.
UNCOUNTED = 2.0**60
BISECTIONS = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class Box:
    """Intervals of every ``z_j``, of the variance, and what is known of them.

    Attributes:
        low: ``(J,)``, falling.
        high: ``(J,)``, falling.
        least: the smallest variance, a point of the staircase.
        most: the largest, likewise.
        bound: no probabilities in the box need fewer seconds.
        point: the optimum of the last program, from which the next one starts.
        tight: the largest variance for which ``low`` was computed; NaN of a first box, which
            more often than not holds nothing.
        split: the time at which to split and the ``z`` there; or −1 and a variance.
    """

    low: FloatArray = field(repr=False)
    high: FloatArray = field(repr=False)
    least: float
    most: float
    bound: float
    point: Point = field(repr=False)
    tight: float = math.nan
    split: tuple[int, float] = (-1, math.nan)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Chords:
    """Of ``1 − e^(−z)`` on a box's intervals; a constant where one has no end."""

    below: FloatArray
    above: FloatArray
    slopes: FloatArray

    def ends(self, box: Box, rates: FloatArray) -> FloatArray:
        """What a line of slope ``c`` through the origin is to be lowered by, negative."""
        with np.errstate(invalid="ignore"):
            first = np.where(rates > 0.0, rates * box.low, 0.0)
            last = np.where(rates > 0.0, rates * box.high, 0.0)
        return np.minimum(self.below - first, self.above - last)


@dataclass(kw_only=True, eq=False)
class LengthBound:
    """Branch and bound from known probabilities and their seconds.

    Attributes:
        upper: the fewest seconds known, of ``best``, or of what the search began with.
        gap: relative, at which it ends.
        priced: the program with prices for limits that couple processors; what is found on the way
            may break them then, and is not kept.
        weight: of the variance, at which these are prices of the best probabilities.
    """

    program: LateProgram
    counts: RoundCounts
    upper: float
    gap: float
    priced: LateProgram | None = None
    weight: float = 1.0
    best: Point | None = None
    boxes: int = 0

    def run(self, start: Point, most_boxes: int) -> float:
        """A lower bound within the gap, or the best after so many boxes beside the first."""
        if self.upper == 0.0 or not self.program.roots.any():
            return self.upper  # of the floors, where no score is above 0: nothing is shorter
        self.stairs = self._staircase(start)
        heap: list[tuple[float, int, Box]] = []
        for box in self._first_boxes(start):
            self._push(heap, box)
        most_boxes += self.boxes
        while heap and self.boxes < most_boxes and heap[0][0] < self.goal:
            _, _, box = heapq.heappop(heap)
            for part in _parts(box):
                self._push(heap, part)
        return min(self.goal, heap[0][0]) if heap else self.goal

    @property
    def goal(self) -> float:
        """What a box must reach to be left alone."""
        return self.upper / (1.0 + self.gap)

    def with_prices(self, weight: float) -> Iterator[LateProgram]:
        """Programs with prices: as they are, and as if the variance alone were what they buy."""
        if self.priced is not None:
            yield self.priced
            factor = weight / self.weight
            extra, rebate = self.priced.extra * factor, self.priced.rebate * factor
            yield replace(self.priced, extra=extra, rebate=rebate)

    def _push(self, heap: list[tuple[float, int, Box]], box: Box) -> None:
        self.boxes += 1
        bounded = self._bounded(box)
        if bounded is not None:
            heapq.heappush(heap, (bounded.bound, self.boxes, bounded))

    def _staircase(self, start: Point) -> Stairs:
        """From the least variance to where rounds are too many for any length."""
        program, alone = self.program, self.program.without_server()
        base = alone.least(1.0, sums_of(np.zeros_like(program.steps)), None)
        self.least_variance = max(0.0, alone.bound(base) - ROUNDING * alone.size(base))
        high = max(self.least_variance, start.variance, 1e-30)
        while high < HUGE and self.counts(high) < math.inf:
            if self.counts(high) * program.overhead >= self.upper:
                break
            high *= 16.0
        return Stairs(self.counts, self.least_variance, high)

    def _first_boxes(self, start: Point) -> list[Box]:
        program, stairs = self.program, self.stairs
        places = [0]
        for place, rounds in enumerate(stairs.rounds.tolist()):
            if rounds >= FIRST * stairs.rounds[places[-1]] and place > places[-1]:
                places.append(place)
        if places[-1] != len(stairs.rounds) - 1:
            places.append(len(stairs.rounds) - 1)
        edges = stairs.variances[places].tolist()
        whole = Box(
            low=program.lateness(program.floor),
            high=np.full_like(program.times, np.inf),
            least=0.0,
            most=math.inf,
            bound=0.0,
            point=start,
        )
        pairs = zip(edges, edges[1:] or edges, strict=False)
        return [replace(whole, least=first, most=last) for first, last in pairs]

    def _bounded(self, box: Box) -> Box | None:
        """The box with its bound and where to split it; None if it holds nothing better."""
        narrow = self._narrowed(box)
        if narrow is None:
            return None
        box, chords = narrow, _chords(narrow)
        lines = _Lines(bound=self, box=box, chords=chords)
        if not lines.drawn():
            return None
        self._offer(lines.point)
        return self._to_split(lines.box, chords, lines)

    def _to_split(self, box: Box, chords: _Chords, lines: _Lines) -> Box:
        z = np.clip(self.program.lateness(lines.point.p), box.low, box.high)
        some = chords.slopes > 0.0
        chord = chords.below.copy()
        chord[some] += chords.slopes[some] * (z[some] - box.low[some])
        gaps = self.program.steps * (-np.expm1(-z) - chord)
        split = _middle(box, z, gaps)
        least, most = self.stairs.place(box.least), self.stairs.place(box.most)
        rounds = self.stairs.rounds[[least, most]]
        spread = math.log(max(rounds[1], 1.0) / max(rounds[0], 1.0))
        length = max(self.program.length(lines.point.p), 1e-300)
        if most > least and spread > PREFERENCE * float(gaps.sum()) / length:
            if most == least + 1 and self.stairs.halve(least):
                most += 1
            middle = math.sqrt(max(rounds[0], 1.0) * max(rounds[1], 1.0))
            at = int(np.searchsorted(self.stairs.rounds[least : most + 1], middle)) + least
            if most > least + 1:
                at = min(max(at, least + 1), most - 1)
                split = -1, float(self.stairs.variances[at])
        return replace(box, point=lines.point, split=split)

    def _offer(self, point: Point) -> None:
        seconds = self.counts(point.variance) * self.program.length(point.p)
        if self.priced is None and seconds < self.upper:
            self.upper, self.best = seconds, point

    def _narrowed(self, box: Box) -> Box | None:
        """Intervals that still hold all that is better than what is known; None if one is empty."""
        low, tight = box.low, math.inf if math.isnan(box.tight) else box.tight
        if box.most < TIGHTER * box.tight:
            low, tight = self._least_lateness(box), box.most
        program, rounds = self.program, self.counts(box.least)
        longest = self.upper / rounds if rounds > 0.0 else math.inf
        late = -np.expm1(-low)
        slack = (longest - program.overhead) * (1.0 + ROUNDING) - float(program.steps @ late)
        slack += ROUNDING * longest if longest < math.inf else 0.0
        if slack < 0.0:
            return None
        high = np.minimum(box.high, _most_lateness(program.steps, late, slack))
        if (low > high).any():
            return None
        return replace(box, low=low, high=high, tight=tight)

    def _least_lateness(self, box: Box) -> FloatArray:
        """What keeping the variance needs at some times; and so at all earlier ones."""
        low, count = box.low.copy(), len(box.low)
        edges = max(FEWEST_EDGES, EDGES * MANY_PAIRS // max(MANY_PAIRS, self.program.roots.size))
        alone = self.program.without_server()
        for j in np.unique(np.linspace(0, count - 1, min(count, edges)).astype(int)).tolist():
            rates = np.zeros(count + 1)
            rates[j + 1 :] = 1.0
            point = alone.within(
                box.most, rates, box.point, precision=ROUGHLY / 4.0, least=self.least_variance
            )
            if point is None:
                continue
            least = alone.bound(point) - point.weight * box.most
            least -= ROUNDING * (alone.size(point) + point.weight * box.most)
            low[: j + 1] = np.maximum(low[: j + 1], least)
        return low


class _Lines:
    """Lines under the length of a box, ``length >= height − weight * variance``, one by one."""

    def __init__(self, *, bound: LengthBound, box: Box, chords: _Chords) -> None:
        self.bound, self.box, self.chords = bound, box, chords
        self.point = box.point
        self.heights: list[float] = []
        self.weights: list[float] = []
        # the first of each run of equal ends: z falls, so the others follow
        before = np.concatenate(([np.inf], box.high[:-1]))
        self.edge: BoolArray = np.isfinite(box.high) & (box.high < before)
        self.more = np.zeros_like(chords.slopes)
        self.part = np.ones_like(chords.slopes)

    def drawn(self) -> bool:
        """Whether the box may hold something better when no more lines help."""
        program, at, best, idle = self.bound.program, math.nan, 0.0, 0
        for _ in range(CUTS):
            c = np.where(program.steps > 0.0, self.chords.slopes * self.part, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                c += np.where(
                    (self.more > 0.0) & (program.steps > 0.0), self.more / program.steps, 0.0
                )
            if not self._draw(c, at):
                break
            value, at = self._least_product()
            if value >= self.bound.goal:
                return False
            idle = 0 if value > best * (1.0 + 0.1 * self.bound.gap) else idle + 1
            best = max(best, value)
            if not self._adjusted() and idle >= IDLE:
                break
        return True

    def _draw(self, c: FloatArray, at: float) -> bool:
        program = self.bound.program
        rates = sums_of(program.steps * c)
        if math.isnan(at):
            found: Point | None = program.least(self.point.weight, rates, self.point)
        else:
            least = self.bound.least_variance
            near = max(at, least * (1.0 + NEAREST))
            found = program.within(near, rates, self.point, precision=ROUGHLY, least=least)
        if found is None:
            return False
        self.point = found
        ends = float(program.steps @ self.chords.ends(self.box, c))
        self._add(program, found, ends)
        for other in self.bound.with_prices(found.weight):
            self._add(other, other.least(found.weight, rates, found), ends)
        return True

    def _add(self, program: LateProgram, found: Point, ends: float) -> None:
        height = program.overhead + program.bound(found) + ends
        height -= ROUNDING * (program.size(found) + abs(ends))
        self.heights.append(height)
        self.weights.append(found.weight)

    def _least_product(self) -> tuple[float, float]:
        """Least rounds times length over the box's variances, and where; narrows the box."""
        stairs, goal = self.bound.stairs, self.bound.goal
        fine = 1.0 + self.bound.gap / 4.0
        for halvings in range(HALVINGS + 1):
            first, last = stairs.place(self.box.least), stairs.place(self.box.most)
            some = slice(first, max(last, first + 1))
            ends = (
                stairs.variances[some.start + 1 : some.stop + 1]
                if last > first
                else stairs.variances[some]
            )
            lengths = self._lengths(ends)
            # infinitely many rounds of no length are infinitely many seconds
            rounds = np.minimum(stairs.rounds[some], UNCOUNTED)
            products = np.where(stairs.rounds[some] < np.inf, rounds * lengths, np.inf)
            worst = int(np.argmin(products))
            value, at = float(products[worst]), float(ends[worst])
            if value >= goal or halvings == HALVINGS or last == first:
                break
            place = first + worst
            longest = float(self._lengths(stairs.variances[place : place + 1])[0])
            steep = stairs.rounds[place + 1] > fine * stairs.rounds[place]
            if not (steep and longest > fine * lengths[worst] and stairs.halve(place)):
                break
        alive = np.flatnonzero(products < goal)
        if alive.size and last > first:
            self.box = replace(
                self.box,
                least=float(stairs.variances[first + alive[0]]),
                most=float(stairs.variances[first + alive[-1] + 1]),
            )
        self.box = replace(self.box, bound=max(self.box.bound, value))
        return value, at

    def _lengths(self, variances: FloatArray) -> FloatArray:
        """At least how long rounds are at each variance."""
        heights, weights = np.array(self.heights)[:, None], np.array(self.weights)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            lines = heights - weights * variances
        return np.asarray(np.maximum(lines.max(axis=0), self.bound.program.overhead))

    def _adjusted(self) -> bool:
        """Prices of the ends that the last optimum violates; whether any was far from its end."""
        program, point = self.bound.program, self.point
        z = program.lateness(point.p)
        with np.errstate(invalid="ignore", divide="ignore"):
            over = np.where(self.edge, np.log(z / self.box.high), 0.0)
            under = np.where((self.box.low > 0.0) & (z < self.box.low), z / self.box.low, 1.0)
        active = self.edge & ((over > 0.0) | (self.more > 0.0))
        wanted = program.roots > 0.0
        with np.errstate(over="ignore", divide="ignore"):
            pulls = point.weight * (program.roots[wanted] / point.p[wanted]) ** 2
        base = 0.1 * max(point.price, float(np.median(pulls)))
        raised = np.where(
            self.more > 0.0,
            self.more * np.exp(np.clip(1.5 * over, -3.0, 3.0)),
            base * np.clip(over, 0.01, 3.0),
        )
        self.more = np.where(active & (raised >= 1e-4 * base) & (raised < HUGE), raised, 0.0)
        self.part = np.where(under < 1.0, self.part * under, np.minimum(1.0, self.part * 1.5))
        return bool((active & (np.abs(over) > 0.05)).any())


def _parts(box: Box) -> tuple[Box, Box]:
    """Both halves of a box."""
    j, at = box.split
    if j < 0:
        return replace(box, most=at), replace(box, least=at)
    low, high = box.low.copy(), box.high.copy()
    high[j:] = np.minimum(high[j:], at)
    low[: j + 1] = np.maximum(low[: j + 1], at)
    return replace(box, high=high), replace(box, low=low)


def _middle(box: Box, z: FloatArray, gaps: FloatArray) -> tuple[int, float]:
    """Where half of what chords lose is earlier and half is later."""
    mass = np.cumsum(gaps)
    j = min(int(np.searchsorted(mass, 0.5 * mass[-1])), len(z) - 1)
    if gaps[j] <= 0.1 * gaps.max():
        j = int(np.argmax(gaps))
    low, high = -math.expm1(-box.low[j]), -math.expm1(-box.high[j])
    late = min(max(-math.expm1(-z[j]), low + SIDE * (high - low)), high - SIDE * (high - low))
    return j, -math.log1p(-late)


def _chords(box: Box) -> _Chords:
    below, above = -np.expm1(-box.low), -np.expm1(-box.high)
    with np.errstate(invalid="ignore", divide="ignore"):
        wide = box.high - box.low > 1e-12
        slopes = np.where(wide, (above - below) / (box.high - box.low), np.exp(-box.low))
    return _Chords(below=below, above=above, slopes=np.where(np.isfinite(box.high), slopes, 0.0))


def _most_lateness(steps: FloatArray, late: FloatArray, slack: float) -> FloatArray:
    """The largest ``z_j`` if the length may rise by ``slack`` above that of ``late = 1 − e^(−z)``.

    Where ``z_j`` is large so are all earlier ones; what they add to the length is bisected for.
    """
    held = np.concatenate(([0.0], np.cumsum(steps * late)))
    whole = np.concatenate(([0.0], np.cumsum(steps)))
    upto = np.arange(len(late)) + 1
    low, high = late.copy(), np.ones_like(late)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        first = np.minimum(np.searchsorted(-late, -middle, side="right"), upto - 1)
        more = middle * (whole[upto] - whole[first]) - (held[upto] - held[first])
        fits = more <= slack
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    with np.errstate(divide="ignore"):
        found = np.where(high < 1.0, -np.log1p(-high), np.inf)
    return np.minimum.accumulate(found)

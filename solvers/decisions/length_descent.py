"""Seconds made fewer step by step: every step solves a convex program that lies above them.

``log R(V) + log E[T]`` is majorised at the current probabilities by lines in the variance and in
every ``z_j`` of `late_program`: tangents of concave functions. What is left is one convex program
with one price. Rounds are a staircase, and not always concave, so a step is shortened until the
seconds fall. In the end the variance is taken to the edge of a stair, where the rounds are as few
as they can be with probabilities that are as small.

Source: majorise and minimise, Hunter and Lange (The American Statistician 2004).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.decisions.late_program import HEAVIEST, LIGHTEST, LateProgram, Point, sums_of
from roundlot.solvers.decisions.round_counts import RoundCounts
from roundlot.theory.arrays import FloatArray

# Starts: a round is taken to last up to the time that this part of the times are below.
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.97)
FIRST_STEPS, ALL_STEPS = 15, 300
# The starts that are followed to the end.
FOLLOWED = 2
# Seconds that fall by less than this part stay.
STILL = 1e-10
HALVINGS = 30
# Stairs that are tried beside the one a descent ends on.
STAIRS = 20
STAIR_STEPS = 60
# Below the edge of a stair by more than probabilities and variances are rounded.
EDGE = 1e-12


@dataclass(kw_only=True, eq=False)
class Descent:
    """Searches of one program; ``evaluated`` counts the probabilities that were looked at."""

    program: LateProgram
    counts: RoundCounts
    evaluated: int = 0

    def run(self) -> Point:
        """The fewest seconds from all starts, with whole rounds."""
        first = [self._followed(start, FIRST_STEPS) for start in self._starts()]
        first.sort(key=lambda found: found[1])
        last = [self._followed(point, ALL_STEPS) for point, _ in first[:FOLLOWED]]
        return self.at_the_edge(min(last, key=lambda found: found[1])[0])

    def seconds(self, point: Point) -> float:
        """With whole rounds; infinite where they cannot be counted."""
        rounds = self.counts(point.variance)
        return rounds * self.program.length(point.p) if rounds < math.inf else math.inf

    def at_the_edge(self, here: Point) -> Point:
        """The shortest rounds for as many of them, or a few fewer or more."""
        rounds = self.counts(here.variance)
        best, fewest = here, self.seconds(here)
        for way in (0.0, -1.0, 1.0):
            for far in range(1, STAIRS + 1):
                found = self._shortest(best, rounds + way * far)
                if found is None or not self.seconds(found) < fewest:
                    break
                best, fewest = found, self.seconds(found)
                if way == 0.0:
                    break
        return best

    def _shortest(self, here: Point, rounds: float) -> Point | None:
        """Rounds made shorter while they are no more than so many."""
        if not 0.0 <= rounds < math.inf:
            return None
        variance = self.counts.most_variance(rounds, max(here.variance, 1e-280)) * (1.0 - EDGE)
        best, shortest = None, math.inf
        for _ in range(STAIR_STEPS):
            found = self.program.within(variance, self._tangents(here), here, precision=EDGE)
            if found is None:
                break
            here, length = found, self.program.length(found.p)
            self.evaluated += 1
            still = not length < shortest * (1.0 - STILL)
            if length < shortest:
                best, shortest = here, length
            if still:
                break
        return best

    def _starts(self) -> Iterator[Point]:
        """The least variance; and rounds that last up to some time anyway, and rarely longer."""
        program = self.program
        alone = program.without_server()
        every = alone.least(1.0, sums_of(np.zeros_like(program.steps)), None)
        yield every
        for share in SHARES:
            cut = float(np.quantile(program.times, share)) if share else 0.0
            rates = sums_of(np.where(program.times > cut, program.steps, 0.0))
            here = every
            for _ in range(3):
                here = program.least(self._weight(here, program.overhead + cut), rates, here)
            yield here

    def _followed(self, here: Point, steps: int) -> tuple[Point, float]:
        """Steps until the seconds stay; probabilities and their seconds without stairs."""
        best = self._smooth(here.p, here.variance)
        for _ in range(steps):
            following, found = self._shortened(here, best)
            if following is None:
                break
            still, here, best = found >= best * (1.0 - STILL), following, found
            if still:
                break
        return here, best

    def _shortened(self, here: Point, best: float) -> tuple[Point | None, float]:
        """A step, as much of it as makes the seconds fall."""
        aim = self.program.least(self._weight(here), self._tangents(here), here)
        share = 1.0
        for _ in range(HALVINGS):
            p = aim.p if share == 1.0 else here.p + share * (aim.p - here.p)
            variance = self.program.variance(p)
            found = self._smooth(p, variance)
            if found < best:
                return replace(aim, p=p, variance=variance), found
            share /= 2.0
        return None, best

    def _tangents(self, here: Point) -> FloatArray:
        return sums_of(self.program.steps * np.exp(-self.program.lateness(here.p)))

    def _weight(self, here: Point, length: float = 0.0) -> float:
        """What a unit of variance is worth in the length of a round."""
        rounds, slope = self.counts.smooth(here.variance), self.counts.slope(here.variance)
        length = length or self.program.length(here.p)
        if not (0.0 < rounds < math.inf and slope * length > 0.0):
            return here.weight
        return min(max(length * slope / rounds, LIGHTEST), HEAVIEST)

    def _smooth(self, p: FloatArray, variance: float) -> float:
        self.evaluated += 1
        rounds = self.counts.smooth(variance)
        return rounds * self.program.length(p) if rounds < math.inf else math.inf

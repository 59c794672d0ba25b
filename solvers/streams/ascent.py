"""The maximum of a dual each of whose evaluations reads a table: several prices in one pass.

The dual is concave and its gradient the sums' distance from their limits; Newton's step is tried
beside others, along it and in the inverse roots of prices, in which draws are nearly linear. What
is highest is the next point, so that no pass is lost to a line search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.coupled.quadratic import nonnegative_minimum
from roundlot.theory.arrays import FloatArray

NEAR = 1e-5  # a miss from which Newton's own step is all that is tried
GROWTH = 1e3  # a price grows, or falls, by no more at a step
SAME = 1e-13  # relative: values of the dual that rounding may have made different
PATIENCE = 4  # passes without a lower miss: there may be a corner
SHRINK = 1.0 / 64.0  # of a step of which nothing tried was of use
FLAT = 1e-12  # of a curvature: below it there is none
RIDGES = (0.0, 1e-3, 0.1)  # of the diagonal, added to the curvature of some of what is tried


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The dual at some prices.

    Attributes:
        eta: ``(D,)``, prices times right sides.
        value: of the dual, in the unit of the prices.
        worth: the objective of what is drawn there.
        over: ``(D,)``, what limits are over, relative; their gradient.
        curvature: ``(D, D)``.
    """

    eta: FloatArray
    value: float
    worth: float
    over: FloatArray
    curvature: FloatArray

    @property
    def miss(self) -> float:
        """By how much limits are missed, or left free although they have a price."""
        total = max(float(self.eta.sum()), self.worth)
        share = self.eta / total if total > 0.0 else self.eta
        found = float(np.max([0.0, self.over.max(), np.max(np.abs(self.over) * share)]))
        return found if np.isfinite(found) else np.inf


#: Points of several prices.
Evaluate = Callable[[Sequence[FloatArray]], list[Point]]


def ascended(
    evaluate: Evaluate,
    start: FloatArray | Point,
    target: float,
    *,
    passes: int,
    patience: int = PATIENCE,
) -> tuple[Point, list[Point]]:
    """The point whose limits are missed least, and all that were seen.

    Args:
        evaluate: one pass over the table.
        start: ``η (D,)``, or a point.
        target: a miss that is small enough.
        passes: the most to be made.
        patience: passes without a lower miss.
    """
    seen = [start] if isinstance(start, Point) else list(evaluate([start]))
    centre = best = seen[0]
    reach, lost = 1.0, 0
    for _ in range(passes):
        if best.miss <= target or lost >= patience:
            break
        tried = _trials(centre, reach)
        if not tried:
            break
        found = evaluate(tried)
        seen += found
        least = min(found, key=lambda x: x.miss)
        lost = 0 if least.miss < 0.5 * best.miss else lost + 1
        best = least if least.miss < best.miss else best
        higher = _highest(centre, found)
        reach = min(1.0, 8.0 * reach) if higher is not centre else reach * SHRINK
        centre = higher
        if higher not in found and best.miss < NEAR and reach < SHRINK**3:
            break
    return best, seen


def _highest(centre: Point, found: list[Point]) -> Point:
    """The highest point; of those that are about as high the one that misses least."""
    every = [x for x in (centre, *found) if np.isfinite(x.value)]
    if not every:
        return min((centre, *found), key=lambda x: x.miss)
    top = max(every, key=lambda x: x.value)
    width = SAME * (abs(top.value) + top.worth + float(top.eta.sum()))
    return min((x for x in every if x.value >= top.value - width), key=lambda x: x.miss)


def _trials(centre: Point, reach: float) -> list[FloatArray]:
    """Prices to look at next, different ones."""
    eta, scale = centre.eta, max(float(centre.eta.sum()), centre.worth)
    goals = [_goal(centre, ridge) for ridge in RIDGES]
    if centre.miss <= NEAR and reach == 1.0:
        return [goals[0]]
    small = 1e-12 * scale
    trials = [_rooted(centre), *goals]
    low = np.maximum(eta, small)
    for goal in goals[:2]:
        high = np.clip(goal, low / GROWTH, low * GROWTH)
        trials += [low ** (1.0 - part) * high**part for part in (0.5 * reach, 0.125 * reach)]
        trials += [eta + part * (goal - eta) for part in (0.5 * reach, 0.1 * reach)]
    rising = (eta <= small) & (centre.over > 0.0)
    for share in (1e-6, 1e-3, 0.1):
        if rising.any():
            trials.append(np.where(rising, share * scale, goals[1]))
    out: list[FloatArray] = []
    for trial in trials:
        fresh = np.isfinite(trial).all() and not np.array_equal(trial, eta)
        if fresh and not any(np.allclose(trial, x, rtol=1e-6, atol=0.0) for x in out):
            out.append(np.asarray(np.maximum(trial, 0.0)))
    return out


def _goal(centre: Point, ridge: float) -> FloatArray:
    """The maximum of the quadratic model over ``η >= 0``, growth limited where it is flat."""
    eta, over, curvature = centre.eta, centre.over, centre.curvature
    scale = max(float(eta.sum()), centre.worth, 1e-300)
    diagonal = np.diag(curvature)
    curved = diagonal > FLAT * np.maximum(np.abs(over), 1e-3) / scale
    goal = np.where(over > 0.0, GROWTH * np.maximum(eta, 1e-9 * scale), eta / GROWTH)
    at = np.flatnonzero(curved)
    if at.size:
        rest = curvature[np.ix_(at, at)]
        rest = rest + ridge * np.diag(np.diag(rest))
        goal[at] = nonnegative_minimum(rest, rest @ eta[at] + over[at], eta[at])
    return np.asarray(np.minimum(goal, GROWTH * np.maximum(eta, 1e-3 * scale)))


def _rooted(centre: Point) -> FloatArray:
    """Newton's step in the inverse roots of prices, for limits that are to be met."""
    eta, over = centre.eta, centre.over
    at = np.flatnonzero(eta > 0.0)
    out = eta.copy()
    if not at.size:
        return out
    slope = 2.0 * centre.curvature[np.ix_(at, at)] * eta[at]
    try:
        share = np.linalg.solve(slope, -over[at])
    except np.linalg.LinAlgError:
        return out
    out[at] = eta[at] / np.square(np.clip(1.0 + share, GROWTH**-0.5, GROWTH**0.5))
    return out

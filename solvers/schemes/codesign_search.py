"""The search of a co-design: step sizes by the sign of a derivative, then all of it together.

The outer problem is not convex, so that what is found is a local optimum, from several starts.
What is searched is smooth: rounds counted by `round_count` along the worst rounds of
`worst_round`, with their derivatives by the envelope theorem.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roundlot import solvers
from roundlot.solvers.schemes.codesign_task import Task
from roundlot.solvers.schemes.round_count import (
    MOST,
    distances,
    rounds_between,
    whole_rounds,
)
from roundlot.solvers.schemes.worst_round import worst_rounds
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

_HALVINGS = 24  # of a step, in search of one that reaches the target
_REFINED = 6  # step sizes tried between two whose derivatives differ in sign
_NEAR = 0.01  # relative: such steps need the same rounds to 1e-4
_ITERATIONS = 30
_FAR = 60.0  # log of the price where the target is not reached
_SCALE = 1e-9  # of a probability beside the greatest that its limits allow
_TIGHTENINGS = 3  # of the lower bound
_MOST_STEPS = 12  # local steps; all pairs of more take minutes
_TRIFLE = 1e-6  # of a distance: above what the solver may be off by


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """One choice, priced.

    Attributes:
        probabilities: ``(kinds,)``.
        step, local_steps: of every client.
        rounds: to the target, smooth; infinite if it is not reached.
        price: rounds or seconds.
        slopes: ``(kinds + 1,)`` of the logarithm of the price, by the logarithms of probabilities
            and step.
    """

    probabilities: FloatArray
    step: float
    local_steps: int
    rounds: float
    price: float
    slopes: FloatArray


def evaluate(task: Task, probabilities: FloatArray, step: float, local_steps: int) -> Point:
    """The price of a choice, ``(kinds,)`` probabilities; infinite where no round comes nearer."""
    before = distances(task.target, task.initial)
    none = np.zeros(len(probabilities) + 1)
    far = Point(
        probabilities=probabilities,
        step=step,
        local_steps=local_steps,
        rounds=math.inf,
        price=math.inf,
        slopes=none,
    )
    try:
        found = worst_rounds(task.kinds, probabilities, step, local_steps, before.tolist())
    except ConvergenceError:
        return far
    rounds, by_after = rounds_between(before, np.array([one.value for one in found]))
    if not rounds < MOST:
        return far
    by_moment = sum(slope * one.by_moment for slope, one in zip(by_after, found, strict=True))
    by_step = sum(slope * one.by_step for slope, one in zip(by_after, found, strict=True))
    slopes = np.append(-by_moment * task.kinds.weights**2 / probabilities, by_step * step) / rounds
    each = 1.0
    if task.price == "seconds":
        p = probabilities[task.labels]
        each, by_client = task.seconds.of(p, local_steps)
        slopes[:-1] += np.bincount(task.labels, weights=by_client * p) / each
    return Point(
        probabilities=probabilities,
        step=step,
        local_steps=local_steps,
        rounds=rounds,
        price=rounds * each,
        slopes=slopes,
    )


def best_step(task: Task, probabilities: FloatArray, local_steps: int, guess: float) -> Point:
    """The best step size for given probabilities; its price is infinite if none is found."""
    longest = task.longest_step

    def at(step: float) -> Point:
        return evaluate(task, probabilities, step, local_steps)

    here = at(min(guess, longest))
    best = here
    up, down = (None, here) if _is_short(here) else (here, None)
    for _ in range(_HALVINGS):
        if up is not None and down is not None:
            break
        step = 2.0 * here.step if up is None else here.step / 2.0
        if step >= longest:
            up = here = at(longest)
        else:
            here = at(step)
            up, down = (up, here) if _is_short(here) else (here, down)
        best = min(best, here, key=lambda point: point.price)
    if up is None or down is None:
        return best
    for _ in range(_REFINED):
        if up.step <= (1.0 + _NEAR) * down.step:
            break
        here = at(_between(down, up))
        best = min(best, here, key=lambda point: point.price)
        up, down = (up, here) if _is_short(here) else (here, down)
    return best


def _is_short(point: Point) -> bool:
    """Whether a longer step is better."""
    return bool(point.slopes[-1] < 0.0)


def _between(short: Point, long: Point) -> float:
    """Where the derivative would be 0 on a line, kept from both ends; or the middle."""
    low, high = math.log(short.step), math.log(long.step)
    share = 0.5
    if math.isfinite(long.price) and long.slopes[-1] > 0.0:
        share = -short.slopes[-1] / (long.slopes[-1] - short.slopes[-1])
    return math.exp(low + float(np.clip(share, 0.15, 0.85)) * (high - low))


def descend(task: Task, start: Point) -> Point:
    """A local optimum of probabilities and step within the limits, from a start within them."""
    from scipy.optimize import minimize

    low, high = (task.per_kind(bound) for bound in task.bounds)
    rows, right = task.rows
    seen = [start]

    def price(z: FloatArray) -> tuple[float, FloatArray]:
        point = evaluate(task, np.exp(z[:-1]), math.exp(z[-1]), start.local_steps)
        if not math.isfinite(point.price):
            return _FAR, np.zeros(len(z))
        seen.append(point)
        return math.log(point.price), point.slopes

    def rest(z: FloatArray) -> FloatArray:
        return np.asarray((right - rows @ np.exp(z[:-1])) / right)

    def by_z(z: FloatArray) -> FloatArray:
        slopes = -rows * np.exp(z[:-1]) / right[:, None]
        return np.column_stack([slopes, np.zeros(len(right))])

    least = np.log(np.maximum(low, _SCALE * high))
    centre = math.log(start.step)
    most = min(centre + 1.0, math.log(task.longest_step))
    bounds = [*zip(least, np.log(high), strict=True), (centre - 1.0, most)]
    minimize(
        price,
        np.append(np.log(start.probabilities), centre),
        jac=True,
        method="SLSQP",
        bounds=bounds,
        constraints={"type": "ineq", "fun": rest, "jac": by_z},
        options={"maxiter": _ITERATIONS, "ftol": 1e-6},
    )
    for point in sorted(seen, key=lambda point: point.price):
        inside = within(task, point.probabilities)
        moved = float(np.abs(inside / point.probabilities - 1.0).max())
        if moved <= _SCALE:
            return evaluate(task, inside, point.step, point.local_steps)
        if moved <= _NEAR:  # a little outside: look at the nearest inside
            other = evaluate(task, inside, point.step, point.local_steps)
            if other.price <= start.price:
                return other
    return start


def within(task: Task, probabilities: FloatArray) -> FloatArray:
    """``(kinds,)`` within all limits as real sums, from nearly such."""
    low, high = task.bounds
    whole = np.clip(probabilities[task.labels], low, high)[:, None]
    found = solvers.lowered(task.problem, whole)[:, 0]
    return np.array([found[task.labels == k].min() for k in range(len(task.firsts))])


def least_rounds(task: Task, point: Point, step: float) -> int | None:
    """No probabilities within the limits prove fewer rounds at this step; None if it takes long.

    A worst round is convex in ``1/p`` and at least its tangent, which the base program minimises;
    the least of all probabilities is concave in the squared distance, above the lines.
    """
    if point.local_steps > _MOST_STEPS:
        return None
    before = distances(task.target, task.initial)
    lowest = [_lowest(task, point, step, distance) - _TRIFLE * distance for distance in before]
    return whole_rounds(before, np.array(lowest))


def _lowest(task: Task, point: Point, step: float, distance: float) -> float:
    w, p, bound = task.kinds.weights, point.probabilities, -math.inf
    for _ in range(_TIGHTENINGS):
        here = worst_rounds(task.kinds, p, step, point.local_steps, [distance], exact=True)[0]
        each = here.by_moment / task.counts
        other = least_of(task, (w * np.sqrt(each))[task.labels])
        fall = float((here.by_moment * w * w * (1.0 / p - 1.0 / other)).sum())
        bound = max(bound, here.value - fall)
        if fall <= 1e-4 * (distance - here.value):
            break
        p = 2.0 / (1.0 / p + 1.0 / other)  # within the limits: they are convex in 1/p
    return bound


def least_of(task: Task, scores: FloatArray) -> FloatArray:
    """``(kinds,)``: the least ``Σ scores²/p`` within the limits."""
    found = solvers.solve(task.problem.with_scores(np.maximum(scores, 1e-300)[:, None]))
    return task.per_kind(found.probabilities[:, 0])

"""Where a dual has a corner: what is drawn at prices around it, mixed.

Pairs without a score are all drawn, or not at all, as what they pay is below or above 0. At the
best prices this may be 0 for many of them, and no prices make sums meet their limits. What is drawn
at several prices nearby is within the limits of rows and groups, as are mixtures of it; one of
these meets the others, and its objective, which is convex, is the least up to the distance of the
prices. The corner is where smooth pieces of the dual meet, each known by its value, slope and
curvature at a point of it.

Source: of pieces that are planes, Kelley, The cutting-plane method (1960), and Dantzig and Wolfe,
Decomposition principle for linear programs (1960).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.coupled.quadratic import nonnegative_minimum
from roundlot.solvers.streams.ascent import Evaluate, Point
from roundlot.theory.arrays import BoolArray, FloatArray

WIDTHS = (1e-3, 3e-5, 1e-6, 3e-8, 1e-9, 3e-11)  # relative distances of the prices that are tried
AROUND = 12  # directions in which they are tried
PIECES = 96  # of the dual that are looked at
NEAR = 30.0  # widths from the highest point within which a piece is taken as bent
PULLS = (1e-8, 1e2)  # least and most curvature that holds a step near the highest point
LEAST = 1e-9  # weight of a piece
DEAREST = 1e6  # of a linear program's costs
LEFT = 1e-7  # of a limit: what a linear program leaves of one that it meets
PENALTY = 1e7  # of weights that do not sum to 1
ENOUGH = 3e-13  # relative: what a mixture may cost above the dual
USED = 1e-12  # a weight below it is none
UNIT = 2.0**-53


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """What is drawn at several prices, in parts.

    Attributes:
        eta: ``(D,)``, prices of the corner.
        points: at which something is drawn.
        weights: the part of each; they sum to 1.
        above: relative, what this costs above the dual.
    """

    eta: FloatArray
    points: tuple[Point, ...]
    weights: FloatArray
    above: float


def cornered(evaluate: Evaluate, seen: Sequence[Point], passes: int) -> Mixture | None:
    """A mixture that meets the limits, from what was seen of the dual; None if none was found."""
    points, pull, level = _different(seen), PULLS[0], 0
    best = mixture(points)
    for _ in range(passes):
        if best is not None and best.above <= ENOUGH:
            break
        top = max(points, key=lambda x: x.value)
        width = WIDTHS[level]
        eta = _corner(points, top, pull, NEAR * width)
        near = eta if best is None else _meeting(best, top)
        found = evaluate([eta, near, *_around(near, max(top.worth, 1e-300), width)])
        points = _different([*points, *found])
        moved = np.abs(eta - top.eta) / np.maximum(np.maximum(eta, top.eta), 1e-3 * top.worth)
        if float(moved.max()) <= 10.0 * width:
            level = min(level + 1, len(WIDTHS) - 1)
        higher = found[0].value >= top.value * (1.0 - ENOUGH)
        pull = max(PULLS[0], pull / 10.0) if higher else min(PULLS[1], pull * 100.0)
        mixed = mixture(points)
        if mixed is not None and (best is None or mixed.above < best.above):
            best = mixed
    return best


def _meeting(mixed: Mixture, top: Point) -> FloatArray:
    """Prices near the highest point at which the pieces of a mixture are equally high."""
    scale = max(abs(top.value), top.worth)
    centre, H = top.eta / scale, top.curvature * scale + np.diag(PULLS[0] / _size(top, scale))
    slopes, heights = [], []
    for x in mixed.points:
        slope, height, _ = _piece(x, top, scale, np.inf)
        slopes.append(slope)
        heights.append(height)
    every: BoolArray = np.ones(len(slopes), dtype=np.bool_)
    step, _ = _held_by(H, np.array(slopes), np.array(heights), centre, every, top.eta <= 0.0)
    return np.asarray(np.maximum(centre + step, 0.0) * scale)


def _size(top: Point, scale: float) -> FloatArray:
    return np.maximum(top.eta / scale, 1e-3)


def _piece(
    point: Point, top: Point, scale: float, near_to: float
) -> tuple[FloatArray, float, bool]:
    """Slope and height of a piece at the highest point, from there; whether it is taken as bent.

    Far away the dual is bent otherwise: a plane is above it anywhere.
    """
    at, own = (point.eta - top.eta) / scale, point.curvature * scale
    plane = (_plane(point, top.eta) - top.value) / scale
    if not (np.abs(at) <= near_to * _size(top, scale)).all():
        return point.over, max(0.0, plane), False
    return point.over + own @ at, max(0.0, plane - 0.5 * float(at @ own @ at)), True


def _different(points: Sequence[Point]) -> list[Point]:
    """Of points at which the same is drawn the last."""
    return list({(x.over.tobytes(), x.worth): x for x in points}.values())


def mixture(points: Sequence[Point]) -> Mixture | None:
    """The cheapest mixture that meets the limits, beside the highest point; None if none does."""
    from scipy.optimize import linprog

    points = _different(points)
    top = max(points, key=lambda x: x.value)
    eta, scale = top.eta, max(abs(top.value), top.worth)
    cost = np.array([_plane(x, eta) for x in points])
    cost = np.maximum(cost - top.value, 0.0) / scale
    some = np.argsort(cost, kind="stable")[:PIECES]
    over, cost = np.array([points[i].over for i in some]), cost[some]
    unit = max(float(cost[min(eta.size + 1, cost.size - 1)]), UNIT)
    size = np.maximum(np.abs(over).max(axis=0), UNIT)
    near, slack = over / size, eta * size / scale  # what is left of a limit is worth its price
    count = len(some)
    rows = np.hstack((near.T, np.eye(eta.size)))
    answer = linprog(
        np.minimum(np.concatenate((cost, slack)) / unit, DEAREST),
        A_eq=np.vstack((rows, np.concatenate((np.ones(count), np.zeros(eta.size))))),
        b_eq=np.append(np.zeros(eta.size), 1.0),
        method="highs",
    )
    if answer.status != 0:
        return None
    cheap = cost <= np.maximum(4.0 * cost[answer.x[:count] > USED].max(initial=0.0), UNIT)
    weights = np.zeros(count)
    found = _settled(near[cheap], answer.x[count:] > LEFT)
    if found is None:
        return None
    weights[cheap] = found
    used, left = np.flatnonzero(weights > 0.0), -(weights @ near)
    return Mixture(
        eta=eta,
        points=tuple(points[some[i]] for i in used),
        weights=weights[used],
        above=float(weights @ cost + np.maximum(left, 0.0) @ slack),
    )


def _settled(near: FloatArray, slack: BoolArray) -> FloatArray | None:
    """Weights by which limits are met up to rounding, those with ``slack`` with some left."""
    from scipy.optimize import nnls

    size = near.shape[1]
    rest = np.eye(size)[:, slack]
    rows = np.vstack((np.hstack((near.T, rest)), np.ones(len(near) + rest.shape[1])))
    rows[-1, len(near) :] = 0.0
    try:
        found, _ = nnls(rows, np.append(np.zeros(size), 1.0))
    except RuntimeError:  # too many steps
        return None
    weights = found[: len(near)]
    over = weights @ near
    missed = np.where(slack, np.maximum(over, 0.0), np.abs(over))
    off = max(abs(1.0 - float(weights.sum())), float(missed.max(initial=0.0)))
    return np.asarray(weights) if off <= 64.0 * UNIT else None


def _plane(point: Point, eta: FloatArray) -> float:
    """What the draws of a point cost at other prices: at least the dual there."""
    return point.worth + float(eta @ point.over)


def _around(eta: FloatArray, scale: float, width: float) -> list[FloatArray]:
    out = []
    order = np.argsort(-eta, kind="stable")[:AROUND]
    for j in order.tolist():
        step = np.zeros(eta.size)
        step[j] = width * max(float(eta[j]), 1e-3 * scale)
        out.append(eta + step)
        if eta[j] > 0.0:
            out.append(np.maximum(eta - step, 0.0))
    return out


def _corner(points: Sequence[Point], top: Point, pull: float, near_to: float) -> FloatArray:
    """Where the least of the pieces is greatest, near the highest point."""
    scale = max(abs(top.value), top.worth)
    centre = top.eta / scale
    curved = top.curvature * scale + np.diag(pull / _size(top, scale))
    planes = np.array([_plane(x, top.eta) for x in points])
    slopes, heights, beside = [], [], []
    for i in np.argsort(planes, kind="stable")[:PIECES].tolist():
        slope, height, near_by = _piece(points[i], top, scale, near_to)
        slopes.append(slope)
        heights.append(height)
        beside.append(near_by)
    if near_to < NEAR * WIDTHS[0] and sum(beside) > centre.size:
        slopes = [x for x, some in zip(slopes, beside, strict=True) if some]
        heights = [x for x, some in zip(heights, beside, strict=True) if some]
    a, c = np.array(slopes), np.array(heights)
    step = _highest(curved, a, c, centre)
    return np.asarray(np.maximum(centre + step, 0.0) * scale)


def _highest(H: FloatArray, a: FloatArray, c: FloatArray, centre: FloatArray) -> FloatArray:
    """``d >= −centre`` of greatest ``min(c + a d) − ½ d H d``."""
    size, count = centre.size, len(a)
    inverse = np.linalg.inv(H)
    every = np.vstack((a, np.eye(size)))  # multipliers of pieces, then of what stays at 0
    Q = every @ inverse @ every.T
    Q[:count, :count] += PENALTY
    q = np.concatenate((-c + PENALTY, -centre))
    start = np.zeros(count + size)
    start[0] = 1.0
    x = nonnegative_minimum(Q, q, start)
    if not np.isfinite(x).all():
        return np.zeros(size)
    d = inverse @ (every.T @ x)
    return _polished(H, a, c, centre, x, d)


def _polished(
    H: FloatArray, a: FloatArray, c: FloatArray, centre: FloatArray, x: FloatArray, d: FloatArray
) -> FloatArray:
    """The same to the last digits, by the equations of what holds it there."""

    def height(step: FloatArray) -> float:
        return float((c + a @ step).min()) - 0.5 * float(step @ H @ step)

    pieces, held = x[: len(a)] > LEAST, x[len(a) :] > 0.0
    best, most = d, height(d)
    for _ in range(4 * len(centre) + 8):
        step, weights = _held_by(H, a, c, centre, pieces, held)
        if not np.isfinite(step).all():
            break
        inside = np.maximum(step, -centre)
        if height(inside) > most:
            best, most = inside, height(inside)
        heights = c + a @ step
        top = float(heights[pieces].max())
        if float(weights.min()) < -LEAST and pieces.sum() > 1:
            pieces = pieces.copy()
            pieces[np.flatnonzero(pieces)[int(np.argmin(weights))]] = False
        elif (step < -centre - 4.0 * UNIT).any():
            held = held | (step < -centre)
        elif float(heights.min()) < top - 8.0 * UNIT:
            pieces = pieces.copy()
            pieces[int(np.argmin(heights))] = True
        else:
            break
    return best


def _held_by(
    H: FloatArray,
    a: FloatArray,
    c: FloatArray,
    centre: FloatArray,
    pieces: BoolArray,
    held: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """The step at which some pieces are equally high, and their weights; what is held is at 0."""
    free, n = np.flatnonzero(~held), int(pieces.sum())
    some = a[pieces]
    top = np.hstack((H[np.ix_(free, free)], -some[:, free].T, np.zeros((free.size, 1))))
    middle = np.hstack((some[:, free], np.zeros((n, n)), -np.ones((n, 1))))
    last = np.concatenate((np.zeros(free.size), np.ones(n), [0.0]))
    step = np.where(held, -centre, 0.0)
    right = np.concatenate((-(H[free] @ step), -c[pieces] - some @ step, [1.0]))
    found = np.linalg.lstsq(np.vstack((top, middle, last)), right, rcond=1e-15)[0]
    step[free] = found[: free.size]
    return step, found[free.size : -1]

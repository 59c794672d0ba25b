"""The same path in short steps, for programs on which long ones circle or run into a bound.

All of a step is one length. It is halved until no product ``x λ`` is much further below their mean,
and until what is missed of limits, forces and bends falls, or is small beside that mean.

Source: Nocedal, Wright, Numerical Optimization (2006), ch. 19 (the neighbourhood, the merit).
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.central.path import ENDLESS, GOAL, Errors, Found, Path, Point

STEPS = 200
TRIES = 40  # steps without a gain
WITHIN = 1e-3  # of the mean: no product is less; one that is may not fall further
SIGMAS = (0.1, 0.5, 1.0)  # of the mean: what the next step aims at; larger after shorter ones
HALVES = 25
AHEAD = 10.0  # times the mean: as much may be missed
GROWTH = 1e-3  # part of what is missed that must go, per length of step
FAR = 0.9  # of the way to the nearest bound


def carefully(path: Path, found: Found) -> Found:
    """The better of the end that was found and of that of short steps from the start."""
    best = found.point
    point = path.start()
    inside, least, stalled, sigma = found.inside, found.miss, 0, SIGMAS[-1]
    errors = path.errors(point)
    steps = found.steps
    for _ in range(STEPS):
        steps += 1
        aim = max(sigma * errors.mu, path.least(errors, point))
        step = path.toward(point, errors, aim)
        length, point, errors = _shorter(path, point, errors, step)
        sigma = SIGMAS[0] if length > 0.7 else SIGMAS[1] if length > 0.1 else SIGMAS[2]
        if inside is None and errors.missed <= GOAL:
            inside = point.p
        if errors.worst < least:
            best, least, stalled = point, errors.worst, 0
        else:
            stalled += 1
        if least <= GOAL or stalled >= TRIES or not errors.mu < ENDLESS or length == 0.0:
            break
    return Found(point=best, inside=inside, miss=least, steps=steps)


def _shorter(path: Path, point: Point, errors: Errors, step: Point) -> tuple[float, Point, Errors]:
    """The longest of a few halves of a step that the merit takes; a length of 0 is none."""
    length = min(1.0, *(FAR * reach for reach in path.reach(point, step)))
    before, lowest = _missed(errors, point, path), min(WITHIN, _lowest(path, point))
    for _ in range(HALVES):
        there = path.moved(point, step, length, length)
        after = path.errors(there)
        allowed = max((1.0 - GROWTH * length) * before, AHEAD * errors.mu)
        missed = _missed(after, there, path)
        if missed <= allowed and _lowest(path, there) >= 0.5 * lowest:
            return length, there, after
        length *= 0.5
    return 0.0, point, errors


def _missed(errors: Errors, point: Point, path: Path) -> float:
    """Of limits, forces and bends, as a mean of ``x λ``."""
    with np.errstate(all="ignore"):
        bent = float(np.sum(np.abs(errors.bend) * point.slopes * path.entries.drawn(point.p)))
    total = errors.infeasible + bent / path.count
    return total if np.isfinite(total) else np.inf


def _lowest(path: Path, point: Point) -> float:
    """The smallest product beside their mean."""
    products = [
        (x * y)[mask] for mask, x, y in zip(path.masks, point.slacks, point.duals, strict=True)
    ]
    every = np.concatenate([np.ravel(x) for x in products])
    return float(every.min() / every.mean()) if every.size else 1.0

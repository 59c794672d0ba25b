"""Probabilities and step for fleets of any size: the bound of expected smoothness, made small.

For a slope ``M`` every probability has a least value, ``w L/(w L + M)``; beyond that the bound
depends on ``Σ w² ‖∇f(x*)‖² / p`` alone, which the base program minimises exactly. So one search
over ``M`` is left, with step and share by grids: for given probabilities the rounds have a closed
form. Where only the sum of the squared gradients is known, the largest ``w (1/p − 1)`` counts and
is made least for each ``M``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from roundlot import solvers
from roundlot.solvers.schemes.codesign_task import Task
from roundlot.theory.arrays import FloatArray

_SLOPES = 16  # tried over all, then twice about the best
_GRID = 48  # of steps and shares, refined three times
_BISECTIONS = 60
_CHARGES = (0.0, 0.5, 2.0, 8.0, 32.0)  # for the seconds that a draw adds
_ROOM = 1.0 + 1e-9  # of what a least probability is made from, for rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class StepsPoint:
    """Probabilities ``(V,)`` with step, share ``θ``, slope ``M`` and rounds, in floats."""

    probabilities: FloatArray
    step: float
    share: float
    slope: float
    rounds: float
    price: float


def priced(task: Task, probabilities: FloatArray) -> StepsPoint:
    """The best step and share for given probabilities; rounds may be infinite."""
    w, L, odds = task.weights, task.smoothness, 1.0 / probabilities - 1.0
    slope = float((w * L * odds).max())
    if task.at_optimum is None:
        at_optimum = float((w * odds).max()) * task.heterogeneity
    else:
        at_optimum = float((w * w * odds * task.at_optimum).sum())
    batches = float((w * w * task.variance / probabilities).sum())
    step, share, rounds = _best(task, slope, at_optimum, batches)
    each = task.seconds.of(probabilities, 1)[0] if task.price == "seconds" else 1.0
    return StepsPoint(
        probabilities=probabilities,
        step=step,
        share=share,
        slope=slope,
        rounds=rounds,
        price=rounds * each,
    )


def _best(
    task: Task, slope: float, at_optimum: float, batches: float
) -> tuple[float, float, float]:
    """``(γ, θ, rounds)``: a grid of both, refined about its best."""
    L, mu = float(task.weights @ task.smoothness), float(task.weights @ task.strong_convexity)
    low, high = np.array([-6.0, -4.0]), np.array([0.0, 4.0])  # of γ over the longest, and of θ
    best = (0.0, 1.0, math.inf)
    for _ in range(4):
        shorts, shares = (10.0 ** np.linspace(a, b, _GRID) for a, b in zip(low, high, strict=True))
        share = shares[None, :]
        growth = (1.0 + share) * slope
        longest = np.where(growth <= L - mu, 2.0 / (L + mu + growth), 1.0 / (mu + growth))
        step = shorts[:, None] * longest
        noise = (1.0 + 1.0 / share) * at_optimum + batches
        lost = step * mu * (2.0 - step * (mu + growth))
        floor = step * step * noise / lost
        with np.errstate(all="ignore"):
            fall = np.log((task.initial - floor) / (task.target - floor))
            rounds = np.where(floor < task.target, fall / -np.log1p(-lost), math.inf)
        i, j = np.unravel_index(np.nanargmin(rounds), rounds.shape)
        if rounds[i, j] < best[2]:
            best = float(step[i, j]), float(shares[j]), float(rounds[i, j])
        centre, width = np.log10([shorts[i], shares[j]]), (high - low) / 8.0
        low, high = centre - width / 2.0, np.minimum(centre + width / 2.0, [0.0, np.inf])
    return best


def least_steps(task: Task, starts: list[FloatArray]) -> StepsPoint:
    """The best that is found over slopes, and the best of the starts if that is better."""
    lowest, highest = _slopes(task)
    best = min((priced(task, p) for p in starts), key=lambda point: point.price)
    for slowness in _slownesses(task, best.probabilities):
        low, high = math.log(lowest), math.log(highest)
        for _ in range(3):
            grid = np.linspace(low, high, _SLOPES)
            found = [priced(task, _at(task, math.exp(x), slowness)) for x in grid]
            k = int(np.argmin([point.price for point in found]))
            best = min(best, found[k], key=lambda point: point.price)
            low, high = grid[max(k - 1, 0)], grid[min(k + 1, _SLOPES - 1)]
    return best


def _slownesses(task: Task, probabilities: FloatArray) -> list[FloatArray]:
    """By which scores are divided: 1; for seconds also roots of what a draw adds to a round.

    With a price ``κ τ`` of a draw beside that of the budget the best ``p`` is ``a / √(λ + κ τ)``.
    """
    one = np.ones_like(probabilities)
    if task.price == "rounds":
        return [one]
    added = task.seconds.of(probabilities, 1)[1]
    mean = float(added.mean()) or 1.0
    return [np.sqrt(1.0 + charge * added / mean) for charge in _CHARGES]


def _slopes(task: Task) -> tuple[float, float]:
    """The least slope within the limits, and one at which it hardly limits anybody."""
    load = task.weights * task.smoothness
    low = _least(task, load, np.zeros_like(load))
    high = float(load.max()) * 1e4
    return low, max(high, 2.0 * low)


def _at(task: Task, slope: float, slowness: FloatArray) -> FloatArray:
    """``(V,)``: the best probabilities with this slope; scores are divided by the slowness."""
    w = task.weights
    floor = _floor(w * task.smoothness, slope)
    if task.at_optimum is None:
        excess = _least(task, w, floor)
        floor = np.maximum(floor, _floor(w, excess))
        scores = w * np.sqrt(task.variance) if task.variance.any() else w
    else:
        scores = w * np.sqrt(task.at_optimum + task.variance)
    low, high = task.bounds
    floor = np.minimum(np.maximum(floor, low), high)
    floored = replace(task.problem, floor=floor[:, None], scores=(scores / slowness)[:, None])
    return np.asarray(solvers.solve(floored).probabilities[:, 0])


def _floor(load: FloatArray, most: float) -> FloatArray:
    """The least ``p`` with ``load (1/p − 1) <= most``."""
    return np.asarray(load / (load + most))


def _least(task: Task, load: FloatArray, floor: FloatArray) -> float:
    """The least ``most`` whose floors, with others, are within all limits."""
    low_p, high_p = task.bounds
    least = float((load * (1.0 / high_p - 1.0)).max())
    limits = task.problem.sum_limits()

    def fits(most: float) -> bool:
        p = np.maximum(np.maximum(_floor(load, most), floor), low_p)[:, None]
        return all(bool(np.all(limit.residuals(p) <= 0.0)) for limit in limits)

    low, high = max(least, 1e-9 * float(load.max())), max(least, float(load.max())) * 1e9
    if fits(low):
        return low * _ROOM
    for _ in range(_BISECTIONS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high * _ROOM

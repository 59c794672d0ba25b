"""What rounding left of the limits, given back to a few probabilities.

Probabilities that are lowered into limits leave some last bits of them unused. That is nothing
beside ``Σ a²/p``, and may be a hundred times a variance that is tiny beside it.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.proof.sums import excesses, rooms
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Limit

TRIES = (
    24  # probabilities: the first takes nearly all, the next what its last bit is too coarse for
)
BELOW = 1.0 - 2.0**-50  # of a room over a cost, for rounding


def with_leftover(problem: Problem, probabilities: FloatArray) -> FloatArray:
    """``(V, S)``, feasible if these are: some of those that vary are raised by last bits."""
    floor, ceiling = problem.bounds
    out = probabilities.copy()
    limits = problem.sum_limits()
    left = [rooms(limit, out) for limit in limits]
    loose = (problem.scores > 0.0) & (out < ceiling) & (out > floor)
    flat = np.flatnonzero(loose.reshape(-1))
    order = flat[np.argsort(-out.reshape(-1)[flat], kind="stable")[:TRIES]]
    for at in order.tolist():
        v, s = divmod(at, problem.n_models)
        before = float(out[v, s])
        out[v, s] = _raised(before, _allowed(limits, left, v, s, float(ceiling[v, s]) - before))
        if out[v, s] > before:
            left = [rooms(limit, out) for limit in limits]
    kept = all((excesses(limit, out) <= 0.0).all() for limit in limits)
    return out if kept else probabilities


def _allowed(
    limits: tuple[Limit, ...], left: list[FloatArray], v: int, s: int, most: float
) -> float:
    """By how much one entry may rise."""
    for limit, room in zip(limits, left, strict=True):
        for row, times in limit.column(v, s):
            if times > 0.0:
                share = 1.0 if times == 1.0 else BELOW
                most = min(most, float(room[row]) / times * share)
    return most


def _raised(value: float, by: float) -> float:
    """The largest float that is at most so much above."""
    if not by > 0.0:
        return value
    new = value + by
    if new - value > by:  # exact: they are neighbours, or nearly
        new = math.nextafter(new, 0.0)
    return max(value, new)

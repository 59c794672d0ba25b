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
WIDE = 2.0**-10  # a probability whose last bits are those of sums near 1, or nearly
GIVEN = 2.0**-51  # of such a one: more than rounding leaves of a limit
LOWEST = -1e6  # a power of two below any product of float64


def with_leftover(
    problem: Problem, probabilities: FloatArray, weights: FloatArray | None = None
) -> FloatArray:
    """``(V, S)``, feasible if these are: some of those that vary are raised by last bits.

    Those of which a unit is worth most come first, ``ω a²/p²``; ``weights`` are ``ω (S,)``, the
    model weights if None. The one that is worth least gives way by a few bits: a limit that all
    share, and that is worth little, would keep others from filling limits of their own.
    """
    floor, ceiling = problem.bounds
    out = probabilities.copy()
    limits = problem.sum_limits()
    loose = (problem.scores > 0.0) & (out < ceiling) & (out > floor)
    flat = np.flatnonzero(loose.reshape(-1))
    worth = _worth(problem, out, weights).reshape(-1)[flat]
    drawn = out.reshape(-1)[flat]
    # equal worths differ by rounding, so they are told apart by a quarter of a power of two
    order = flat[np.lexsort((-drawn, -np.floor(4.0 * worth)))]
    last = next((at for at in order[::-1].tolist() if out.flat[at] >= WIDE), None)
    order = order[:TRIES]
    if last is not None:
        out.flat[last] = max(floor.flat[last], out.flat[last] * (1.0 - GIVEN))
        order = np.append(order[order != last], last)
    left = [rooms(limit, out) for limit in limits]
    for at in order.tolist():
        v, s = divmod(at, problem.n_models)
        before = float(out[v, s])
        out[v, s] = _raised(before, _allowed(limits, left, v, s, float(ceiling[v, s]) - before))
        if out[v, s] > before:
            left = [rooms(limit, out) for limit in limits]
    kept = all((excesses(limit, out) <= 0.0).all() for limit in limits)
    return out if kept and _keeps_floors(problem, out) else probabilities


def _keeps_floors(problem: Problem, p: FloatArray) -> bool:
    """Whether all floors of sums are met; `fsum` has the exact sign."""
    return all(
        math.fsum([*np.ravel(limit.row(row, p)[0]).tolist(), -bound]) >= 0.0
        for limit in problem.sum_floors()
        for row, bound in enumerate(limit.bound.tolist())
    )


def _worth(problem: Problem, p: FloatArray, weights: FloatArray | None) -> FloatArray:
    """``log₂ (ω a²/p²)``."""
    factors = problem.model_weights if weights is None else weights
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log2(factors) + 2.0 * (np.log2(problem.scores) - np.log2(p))
    return np.where(np.isfinite(found), found, LOWEST)


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

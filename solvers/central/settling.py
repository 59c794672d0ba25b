"""Probabilities that keep floors and caps of sums to the last bit, from ones that nearly do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from roundlot.solvers.central.forcing import Forced
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.sums import excesses, shortfalls
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.problem import Limit

TIGHT = 2e-14  # relative: floors of sums that leave no more are not lowered
UNIT = 2.0**-53
PUSHES = 60  # raises of a row; one or two are usual
UNNOTICED = 2.0**20  # an entry so many times above what a row lacks may take it
OPEN = 1e-25  # relative: bounds on the rounding of a sum leave no more than that open
SHARES = range(-52, 1, 2)  # of the way inside, as powers of two


def settled(problem: Problem, p: FloatArray, inside: FloatArray | None, held: Forced) -> FloatArray:
    """``(V, S)`` within all limits as real sums.

    Args:
        problem: feasible, with floors of sums.
        p: ``(V, S)``, right up to rounding.
        inside: probabilities inside all limits, to move towards if nothing less is enough.
        held: which sums are equations.

    Raises:
        ConvergenceError: limits that leave no room for rounding.
    """
    floor, ceiling = problem.bounds
    p = np.clip(p, floor, ceiling)
    for start in _starts(p, inside, floor, ceiling):
        raised = _raised(problem, _equal(start, held))
        hold = _held(problem, raised)
        least = changed(problem, floor=np.where(hold, raised, problem.floor))
        found = lowered(least, raised, hold | (raised >= ceiling))
        if fits(problem, found):
            return found
    raise ConvergenceError(
        "floors of sums leave no room for the rounding of their sums below the limits around them; "
        "lower them, or raise those, by a part in 1e12"
    )


def fits(problem: Problem, p: FloatArray) -> bool:
    """Whether all limits hold as real sums, by sums whose rounding is bounded."""
    floor, ceiling = problem.bounds
    return (
        not (p < floor).any()
        and not (p > ceiling).any()
        and all(_holds(limit, excesses(limit, p), p) for limit in problem.sum_limits())
        and all(_holds(limit, shortfalls(limit, p), p) for limit in problem.sum_floors())
    )


def _holds(limit: Limit, over: FloatArray, p: FloatArray) -> bool:
    """Whether no row is over; what the bounds on rounding leave open is decided exactly."""
    for row in np.flatnonzero(over > 0.0).tolist():
        bound = float(limit.bound[row])
        if over[row] > OPEN * bound:
            return False
        values, weights = limit.row(row, p)
        if weights is not None:
            return False
        exact = math.fsum([*values.reshape(-1).tolist(), -bound])
        if (exact < 0.0) if limit.at_least else (exact > 0.0):
            return False
    return True


def _starts(
    p: FloatArray, inside: FloatArray | None, floor: FloatArray, ceiling: FloatArray
) -> Iterator[FloatArray]:
    yield p
    if inside is not None:
        for power in SHARES:
            yield np.clip(p + 2.0**power * (inside - p), floor, ceiling)


def _raised(problem: Problem, p: FloatArray) -> FloatArray:
    """Each floor of a sum met, by raising one entry of what it sums, by no more than it lacks.

    All that are free there have one price. Of those that hardly notice the smallest is taken, as
    its digits are the finest: what is given too much must be taken from somebody.
    """
    ceiling = problem.bounds[1]
    wanted = (problem.scores > 0.0) | (p > 0.0)
    for limit in problem.sum_floors():
        for _ in range(PUSHES):
            short = _lacking(limit, p)
            if not (short > 0.0).any():
                break
            each = limit.plus_prices(np.zeros((1, 1)), short) + np.zeros(p.shape)
            at = _finest(limit, np.where(wanted & (p < ceiling), p, -1.0), each)
            if not at.size:
                break
            p = p.reshape(-1).copy()
            more = p[at] + each.reshape(-1)[at]
            p[at] = np.minimum(np.maximum(more, np.nextafter(p[at], 2.0)), ceiling.reshape(-1)[at])
            p = p.reshape(ceiling.shape)
    return p


def _lacking(limit: Limit, p: FloatArray) -> FloatArray:
    """``(R,)``, what each floor lacks, 0 where it holds exactly."""
    short = shortfalls(limit, p)
    for row in np.flatnonzero((short > 0.0) & (short <= OPEN * limit.bound)).tolist():
        values = limit.row(row, p)[0].reshape(-1).tolist()
        short[row] = max(0.0, -math.fsum([*values, -float(limit.bound[row])]))
    return np.maximum(short, 0.0)


def _finest(limit: Limit, p: FloatArray, lack: FloatArray) -> IntArray:
    """For each row that lacks something the flat place of one entry to raise."""
    rows = limit.plus_prices(np.zeros((1, 1)), np.arange(1.0, limit.size + 1.0)) + np.zeros(p.shape)
    flat, row, short = p.reshape(-1), rows.reshape(-1), lack.reshape(-1)
    able = np.flatnonzero((short > 0.0) & (flat >= 0.0))
    # Those that notice come last, the largest of them first.
    size = np.where(
        flat[able] >= UNNOTICED * short[able], flat[able], 2.0 + 1.0 / (1e-9 + flat[able])
    )
    order = able[np.lexsort((size, row[able]))]
    first = np.flatnonzero(np.diff(row[order], prepend=-1.0))
    return order[first]


def _held(problem: Problem, p: FloatArray) -> BoolArray:
    """Which entries may not be lowered: those of floors that are just met."""
    hold: BoolArray = np.zeros(p.shape, dtype=np.bool_)
    for limit in problem.sum_floors():
        tight = (limit.sums(p) - limit.bound <= TIGHT * limit.bound) & (limit.bound > 0.0)
        hold |= limit.plus_prices(np.zeros((1, 1)), tight.astype(np.float64)) > 0.0
    return hold


def _equal(p: FloatArray, held: Forced) -> FloatArray:
    """Sums that are equations, exactly: the largest of each is what the others leave of it."""
    if not held.some:
        return p
    p, owner = p.copy(), np.arange(len(p))
    for level, (caps, lows) in enumerate(
        zip(held.rows.caps[:-1], held.rows.lows[:-1], strict=True)
    ):
        owner = owner if level == 0 else held.rows.parents[level - 1][owner]
        for node in np.flatnonzero(caps == lows).tolist():
            rows = np.flatnonzero(owner == node)
            p[rows] = _exactly(p[rows], held.floor[rows], held.ceiling[rows], float(caps[node]))
    return p


def _exactly(p: FloatArray, floor: FloatArray, ceiling: FloatArray, total: float) -> FloatArray:
    """A few entries whose sum is a float exactly, if one of them can take up the rest."""
    unit = np.spacing(total)
    free = ceiling > floor
    grid = np.where(free, np.clip(np.round(p / unit) * unit, floor, ceiling), p)
    flat = grid.reshape(-1)
    at = int(np.argmax(np.where(free, grid, -1.0)))
    others = sum(map(Fraction, np.delete(flat, at).tolist()), Fraction(0))
    rest = float(Fraction(total) - others)
    if floor.flat[at] <= rest <= ceiling.flat[at]:
        flat[at] = rest
    return flat.reshape(p.shape)

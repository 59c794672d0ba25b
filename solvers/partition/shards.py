"""How many points each worker gets, and shards that look at no similarity.

Capacities are whole numbers, no point lost, nobody off by one. The wish is ``n_l r_j`` points of
class ``l`` for the worker with share ``r_j`` of all speed. Every entry is rounded down or up, so
that every class is dealt out exactly and every worker's total is its own wish rounded down or up: a
controlled rounding, which always exists (Bacharach 1966), for the wish itself is a fractional flow
through a network whose limits are whole. Among these roundings the one that follows the largest
remainders is found as a linear program over that network: its vertices are whole.

Shards, equal, proportional, class by class or Dirichlet, are ``owner`` ``(n,)`` int64, and deal out
every point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.theory import ConvergenceError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.kinds import whole_number
from roundlot.theory.names import entries_of
from roundlot.theory.positions import by_position
from roundlot.theory.random_streams import SHARDS

_ROW_FIRST = 4.0  # a worker's own remainder counts more than one of its classes
_EQUAL, _PROPORTIONAL, _CLASSES, _DIRICHLET = range(4)


def equal_shards(n_points: int, n_workers: int, *, seed: int = 0) -> IntArray:
    """Random shards of one size, within one point."""
    return proportional_shards(n_points, np.ones(n_workers), seed=seed, stream=_EQUAL)


def proportional_shards(
    n_points: int, speeds: npt.ArrayLike, *, seed: int = 0, stream: int = _PROPORTIONAL
) -> IntArray:
    """Random shards whose sizes are proportional to speed, within one point.

    Args:
        speeds: ``(J,)``, points a second of every worker.
    """
    sizes = apportion([n_points], speeds)[:, 0]
    return _generator(seed, stream).permutation(np.repeat(np.arange(sizes.size), sizes))


def stratified_shards(label: npt.ArrayLike, capacities: IntArray, *, seed: int = 0) -> IntArray:
    """Random points of every class to the capacities ``(J, L)``.

    Args:
        label: ``(n,)``, the class of every point.
        capacities: ``(J, L)``, points of each class for each worker.
    """
    y = np.asarray(label)
    rng = _generator(seed, _CLASSES)
    owner = np.empty(y.size, dtype=np.int64)
    for one, column in enumerate(capacities.T):
        owner[y == one] = rng.permutation(np.repeat(np.arange(column.size), column))
    return owner


def dirichlet_shards(
    label: npt.ArrayLike, n_workers: int, *, alpha: float = 0.5, seed: int = 0
) -> IntArray:
    """Each class split over the workers by a draw from a Dirichlet(alpha), speeds aside.

    Args:
        label: ``(n,)``, the class of every point.

    Raises:
        InvalidProblemError: an alpha that is not above 0.
    """
    if not (np.isfinite(alpha) and alpha > 0.0):
        raise InvalidProblemError(f"alpha is {alpha!r}; give a finite number above 0")
    y = np.asarray(label)
    rng = _generator(seed, _DIRICHLET)
    owner = np.empty(y.size, dtype=np.int64)
    for one in np.unique(y):
        members = np.flatnonzero(y == one)
        counts = _largest_remainder(rng.dirichlet(np.full(n_workers, alpha)), members.size)
        owner[members] = rng.permutation(np.repeat(np.arange(n_workers), counts))
    return owner


def finish_seconds(sizes: npt.ArrayLike, speeds: npt.ArrayLike) -> FloatArray:
    """``(J,)``: seconds of one pass over every worker's points."""
    return np.asarray(np.asarray(sizes, dtype=np.float64) / checked_speeds(speeds))


def _largest_remainder(shares: FloatArray, total: int) -> IntArray:
    exact = [Fraction(float(share)) * total for share in shares]
    whole = sum(exact, Fraction(0)) / total
    exact = [x / whole for x in exact]
    counts = np.array([int(x) for x in exact], dtype=np.int64)
    order = sorted(range(len(exact)), key=lambda j: int(counts[j]) - exact[j])
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def _generator(seed: int, stream: int) -> np.random.Generator:
    if seed < 0:
        raise InvalidProblemError(f"seed is {seed!r}; give a whole number from 0 on")
    return SHARDS.generator(seed, stream)


def checked_speeds(speeds: npt.ArrayLike) -> FloatArray:
    """``(J,)`` float64.

    Raises:
        InvalidProblemError: no worker, or a speed that is not a finite number above 0; names it.
    """
    column = numbers_or_nan(speeds, "speeds")
    if column.ndim != 1 or not column.size:
        raise InvalidProblemError(f"speeds have shape {column.shape}; give a number per worker")
    wrong = np.flatnonzero(~(np.isfinite(column) & (column > 0.0)))
    if wrong.size:
        raise InvalidProblemError(
            f"speed of worker {wrong[0]} is {column[wrong[0]]:g}; give samples per second above 0, "
            "or leave the worker out"
        )
    return column


@by_position()
def apportion(class_sizes: Sequence[int] | IntArray, speeds: npt.ArrayLike) -> IntArray:
    """``(J, L)`` whole numbers of points, proportional to speed in every class.

    Columns sum to ``class_sizes`` exactly; every entry and every row sum is its exact wish rounded
    down or up.

    Args:
        class_sizes: ``(L,)`` whole numbers of at least 0.
        speeds: ``(J,)``, above 0.

    Raises:
        InvalidProblemError: no class, a negative size, a speed that is not above 0.

    Source: Bacharach, "Matrix rounding problems", Management Science 1966; Cox 1987.
    """
    given = entries_of(class_sizes, "class_sizes: give a list of whole numbers")
    sizes = [whole_number(size, f"class_sizes[{at}]") for at, size in enumerate(given)]
    if not sizes or min(sizes) < 0:
        raise InvalidProblemError(f"class sizes are {sizes!r:.60}; give whole numbers from 0 on")
    exact = [Fraction(float(speed)) for speed in checked_speeds(speeds)]
    whole = sum(exact, Fraction(0))
    wishes = [[size * speed / whole for size in sizes] for speed in exact]
    totals = [sum(row, Fraction(0)) for row in wishes]
    floors = np.array([[math.floor(x) for x in row] for row in wishes], dtype=np.int64)
    rest = np.array([[float(x - math.floor(x)) for x in row] for row in wishes])
    row_rest = np.array([float(t - math.floor(t)) for t in totals])
    below = np.array([math.floor(t) for t in totals], dtype=np.int64) - floors.sum(axis=1)
    table = floors + _raised(rest, row_rest, below, np.array(sizes) - floors.sum(axis=0))
    table.flags.writeable = False
    return table


def _raised(rest: FloatArray, row_rest: FloatArray, below: IntArray, wanted: IntArray) -> IntArray:
    """``(J, L)`` of 0 and 1: which entries are rounded up.

    Columns sum to ``wanted``, rows to ``below`` or one more.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    free = np.argwhere(rest > 0.0)
    n_rows, n_columns = rest.shape
    raised = np.zeros(rest.shape, dtype=np.int64)
    if not len(free):
        return raised
    edges = np.arange(len(free))
    slack = len(free) + np.arange(n_rows)
    places = (
        np.concatenate([free[:, 0], np.arange(n_rows), n_rows + free[:, 1]]),
        np.concatenate([edges, slack, edges]),
    )
    signs = np.concatenate([np.ones(len(free)), -np.ones(n_rows), np.ones(len(free))])
    answer = linprog(
        -np.concatenate([rest[free[:, 0], free[:, 1]], _ROW_FIRST * row_rest]),
        A_eq=csr_array((signs, places), shape=(n_rows + n_columns, len(free) + n_rows)),
        b_eq=np.concatenate([below, wanted]),
        bounds=[(0, 1)] * len(free) + [(0, int(r > 0.0)) for r in row_rest],
        method="highs-ds",
    )
    if answer.status == 0:
        raised[free[:, 0], free[:, 1]] = np.rint(answer.x[: len(free)])
    sums = raised.sum(axis=1) - below
    most = (row_rest > 0.0).astype(np.int64)
    if np.any(raised.sum(axis=0) != wanted) or np.any((sums < 0) | (sums > most)):
        raise ConvergenceError(
            f"rounding {n_rows} x {n_columns} capacities failed: {answer.message}"
        )
    return raised

"""Shards that look at no similarity: equal, proportional, class by class, Dirichlet.

Each gives ``owner`` ``(n,)`` int64, and deals out every point.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.capacities import apportion, checked_speeds
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.random_streams import SHARDS

IntArray = npt.NDArray[np.int64]
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

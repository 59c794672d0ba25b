"""Distances between points in blocks, and the usual choice of a Gaussian's width."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.random_streams import BANDWIDTH

IntArray = npt.NDArray[np.int64]
_SAMPLED = 500  # points of a class


def squared_distances(x: FloatArray, y: FloatArray) -> FloatArray:
    """``(len(x), len(y))``, ``‖x − y‖²`` by one matrix product, at least 0."""
    table = x @ y.T
    table *= -2.0
    table += np.einsum("ij,ij->i", x, x)[:, None]
    table += np.einsum("ij,ij->i", y, y)
    return np.maximum(table, 0.0, out=table)


def median_distance(points: FloatArray, label: IntArray, *, seed: int = 0) -> float:
    """The median distance between two points of one class, from 500 random points of each.

    Raises:
        InvalidProblemError: it is 0, or no class has two points.
    """
    rng = BANDWIDTH.generator(seed)
    found = [np.zeros(0)]
    for one in np.unique(label):
        members = np.flatnonzero(label == one)
        chosen = points[rng.permutation(members)[:_SAMPLED]]
        above = np.triu_indices(len(chosen), 1)
        found.append(np.sqrt(squared_distances(chosen, chosen)[above]))
    distances = np.concatenate(found)
    middle = float(np.median(distances)) if distances.size else 0.0
    if middle <= 0.0:
        raise InvalidProblemError(
            "the median distance within classes is 0, points repeat; give a bandwidth above 0"
        )
    return middle

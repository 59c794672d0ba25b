"""What a block of points is worth: facility location and graph cut, in exact whole units.

Facility location of ``A`` is ``Σ_v max_{v' in A} sim(v, v')``: monotone and submodular. The graph
cut is ``Σ_{v in A} Σ_u sim(u, v) − λ Σ_{u, v in A} sim(u, v)``: submodular, and for ``λ > 1/2`` not
monotone; ``λ = 1`` is what a cut of the graph severs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.greedy_loops import gain_of, take
from roundlot.solvers.partition.similarity import UNIT, Similarity, gaussian_similarity
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

#: What a shard can be worth: how well it stands for the points of its class.
FUNCTIONS = ("facility-location", "graph-cut")


class FacilityLocation:
    """Facility location of a growing block: its value, what a point would add, adding it."""

    def __init__(self, similarity: Similarity) -> None:
        self._parts = (similarity.units.reshape(-1), similarity.offsets, similarity.rows)
        self._best = np.zeros(similarity.n_points, dtype=np.int32)

    @property
    def value(self) -> float:
        """Of the block so far; 0 when it is empty."""
        return float(self._best.sum(dtype=np.int64)) * UNIT

    def gain(self, point: int) -> float:
        """What the point would add, at least 0."""
        return float(gain_of(*self._parts, point, self._best)) * UNIT

    def add(self, point: int) -> None:
        """Put the point into the block."""
        take(*self._parts, point, self._best)


class GraphCut:
    """The graph cut of a growing block: its value, what a point would add, adding it."""

    def __init__(self, similarity: Similarity, weight: float = 1.0) -> None:
        require_dense(similarity)
        self._similarity, self._weight = similarity, checked_weight(weight)
        self._inside = np.zeros(similarity.n_points, dtype=np.int64)
        self._units = 0.0

    @property
    def value(self) -> float:
        """Of the block so far; 0 when it is empty."""
        return self._units * UNIT

    def gain(self, point: int) -> float:
        """What the point would add, perhaps below 0."""
        return self._gain(point) * UNIT

    def add(self, point: int) -> None:
        """Put the point into the block."""
        self._units += self._gain(point)
        self._inside += self._similarity.units[point]

    def _gain(self, point: int) -> float:
        own = int(self._similarity.units[point, point])
        twice = 2 * int(self._inside[point]) + own
        return float(self._similarity.sums[point] - self._weight * twice)


def facility_location(similarity: Similarity, block: npt.ArrayLike) -> float:
    """``Σ_v max_{v' in A} sim(v, v')`` of the points ``block``; 0 when it is empty."""
    state = FacilityLocation(similarity)
    for point in np.asarray(block, dtype=np.int64):
        state.add(int(point))
    return state.value


def graph_cut(similarity: Similarity, block: npt.ArrayLike, weight: float = 1.0) -> float:
    """``Σ_{v in A} Σ_u sim(u, v) − λ Σ_{u, v in A} sim(u, v)`` of the points ``block``.

    Raises:
        InvalidProblemError: similarities were dropped, or a weight that is not at least 0.
    """
    require_dense(similarity)
    members = np.asarray(block, dtype=np.int64)
    inside = similarity.units[np.ix_(members, members)].sum(dtype=np.int64)
    served = similarity.sums[members].sum()
    return float(served - checked_weight(weight) * inside) * UNIT


def require_dense(similarity: Similarity) -> None:
    """Refuse a graph cut where similarities are missing."""
    if not similarity.is_dense:
        raise InvalidProblemError(
            "the graph cut needs every similarity; leave out neighbours, or use facility-location"
        )


def checked_weight(weight: float) -> float:
    """``λ``, at least 0 and finite."""
    if not (np.isfinite(weight) and weight >= 0.0):
        raise InvalidProblemError(f"cut_weight is {weight!r}; give a finite number of at least 0")
    return float(weight)


def block_values(
    similarity: Similarity, owner: IntArray, n_blocks: int, function: str, cut_weight: float
) -> FloatArray:
    """``(J,)``: what the blocks of one class are worth."""
    blocks = (np.flatnonzero(owner == j) for j in range(n_blocks))
    if function == "graph-cut":
        return np.array([graph_cut(similarity, block, cut_weight) for block in blocks])
    return np.array([facility_location(similarity, block) for block in blocks])


def shard_values(
    features: npt.ArrayLike,
    label: IntArray,
    owners: IntArray,
    n_workers: int,
    *,
    bandwidth: float,
    function: str = "facility-location",
    cut_weight: float = 1.0,
    neighbours: int | None = None,
) -> FloatArray:
    """``(P, J, L)``: what the points of a class are worth to a worker, in ``P`` partitions.

    Args:
        features: ``(n, dim)``.
        label: ``(n,)``, classes numbered from 0.
        owners: ``(P, n)``.
        n_workers: ``J``.
        bandwidth: ``σ`` of the Gaussian similarity.
        function: "facility-location" or "graph-cut".
        cut_weight: ``λ`` of the graph cut.
        neighbours: how many similarities of every point are kept; None for all.
    """
    x = np.asarray(features, dtype=np.float64)
    n_classes = int(label.max()) + 1
    out = np.zeros((len(owners), n_workers, n_classes))
    for one in range(n_classes):
        members = np.flatnonzero(label == one)
        similarity = gaussian_similarity(x[members], bandwidth, neighbours=neighbours)
        for p, owner in enumerate(owners):
            out[p, :, one] = block_values(
                similarity, owner[members], n_workers, function, cut_weight
            )
    return out

"""What a block of points is worth: facility location and graph cut, in exact whole units.

Facility location of ``A`` is ``Σ_v max_{v' in A} sim(v, v')``: monotone and submodular. The graph
cut is ``Σ_{v in A} Σ_u sim(u, v) − λ Σ_{u, v in A} sim(u, v)``: submodular, and for ``λ > 1/2`` not
monotone; ``λ = 1`` is what a cut of the graph severs.

Besides, proved upper bounds on what the least served block of any partition can be worth.

Facility location. Different blocks hold different points, so the best similarities of the ``J``
blocks to a point ``u`` are at most ``u``'s ``J`` greatest: the mean block is worth at most
``(1/J) Σ_u Σ_{i <= J} s_u(i)``, and the least served one no more. Also, for any levels ``t >= 0``,
``f(A) <= Σ_u t_u + Σ_{v in A} Σ_u (s_uv − t_u)₊``, so a block of ``c`` points is worth at most
``Σ t`` and the ``c`` greatest of these sums; ``t`` from a block ``B`` gives the familiar
``f(B)`` plus the greatest gains. Levels are improved by subgradients. All in whole units: exact,
however good the levels are. The best levels give the optimum of the linear relaxation of one block;
with blocks of one capacity the mean bound is the optimum of the relaxation of all blocks together,
for by symmetry every block may take the ``J``-th part of every point.

Graph cut. A Gaussian kernel is positive semidefinite, so the cut is a concave function of the
block's indicator, and lies under its tangent at ``c/n``. With weights ``w_j ∝ 1/(1 − 2 λ r_j)``
the tangents at shares ``r_j`` sum to a constant, for every point has one owner.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.greedy_loops import gain_of, served_counts, serving_gains, take
from roundlot.solvers.partition.similarity import ONE, UNIT, Similarity, gaussian_similarity
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

#: What a shard can be worth: how well it stands for the points of its class.
FUNCTIONS = ("facility-location", "graph-cut")
STEPS = 30  # of subgradients for the bounds of large classes; later ones gain less than 0.1 %
_WORK = 3e8  # similarities that all steps may look at: some 0.3 s; 300 steps up to 1,000 points


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


def mean_bound(similarity: Similarity, blocks: int) -> float:
    """What the mean of so many disjoint blocks is worth at most by facility location."""
    total = int(similarity.row_tops(blocks).sum())
    return -(-total // blocks) * UNIT


def capacity_bound(similarity: Similarity, capacity: int, *, steps: int | None = None) -> float:
    """What a block of so many points is worth at most by facility location.

    Starts from the levels that would be best if all points were equally useful, and goes towards
    the optimum of the linear relaxation (``x_uv <= y_v``), whose dual value at any levels this is.

    Args:
        similarity: of the class.
        capacity: points of the block.
        steps: of subgradients; by default 300 up to 1,000 points, fewer above, at least 30.

    Source: Cornuejols, Fisher and Nemhauser, "Location of bank accounts to optimize float",
    Management Science 1977.
    """
    n = similarity.n_points
    if steps is None:
        steps = max(STEPS, min(10 * STEPS, int(_WORK / n**2)))
    if capacity == 0:
        return 0.0
    parts = (similarity.units.reshape(-1), similarity.offsets, similarity.rows)
    kept = n if similarity.is_dense else similarity.units.size // n
    deep = min(kept, max(1, round(n / capacity)))
    levels = similarity.row_tops(deep)[:, -1].astype(np.float64)
    gains, counts = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    least, reach = n * ONE, 1.0
    for _ in range(steps + 1):
        whole = np.maximum(np.rint(levels), similarity.dropped).astype(np.int32)
        serving_gains(*parts, whole, gains)
        chosen = np.argpartition(gains, n - capacity)[n - capacity :]
        value = int(whole.sum(dtype=np.int64)) + int(gains[chosen].sum())
        reach = reach if value < least else 0.7 * reach
        least = min(least, value)
        served_counts(*parts, chosen, whole, counts)
        slope = 1.0 - counts
        square = float(slope @ slope)
        if square == 0.0:
            break
        levels = np.clip(whole - reach * 0.02 * value / square * slope, 0.0, float(ONE))
    return least * UNIT


def cut_bounds(similarity: Similarity, capacities: IntArray, weight: float) -> FloatArray:
    """``(J,)``: what a block of each capacity is worth at most by graph cut, any weight."""
    n, total = similarity.n_points, float(similarity.sums.sum())
    degrees = -np.sort(-similarity.sums.astype(np.float64))
    out = np.zeros(capacities.size)
    for j, c in enumerate(capacities.tolist()):
        share = c / n
        slope = 1.0 - 2.0 * weight * share
        top = degrees[:c].sum() if slope >= 0.0 else degrees[n - c :].sum()
        out[j] = slope * top + weight * share**2 * total + _rounding(c, weight)
    return np.asarray(_upwards(out * UNIT))


def cut_mean_bound(similarity: Similarity, shares: FloatArray, weight: float) -> float:
    """What some block is worth at most by graph cut, in every partition; infinite if unproved.

    Args:
        similarity: of the class.
        shares: ``(J,)``, where the tangents are taken, about the blocks' shares of the points;
            above 0, with sum 1. Any are valid, and the same for all classes let bounds be added.
        weight: ``λ``.
    """
    total = float(similarity.sums.sum())
    slopes = 1.0 - 2.0 * weight * shares
    if np.any(slopes <= 0.0):
        return math.inf
    weights = (1.0 / slopes) / (1.0 / slopes).sum()
    flat = float(weights[0] * slopes[0]) * total
    curved = float(weights @ (weight * shares**2)) * total
    units = flat + curved + _rounding(similarity.n_points, weight)
    return float(_upwards(np.array(units * UNIT)))


def _rounding(capacity: int, weight: float) -> float:
    """Units by which similarities rounded to a unit may lift a tangent of the exact kernel."""
    return 6.0 * weight * float(capacity) ** 2


def _upwards(values: FloatArray) -> FloatArray:
    """A little more than the value, for the rounding of its few operations."""
    return np.asarray(values + 1e-12 * np.abs(values))

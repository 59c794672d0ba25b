"""What the shards of any owner are worth, whatever made them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.functions import facility_location, graph_cut
from roundlot.solvers.partition.similarity import Similarity, gaussian_similarity
from roundlot.theory.arrays import FloatArray

IntArray = npt.NDArray[np.int64]


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

"""Who leads whom: the neighbour with the least loss, the neighbour with most links."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def loss_leaders(losses: FloatArray, linked: BoolArray) -> IntArray:
    """``(n,)``: the worker with the least loss among each worker's neighbours and itself.

    Args:
        losses: ``(n,)``.
        linked: ``(n, n)``, who is linked in this round.
    """
    near = linked | np.eye(len(linked), dtype=bool)
    return np.where(near, losses[None, :], np.inf).argmin(axis=1).astype(np.int64)


def degree_leaders(degrees: IntArray, linked: BoolArray) -> IntArray:
    """``(n,)``: the neighbour with most links, the first of equals; oneself without neighbours."""
    found = np.where(linked, degrees[None, :], -1).argmax(axis=1)
    return np.where(linked.any(axis=1), found, np.arange(len(linked))).astype(np.int64)


def selection(leaders: IntArray) -> FloatArray:
    """``(n, n)``: row ``i`` is 1 at worker ``i``'s leader."""
    return np.eye(len(leaders))[leaders]


def leader_matrix(
    mixing: FloatArray,
    best: IntArray,
    linked_most: IntArray,
    *,
    loss_weight: float,
    degree_weight: float,
) -> FloatArray:
    """``(n, n)``: ``P = (1 − w_N − w_τ) W + w_N B + w_τ D``; rows sum to 1, columns need not."""
    rest = 1.0 - loss_weight - degree_weight
    return np.asarray(
        rest * mixing + loss_weight * selection(best) + degree_weight * selection(linked_most)
    )

"""Greedy partition of one class: the least served block, or the next in turn, takes the best.

No constant share of the best max-min value is promised: ``1 − 1/e`` is the guarantee of another
problem, one block without competitors. What was reached is measured against the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.functions import checked_weight, require_dense
from roundlot.solvers.partition.similarity import UNIT, Similarity
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Deal:
    """One class dealt out: ``owner`` ``(n,)``, ``values`` ``(J,)``, and what it took.

    Attributes:
        owner: the block of every point.
        values: what each block is worth.
        computed: gains that were computed.
        negative: choices that made their block worse; only with the graph cut.
    """

    owner: IntArray
    values: FloatArray
    computed: int
    negative: int = 0


def greedy_facility(
    similarity: Similarity, capacities: npt.ArrayLike, *, turns: bool = False, lazy: bool = True
) -> Deal:
    """Deal the points of a class by facility location; every block is filled to its capacity.

    Args:
        similarity: of the class.
        capacities: ``(J,)`` whole numbers that sum to the number of points.
        turns: blocks choose in turn, instead of the least served one.
        lazy: compute only the gains that may decide; the partition is the same.

    Raises:
        InvalidProblemError: capacities that do not sum to the number of points.
    """
    from roundlot.solvers.partition.greedy_loops import deal_lazily, deal_plainly

    room = checked_capacities(similarity, capacities)
    owner = np.full(similarity.n_points, -1, dtype=np.int64)
    best = np.zeros((room.size, similarity.n_points), dtype=np.int32)
    deal = deal_lazily if lazy else deal_plainly
    units = similarity.units.reshape(-1)
    computed = deal(
        units, similarity.offsets, similarity.rows, similarity.sums, room, turns, best, owner
    )
    values = best.sum(axis=1, dtype=np.int64) * UNIT
    return Deal(owner=owner, values=values, computed=int(computed))


def greedy_cut(
    similarity: Similarity, capacities: npt.ArrayLike, *, weight: float = 1.0, turns: bool = False
) -> Deal:
    """Deal the points of a class by graph cut; also where every choice makes a block worse.

    Raises:
        InvalidProblemError: capacities that do not sum to the number of points, a negative weight,
            or dropped similarities.
    """
    from roundlot.solvers.partition.greedy_loops import deal_by_cut

    require_dense(similarity)
    room = checked_capacities(similarity, capacities)
    owner = np.full(similarity.n_points, -1, dtype=np.int64)
    values = np.zeros(room.size)
    negative = deal_by_cut(
        similarity.units, similarity.sums, checked_weight(weight), room, turns, owner, values
    )
    n = similarity.n_points
    return Deal(
        owner=owner, values=values * UNIT, computed=n * (n + 1) // 2, negative=int(negative)
    )


def checked_capacities(similarity: Similarity, capacities: npt.ArrayLike) -> IntArray:
    """A fresh ``(J,)`` of whole numbers that sum to the number of points."""
    room = np.array(capacities)
    if room.ndim != 1 or room.dtype.kind not in "iu" or np.any(room < 0):
        raise InvalidProblemError(
            f"capacities are {capacities!r:.60}; give whole numbers from 0 on"
        )
    if room.sum() != similarity.n_points:
        raise InvalidProblemError(
            f"capacities sum to {room.sum()} for {similarity.n_points} points; make them equal"
        )
    return room.astype(np.int64)

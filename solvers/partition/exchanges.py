"""After the greedy: points exchanged between blocks until no exchange of two raises the least.

Capacities are met exactly, so a point never moves alone: two points of a class change places. First
every class by itself, for its own least served block; then class after class for the least of the
blocks' sums, until one whole turn through the classes finds nothing. The partition that is left is
a local optimum of the max-min value; how far it may be from the best is what the bounds say.

Source: Teitz and Bart, "Heuristic methods for estimating the generalized vertex median of a
weighted graph", Operations Research 1968, for one block.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roundlot.solvers.partition.exchange_loops import exchange_cut, exchange_facility
from roundlot.solvers.partition.functions import block_values, checked_weight, require_dense
from roundlot.solvers.partition.similarity import UNIT, Similarity
from roundlot.theory.arrays import FloatArray, IntArray

_NOBODY = 2**62  # units, of a block that does not count: sums with it stay below 2^63


def exchange_points(
    similarity: Similarity,
    owner: IntArray,
    others: FloatArray,
    *,
    function: str = "facility-location",
    weight: float = 1.0,
) -> tuple[IntArray, int]:
    """Owners ``(n,)`` after exchanges within one class, and how many were made.

    Each raises the least block, and none that is left would.

    Args:
        similarity: of the class.
        owner: ``(n,)``, the block of every point.
        others: ``(J,)``, what each block is worth besides; infinite where it does not count.
        function: what a block is worth.
        weight: ``λ`` of the graph cut.

    Raises:
        InvalidProblemError: a graph cut of dropped similarities, or a negative weight.
    """
    dealt = np.array(owner, dtype=np.int64)
    if function == "graph-cut":
        require_dense(similarity)
        return dealt, _by_cut(similarity, dealt, others, checked_weight(weight))
    values = block_values(similarity, dealt, others.size, function, weight)
    units = np.full(others.size, _NOBODY, dtype=np.int64)
    counts = np.isfinite(others)
    units[counts] = np.rint((values + others)[counts] / UNIT).astype(np.int64)
    room = np.empty((2, others.size, 2, dealt.size), dtype=np.int32)
    table = similarity.units.reshape(-1)
    made = exchange_facility(table, similarity.offsets, similarity.rows, dealt, units, *room)
    return dealt, int(made)


def _by_cut(similarity: Similarity, dealt: IntArray, others: FloatArray, weight: float) -> int:
    blocks = [np.flatnonzero(dealt == j) for j in range(others.size)]
    served = np.array([similarity.sums[block].sum() for block in blocks], dtype=np.int64)
    inside = [similarity.units[np.ix_(block, block)].sum(dtype=np.int64) for block in blocks]
    return int(
        exchange_cut(
            similarity.units,
            similarity.sums,
            weight,
            dealt,
            served,
            np.array(inside, dtype=np.int64),
            others / UNIT,
        )
    )


def exchange_in_turn(
    tables: Callable[[int], Similarity],
    members: list[IntArray],
    owner: IntArray,
    values: FloatArray,
    *,
    function: str,
    weight: float,
) -> int:
    """Exchanges in all classes for the least of the blocks' sums, until none raises it.

    Args:
        tables: the similarities of a class, by its number; one at a time is held.
        members: the points of every class.
        owner: ``(n,)``, changed.
        values: ``(J, L)``, what the points of a class are worth to a block, changed.
        function: what a block is worth.
        weight: ``λ`` of the graph cut.

    Returns:
        How many exchanges were made.
    """
    n_blocks, n_classes = values.shape
    idle = np.bincount(owner, minlength=n_blocks) == 0
    made, unchanged, one = 0, 0, 0
    while unchanged < n_classes:
        others = np.where(idle, np.inf, np.delete(values, one, axis=1).sum(axis=1))
        table, points = tables(one), members[one]
        dealt, count = exchange_points(
            table, owner[points], others, function=function, weight=weight
        )
        if count:
            owner[points] = dealt
            values[:, one] = block_values(table, dealt, n_blocks, function, weight)
        made, unchanged = made + count, 0 if count else unchanged + 1
        one = (one + 1) % n_classes
    return made

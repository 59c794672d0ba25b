"""One class dealt out: greedily, or best by a mixed-integer linear program.

Greedily, the least served block, or the next in turn, takes the best. No constant share of the best
max-min value is promised: ``1 − 1/e`` is the guarantee of another problem, one block without
competitors. What was reached is measured against the bounds.

The program, for small classes. Facility location: point ``v`` is in block ``j`` (``x_jv``), serves
``u`` there (``z_juv <= x_jv``), each ``u`` is served once a block. Graph cut:
``y_juv >= x_ju + x_jv − 1``. The least block value is made greatest. HiGHS solves it and gives its
own bound, widened here by its tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.functions import (
    checked_weight,
    facility_location,
    graph_cut,
    require_dense,
)
from roundlot.solvers.partition.greedy_loops import deal_by_cut, deal_lazily, deal_plainly
from roundlot.solvers.partition.similarity import UNIT, Similarity
from roundlot.theory import ConvergenceError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

MOST_VARIABLES = 20_000  # of a program that HiGHS ends in minutes
TOLERANCE = 1e-6  # of HiGHS, relative


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


def exact_deal(
    similarity: Similarity,
    capacities: npt.ArrayLike,
    *,
    function: str = "facility-location",
    weight: float = 1.0,
    seconds: float = 60.0,
) -> tuple[Deal, float]:
    """The partition of greatest least value, and HiGHS's upper bound on it.

    Blocks of capacity 0 do not count.

    Raises:
        InvalidProblemError: too large a class, dropped similarities, capacities that do not fit.
        ConvergenceError: no partition was found in time.
    """
    room = checked_capacities(similarity, capacities)
    n, blocks = similarity.n_points, np.flatnonzero(room)
    if not similarity.is_dense or blocks.size * n * (n + 1) > MOST_VARIABLES:
        raise InvalidProblemError(
            f"the exact partition of {n} points in {blocks.size} blocks is too large, at most "
            f"{MOST_VARIABLES} variables and every similarity; use method 'greedy'"
        )
    build = _facility_rows if function == "facility-location" else _cut_rows
    rows, values, pairs = build(similarity, blocks.size, checked_weight(weight))
    x, bound = _solve(n, room[blocks], rows, values, pairs, seconds)
    owner = blocks[np.argmax(x, axis=0)]
    worth = np.zeros(room.size)
    for j in blocks:
        block = np.flatnonzero(owner == j)
        worth[j] = (
            facility_location(similarity, block)
            if function == "facility-location"
            else graph_cut(similarity, block, weight)
        )
    return Deal(owner=owner, values=worth, computed=0), bound


def _solve(
    n: int, room: IntArray, rows: list[Any], values: Any, pairs: int, seconds: float
) -> tuple[FloatArray, float]:
    """``(J, n)`` indicators and the bound; variables are ``x``, the pairs, and the least value."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

    n_blocks, count = room.size, room.size * n
    total = count + pairs + 1
    own = kron(np.ones((1, n_blocks)), eye_array(n))
    sizes = kron(eye_array(n_blocks), np.ones((1, n)))
    dealt = hstack([vstack([own, sizes]), csr_array((n + n_blocks, pairs + 1))])
    target = np.concatenate([np.ones(n), room]).astype(np.float64)
    least = hstack([values, csr_array(-np.ones((n_blocks, 1)))])
    goal = np.zeros(total)
    goal[-1] = -1.0
    answer = milp(
        goal,
        constraints=[
            LinearConstraint(dealt, target, target),
            LinearConstraint(least, 0.0, np.inf),
            *(LinearConstraint(matrix, -np.inf, limit) for matrix, limit in rows),
        ],
        integrality=np.concatenate([np.ones(count), np.zeros(pairs + 1)]),
        bounds=Bounds(
            np.concatenate([np.zeros(total - 1), [-np.inf]]),
            np.concatenate([np.ones(total - 1), [np.inf]]),
        ),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        raise ConvergenceError(f"no exact partition in {seconds:g} s: {answer.message}")
    bound = -float(answer.mip_dual_bound)
    return answer.x[:count].reshape(n_blocks, n), bound + TOLERANCE * abs(bound)


def _facility_rows(
    similarity: Similarity, n_blocks: int, weight: float
) -> tuple[list[Any], Any, int]:
    """Constraints of serving, the blocks' values as rows, and how many pairs ``z`` there are."""
    from scipy.sparse import csr_array, eye_array, hstack, kron

    n = similarity.n_points
    pairs = n_blocks * n * n  # z_juv at (j n + u) n + v
    use = kron(eye_array(n_blocks), kron(np.ones((n, 1)), eye_array(n)))
    served_by_members = hstack([-use, eye_array(pairs), csr_array((pairs, 1))])
    once = kron(eye_array(n_blocks * n), np.ones((1, n)))
    once = hstack([csr_array((n_blocks * n, n_blocks * n)), once, csr_array((n_blocks * n, 1))])
    worth = kron(eye_array(n_blocks), similarity.units.reshape(1, -1) * UNIT)
    values = hstack([csr_array((n_blocks, n_blocks * n)), worth])
    return [(served_by_members, 0.0), (once, 1.0)], values, pairs


def _cut_rows(similarity: Similarity, n_blocks: int, weight: float) -> tuple[list[Any], Any, int]:
    """The same for the cut: ``y_juv`` for ``u < v``; a point beside itself is worth a constant."""
    from scipy.sparse import csr_array, eye_array, hstack, kron

    n = similarity.n_points
    u, v = np.triu_indices(n, 1)
    pairs = n_blocks * u.size
    ends = np.zeros((u.size, n))
    ends[np.arange(u.size), u] = ends[np.arange(u.size), v] = 1.0
    both = hstack([kron(eye_array(n_blocks), ends), -eye_array(pairs), csr_array((pairs, 1))])
    alone = (similarity.sums - weight * similarity.units.diagonal()) * UNIT
    together = -2.0 * weight * similarity.units[u, v] * UNIT
    values = hstack([kron(eye_array(n_blocks), row.reshape(1, -1)) for row in (alone, together)])
    return [(both, 1.0)], values, pairs

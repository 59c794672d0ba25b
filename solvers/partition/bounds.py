"""Proved upper bounds on what the least served block of any partition can be worth.

Facility location. Different blocks hold different points, so the best similarities of the ``J``
blocks to a point ``u`` are at most ``u``'s ``J`` greatest: the mean block is worth at most
``(1/J) Σ_u Σ_{i <= J} s_u(i)``, and the least served one no more. Also, for any levels ``t >= 0``,
``f(A) <= Σ_u t_u + Σ_{v in A} Σ_u (s_uv − t_u)₊``, so a block of ``c`` points is worth at most
``Σ t`` and the ``c`` greatest of these sums; ``t`` from a block ``B`` gives the familiar
``f(B)`` plus the greatest gains. Levels are improved by subgradients. All in whole units: exact.

Graph cut. A Gaussian kernel is positive semidefinite, so the cut is a concave function of the
block's indicator, and lies under its tangent at ``c/n``. With weights ``w_j ∝ 1/(1 − 2 λ r_j)``
the tangents at shares ``r_j`` sum to a constant, for every point has one owner.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.partition.greedy_loops import served_counts, serving_gains
from roundlot.solvers.partition.similarity import ONE, UNIT, Similarity
from roundlot.theory.arrays import FloatArray, IntArray

STEPS = 30  # of subgradients; later ones gain less than 0.1 %


def mean_bound(similarity: Similarity, blocks: int) -> float:
    """What the mean of so many disjoint blocks is worth at most by facility location."""
    total = int(similarity.row_tops(blocks).sum())
    return -(-total // blocks) * UNIT


def capacity_bound(similarity: Similarity, capacity: int, *, steps: int = STEPS) -> float:
    """What a block of so many points is worth at most by facility location.

    Starts from the levels that would be best if all points were equally useful.
    """
    n = similarity.n_points
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

"""Compiled sums that decide feasibility: an upper bound on what a design takes, all rounding in."""

from __future__ import annotations

from roundlot.solvers.kernels.boxes import fit_row_above
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, two_sum
from roundlot.theory.arrays import FloatArray, IntArray

SPLIT = 134217729.0


@compiled(inline=True)
def two_product(x: float, y: float) -> tuple[float, float]:
    """``(p, e)``, ``p = fl(x y)``, ``p + e = x y`` barring underflow. Source: Dekker (1971)."""
    product = x * y
    shadow = SPLIT * x
    high = shadow - (shadow - x)
    low = x - high
    shadow = SPLIT * y
    top = shadow - (shadow - y)
    rest = y - top
    return product, ((high * top - product) + high * rest + low * top) + low * rest


@compiled
def fit_rows(design: FloatArray, floor: FloatArray, caps: FloatArray) -> None:
    """Lowers entries until the exact sum of every row is within its cap."""
    near = 1.0 - 4.0 * UNIT * (design.shape[1] + 4)
    for v in range(caps.size):
        total = 0.0
        for s in range(design.shape[1]):
            total += design[v, s]
        if total > caps[v] * near:
            fit_row_above(design[v], floor[v], caps[v])


@compiled
def sum_by_label(table: FloatArray, label: IntArray, high: FloatArray, low: FloatArray) -> None:
    """Adds rows to the sums of their labels, error-free up to second order; ``low (G, 2)``."""
    for v in range(label.size):
        g = label[v]
        for s in range(table.shape[1]):
            high[g], error = two_sum(high[g], table[v, s])
            low[g, 0] += error
            low[g, 1] += abs(error)


@compiled
def sum_by_model(table: FloatArray, high: FloatArray, low: FloatArray) -> None:
    """As :func:`sum_by_label`, for the columns."""
    for v in range(table.shape[0]):
        for s in range(table.shape[1]):
            high[s], error = two_sum(high[s], table[v, s])
            low[s, 0] += error
            low[s, 1] += abs(error)


@compiled
def weighted_sum(costs: FloatArray, table: FloatArray) -> tuple[float, float, float]:
    """``(h, e, w)`` with ``|Σ c p − h − e| <= w`` over flat arrays of values ``>= 0``."""
    high, low, size = 0.0, 0.0, 0.0
    for i in range(costs.size):
        product, rest = two_product(costs[i], table[i])
        high, error = two_sum(high, product)
        low += error + rest
        size += abs(error) + abs(rest)
    return high, low, 4.0 * UNIT * costs.size * size


@compiled
def rough_weighted_sum(costs: FloatArray, table: FloatArray) -> float:
    """An upper bound on ``Σ c p``, some 40 units too high: blocks of 32, then compensated."""
    high, low = 0.0, 0.0
    for start in range(0, costs.size, 32):
        part = 0.0
        for i in range(start, min(start + 32, costs.size)):
            part += costs[i] * table[i]
        high, error = two_sum(high, part)
        low += error
    return (high + low) * (1.0 + 40.0 * UNIT)

"""Compiled sums of the certificate: what the design costs and what no design can undercut."""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, faithful_sum, two_sum
from roundlot.theory.arrays import FloatArray

RUN = 32


@compiled
def design_cost(scores: FloatArray, probabilities: FloatArray, scale: float) -> float:
    """``Σ (scale a)² / p`` over flat arrays; infinite where ``p = 0 < a``."""
    high, low = 0.0, 0.0
    for start in range(0, scores.size, RUN):
        part = 0.0
        for i in range(start, min(start + RUN, scores.size)):
            a, p = scores[i] * scale, probabilities[i]
            if a > 0.0:
                part += a / p * a if p > 0.0 else float("inf")
        high, error = two_sum(high, part)
        low += error
    return high + low if low == low else high


@compiled
def base_terms(
    scores: FloatArray, caps: FloatArray, rows: FloatArray, level: float, scale: float
) -> tuple[float, float]:
    """``(Σ 2 a ρ_v, Σ (ρ_v² − r²) c_v)``: an entry's least ``a²/p + ρ²p`` is ``2 a ρ``."""
    up, up_low, down, down_low = 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        root = max(rows[v], level)
        for start in range(0, scores.shape[1], RUN):
            part = 0.0
            for s in range(start, min(start + RUN, scores.shape[1])):
                part += scores[v, s] * scale
            up, error = two_sum(up, 2.0 * root * part)
            up_low += error
        down, error = two_sum(down, (root - level) * (root + level) * caps[v])
        down_low += error
    return up + up_low, down + down_low


@compiled
def box_terms(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    caps: FloatArray,
    rows: FloatArray,
    level: float,
    scale: float,
) -> tuple[float, float]:
    """As :func:`base_terms` for ``l <= p <= u``, with the floors moved out of caps and budget.

    An entry adds the least ``a²/p + κ (p − l)``, ``κ = ρ²``: at a bound where the unclipped
    minimum is surely beyond it, ``2 a ρ − κ l`` elsewhere, which never exceeds the truth.
    """
    up, up_low, down, down_low = 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        root = max(rows[v], level)
        for start in range(0, scores.shape[1], RUN):
            plus, minus = 0.0, 0.0
            for s in range(start, min(start + RUN, scores.shape[1])):
                gain, loss = entry_terms(scores[v, s] * scale, floor[v, s], ceiling[v, s], root)
                plus += gain
                minus += loss
            up, error = two_sum(up, plus)
            up_low += error
            down, error = two_sum(down, minus)
            down_low += error
        price = (root - level) * (root + level)
        if price > 0.0:
            down, error = two_sum(down, price * room_above(*faithful_sum(floor[v]), caps[v]))
            down_low += error
    return up + up_low, down + down_low


@compiled(inline=True)
def entry_terms(a: float, floor: float, ceiling: float, root: float) -> tuple[float, float]:
    """``(plus, minus)`` with ``plus − minus <= min over [l, u] of a²/p + ρ² (p − l)``."""
    widen = 1.0 + 4.0 * UNIT
    if a * widen < floor * root:
        return a / floor * a, 0.0
    if a > ceiling * root * widen:
        if ceiling == 0.0:
            return 0.0, 0.0
        return a / ceiling * a + root * root * (ceiling - floor), 0.0
    return 2.0 * a * root, root * root * floor


@compiled
def room_above(high: float, low: float, width: float, limit: float) -> float:
    """An upper bound on ``limit − (high + low ± width)``, at least 0."""
    room, error = two_sum(limit, -high)
    room += error - low
    return max(0.0, room + width + 8.0 * UNIT * (abs(room) + abs(error) + abs(low)))

"""What probabilities cost, and the terms of the bound that none can undercut."""

from __future__ import annotations

import math

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import RUN, UNIT, exact_over, two_sum
from roundlot.theory.arrays import FloatArray

# Scores in their unit, and probabilities, above which no product of a term loses digits.
LEAST = 2.0**-250


@compiled
def moment_sum(scores: FloatArray, probabilities: FloatArray, scale: float) -> float:
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
def free_terms(scores: FloatArray, roots: FloatArray, scale: float) -> float:
    """``Σ 2 a ρ_v``: an entry's least ``a²/p + ρ² p`` over all ``p > 0`` is ``2 a ρ``."""
    high, low = 0.0, 0.0
    for v in range(scores.shape[0]):
        for start in range(0, scores.shape[1], RUN):
            part = 0.0
            for s in range(start, min(start + RUN, scores.shape[1])):
                part += scores[v, s] * scale
            high, error = two_sum(high, 2.0 * roots[v] * part)
            low += error
    return high + low


@compiled
def box_terms(
    scores: FloatArray, scale: float, floor: FloatArray, ceiling: FloatArray, roots: FloatArray
) -> tuple[float, float]:
    """``(plus, minus)``: sums of the terms of ``min a²/p + ρ² (p − l)`` over ``[l, u]``.

    ``roots`` are ``(V, S)``, or ``(V, 1)`` where the entries of a row have one.
    """
    up, up_low, down, down_low = 0.0, 0.0, 0.0, 0.0
    several = roots.shape[1] > 1
    for v in range(scores.shape[0]):
        for start in range(0, scores.shape[1], RUN):
            plus, minus = 0.0, 0.0
            for s in range(start, min(start + RUN, scores.shape[1])):
                root = roots[v, s if several else 0]
                gain, loss = entry_terms(scores[v, s] * scale, floor[v, s], ceiling[v, s], root)
                plus += gain
                minus += loss
            up, error = two_sum(up, plus)
            up_low += error
            down, error = two_sum(down, minus)
            down_low += error
    return up + up_low, down + down_low


@compiled(inline=True)
def entry_terms(a: float, floor: float, ceiling: float, root: float) -> tuple[float, float]:
    """``(plus, minus)`` with ``plus − minus <= min over [l, u] of a²/p + ρ² (p − l)``.

    At a bound where the unclipped minimum is surely beyond it, ``2 a ρ − ρ² l`` elsewhere, which
    never exceeds the truth.
    """
    widen = 1.0 + 4.0 * UNIT
    if a * widen < floor * root:
        return a / floor * a, 0.0
    if a > ceiling * root * widen:
        if ceiling == 0.0:
            return 0.0, 0.0
        return a / ceiling * a + root * root * (ceiling - floor), 0.0
    return 2.0 * a * root, root * root * floor


@compiled
def distance_terms(
    scores: FloatArray,
    scale: float,
    floor: FloatArray,
    ceiling: FloatArray,
    p: FloatArray,
    kappa: FloatArray,
    width: FloatArray,
    doubt: float,
) -> float:
    """At least ``Σ a²/p + κ p − min_{l <= q <= u} (a²/q + κ q)``, of terms that are all ``>= 0``.

    ``κ``, of any sign, is ``(V, S)``, or ``(V, 1)`` where the entries of a row pay the same. It is
    within ``width`` of the truth, and squares of scores within the relative ``doubt``.
    """
    high, low = 0.0, 0.0
    several = kappa.shape[1] > 1
    for v in range(scores.shape[0]):
        for s in range(scores.shape[1]):
            term = _distance_term(
                scores[v, s] * scale,
                floor[v, s],
                ceiling[v, s],
                p[v, s],
                kappa[v, s if several else 0],
                width[v, s if several else 0],
                doubt,
            )
            high, error = two_sum(high, term)
            low += error
    return (high + low) * (1.0 + 16.0 * UNIT) if low == low else high


@compiled(inline=True)
def _distance_term(
    a: float, floor: float, ceiling: float, p: float, kappa: float, width: float, doubt: float
) -> float:
    """One term, rounded up: no difference of large numbers is taken where it is small.

    Where the minimum is inside, ``(a − √κ p)² / p``, which is above the term everywhere; at a bound
    ``b`` on the other side of it from ``p``, ``(p − b) (κ − a² / (p b))``.
    """
    wide = 1.0 + doubt
    least, most = kappa - width, kappa + width
    if a == 0.0:
        return max(max(most, 0.0) * (p - floor), max(-least, 0.0) * (ceiling - p))
    if p == 0.0:
        return math.inf
    if a < LEAST or p < LEAST:  # products may have lost digits below the normal range
        whole = a / p * a * wide + max(most, 0.0) * (p - floor) + LEAST * LEAST
        return whole + max(-least, 0.0) * (ceiling - p)
    if a * a * wide <= least * floor * floor:
        return (p - floor) * max(0.0, most - a / p * (a / floor) / wide)
    if a * a >= most * wide * ceiling * ceiling:
        return (ceiling - p) * max(0.0, a / p * (a / ceiling) * wide - least)
    low, high = math.sqrt(max(least, 0.0)) * p, math.sqrt(max(most, 0.0)) * p
    apart = max(abs(a - low), abs(a - high)) + doubt * (a + high)
    # Where the price may be below 0 the minimum may be at the ceiling after all.
    return apart / p * apart + max(-least, 0.0) * (ceiling - p)


@compiled
def variance_below(scores: FloatArray, probabilities: FloatArray, scale: float) -> float:
    """At most ``Σ (scale a)² (1 − p) / p`` over flat arrays, up to some ``20 u`` of itself."""
    high, low = 0.0, 0.0
    for start in range(0, scores.size, RUN):
        part = 0.0
        for i in range(start, min(start + RUN, scores.size)):
            a, p = scores[i] * scale, probabilities[i]
            if a > 0.0:
                part += a / p * a * (1.0 - p) if p > 0.0 else math.inf
        high, error = two_sum(high, part)
        low += error
    return (high + low) * (1.0 - 64.0 * UNIT) if low == low else high


@compiled
def row_rooms(table: FloatArray, caps: FloatArray, out: FloatArray) -> None:
    """Writes what every row of ``table`` leaves of its cap, to ``4 u`` of that; below 0 if over.

    A plain sum does where it is a small part of the cap.
    """
    small = 2.0 / max(table.shape[1], 4)
    for v in range(table.shape[0]):
        total = 0.0
        for s in range(table.shape[1]):
            total += table[v, s]
        if total <= small * caps[v]:
            out[v] = caps[v] - total
            continue
        high, low, size = 0.0, 0.0, 0.0
        for s in range(table.shape[1]):
            high, error = two_sum(high, table[v, s])
            low += error
            size += abs(error)
        room, error = two_sum(caps[v], -high)
        rest = error - low
        out[v] = room + rest
        doubt = UNIT * (2.0 * table.shape[1] * size + abs(rest))
        if size > 0.0 and doubt > UNIT * abs(out[v]):
            out[v] = -exact_over(table[v], caps[v])

"""Compiled loops of the base program: a cap per processor and a budget.

``caps`` has one value for every row, or a single one that all rows share.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import (
    RUN,
    UNIT,
    ScoreArray,
    excess,
    faithful_sum,
    row_sums,
    two_sum,
)
from roundlot.theory.arrays import BoolArray, FloatArray

# Terms of a plain sum, which vectorises; such sums are added error-free.
BLOCK = 512
EXTRACT = 4096


@compiled(sums="any order")
def _block_piece(
    sums: FloatArray, caps: FloatArray, level: float, start: int, stop: int
) -> tuple[float, float]:
    held, free = 0.0, 0.0
    if caps.size == 1:
        limit, count = caps[0] * level, 0
        for v in range(start, stop):
            at_cap = sums[v] >= limit
            count += 1 if at_cap else 0
            free += 0.0 if at_cap else sums[v]
        return float(count * caps[0]), free
    for v in range(start, stop):
        at_cap = sums[v] >= caps[v] * level
        held += caps[v] if at_cap else 0.0
        free += 0.0 if at_cap else sums[v]
    return held, free


@compiled
def base_piece(
    sums: FloatArray, caps: FloatArray, level: float, budget: float
) -> tuple[float, float]:
    """``(budget − Σ_capped c, Σ_free M)`` at a level, one pass over the rows, sums afresh."""
    held, held_low, free, free_low = 0.0, 0.0, 0.0, 0.0
    for start in range(0, sums.size, BLOCK):
        part, rest = _block_piece(sums, caps, level, start, min(start + BLOCK, sums.size))
        held, error = two_sum(held, part)
        held_low += error
        free, error = two_sum(free, rest)
        free_low += error
    left, error = two_sum(budget, -held)
    return left + (error - held_low), free + free_low


@compiled
def shared_faithful_piece(
    sums: FloatArray, limit: float
) -> tuple[int, float, float, float, float, float]:
    """``(rows at or above the limit, h, e, w, greatest below, least above)``, rows at a shared cap.

    The others sum to ``h + e`` within ``w``. In a block every sum is split at one power of two, so
    that its upper parts add without rounding (Rump, Ogita, Oishi 2008); four lanes hide latency.
    """
    high, low, width, count = 0.0, 0.0, 0.0, 0
    below, above = 0.0, np.inf
    split = 2.0 * EXTRACT * 2.0 ** np.ceil(np.log2(limit))
    for start in range(0, sums.size, EXTRACT):
        stop = min(start + EXTRACT, sums.size)
        whole = start + (stop - start) // 4 * 4
        h0 = h1 = h2 = h3 = l0 = l1 = l2 = l3 = t0 = t1 = t2 = t3 = 0.0
        b0 = b1 = b2 = b3 = np.inf
        for v in range(start, whole, 4):
            a, b, c, d = sums[v], sums[v + 1], sums[v + 2], sums[v + 3]
            count += (a >= limit) + (b >= limit) + (c >= limit) + (d >= limit)
            x, y = (a if a < limit else 0.0), (b if b < limit else 0.0)
            z, w = (c if c < limit else 0.0), (d if d < limit else 0.0)
            a, b = (a if a >= limit else np.inf), (b if b >= limit else np.inf)
            c, d = (c if c >= limit else np.inf), (d if d >= limit else np.inf)
            t0, t1 = (x if x > t0 else t0), (y if y > t1 else t1)
            t2, t3 = (z if z > t2 else t2), (w if w > t3 else t3)
            b0, b1 = (a if a < b0 else b0), (b if b < b1 else b1)
            b2, b3 = (c if c < b2 else b2), (d if d < b3 else b3)
            p, q = (split + x) - split, (split + y) - split
            r, s = (split + z) - split, (split + w) - split
            h0, h1, h2, h3 = h0 + p, h1 + q, h2 + r, h3 + s
            l0, l1, l2, l3 = l0 + (x - p), l1 + (y - q), l2 + (z - r), l3 + (w - s)
        for v in range(whole, stop):
            if sums[v] >= limit:
                count += 1
                b0 = min(b0, sums[v])
            else:
                p = (split + sums[v]) - split
                h0 += p
                l0 += sums[v] - p
                t0 = max(t0, sums[v])
        below = max(below, max(max(t0, t1), max(t2, t3)))
        above = min(above, min(min(b0, b1), min(b2, b3)))
        high, error = two_sum(high, (h0 + h1) + (h2 + h3))
        low += error + ((l0 + l1) + (l2 + l3))
        width += abs(error)
    # A lower part is at most u split, so what a block's add up to is off by at most (n u)² split.
    blocks, part = sums.size / EXTRACT + 1.0, EXTRACT * UNIT * split
    width = 4.0 * UNIT * blocks * (width + blocks * part) + 2.0 * EXTRACT * UNIT * part * blocks
    return count, high, low, width, below, above


@compiled
def faithful_piece(
    sums: FloatArray, caps: FloatArray, level: float
) -> tuple[tuple[float, float, float], tuple[float, float, float], float, float]:
    """``(Σ_capped c, Σ_free M, low, high)`` at a level, sums as ``(h, e, w)``.

    They are within ``w`` of ``h + e``, as in :func:`faithful_sum`. Between ``low`` and ``high``,
    each a quotient ``M / c``, the same rows are at their caps, but for the quotients' rounding.
    """
    held, held_low, held_size = 0.0, 0.0, 0.0
    free, free_low, free_size = 0.0, 0.0, 0.0
    low, high = 0.0, np.inf
    for v in range(sums.size):
        if sums[v] >= caps[v] * level:
            high = min(high, sums[v] / caps[v])
            held, error = two_sum(held, caps[v])
            held_low += error
            held_size += abs(error)
        else:
            low = max(low, sums[v] / caps[v])
            free, error = two_sum(free, sums[v])
            free_low += error
            free_size += abs(error)
    wide = 2.0 * UNIT * sums.size
    return (held, held_low, wide * held_size), (free, free_low, wide * free_size), low, high


@compiled(sums="any order")
def _block_usable(sums: FloatArray, caps: FloatArray, start: int, stop: int) -> float:
    if caps.size == 1:
        count = 0
        for v in range(start, stop):
            count += 1 if sums[v] > 0.0 else 0
        return float(count * caps[0])
    total = 0.0
    for v in range(start, stop):
        total += caps[v] if sums[v] > 0.0 else 0.0
    return total


@compiled
def summed(
    scores: ScoreArray, caps: FloatArray, level: float, sums: FloatArray
) -> tuple[float, float, float, float]:
    """Writes the sums of the rows; ``(the largest, Σ_{M > 0} c, Σ_capped c, Σ_free M)`` at a level.

    One pass over the scores: the rest is done block by block on what is in the cache.
    """
    top, wanted, held, free = 0.0, 0.0, 0.0, 0.0
    wanted_low, held_low, free_low = 0.0, 0.0, 0.0
    for start in range(0, sums.size, BLOCK):
        stop = min(start + BLOCK, sums.size)
        most = row_sums(scores[start:stop], sums[start:stop])
        if not most <= top:
            top = most
        wanted, error = two_sum(wanted, _block_usable(sums, caps, start, stop))
        wanted_low += error
        part, rest = _block_piece(sums, caps, level, start, stop)
        held, error = two_sum(held, part)
        held_low += error
        free, error = two_sum(free, rest)
        free_low += error
    return top, wanted + wanted_low, held + held_low, free + free_low


@compiled
def row_roots(sums: FloatArray, caps: FloatArray, level: float, out: FloatArray) -> None:
    """Writes ``max(r, M_v / c_v)``, the divisors that turn scores into probabilities."""
    for v in range(sums.size):
        cap = caps[0] if caps.size == 1 else caps[v]
        out[v] = sums[v] / cap if sums[v] >= cap * level else level


@compiled
def write_neatly(
    scores: FloatArray,
    sums: FloatArray,
    caps: FloatArray,
    level: float,
    least: float,
    out: FloatArray,
    capped: BoolArray,
) -> None:
    """Writes ``min(c, M / r) a / M`` to the last ulp, for small tables; marks rows at their caps.

    Rows sum to at most ``c`` exactly, the total may be ulps above the budget. What is positive
    is at least ``least``.
    """
    width = scores.shape[1]
    scale = 1.0 / level if level > 0.0 else 0.0
    near = 1.0 - 4.0 * UNIT * (width + 4)
    for v in range(scores.shape[0]):
        total, cap = sums[v], caps[0] if caps.size == 1 else caps[v]
        capped[v] = total > 0.0 and total >= cap * level
        for s in range(width):
            a = scores[v, s]
            p = cap * (a / total) if capped[v] else a * scale
            out[v, s] = max(p, least) if a > 0.0 else 0.0
        if capped[v] or total * scale > cap * near:
            fit_row(out[v], cap)


@compiled
def write_surely(
    scores: ScoreArray,
    sums: FloatArray,
    caps: FloatArray,
    level: float,
    least: float,
    out: FloatArray,
) -> None:
    """Writes ``min(c, M / r) a / M``, smaller by so few ulps that no sum has to be checked.

    A row's float sum is within ``(min(S, RUN) + 1) u`` of the truth, a product within ``u`` and a
    scale within ``2u``: with ``shrink = (min(S, RUN) + 8) u`` a row at its cap sums to at most
    ``c (1 − 2u)``, the others together to at most ``(1 − 2u) Σ_free M / r``, which is within the
    budget at a settled level. What is positive is at least ``least``, of which a row's and the
    table's number must fit into these ``2u``. Each row depends on itself and the level only.
    """
    width = scores.shape[1]
    keep = 1.0 - (min(width, RUN) + 8) * UNIT
    scale = keep / level if level > 0.0 else 0.0
    for v in range(scores.shape[0]):
        total, cap = sums[v], caps[0] if caps.size == 1 else caps[v]
        if total > 0.0 and total >= cap * level:
            _write_capped(scores, v, total, cap, keep, least, out)
        else:
            for s in range(width):
                p = scores[v, s] * scale
                out[v, s] = p if p >= least else (least if scores[v, s] > 0.0 else 0.0)


@compiled
def _write_capped(
    scores: ScoreArray,
    v: int,
    total: float,
    cap: float,
    keep: float,
    least: float,
    out: FloatArray,
) -> None:
    if scores.shape[1] == 1:
        out[v, 0] = cap
        return
    unit = 2.0**-100 if total > 1.0 else 2.0**100
    factor = cap * keep / (total * unit)
    for s in range(scores.shape[1]):
        p = (scores[v, s] * unit) * factor
        out[v, s] = p if p >= least else (least if scores[v, s] > 0.0 else 0.0)


@compiled
def fit_row(row: FloatArray, cap: float) -> None:
    """Lowers the largest entry until the exact sum of the row is at most ``cap``."""
    while True:
        high, low, width = faithful_sum(row)
        over = excess(high, low, width, cap)
        if over <= 0.0:
            return
        top = row.argmax()
        row[top] = max(0.0, min(np.nextafter(row[top], 0.0), row[top] - over))

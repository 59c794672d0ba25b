"""Compiled loops of the base program: a cap per processor and a budget.

``caps`` has one value for every row, or a single one that all rows share.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.blocks import plain_sum
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.fetching import STEP, fetch_ahead, fetch_ahead_to_write
from roundlot.solvers.kernels.sums import (
    INFINITE,
    RUN,
    UNIT,
    ScoreArray,
    bit_range,
    excess,
    faithful_sum,
    float_of,
    two_sum,
    value_of,
    write_row_sums,
)
from roundlot.theory.arrays import BoolArray, FloatArray

# Terms of a plain sum, which vectorises; such sums are added error-free.
BLOCK = 512
EXTRACT = 4096
FEW = 64  # rows: in most such blocks none is at its cap where few are in all


@compiled(sums="any order")
def _block_piece(sums: FloatArray, caps: FloatArray, level: float) -> tuple[float, float]:
    held, free = 0.0, 0.0
    if caps.size == 1:
        limit, count = caps[0] * level, 0
        for v in range(sums.size):
            at_cap = sums[v] >= limit
            count += 1 if at_cap else 0
            free += 0.0 if at_cap else sums[v]
        return float(count * caps[0]), free
    for v in range(sums.size):
        at_cap = sums[v] >= caps[v] * level
        held += caps[v] if at_cap else 0.0
        free += 0.0 if at_cap else sums[v]
    return held, free


@compiled(inline=True)
def _some(caps: FloatArray, start: int, stop: int) -> FloatArray:
    """The caps of some rows, or the one that all share."""
    return caps if caps.size == 1 else caps[start:stop]


@compiled
def base_piece(
    sums: FloatArray, caps: FloatArray, level: float, budget: float
) -> tuple[float, float]:
    """``(budget − Σ_capped c, Σ_free M)`` at a level, one pass over the rows, sums afresh."""
    held, held_low, free, free_low = 0.0, 0.0, 0.0, 0.0
    for start in range(0, sums.size, BLOCK):
        stop = min(start + BLOCK, sums.size)
        fetch_ahead(sums, start, stop)
        part, rest = _block_piece(sums[start:stop], _some(caps, start, stop), level)
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

    The others sum to ``h + e`` within ``w``. In ``EXTRACT`` sums each is split at one power of two,
    so that their upper parts add without rounding (Rump, Ogita, Oishi 2008), in any order.
    """
    high, low, width, count = 0.0, 0.0, 0.0, 0
    below, above = 0, INFINITE
    split = 2.0 * EXTRACT * 2.0 ** np.ceil(np.log2(limit))
    upper, lower = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, sums.size, EXTRACT):
        top, rest = 0.0, 0.0
        for start in range(first, min(first + EXTRACT, sums.size), BLOCK):
            some = sums[start : min(start + BLOCK, sums.size)]
            fetch_ahead(sums, start, start + some.size)
            _split_free(some, limit, split, upper, lower)
            at_cap, most, least = _sides(some, limit)
            count, below, above = count + at_cap, max(below, most), min(above, least)
            top += plain_sum(upper[: some.size])
            rest += plain_sum(lower[: some.size])
        high, error = two_sum(high, top)
        low += error + rest
        width += abs(error)
    # A lower part is at most u split, so what a block's add up to is off by at most (n u)² split.
    blocks, part = sums.size / EXTRACT + 1.0, EXTRACT * UNIT * split
    width = 4.0 * UNIT * blocks * (width + blocks * part) + 2.0 * EXTRACT * UNIT * part * blocks
    lowest_capped = np.inf if above == INFINITE else float_of(above)
    return count, high, low, width, float_of(below), lowest_capped


@compiled
def _split_free(
    sums: FloatArray, limit: float, split: float, upper: FloatArray, lower: FloatArray
) -> None:
    """Writes two parts of what is below the limit, and 0 for what is not."""
    for v in range(sums.size):
        free = sums[v] if sums[v] < limit else 0.0
        upper[v] = (split + free) - split
        lower[v] = free - upper[v]


@compiled
def _sides(sums: FloatArray, limit: float) -> tuple[int, int, int]:
    """How many are at or above the limit; bits of the greatest below and of the least above."""
    bits, count, below, above = sums.view(np.int64), 0, 0, INFINITE
    for v in range(sums.size):
        at_cap = sums[v] >= limit
        count += 1 if at_cap else 0
        below = max(below, 0 if at_cap else bits[v])
        above = min(above, bits[v] if at_cap else INFINITE)
    return count, below, above


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
def _block_usable(sums: FloatArray, caps: FloatArray) -> float:
    if caps.size == 1:
        count = 0
        for v in range(sums.size):
            count += 1 if sums[v] > 0.0 else 0
        return float(count * caps[0])
    total = 0.0
    for v in range(sums.size):
        total += caps[v] if sums[v] > 0.0 else 0.0
    return total


@compiled
def summed(
    scores: ScoreArray, caps: FloatArray, level: float, sums: FloatArray
) -> tuple[float, float, float, float]:
    """Writes the sums of the rows; ``(the largest, Σ_{M > 0} c, Σ_capped c, Σ_free M)`` at a level.

    One pass over the scores: the rest is done block by block on what is in the cache.
    """
    low, high, wanted, held, free = 0, 0, 0.0, 0.0, 0.0
    wanted_low, held_low, free_low = 0.0, 0.0, 0.0
    for start in range(0, sums.size, BLOCK):
        stop = min(start + BLOCK, sums.size)
        some, limits = sums[start:stop], _some(caps, start, stop)
        write_row_sums(scores[start:stop], some)
        least, most = bit_range(some)
        low, high = min(low, least), max(high, most)
        wanted, error = two_sum(wanted, _block_usable(some, limits))
        wanted_low += error
        part, rest = _block_piece(some, limits, level)
        held, error = two_sum(held, part)
        held_low += error
        free, error = two_sum(free, rest)
        free_low += error
    return value_of(low, high), wanted + wanted_low, held + held_low, free + free_low


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
    width, flat, written = scores.shape[1], scores.reshape(-1), out.reshape(-1)
    keep = 1.0 - (min(width, RUN) + 8) * UNIT
    scale = keep / level if level > 0.0 else 0.0
    for start in range(0, sums.size, FEW):
        stop = min(start + FEW, sums.size)
        fetch_ahead(sums, start, stop)
        _scale(flat[start * width : stop * width], scale, least, written[start * width :])
        if caps.size == 1:
            capped = _any_at_least(sums[start:stop], caps[0] * level)
        else:
            capped = _any_at_cap(sums[start:stop], caps[start:stop], level)
        if capped:
            for v in range(start, stop):
                cap = caps[0] if caps.size == 1 else caps[v]
                if sums[v] > 0.0 and sums[v] >= cap * level:
                    _write_capped(scores, v, sums[v], cap, keep, least, out)


@compiled
def _any_at_least(sums: FloatArray, limit: float) -> bool:
    count = 0
    for v in range(sums.size):
        count += 1 if sums[v] >= limit else 0
    return count > 0


@compiled
def _any_at_cap(sums: FloatArray, caps: FloatArray, level: float) -> bool:
    count = 0
    for v in range(sums.size):
        count += 1 if sums[v] >= caps[v] * level else 0
    return count > 0


@compiled
def _scale(scores: ScoreArray, scale: float, least: float, out: FloatArray) -> None:
    """Writes ``a / r`` of flat arrays, as if no row were at its cap."""
    for start in range(0, scores.size, STEP):
        stop = min(start + STEP, scores.size)
        fetch_ahead(scores, start, stop)
        fetch_ahead_to_write(out, start, stop)
        _scale_step(scores[start:stop], scale, least, out[start:stop])


@compiled
def _scale_step(scores: ScoreArray, scale: float, least: float, out: FloatArray) -> None:
    for i in range(scores.size):
        p = scores[i] * scale
        out[i] = p if p >= least else (least if scores[i] > 0.0 else 0.0)


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

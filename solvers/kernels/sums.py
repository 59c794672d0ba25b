"""Compiled sums: blocked and compensated for speed, error-free for proofs.

A sum of ``n`` non-negative numbers taken in any order is within ``(n − 1) u`` of the truth,
``u = 2**-53``; blocks of ``BLOCK`` keep that small, and the blocks are added error-free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray

# float64 or float32
ScoreArray = npt.NDArray[Any]

UNIT = 2.0**-53
BLOCK = 512
RUN = 32


@compiled(inline=True)
def two_sum(x: float, y: float) -> tuple[float, float]:
    """``(s, e)`` with ``s = fl(x + y)`` and ``s + e = x + y`` exactly. Source: Knuth (1969)."""
    total = x + y
    shadow = total - x
    return total, (x - (total - shadow)) + (y - shadow)


@compiled(sums="any order")
def _short_sum(values: FloatArray, start: int, stop: int) -> float:
    total = 0.0
    for i in range(start, stop):
        total += values[i]
    return total


@compiled
def blocked_sum(values: FloatArray) -> float:
    """The sum of a flat array, blocks added with compensation."""
    high, low = 0.0, 0.0
    for start in range(0, values.size, BLOCK):
        part = _short_sum(values, start, min(start + BLOCK, values.size))
        high, error = two_sum(high, part)
        low += error
    return high + low


@compiled
def row_sums(table: ScoreArray, out: FloatArray) -> float:
    """Writes the sum of every row, in float64, to ``out`` and returns the largest.

    That is NaN if a sum is not a finite number ``>= 0``. Entries are added in order in runs of
    ``RUN`` and the runs error-free, so that a sum is within ``(min(S, RUN) + 1) u`` of the truth
    and depends on nothing but its row.
    """
    top, poison = 0.0, 0.0
    width = table.shape[1]
    for v in range(table.shape[0]):
        total = 0.0
        if width <= RUN:
            for s in range(width):
                total += table[v, s]
        else:
            low = 0.0
            for start in range(0, width, RUN):
                part = 0.0
                for s in range(start, min(start + RUN, width)):
                    part += table[v, s]
                total, error = two_sum(total, part)
                low += error
            if total < np.inf:
                total += low
        out[v] = total
        top = max(top, total)
        poison += total - total if total >= 0.0 else np.nan
    return top + poison


@compiled
def faithful_sum(values: FloatArray) -> tuple[float, float, float]:
    """``(h, e, w)`` with ``|Σ values − h − e| <= w``, for a flat array of values ``>= 0``.

    Cascaded error-free additions (Ogita, Rump, Oishi 2005): ``w`` is of the order of
    ``(n u)² Σ``, and 0 when no addition rounded.
    """
    high, low, size = 0.0, 0.0, 0.0
    for i in range(values.size):
        high, error = two_sum(high, values[i])
        low += error
        size += abs(error)
    return high, low, 2.0 * UNIT * values.size * size


@compiled
def wide_faithful_sum(values: FloatArray) -> tuple[float, float, float]:
    """As :func:`faithful_sum`, four interleaved lanes for long arrays."""
    a = b = c = d = 0.0
    low = size = 0.0
    whole = values.size - values.size % 4
    for i in range(0, whole, 4):
        a, e = two_sum(a, values[i])
        b, f = two_sum(b, values[i + 1])
        c, g = two_sum(c, values[i + 2])
        d, h = two_sum(d, values[i + 3])
        low += (e + f) + (g + h)
        size += (abs(e) + abs(f)) + (abs(g) + abs(h))
    for i in range(whole, values.size):
        a, e = two_sum(a, values[i])
        low += e
        size += abs(e)
    a, e = two_sum(a, b)
    c, f = two_sum(c, d)
    a, g = two_sum(a, c)
    low += e + f + g
    size += abs(e) + abs(f) + abs(g)
    return a, low, 2.0 * UNIT * (values.size + 8) * size


@compiled(inline=True)
def excess(high: float, low: float, width: float, limit: float) -> float:
    """An upper bound on ``high + low ± width − limit``; ``<= 0`` proves the sum is within it.

    The width is doubled by its callers' constants, which covers the roundings made here.
    """
    over, error = two_sum(high, -limit)
    rest = low + error
    if width > 0.0 or low != 0.0:
        rest += width + 4.0 * UNIT * (abs(low) + abs(error))
    return over + rest

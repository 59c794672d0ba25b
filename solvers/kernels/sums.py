"""Sums of floats: in short runs for speed, error-free for proofs, exact for decisions.

A sum of ``n`` non-negative numbers taken in any order is within ``(n − 1) u`` of the truth,
``u = 2**-53``; runs of ``RUN`` keep that small, and the runs are added error-free. Exact
sums are whole numbers of ``2**-1074``, the same in any order and any batches: the 53 bits of a
float64 are added to three of ``DIGITS`` signed digits of 32 bits, held in 64, so that carries wait.

Source: Kulisch's long accumulator; Neal (2015), "Fast exact summation using small and large
superaccumulators".
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.eight_rows import ROWS, add_eight_rows
from roundlot.solvers.kernels.fetching import STEP, fetch_ahead
from roundlot.theory.arrays import FloatArray, IntArray, read_only_view

# float64 or float32
ScoreArray = npt.NDArray[Any]

UNIT = 2.0**-53
RUN = 32
INFINITE = 0x7FF0_0000_0000_0000  # the bits of infinity
# Digits of 32 bits that hold any sum of up to 2**63 float64 values.
DIGITS = 68
# More than the floats of 53 bits that fit side by side between the smallest and the largest.
PARTS = 48
# Numbers that are added to sums of their own at the same time.
LANES = 128
# So many that vectors of processors hold at once: one sum each, and three.
REGISTERS, WIDE = 16, 32
# From so many numbers on digits are faster than expansions.
MANY = 1 << 10
# Products above it are split into two floats without loss.
SURELY_SPLIT = 2.0**-900
# Splits a float64 into two halves whose products are exact (Dekker): 2**27 + 1.
SPLIT = 134217729.0


@compiled
def two_sum(x: float, y: float) -> tuple[float, float]:
    """``(s, e)`` with ``s = fl(x + y)`` and ``s + e = x + y`` exactly. Source: Knuth (1969)."""
    total = x + y
    shadow = total - x
    return total, (x - (total - shadow)) + (y - shadow)


@compiled
def row_sums(table: ScoreArray, out: FloatArray) -> float:
    """Writes the sum of every row, in float64, to ``out`` and returns the largest.

    That is NaN if a sum is not a finite number ``>= 0``. Entries are added in order in runs of
    ``RUN`` and the runs error-free, so that a sum is within ``(min(S, RUN) + 1) u`` of the truth
    and depends on nothing but its row.
    """
    write_row_sums(table, out)
    low, high = bit_range(out)
    return value_of(low, high)


@compiled
def write_row_sums(table: ScoreArray, out: FloatArray) -> None:
    """Writes the sum of every row, eight rows at a time."""
    width, flat = table.shape[1], table.reshape(-1)
    whole = out.size // ROWS * ROWS
    if width > RUN:
        _write_wide_sums(flat, width, out[:whole])
    else:
        step = max(1, STEP // (ROWS * width)) * ROWS
        for start in range(0, whole, step):
            stop = min(start + step, whole)
            fetch_ahead(flat, start * width, stop * width)
            for v in range(start, stop, ROWS):
                add_eight_rows(flat, v * width, width, width, out, v)
    for v in range(whole, out.size):
        out[v] = _row_sum(table[v])


@compiled
def _write_wide_sums(flat: ScoreArray, width: int, out: FloatArray) -> None:
    """The same of eight rows at a time in runs."""
    part, low = np.empty(ROWS), np.empty(ROWS)
    for start in range(0, out.size, ROWS):
        fetch_ahead(flat, start * width, (start + ROWS) * width)
        total = out[start : start + ROWS]
        for v in range(ROWS):
            total[v] = low[v] = 0.0
        for s in range(0, width, RUN):
            add_eight_rows(flat, start * width + s, width, min(RUN, width - s), part, 0)
            for v in range(ROWS):
                total[v], error = two_sum(total[v], part[v])
                low[v] += error
        for v in range(ROWS):
            total[v] += low[v] if total[v] < np.inf else 0.0


@compiled
def _row_sum(row: ScoreArray) -> float:
    total, low = 0.0, 0.0
    for start in range(0, row.size, RUN):
        part = 0.0
        for s in range(start, min(start + RUN, row.size)):
            part += row[s]
        total, error = two_sum(total, part)
        low += error
    return total + low if total < np.inf else total


@compiled
def bit_range(values: FloatArray) -> tuple[int, int]:
    """Bits, as whole numbers, of the least value and of the largest one, or those of 0.

    Those of floats ``>= 0`` have the same order as they; of others and of NaN they are below 0 or
    above those of infinity. Whole numbers are compared several at a time.
    """
    bits, low, high = values.view(np.int64), 0, 0
    for i in range(bits.size):
        low, high = min(low, bits[i]), max(high, bits[i])
    return low, high


@compiled
def value_of(low: int, high: int) -> float:
    """The largest value of :func:`bit_range`; NaN if one is not a finite number ``>= 0``."""
    return np.nan if low < 0 or high >= INFINITE else float_of(high)


@compiled
def float_of(bits: int) -> float:
    """The number with these bits."""
    number = np.empty(1)
    number.view(np.int64)[0] = bits
    return float(number[0])


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
    """As :func:`faithful_sum`, in lanes, which vectorise: for long arrays."""
    sums, lost, sizes = np.zeros(WIDE), np.zeros(WIDE), np.zeros(WIDE)
    whole = values.size // WIDE * WIDE
    for start in range(0, whole, WIDE):
        for i in range(WIDE):
            sums[i], error = two_sum(sums[i], values[start + i])
            lost[i] += error
            sizes[i] += abs(error)
    high, low, size = 0.0, 0.0, 0.0
    for i in range(WIDE if whole else 0):
        high, error = two_sum(high, sums[i])
        low += error + lost[i]
        size += abs(error) + sizes[i]
    for i in range(whole, values.size):
        high, error = two_sum(high, values[i])
        low += error
        size += abs(error)
    return high, low, 2.0 * UNIT * (values.size + WIDE) * size


@compiled
def excess(high: float, low: float, width: float, limit: float) -> float:
    """An upper bound on ``high + low ± width − limit``; ``<= 0`` proves the sum is within it.

    The width is doubled by its callers' constants, which covers the roundings made here.
    """
    over, error = two_sum(high, -limit)
    rest = low + error
    if width > 0.0 or low != 0.0:
        rest += width + 4.0 * UNIT * (abs(low) + abs(error))
    return over + rest


@compiled
def exact_over(values: FloatArray, limit: float) -> float:
    """``Σ values − limit`` of a flat array of finite numbers, its sign exact; 0 only if equal.

    By an expansion: floats of which each is below the last bit of the next, and which sum to what
    was added exactly. Source: Shewchuk, Adaptive precision floating-point arithmetic (1997).
    """
    parts = np.empty(PARTS)
    parts[0] = -limit
    count = 1
    for i in range(values.size):
        count = _grown(parts, count, values[i])
    return _downward(parts, count)


@compiled
def exact_weighted_over(
    weights: FloatArray, values: FloatArray, limit: float
) -> tuple[float, bool]:
    """As :func:`exact_over` of ``Σ w x − limit``; and whether a product was too small for it."""
    parts = np.empty(PARTS)
    parts[0] = -limit
    count, small = 1, False
    for i in range(values.size):
        if weights[i] != 0.0 and values[i] != 0.0:
            product, rest = two_product(weights[i], values[i])
            small |= product < SURELY_SPLIT
            count = _grown(parts, _grown(parts, count, rest), product)
    return _downward(parts, count), small


@compiled
def _grown(parts: FloatArray, count: int, value: float) -> int:
    """Adds a number to the first ``count`` parts of an expansion; how many it has then."""
    kept = 0
    for i in range(count):
        value, error = two_sum(value, parts[i])
        if error != 0.0:
            parts[kept] = error
            kept += 1
    parts[kept] = value
    return kept + 1


@compiled
def _downward(parts: FloatArray, count: int) -> float:
    total = 0.0
    for i in range(count - 1, -1, -1):
        total += parts[i]
    return total


@compiled
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
def sum_by_label(table: FloatArray, label: IntArray, high: FloatArray, low: FloatArray) -> None:
    """Adds rows to the sums of their labels, error-free up to second order; ``low (G, 2)``."""
    v = 0
    while v < label.size:
        g = label[v]
        total, lost, size = high[g], low[g, 0], low[g, 1]
        while v < label.size and label[v] == g:
            for s in range(table.shape[1]):
                total, error = two_sum(total, table[v, s])
                lost += error
                size += abs(error)
            v += 1
        high[g], low[g, 0], low[g, 1] = total, lost, size


@compiled
def sum_by_model(table: FloatArray, high: FloatArray, low: FloatArray) -> None:
    """As :func:`sum_by_label`, for the columns.

    Several rows at a time are added to sums of their own, which vectorises.
    """
    width = table.shape[1]
    rows = max(1, LANES // width)
    size = rows * width
    flat = table.reshape(-1)
    whole = table.shape[0] // rows * size
    sums, lost, sizes = np.zeros(size), np.zeros(size), np.zeros(size)
    for start in range(0, whole, size):
        for i in range(size):
            sums[i], error = two_sum(sums[i], flat[start + i])
            lost[i] += error
            sizes[i] += abs(error)
    for i in range(size):
        _add_faithfully(i % width, sums[i], lost[i], sizes[i], high, low)
    for i in range(whole, flat.size):
        _add_faithfully(i % width, flat[i], 0.0, 0.0, high, low)


@compiled
def _add_faithfully(
    s: int, value: float, lost: float, size: float, high: FloatArray, low: FloatArray
) -> None:
    high[s], error = two_sum(high[s], value)
    low[s, 0] += error + lost
    low[s, 1] += abs(error) + size


@compiled
def weighted_sum(costs: FloatArray, table: FloatArray) -> tuple[float, float, float]:
    """``(h, e, w)`` with ``|Σ c p − h − e| <= w`` over flat arrays of values ``>= 0``.

    In lanes, which vectorise.
    """
    sums, lost, sizes = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    whole = costs.size // LANES * LANES
    for start in range(0, whole, LANES):
        for i in range(LANES):
            product, rest = two_product(costs[start + i], table[start + i])
            sums[i], error = two_sum(sums[i], product)
            lost[i] += error + rest
            sizes[i] += abs(error) + abs(rest)
    high, low, size = 0.0, 0.0, 0.0
    for i in range(LANES if whole else 0):
        high, error = two_sum(high, sums[i])
        low += error + lost[i]
        size += abs(error) + sizes[i]
    for i in range(whole, costs.size):
        product, rest = two_product(costs[i], table[i])
        high, error = two_sum(high, product)
        low += error + rest
        size += abs(error) + abs(rest)
    return high, low, 4.0 * UNIT * (costs.size + LANES) * size


@compiled
def rough_weighted_sum(costs: FloatArray, table: FloatArray) -> float:
    """An upper bound on ``Σ c p``, some 40 units too high; NaN or infinite beyond float64.

    In lanes, each of 32 terms at most, which are then added error-free, lane by lane: one chain of
    additions would wait for each of them.
    """
    high, low, sums = np.zeros(REGISTERS), np.zeros(REGISTERS), np.empty(REGISTERS)
    whole = costs.size // REGISTERS * REGISTERS
    for start in range(0, whole, REGISTERS * RUN):
        stop = min(start + REGISTERS * RUN, whole)
        for i in range(REGISTERS):
            sums[i] = costs[start + i] * table[start + i]
        for first in range(start + REGISTERS, stop, REGISTERS):
            for i in range(REGISTERS):
                sums[i] += costs[first + i] * table[first + i]
        for i in range(REGISTERS):
            high[i], error = two_sum(high[i], sums[i])
            low[i] += error
    total, rest = 0.0, 0.0
    for i in range(REGISTERS):
        total, error = two_sum(total, high[i])
        rest += error + low[i]
    for i in range(whole, costs.size):
        total, error = two_sum(total, costs[i] * table[i])
        rest += error
    return (total + rest) * (1.0 + 40.0 * UNIT)


@compiled
def least_product(weights: FloatArray, table: FloatArray) -> float:
    """The least ``w x`` of entries with ``w > 0``; infinite where there is none."""
    least = np.inf
    for v in range(table.shape[0]):
        for s in range(table.shape[1]):
            if weights[v, s] > 0.0:
                least = min(least, weights[v, s] * table[v, s])
    return least


@compiled
def add_exactly(values: FloatArray, low: float, high: float, digits: IntArray) -> None:
    """Adds the ``values >= 0`` of a flat array that are in ``[low, high)`` to the digits."""
    bits = values.view(np.int64)
    for i in range(values.size):
        if low <= values[i] < high:
            exponent = bits[i] >> 52
            mantissa = bits[i] & ((1 << 52) - 1)
            if exponent > 0:
                mantissa |= 1 << 52
                exponent -= 1
            shift = exponent & 31
            place = exponent >> 5
            below = (mantissa & 0xFFFFFFFF) << shift
            above = (mantissa >> 32) << shift
            digits[place] += below & 0xFFFFFFFF
            digits[place + 1] += (below >> 32) + (above & 0xFFFFFFFF)
            digits[place + 2] += above >> 32
        if i & 0xFFFFFFF == 0xFFFFFFF:
            carry(digits)
    carry(digits)


@compiled
def carry(digits: IntArray) -> None:
    """Brings every digit but the last into ``[0, 2**32)``; the value stays."""
    for i in range(digits.size - 1):
        digits[i + 1] += digits[i] >> 32
        digits[i] &= 0xFFFFFFFF


def exact_value(digits: IntArray) -> Fraction:
    """The number that digits stand for."""
    whole = sum(int(digit) << (32 * i) for i, digit in enumerate(digits.tolist()))
    return Fraction(whole, 1 << 1074)


def exact_sum(values: FloatArray, low: float = 0.0, high: float = np.inf) -> Fraction:
    """The real sum of the ``values >= 0``, finite, that are in ``[low, high)``."""
    digits = np.zeros(DIGITS, dtype=np.int64)
    add_exactly(read_only_view(values), low, high, digits)
    return exact_value(digits)


def rounded_sum(values: FloatArray) -> float:
    """The float64 nearest to the real sum of finite values ``>= 0`` of any shape, as `math.fsum`.

    Infinite above the range of float64, or where a value is.
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    if not np.isfinite(flat).all():
        return float(flat.sum())
    try:
        return float(exact_sum(flat))
    except OverflowError:
        return np.inf


def rounded_product(value: float, count: int) -> float:
    """The float64 nearest to the sum of so many equal values ``>= 0``; infinite above its range."""
    try:
        return float(Fraction(value) * count) if value < np.inf else np.inf
    except OverflowError:
        return np.inf


def large_over(values: FloatArray, limit: float) -> float:
    """As :func:`exact_over` of values ``>= 0``, by digits, which is faster for many of them."""
    if values.size < MANY:
        return float(exact_over(read_only_view(values), limit))
    return float(exact_sum(values) - Fraction(limit))

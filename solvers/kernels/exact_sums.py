"""Compiled exact sums: whole numbers of ``2**-1074``, the same in any order and any batches.

Every finite float64 is a whole multiple of ``2**-1074``. Its 53 bits are added to three of
``DIGITS`` signed digits of 32 bits each, held in 64, so that carries can wait. Source: Kulisch's
long accumulator; Neal (2015), "Fast exact summation using small and large superaccumulators".
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray

DIGITS = 68
Digits = npt.NDArray[np.int64]


@compiled
def add_exactly(values: FloatArray, low: float, high: float, digits: Digits) -> None:
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
def carry(digits: Digits) -> None:
    """Brings every digit but the last into ``[0, 2**32)``; the value stays."""
    for i in range(digits.size - 1):
        digits[i + 1] += digits[i] >> 32
        digits[i] &= 0xFFFFFFFF


def exact_value(digits: Digits) -> Fraction:
    """The number that digits stand for."""
    whole = sum(int(digit) << (32 * i) for i, digit in enumerate(digits.tolist()))
    return Fraction(whole, 1 << 1074)


def exact_sum(values: FloatArray, low: float = 0.0, high: float = np.inf) -> Fraction:
    """The real sum of the ``values >= 0``, finite, that are in ``[low, high)``."""
    digits = np.zeros(DIGITS, dtype=np.int64)
    add_exactly(values, low, high, digits)
    return exact_value(digits)

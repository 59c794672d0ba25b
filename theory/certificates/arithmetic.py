"""Sums, norms and roots with all that rounding does to them enclosed.

Rational numbers have a bounded number of digits and are rounded to the side that keeps a claim
true; sums of floats are all but exact, without a Python loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import chain

import numpy as np

from roundlot.theory.arrays import FloatArray

BITS = 400  # far beyond float64: what is lost is below any rounding that a solver takes off
EXACT = 500  # entries; up to here everything is done in fractions, in a tenth of a second
ZERO = Fraction(0)
MOST = Fraction(float(np.finfo(np.float64).max))


@dataclass(frozen=True)
class Enclosure:
    """A real number known to lie between two rational ones."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Enclosure) -> Enclosure:
        return Enclosure(self.low + other.low, self.high + other.high)

    def times(self, factor: Fraction) -> Enclosure:
        """The number times an exact ``factor >= 0``."""
        return Enclosure(self.low * factor, self.high * factor)


NOTHING = Enclosure(ZERO, ZERO)


def around(value: Fraction) -> Enclosure:
    """``value >= 0`` between its neighbours of ``BITS`` binary digits."""
    return Enclosure(below(value), above(value))


def below(value: Fraction) -> Fraction:
    """At most ``value >= 0``, by a relative ``2**(1 − BITS)``."""
    return _dyadic(value, up=False)


def above(value: Fraction) -> Fraction:
    """At least ``value >= 0``, by a relative ``2**(1 − BITS)``."""
    return _dyadic(value, up=True)


def nearest(value: Fraction | None, *, up: bool) -> float:
    """The float next to a number, on the given side; infinity for None."""
    if value is not None and value < 0:
        return -nearest(-value, up=not up)
    if value is None or value > MOST:
        return math.inf if up or value is None else float(MOST)
    near = float(value)
    if up and Fraction(near) < value:
        return math.nextafter(near, math.inf)
    return math.nextafter(near, 0.0) if not up and Fraction(near) > value else near


def root_below(value: Fraction) -> Fraction:
    """At most ``√value``, by a relative ``2**(1 − BITS)``; exact where the root is short."""
    if value == 0:
        return ZERO
    shift = BITS - _magnitude(value) // 2
    return _power(shift) * math.isqrt(_floor(value, 2 * shift))


def two_to(exponent: int) -> Fraction:
    """``2**exponent``, exactly."""
    return _power(-exponent)


def _dyadic(value: Fraction, *, up: bool) -> Fraction:
    if value == 0:
        return ZERO
    shift = BITS - _magnitude(value)
    scaled = -_floor(-value, shift) if up else _floor(value, shift)
    return _power(shift) * scaled


def _magnitude(value: Fraction) -> int:
    return value.numerator.bit_length() - value.denominator.bit_length()


def _floor(value: Fraction, shift: int) -> int:
    """``⌊value · 2**shift⌋``."""
    if shift >= 0:
        return (value.numerator << shift) // value.denominator
    return value.numerator // (value.denominator << -shift)


def _power(shift: int) -> Fraction:
    """``2**-shift``."""
    return Fraction(1, 1 << shift) if shift >= 0 else Fraction(1 << -shift)


# exp and ln of decimal are correctly rounded; with 60 digits everything below is off by less than
# MARGIN, for orders up to 1e9 and values from 1e-10000 to 1.
DIGITS = Context(prec=60, Emax=10**17, Emin=-(10**17))
MARGIN = Fraction(1, 10**40)
HIGHEST = 1e9


def norm(values: Sequence[Fraction], order: float) -> Enclosure:
    """``(Σ x^order)^(1/order)`` of ``x >= 0``; the largest for an infinite order."""
    top = max(values)
    if top == 0 or order == math.inf:
        return Enclosure(top, top)
    if order == 1.0:
        total = sum(values, ZERO)
        return Enclosure(total, total)
    if order > HIGHEST:  # between the largest and the largest times n^(1/order)
        return Enclosure(top, top * (1 + Fraction(len(values)) / Fraction(HIGHEST)))
    return _power_norm(values, top, Fraction(order))


def dual_norm(values: Sequence[Fraction], order: float) -> Enclosure:
    """The norm of the order ``β`` with ``1/order + 1/β = 1``."""
    if order == math.inf:
        return norm(values, 1.0)
    if order == 1.0 or order - 1.0 < 1.0 / HIGHEST:
        return norm(values, math.inf if order == 1.0 else 2.0 * HIGHEST)
    exact = Fraction(order)
    return _power_norm(values, max(values), exact / (exact - 1))


def _power_norm(values: Sequence[Fraction], top: Fraction, order: Fraction) -> Enclosure:
    if top == 0:
        return Enclosure(ZERO, ZERO)
    power = _decimal(order)
    logs = [DIGITS.ln(_decimal(value / top)) for value in values if value > 0]
    total = Decimal(0)
    for log in logs:
        total = DIGITS.add(total, DIGITS.exp(DIGITS.multiply(power, log)))
    length = top * Fraction(DIGITS.exp(DIGITS.divide(DIGITS.ln(total), power)))
    return Enclosure(length * (1 - MARGIN), length * (1 + MARGIN))


def _decimal(value: Fraction) -> Decimal:
    return DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


UNIT = 2.0**-53
CHUNK = 1 << 16


def two_parts(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(high, low)``, whose sum is that of ``values`` over the first axis.

    Pairs are added with their exact rounding errors (Knuth), so that ``high + low`` is off by at
    most ``2**-90`` of the sum of absolute values, for up to ``2**30`` of them; by nothing for two.
    """
    high = np.asarray(values, dtype=np.float64)
    low = np.zeros(high.shape[1:])
    if high.shape[0] == 0:
        return low, low.copy()
    while high.shape[0] > 1:
        half = high.shape[0] // 2
        one, other, odd = high[:half], high[half : 2 * half], high[2 * half :]
        high = one + other
        part = high - one
        error = one - (high - part)
        error += other - part
        low = low + error.sum(axis=0)
        if odd.size:
            high = np.concatenate([high, odd])
    return high[0], low


def near_sum(values: FloatArray) -> FloatArray:
    """The sum over the first axis of numbers ``>= 0``, to two units in the last place."""
    high, low = two_parts(values)
    return np.asarray(high + low)


def exact_excess(values: FloatArray, limit: float) -> float:
    """``Σ values − limit`` correctly rounded, so that its sign is that of the real numbers."""
    flat = values.reshape(-1)
    pieces = (flat[first : first + CHUNK].tolist() for first in range(0, flat.size, CHUNK))
    return math.fsum(chain([-limit], chain.from_iterable(pieces)))

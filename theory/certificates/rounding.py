"""Rational numbers with a bounded number of digits, rounded to the side that keeps a claim true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

BITS = 400  # far beyond float64: what is lost is below any rounding that a solver takes off
ZERO = Fraction(0)


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

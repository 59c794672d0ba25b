"""Fractions as decimals that stay on one side of them, however small or large they are."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

_SHORT, _FEW, _MANY = 12, 6, 17  # digits: shown as it is; a bound; what tells floats apart
_NEAR = Fraction(1, 10**12)  # so near, few digits say as much as many


def above(value: Fraction) -> str:
    """The least decimal of six digits that is at least ``value``; 0 for 0 alone."""
    return _text(*_rounded(value, _FEW, up=True))


def assumed(value: Fraction, *, up: bool = False) -> str:
    """``value`` itself where it is short; else a decimal on the side that promises no more.

    What is bounded under a weaker assumption holds under a stronger one: what is at most ``value``
    is shown rounded down, what is at least ``value`` rounded up.
    """
    few, many = (_rounded(value, digits, up=up) for digits in (_FEW, _MANY))
    short = _rounded(value, _SHORT, up=up)
    if _number(*short) == value:
        return _text(*short)
    return _text(*(few if abs(_number(*few) - value) <= _NEAR * abs(value) else many))


def _rounded(value: Fraction, digits: int, *, up: bool) -> tuple[int, int]:
    """``(whole, exponent)`` of ``whole · 10^exponent``, of so many digits, in whole numbers."""
    if not value:
        return 0, 0
    size = abs(value)
    bits = size.numerator.bit_length() - size.denominator.bit_length()
    exponent = bits * 30103 // 100000 - digits - 1  # at most two digits too many
    while size >= _number(10**digits, exponent):
        exponent += 1
    scaled = value / _number(1, exponent)
    whole = -(-scaled.numerator // scaled.denominator) if up else scaled // 1
    return int(whole), exponent


def _number(whole: int, exponent: int) -> Fraction:
    return Fraction(whole) * Fraction(10) ** exponent


def _text(whole: int, exponent: int) -> str:
    """As ``repr`` of a float has it: with an exponent where there would be many zeros."""
    while whole and whole % 10 == 0:
        whole, exponent = whole // 10, exponent + 1
    digits = len(str(abs(whole)))
    first = digits + exponent - 1  # the place of the first digit
    if -5 <= first < 12:
        return f"{Decimal(whole).scaleb(exponent):f}"
    sign, text = "-" if whole < 0 else "", str(abs(whole))
    return f"{sign}{text[0]}{'.' if text[1:] else ''}{text[1:]}e{first:+03d}"

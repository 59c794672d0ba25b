"""Norms of a few exact numbers, from below and from above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from roundlot.theory.certificates.rounding import ZERO, Enclosure

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

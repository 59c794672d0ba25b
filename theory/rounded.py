"""Bounds in a few digits that are bounds still: rounded to the safe side, never to nearest."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal


def rounded_down(value: float, digits: int) -> float:
    """The greatest number of so many significant digits that is at most ``value``, as a float."""
    return _rounded(value, digits, ROUND_FLOOR)


def rounded_up(value: float, digits: int) -> float:
    """The least number of so many significant digits that is at least ``value``, as a float."""
    return _rounded(value, digits, ROUND_CEILING)


def _rounded(value: float, digits: int, side: str) -> float:
    if not math.isfinite(value):
        return value
    return float(Context(prec=digits, rounding=side).create_decimal(Decimal(value)))

"""Numbers in few digits: bounds rounded to the safe side, times and counts in words."""

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


#: A unit, its seconds, the next smaller unit, its seconds, and from where on it is taken: what
#: rounds up to it in the smaller pair of units.
_UNITS = (
    ("d", 86400, "h", 3600, 86370.0),
    ("h", 3600, "min", 60, 3599.5),
    ("min", 60, "s", 1, 59.95),
)


def duration(seconds: float) -> str:
    """Seconds as "8 h 15 min", "1,204 d", "12.5 s": two units at most, rounded."""
    if seconds < 0.0:
        return f"−{duration(-seconds)}"
    for name, size, lower, part, least in _UNITS:
        if least <= seconds < math.inf:
            whole, rest = divmod(round(seconds / part) * part, size)
            if whole >= 100:
                return f"{round(seconds / size):,} {name}"
            return f"{whole} {name} {rest // part} {lower}" if rest else f"{whole} {name}"
    return f"{seconds:.3g} s"


def count(value: float) -> str:
    """A number with separators: "29,720", "0.0312"."""
    return f"{value:,.0f}" if 1000.0 <= abs(value) < 1e15 else f"{value:.4g}"


def amount(value: float, unit: str = "") -> str:
    """A number with its unit, seconds as a duration."""
    if unit == "seconds":
        return duration(value)
    return f"{count(value)} {unit}".rstrip()

"""Amounts in words: times in units that people count in, numbers with separators."""

from __future__ import annotations

import math

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

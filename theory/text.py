"""Records and numbers in few words: shapes for arrays, bounds rounded to the safe side, times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np

LONGEST = 160
_FEW = 4
_WORD = 40


def short_repr(record: Any) -> str:
    """``Name(field=value, ...)`` of a dataclass, at most some 160 characters.

    Arrays are shown by shape unless they hold at most four numbers, longer tuples and mappings by
    their size, records within by their name; what is None or empty is left out. For a class body:
    ``__repr__ = short_repr``.
    """
    name = type(record).__name__
    parts = [
        f"{one.name}={_shown(getattr(record, one.name))}"
        for one in fields(record)
        if one.repr and not _is_nothing(getattr(record, one.name))
    ]
    kept: list[str] = []
    for part in parts:
        if len(name) + len(", ".join([*kept, part])) > LONGEST:
            return f"{name}({', '.join([*kept, '...'])})"
        kept.append(part)
    return f"{name}({', '.join(kept)})"


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple | list | Mapping | str) and len(value) == 0)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str):
        return repr(value if len(value) <= _WORD else f"{value[:_WORD]}...")
    if isinstance(value, tuple | list | Mapping):
        return _several(value)
    if is_dataclass(value):
        return f"{type(value).__name__}(...)"
    text = " ".join(repr(value).split())
    return text if len(text) <= _WORD else f"{type(value).__name__}(...)"


def _array(values: np.ndarray[Any, Any]) -> str:
    if values.ndim < 2 and values.size <= _FEW:
        return np.array2string(values, precision=4, separator=", ").replace("\n", "")
    return f"array({' x '.join(map(str, values.shape))})"


def _several(values: Any) -> str:
    few = not isinstance(values, Mapping) and len(values) <= _FEW
    if few and all(isinstance(one, str | int | float) for one in values):
        return f"({', '.join(_shown(one) for one in values)})"
    return f"{len(values)} {plural(len(values), 'item')}"


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


#: Exact for products of a float64 and a power of four that is not far beyond its square.
_EXACT = Context(prec=40_000, Emax=10**9, Emin=-(10**9))


def in_decimals(value: float, unit: int = 0, *, digits: int = 6, side: str = "") -> str:
    """``value * 4**unit`` in so many significant digits, however large or small: "2.25e+321".

    ``side`` is "up" or "down" where it must not be below, or above, the value.
    """
    if not math.isfinite(value) or value == 0.0 or (not unit and not side):
        return f"{value:.{digits}g}"
    rounding = {"up": ROUND_CEILING, "down": ROUND_FLOOR}.get(side, ROUND_HALF_EVEN)
    wide = Context(prec=digits, rounding=rounding, Emax=10**9, Emin=-(10**9))
    power = _EXACT.power(Decimal(4), abs(unit))
    exact = (_EXACT.multiply if unit >= 0 else wide.divide)(Decimal(value), power)
    sign, places, exponent = wide.plus(exact).normalize().as_tuple()
    assert isinstance(exponent, int)
    top = exponent + len(places) - 1
    if -5 < top < digits:
        return f"{float(wide.plus(exact)):.{digits}g}"
    text = "".join(map(str, places))
    mantissa = f"{text[0]}.{text[1:]}".rstrip(".")
    return f"{'-' if sign else ''}{mantissa}e{top:+03d}"


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


def plural(number: int, noun: str, several: str = "") -> str:
    """The noun for so many: "client" of 1, "clients" of any other number.

    ``several`` is given where it takes more than an s.
    """
    return noun if number == 1 else several or f"{noun}s"


def count(value: float) -> str:
    """A number with separators: "29,720", "0.0312"."""
    return f"{value:,.0f}" if 1000.0 <= abs(value) < 1e15 else f"{value:.4g}"


def amount(value: float, unit: str = "") -> str:
    """A number with its unit, seconds as a duration."""
    if unit == "seconds":
        return duration(value)
    return f"{count(value)} {unit}".rstrip()


def listed(parts: Iterable[str]) -> str:
    """``["a", "b", "c"]`` as "a, b and c"."""
    words = list(parts)
    return ", ".join([*words[:-2], " and ".join(words[-2:])])

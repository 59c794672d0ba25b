"""Numbers as a reader wants them: a few digits, thousands by commas, powers of ten raised."""

from __future__ import annotations

import math
from typing import Any

from roundlot.user_text import excess

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_THIN = "\u202f"
_NONE = "–"


def number(value: Any, digits: int = 4) -> str:
    """``1234567`` as "1,234,567", ``1.2345e-9`` as "1.234×10⁻⁹"; a dash for nothing."""
    if value is None or isinstance(value, str | bool):
        return _NONE if value is None else str(value)
    real = float(value)
    if math.isnan(real):
        return _NONE
    if math.isinf(real):
        return "∞" if real > 0 else "−∞"
    if real == int(real) and abs(real) < 1e9:
        return _signed(f"{int(real):,}")
    exponent = math.floor(math.log10(abs(real)))
    if -4 <= exponent < 6:
        places = max(digits - 1 - exponent, 0)
        return _signed(_stripped(f"{real:,.{places}f}", real))
    mantissa, power = f"{real:.{digits - 1}e}".split("e")
    front = _stripped(mantissa, real / 10.0**exponent).replace("-", "−")
    return f"{'' if front == '1' else front + '×'}10{str(int(power)).translate(_RAISED)}"


def times(value: Any) -> str:
    """A factor: "2.13×", and more digits close to 1."""
    if value is None or not math.isfinite(float(value)):
        return number(value)
    real = float(value)
    if real == 1.0:
        return "1×"
    if real >= 100:
        return f"{number(round(real))}×"
    return f"{real:.4f}×" if abs(real - 1.0) < 0.05 else f"{real:.2f}×"


def more(ratio: Any) -> str:
    """How much more than 1 a ratio is: 1.51 as "+51 %", 162 as "162 times"."""
    return number(ratio) if ratio is None or math.isnan(float(ratio)) else excess(float(ratio))


def percent(value: Any, digits: int = 3) -> str:
    """A share as a percentage: ``0.0123`` as "1.23 %"."""
    if value is None or not math.isfinite(float(value)):
        return number(value)
    return f"{number(100.0 * float(value), digits)}{_THIN}%"


def seconds(value: Any) -> str:
    """A time in the unit that suits it: ns, µs, ms, s, min or h."""
    if value is None or not math.isfinite(float(value)):
        return number(value)
    real = float(value)
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if real >= size * (2.0 if size >= 60.0 else 1.0):
            return f"{number(real / size, 3)}{_THIN}{unit}"
    return f"{number(real / 1e-9, 3)}{_THIN}ns" if real > 0 else f"0{_THIN}s"


def _stripped(text: str, real: float) -> str:
    """Without trailing zeros where the shorter text says the same number."""
    if "." not in text or abs(float(text.replace(",", "")) - real) > 1e-9 * abs(real):
        return text
    return text.rstrip("0").rstrip(".")


def _signed(text: str) -> str:
    return text.replace("-", "−")

"""Numbers that JSON cannot hold, written the same way in every file and on standard output."""

from __future__ import annotations

import math


def as_json(value: float) -> float | dict[str, str]:
    """The number itself, or ``{"number": "NaN"}``, ``"Infinity"`` or ``"-Infinity"``."""
    if math.isfinite(value):
        return value
    return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}

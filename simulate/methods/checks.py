"""Checks of a method's settings."""

from __future__ import annotations

from roundlot.theory import InvalidProblemError


def check_share(value: object, name: str) -> None:
    """Raise InvalidProblemError unless the value is a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise InvalidProblemError(f"{name} is {value!r}; it must be a number from 0 to 1")

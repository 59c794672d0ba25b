"""Checks of scalar arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import in_one_line
from roundlot.theory.kinds import MOST, is_whole


def check_count(value: object, name: str, least: int) -> None:
    """Raise InvalidProblemError unless the value is an integer of at least ``least``."""
    if not is_whole(value) or not least <= value <= MOST:
        raise InvalidProblemError(
            f"{name} is {in_one_line(value)}; it must be an integer of at least {least}"
        )


def check_share(value: object, name: str) -> None:
    """Raise InvalidProblemError unless the value is a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise InvalidProblemError(f"{name} is {value!r}; it must be a number from 0 to 1")


def check_open_share(value: object, name: str) -> None:
    """Raise InvalidProblemError unless the value is a number in (0, 1)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise InvalidProblemError(f"{name} is {value!r}; give a number in (0, 1)")


def check_switch(value: object, name: str) -> None:
    """Raise InvalidProblemError unless the value is true or false."""
    if not isinstance(value, bool):
        raise InvalidProblemError(f"{name} is {value!r}; give true or false")


def check_positive(value: Any, name: str) -> None:
    """Raise InvalidProblemError unless the value is a finite number above 0."""
    if not isinstance(value, int | float | np.number) or not np.isfinite(value) or value <= 0.0:
        raise InvalidProblemError(f"{name} is {value!r}; it must be a finite number above 0")

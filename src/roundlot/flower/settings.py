"""Settings, checked one by one: what is refused, and what to give instead."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TypeGuard

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.kinds import is_whole


def check_count(name: str, value: object) -> None:
    """Refuse what is no whole number from 0.

    Raises:
        InvalidProblemError: it is not.
    """
    if not is_whole(value) or value < 0:
        raise InvalidProblemError(f"{name} is {value!r}; give a whole number, 0 or more")


def check_positive(name: str, value: object, *, most: float | None = None) -> None:
    """Refuse what is no finite number above 0, at most ``most``.

    Raises:
        InvalidProblemError: it is not.
    """
    bounds = "finite and > 0" if most is None else f"above 0, at most {most:g}"
    if not (is_number(value) and 0.0 < value <= (np.inf if most is None else most)):
        raise InvalidProblemError(f"{name} is {value!r}; it must be {bounds}")


def check_share(name: str, value: object) -> None:
    """Refuse what is no number from 0 to 1.

    Raises:
        InvalidProblemError: it is not.
    """
    if not (is_number(value) and 0.0 <= value <= 1.0):
        raise InvalidProblemError(f"{name} is {value!r}; give 0 to 1")


def check_names(name: str, value: object) -> None:
    """Refuse what is no list of different texts, at least one.

    Raises:
        InvalidProblemError: it is not.
    """
    texts = [] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
    if not texts or not all(isinstance(one, str) for one in texts) or len({*texts}) != len(texts):
        raise InvalidProblemError(
            f"{name} are {value!r}; give different names, at least one, as a list"
        )


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is a finite real number, and no flag or text."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return False
    return bool(np.isfinite(float(value)))

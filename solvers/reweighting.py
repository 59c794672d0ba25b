"""The same limits around other scores, weights or another budget."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from roundlot.theory import Problem


def changed(problem: Problem, **values: Any) -> Problem:
    """A copy of a problem with some fields replaced, all other limits kept as they are.

    For code that has the new values in their final form: nothing is validated or broadcast.
    Arrays are made read-only.
    """
    unknown = values.keys() - {field.name for field in fields(problem)}
    if unknown:
        raise TypeError(f"a problem has no {', '.join(sorted(unknown))}")
    copy = object.__new__(type(problem))
    for field in fields(problem):
        value = values.get(field.name, getattr(problem, field.name))
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(copy, field.name, value)
    return copy


def same(one: object, other: object) -> bool:
    """Whether two fields of problems hold the same values."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)

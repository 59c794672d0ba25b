"""The record behind a picture: a bound and the truth on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.lower_bounds import INSTANCES, lower_bound
from roundlot.theory.theorems import named

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """``bound`` and ``truth`` at every ``x``, all ``(n,)``; the truth never used the theorem.

    ``lower`` is what a function or fleet of the theorem's class attains with these numbers, which
    need not be the instance of ``truth``; None where none is known. ``numbers`` are what the
    theorem is given in the middle of the picture, one each.
    """

    theorem: str
    x: FloatArray
    x_label: str
    bound: FloatArray
    truth: FloatArray
    instance: str
    logarithmic: bool = False
    lower: FloatArray | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def beside(
    theorem: str,
    varied: str,
    values: npt.ArrayLike,
    truth: npt.ArrayLike,
    numbers: Mapping[str, Any],
    instance: str,
    *,
    x: npt.ArrayLike | None = None,
    logarithmic: bool = False,
) -> Picture:
    """The bound at ``values`` of the number ``varied``, all else fixed, beside ``truth``."""
    grid = np.asarray(values, dtype=np.float64)
    bound = named(theorem).evaluate(**{**numbers, varied: grid})
    meaning = {p.name: p.meaning for p in named(theorem).domain.numbers}
    return Picture(
        theorem=theorem,
        x=grid if x is None else np.asarray(x, dtype=np.float64),
        x_label=meaning[varied],
        bound=np.broadcast_to(bound, grid.shape).astype(np.float64),
        truth=np.broadcast_to(np.asarray(truth, dtype=np.float64), grid.shape).copy(),
        instance=instance,
        logarithmic=logarithmic,
        lower=_lower(theorem, {**numbers, varied: grid}, grid),
        numbers={name: _middle(value, grid) for name, value in {**numbers, varied: grid}.items()},
    )


def _middle(value: npt.ArrayLike, grid: FloatArray) -> float:
    return float(np.broadcast_to(value, grid.shape)[grid.size // 2])


def _lower(theorem: str, numbers: Mapping[str, Any], grid: FloatArray) -> FloatArray | None:
    if theorem not in INSTANCES:
        return None
    columns = {name: np.broadcast_to(value, grid.shape) for name, value in numbers.items()}
    rows = [{name: float(column[i]) for name, column in columns.items()} for i in range(grid.size)]
    return np.array([lower_bound(theorem, **row).value for row in rows])

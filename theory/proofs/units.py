"""Units of the numbers that theorems speak of: a value ``F`` and a distance ``x`` are the base.

A number without a unit is taken as it is; one with a unit must have that of its parameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from roundlot.theory.errors import AssumptionError

UNITS = {
    "smoothness": "F/x²",
    "client_smoothness": "F/x²",
    "strong_convexity": "F/x²",
    "step": "x²/F",
    "variance": "F²/x²",
    "squared_gradient": "F²/x²",
    "dissimilarity": "F²/x²",
    "batch_noise": "F²/x²",
    "squared_distance": "x²",
    "drift": "x²",
    "value": "F",
    "heterogeneity": "F",
    "surrogate_variance": "F²",
    "participation_variance": "1",
    "contraction": "1",
    "workers": "1",
    "rounds": "1",
    "probability": "1",
    "floor": "1",
    "initial": "x²",
    "highest": "x²",
    "spread": "x²",
    "constant": "x²",
    "scale": "x²/F",
    "covariance": "F",
    "divergence": "F",
    "noise": "F²/x²",
    "expected_smoothness": "F/x²",
    "slope": "F/x²",
    "round": "1",
    "local_steps": "1",
    "offset": "1",
    "since": "1",
    "done": "1",
    "updates": "1",
    "samples": "1",
    "other_samples": "1",
    "planned": "1",
    "mean_inverse": "1",
    "expected_samples": "1",
    "samples_variance": "1",
    "share": "1",
    "other_share": "1",
    "other_probability": "1",
    "weight": "1",
    "other_weight": "1",
    "load": "1",
    "common": "1",
    "multiple": "1",
    "new_multiple": "1",
    "column_drift": "1",
    "leader_weight": "1",
    "other_leader_weight": "1",
    "leader_drift": "1",
    "other_leader_drift": "1",
}
_FACTOR = re.compile(r"^([Fx])(?:\^?([0-9]+|[²³⁴]))?$")
_RAISED = {"²": 2, "³": 3, "⁴": 4}


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number with its unit, for ``Theorem.evaluate``: ``Quantity(number=0.1, unit="x²/F")``."""

    number: Any
    unit: str


def powers(unit: str) -> tuple[int, int]:
    """The powers of ``F`` and ``x`` in a unit such as ``F²/x²``.

    Raises:
        AssumptionError: not a unit.
    """
    found = {"F": 0, "x": 0}
    for place, part in enumerate(unit.strip().split("/")):
        for factor in part.replace("·", " ").split():
            if factor == "1":
                continue
            match = _FACTOR.match(factor)
            if match is None:
                raise AssumptionError(f"{unit!r} is not a unit; write F²/x², x²/F, F, x² or 1")
            power = match[2] or "1"
            found[match[1]] += (-1 if place else 1) * (_RAISED.get(power) or int(power))
    return found["F"], found["x"]


def without_unit(name: str, number: Any) -> Any:
    """The plain number of the parameter ``name``.

    Raises:
        AssumptionError: its unit is not that of the parameter.
    """
    if not isinstance(number, Quantity):
        return number
    expected = UNITS.get(name)
    if expected is None:
        raise AssumptionError(f"{name} is given in {number.unit}; give it as a plain number")
    if powers(number.unit) != powers(expected):
        raise AssumptionError(f"{name} is given in {number.unit}; its unit is {expected}")
    return number.number

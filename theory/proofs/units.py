"""Units of the numbers of theorems: powers of a loss, of a parameter, of an update.

A value ``F`` and a distance ``x`` are the base of all units; ``u`` is the unit of vectors whose
unit the caller chooses, the same for all numbers of one theorem. Counts have no unit. A number
without a unit is taken as it is; one with a unit must have that of its parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from roundlot.theory.errors import AssumptionError

_FACTOR = re.compile(r"([Fxu1])(?:\^?([0-9]+|[²³⁴]))?")
_RAISED = {"²": 2, "³": 3, "⁴": 4}
#: Every unit that a number of a theorem has, in words.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "1": "none",
        "F": "loss",
        "F²": "loss squared",
        "x": "parameter unit",
        "x²": "parameter unit squared",
        "F/x²": "loss per parameter unit squared",
        "x²/F": "parameter unit squared per loss",
        "F²/x²": "loss squared per parameter unit squared",
        "u": "unit of the updates",
        "u²": "unit of the updates, squared",
    }
)
LEGEND = "F: unit of the loss; x: of a parameter; u: of the updates that you give"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number with its unit, for ``Theorem.evaluate``: ``Quantity(number=0.1, unit="x²/F")``."""

    number: Any
    unit: str


def powers(unit: str) -> tuple[int, int, int]:
    """The powers of ``F``, ``x`` and ``u`` in a unit such as ``F²/x²``.

    Raises:
        AssumptionError: not a unit.
    """
    found = {"F": 0, "x": 0, "u": 0, "1": 0}
    for place, part in enumerate(unit.strip().split("/")):
        factors = part.replace("·", " ").replace(" ", "")
        if _FACTOR.sub("", factors) or (place and not factors):
            raise AssumptionError(f"{unit!r} is not a unit; write F²/x², x²/F, F, x², u² or 1")
        for match in _FACTOR.finditer(factors):
            power = match[2] or "1"
            found[match[1]] += (-1 if place else 1) * (_RAISED.get(power) or int(power))
    return found["F"], found["x"], found["u"]


def without_unit(name: str, number: Any, unit: str) -> Any:
    """The plain number of the parameter ``name``, whose unit is ``unit``.

    Where that is the caller's own, ``u²`` say, any unit will do: see ``require_one_unit``.

    Raises:
        AssumptionError: its unit is not that of the parameter.
    """
    if not isinstance(number, Quantity):
        return number
    if unit not in WORDS:
        raise AssumptionError(f"{name} is given in {number.unit}; give it as a plain number")
    given, expected = powers(number.unit), powers(unit)
    if given != expected and not expected[2]:
        raise AssumptionError(
            f"{name} is given in {number.unit}; its unit is {unit} ({WORDS[unit]})"
        )
    return number.number


def require_one_unit(units: Mapping[str, str], numbers: Mapping[str, Any]) -> None:
    """Refuse numbers in the caller's own unit that do not share one.

    Raises:
        AssumptionError: two of them are given in units that differ.
    """
    first: tuple[str, str, tuple[float, ...]] | None = None
    for name, number in numbers.items():
        power = powers(units.get(name, "1"))[2]
        if not power or not isinstance(number, Quantity):
            continue
        own = tuple(one / power for one in powers(number.unit))
        if first is not None and own != first[2]:
            raise AssumptionError(
                f"{name} is given in {number.unit}, but {first[0]} in {first[1]}; "
                f"their units are {units[name]} and {units[first[0]]}, with one u"
            )
        first = first or (name, number.unit, own)

"""Other names under which a number of a theorem may be given, where the relation is exact.

A relation that holds for some draws or matrices only is no conversion: such a name is refused with
what to give in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from roundlot.theory.errors import AssumptionError
from roundlot.theory.proofs.units import without_unit


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A name, what it means and its unit; ``inverse`` gives it back from the theorem's number.

    ``to`` rounds to the side on which the bound stays proved. Values lie between 0 and ``most``.
    """

    meaning: str
    unit: str
    to: Callable[[float], float]
    inverse: Callable[[float], float]
    most: float = float("inf")


def root_above(square: Fraction) -> float:
    """The least float64 whose square is at least ``square``."""
    root = float(np.sqrt(float(square)))
    while Fraction(root) ** 2 < square:
        root = float(np.nextafter(root, np.inf))
    while root > 0.0 and Fraction(below := float(np.nextafter(root, 0.0))) ** 2 >= square:
        root = below
    return root


def square_above(root: float) -> float:
    """The least float64 that is at least ``root²``."""
    square = root * root
    if Fraction(square) < Fraction(root) ** 2:
        square = float(np.nextafter(square, np.inf))
    return square


#: By name. For which number each stands, its parameter says: ``Parameter.forms``.
CONVERSIONS: Mapping[str, Conversion] = MappingProxyType(
    {
        "rho": Conversion(
            meaning="ρ = ‖E WᵀW − J‖, as `roundlot graph` prints it; contraction = √ρ",
            unit="1",
            to=lambda rho: root_above(Fraction(rho)),
            inverse=square_above,
            most=1.0,
        ),
        "spectral_gap": Conversion(
            meaning="1 − ρ, as roundlot.theory.spectral_gap gives it; contraction = √(1 − gap)",
            unit="1",
            to=lambda gap: root_above(1 - Fraction(gap)),
            inverse=lambda root: float(1 - Fraction(root) ** 2),
            most=1.0,
        ),
        "second_eigenvalue": Conversion(
            meaning="the largest absolute eigenvalue but the first of one symmetric W, the same in "
            "every round; contraction is the same number",
            unit="1",
            to=lambda size: size,
            inverse=lambda root: root,
            most=1.0,
        ),
        "initial_distance": Conversion(
            meaning="‖x_0 − x*‖, not squared, as a setup's [bound] has it",
            unit="x",
            to=square_above,
            inverse=lambda square: root_above(Fraction(square)),
        ),
    }
)
#: Names that tell no number of a theorem, and why.
NOT_ENOUGH: Mapping[str, str] = MappingProxyType(
    {
        "lambda2": "λ₂ of the mean graph does not tell how far mixing contracts, which depends on "
        "the weights and the draw, too; give rho, which `roundlot graph` prints",
        "connectivity": "λ₂ of the mean graph does not tell how far mixing contracts, which "
        "depends on the weights and the draw, too; give rho, which `roundlot graph` prints",
        "mean_contraction": "‖E W − J‖ is only a lower bound on √ρ, ρ = ‖E WᵀW − J‖, unless W is "
        "the same in every round; give rho (roundlot.theory.mean_spectral_gap gives 1 − ρ)",
    }
)


def convert(value: float, name: str, *, to: str) -> float:
    """A number under another name: ``convert(0.64, "rho", to="contraction")`` is 0.8.

    Args:
        value: the number.
        name: "rho", "spectral_gap", "second_eigenvalue" or "contraction"; "initial_distance" or
            "initial".
        to: another one of the same three, or two.

    Raises:
        AssumptionError: names that no exact relation joins, or a value out of range.
    """
    for one in (name, to):
        if one not in CONVERSIONS and one not in _FORMS:
            raise AssumptionError(_no_relation(one, name, to))
    own, other = (one if one in _FORMS else _whose(one) for one in (name, to))
    if own != other:
        raise AssumptionError(_no_relation(name, name, to))
    through = value if name in _FORMS else _value(name, value)
    return float(through if to in _FORMS else CONVERSIONS[to].inverse(float(through)))


def converted(forms: Mapping[str, tuple[str, ...]], numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers under the names of a theorem; ``forms`` are the other names of each of these.

    Raises:
        AssumptionError: a number given twice, out of its range or in another unit; a name that
            does not tell what the theorem needs.
    """
    found = dict(numbers)
    for name in numbers:
        if name in forms or (name not in CONVERSIONS and name not in NOT_ENOUGH):
            continue
        own = _stands_for(name, forms)
        if own in found:
            raise AssumptionError(f"{name} and {own} are one number here; give one of them")
        found[own] = _value(name, found.pop(name))
    return found


_FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "contraction": ("rho", "spectral_gap", "second_eigenvalue"),
        "initial": ("initial_distance",),
    }
)


def _whose(form: str) -> str:
    return next(own for own, forms in _FORMS.items() if form in forms)


def _no_relation(wrong: str, name: str, to: str) -> str:
    why = NOT_ENOUGH.get(wrong, "no exact relation joins them")
    joined = "; ".join(" and ".join((own, *forms)) for own, forms in _FORMS.items())
    return f"{name} to {to}: {why}; these are joined: {joined}"


def _stands_for(name: str, forms: Mapping[str, tuple[str, ...]]) -> str:
    """The theorem's number that another name tells."""
    own = next((own for own, names in forms.items() if name in names), "")
    if own:
        return own
    if name in NOT_ENOUGH:
        raise AssumptionError(f"{name}: {NOT_ENOUGH[name]}")
    meant = _whose(name)
    if meant in forms:
        raise AssumptionError(
            f"{name} does not tell the {meant} of this theorem, which is another number here: give "
            f"{meant} itself"
        )
    raise AssumptionError(f"{name} is no number of this theorem; it takes {', '.join(forms)}")


def _value(name: str, value: Any) -> Any:
    """The theorem's number, an array for an array."""
    form = CONVERSIONS[name]
    given = without_unit(name, value, form.unit)
    try:
        plain = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise AssumptionError(
            f"{name} is {value!r:.60}; give a number, or {_whose(name)} itself"
        ) from None
    bad = ~((plain >= 0.0) & (plain <= form.most) & np.isfinite(plain))
    if bad.any():
        most = "" if form.most == np.inf else f" and at most {form.most:g}"
        shown = float(plain[bad].ravel()[0])
        raise AssumptionError(
            f"{name} is {shown:g}; {form.meaning.split(',')[0]} is finite, at least 0{most}"
        )
    found = np.vectorize(form.to, otypes=[np.float64])(plain)
    return float(found) if found.ndim == 0 else found

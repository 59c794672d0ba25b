"""What tightness is measured on: a setting, the bound's number there, and what is attained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from roundlot.theory.theorems import named

Number = Callable[[], float]
L, MU, STEP, VARIANCE, INITIAL = 5.0, 0.3, 0.2, 3.0, 4.0
SETTING = f"L = {L:g}, μ = {MU:g}, γ = {STEP:g}, σ² = {VARIANCE:g}, ‖x_0 − x*‖² = {INITIAL:g}"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A bound's number, and what PEPit and the best of the quadratics attain in the same setting.

    The number and what is attained are of one quantity; None where a method does not
    apply. ``lower`` marks a bound from below.
    """

    theorem: str
    bound: Number
    quadratic: Number | None = None
    worst: Number | None = None
    setting: str = ""
    relation: str | None = None
    lower: bool = False


def example(
    theorem: str,
    numbers: Mapping[str, float],
    quadratic: Number,
    *,
    worst: Number | None = None,
    setting: str = "",
    lower: bool = False,
) -> Example:
    """A theorem's bound at these numbers, beside what is attained there."""
    return Example(
        theorem=theorem,
        bound=bound_of(theorem, **numbers),
        quadratic=quadratic,
        worst=worst,
        setting=setting,
        lower=lower,
    )


def change_of(theorem: str, *, value: float, **numbers: float) -> Number:
    """A bound on ``E F(x⁺)`` less the ``value`` before the step."""
    after = bound_of(theorem, value=value, **numbers)
    return lambda: after() - value


def bound_of(theorem: str, **numbers: float) -> Number:
    """A theorem's bound at these numbers."""

    def evaluate() -> float:
        return float(named(theorem).evaluate(**numbers))

    return evaluate

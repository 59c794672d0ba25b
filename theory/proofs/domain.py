"""The range in which a theorem holds: parameters with units, conditions, a chart.

A value ``F`` and a distance ``x`` are the base of all units. A number without a unit is taken as it
is; one with a unit must have that of its parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from roundlot.theory.errors import AssumptionError
from roundlot.theory.proofs.expressions import Expression

ROUNDING = 1e-12  # relative: 2/(L + μ) computed in floats must count as at most 2/(L + μ)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parameter:
    """A number a theorem speaks of: its keyword in ``evaluate``, its symbol, its sign.

    It is at least 0 unless ``positive`` (above 0) or ``signed`` (anything finite). A positive one
    with ``limit`` bounds something from above, so that what is proved for every number above 0
    holds for 0 in the limit: ``evaluate`` takes 0, too. An ``inner`` one is not of the bound but of
    its proof, the next client's probability say: what is proved holds whatever it is.
    """

    name: str
    symbol: Expression
    meaning: str
    positive: bool = False
    signed: bool = False
    whole: bool = False
    limit: bool = False
    inner: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Condition:
    """``greater >= smaller`` (or ``>``), in the parameters.

    ``slack`` is a symbol for ``slack_value``, a positive multiple of ``greater - smaller``; the
    domain's chart writes parameters in terms of slacks. Without a slack the condition can still
    be used as a fact.
    """

    text: str
    greater: Expression
    smaller: Expression
    strict: bool = False
    slack: Expression | None = None
    slack_value: Expression | None = None

    @property
    def difference(self) -> Expression:
        """``greater - smaller``."""
        return sympy.sympify(self.greater) - self.smaller


@dataclass(frozen=True, kw_only=True, eq=False)
class Domain:
    """Parameters with their conditions, and the chart under which every sign can be read off.

    ``implied`` holds in every instance of the setting, by the Cauchy-Schwarz inequality say: proofs
    do not need it, but numbers that break it belong to no instance and are refused.
    """

    parameters: tuple[Parameter, ...]
    conditions: tuple[Condition, ...] = ()
    chart: Mapping[Expression, Expression] = field(default_factory=dict)
    implied: tuple[Condition, ...] = ()

    @property
    def numbers(self) -> tuple[Parameter, ...]:
        """The parameters of the bound: what ``evaluate`` takes."""
        return tuple(p for p in self.parameters if not p.inner)

    def admit(self, numbers: Mapping[str, Any]) -> dict[Expression, Any]:
        """Values by symbol, checked.

        Raises:
            AssumptionError: a missing, unknown, infinite or negative number, or a failed condition.
        """
        values = self._values(numbers)
        inner = {p.symbol for p in self.parameters if p.inner}
        for condition in self.conditions:
            if condition.difference.free_symbols & inner:
                continue
            if not _holds(condition, values):
                raise AssumptionError(
                    f"outside the proven range: it needs {condition.text}"
                    f"{self._given(condition, values)}"
                )
        for condition in self.implied:
            if not _holds(condition, values):
                raise AssumptionError(
                    f"no instance has these numbers: always {condition.text}"
                    f"{self._given(condition, values)}"
                )
        return values

    def admitted(self, numbers: Mapping[str, Any]) -> dict[Expression, Any]:
        """Values by symbol, each checked by itself.

        Raises:
            AssumptionError: a missing, unknown, infinite or negative number.
        """
        return self._values(numbers)

    def admit_each(self, numbers: Mapping[str, Any]) -> None:
        """Refuse a number that is wrong whatever the others are.

        Raises:
            AssumptionError: a number that is infinite, negative, not whole or of another unit.
        """
        for parameter in self.parameters:
            if parameter.name in numbers:
                _admitted(parameter, without_unit(parameter.name, numbers[parameter.name]))

    def _given(self, condition: Condition, values: Mapping[Expression, Any]) -> str:
        """The numbers that a condition speaks of, where they are single numbers."""
        spoken = condition.difference.free_symbols
        told = [
            f"{p.name} = {float(values[p.symbol]):.4g}"
            for p in self.parameters
            if p.symbol in spoken and np.ndim(values[p.symbol]) == 0
        ]
        return f" ({', '.join(told)})" if told else ""

    def _values(self, numbers: Mapping[str, Any]) -> dict[Expression, Any]:
        names = [p.name for p in self.numbers]
        wrong = [n for n in numbers if n not in names] or [n for n in names if n not in numbers]
        if wrong:
            raise AssumptionError(_unfit(wrong[0], names))
        return {p.symbol: _admitted(p, without_unit(p.name, numbers[p.name])) for p in self.numbers}


def _holds(condition: Condition, values: Mapping[Expression, Any]) -> bool:
    left, right = (_number(e, values) for e in (condition.greater, condition.smaller))
    room = left - right + ROUNDING * (np.abs(left) + np.abs(right))
    return bool(np.all(left > right if condition.strict else room >= 0))


def _unfit(name: str, names: list[str]) -> str:
    if name == "smoothness" and "client_smoothness" in names:
        return (
            "smoothness: that of the mean F is not enough here; give client_smoothness, the "
            "largest smoothness of the clients' f_i"
        )
    return f"{name}: give exactly the numbers {', '.join(names)}"


def _admitted(parameter: Parameter, number: Any) -> Any:
    value = np.asarray(number, dtype=np.float64)
    bad = ~np.isfinite(value)
    above = parameter.positive and not parameter.limit
    if not parameter.signed:
        bad |= value <= 0 if above else value < 0
    if parameter.whole:
        bad |= value != np.floor(value)
    if bad.any():
        kind = "a whole number, " if parameter.whole else ""
        least = "" if parameter.signed else " and above 0" if above else " and at least 0"
        shown = float(value[bad].ravel()[0]) if value.ndim else float(value)
        raise AssumptionError(
            f"{parameter.name} is {shown:g}; {parameter.meaning} must be {kind}finite{least}"
        )
    return value


def _number(expression: Expression, values: Mapping[Expression, Any]) -> Any:
    function = _compiled(sympy.sympify(expression), tuple(values))
    return np.asarray(function(*values.values()), dtype=np.float64)


@lru_cache(maxsize=512)
def _compiled(expression: Expression, symbols: tuple[Expression, ...]) -> Any:
    plain = _plain(list(symbols))
    return sympy.lambdify(plain, _renamed(expression, list(symbols)), "numpy")


def _plain(symbols: list[Expression]) -> list[Expression]:
    return [sympy.Symbol(f"x{index}") for index in range(len(symbols))]


def _renamed(expression: Expression, symbols: list[Expression]) -> Expression:
    return sympy.sympify(expression).subs(
        dict(zip(symbols, _plain(symbols), strict=True)), simultaneous=True
    )


def number(expression: Expression, values: Mapping[Expression, Any]) -> Any:
    """The value of ``expression``: a float, or an array if any value is an array."""
    result = _number(expression, values)
    return float(result) if result.ndim == 0 else result


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
    "joint_probability": "1",
    "other_probability": "1",
    "weight": "1",
    "other_weight": "1",
    "load": "1",
    "common": "1",
    "local_step": "x²/F",
    "local_noise": "F²/x²",
    "weight_variance": "1",
    "largest_weight": "1",
    "idle_odds": "1",
    "other_models": "1",
    "loss_ratio": "1",
    "gradient_squares": "F²/x²",
    "window": "1",
    "windows": "1",
    "round_bias": "F²/x²",
    "window_bias": "F²/x²",
    "least_skew": "1",
    "skew": "1",
    "staleness": "F²/x²",
    "memory_noise": "F²/x²",
    "memory_root": "1",
    "squared_step": "F²/x²",
    "variation": "1",
    "multiple": "1",
    "new_multiple": "1",
    "column_drift": "1",
    "mean_drift": "1",
    "step_smoothness": "F/x²",
    "squared_error": "F²/x²",
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

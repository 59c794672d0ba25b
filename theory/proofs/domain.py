"""The range in which a theorem holds: parameters with units, conditions, a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from roundlot.theory.errors import AssumptionError
from roundlot.theory.proofs.conversions import converted
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.named_numbers import NAMED_NUMBERS
from roundlot.theory.proofs.units import WORDS, require_one_unit, without_unit
from roundlot.theory.text import listed

ROUNDING = 1e-12  # relative: 2/(L + μ) computed in floats must count as at most 2/(L + μ)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parameter:
    """A number a theorem speaks of: its keyword in ``evaluate``, its symbol, its sign.

    It is at least 0 unless ``positive`` (above 0) or ``signed`` (anything finite). A positive one
    with ``limit`` bounds something from above, so that what is proved for every number above 0
    holds for 0 in the limit: ``evaluate`` takes 0, too. An ``inner`` one is not of the bound but of
    its proof, the next client's probability say: what is proved holds whatever it is.

    Its unit is that of its name (``NAMED_NUMBERS``), unless it has one of its own here. ``forms``
    are other names under which it may be given, where that is exact (``CONVERSIONS``).
    """

    name: str
    symbol: Expression
    meaning: str
    positive: bool = False
    signed: bool = False
    whole: bool = False
    limit: bool = False
    inner: bool = False
    own_unit: str = ""
    forms: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """``F²/x²`` say; empty for a name that is not in the table of names."""
        known = NAMED_NUMBERS.get(self.name)
        return self.own_unit or (known.unit if known else "")

    @property
    def unit_in_words(self) -> str:
        """ "loss per parameter unit squared" say; of a count, what is counted."""
        known = NAMED_NUMBERS.get(self.name)
        if known is not None and known.unit == self.unit:
            return known.words
        return WORDS.get(self.unit, "")

    @property
    def said(self) -> str:
        """Name, meaning and unit, for a message about it."""
        return f"{self.name} ({self.explained()})"

    def explained(self, meaning: str = "") -> str:
        """Its meaning, or another text in its place, with its unit and its other names."""
        unit = f"; unit {self.unit}" if self.unit not in ("", "1") else ""
        forms = f"; or give {' or '.join(self.forms)}" if self.forms else ""
        return f"{meaning or self.meaning}{unit}{forms}"


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

    def plain(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """Numbers without their units, under the theorem's names; those of other names are kept.

        Raises:
            AssumptionError: a number in another unit, or under a name that does not tell it.
        """
        known = {p.name: p for p in self.parameters}
        found = converted({name: p.forms for name, p in known.items()}, numbers)
        units = {name: known[name].unit for name in found if name in known}
        require_one_unit(units, found)
        return {name: without_unit(name, found[name], units.get(name, "")) for name in found}

    def admit(self, numbers: Mapping[str, Any]) -> dict[Expression, Any]:
        """Values by symbol, checked.

        Raises:
            AssumptionError: a missing, unknown, infinite or negative number, or a failed condition.
        """
        values = self._values(self.plain(numbers))
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
        return self._values(self.plain(numbers))

    def admit_each(self, numbers: Mapping[str, Any]) -> None:
        """Refuse a number that is wrong whatever the others are.

        Raises:
            AssumptionError: a number that is infinite, negative, not whole or of another unit.
        """
        plain = self.plain(numbers)
        for parameter in self.parameters:
            if parameter.name in plain:
                _admitted(parameter, plain[parameter.name])

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
        missing = [p for p in self.numbers if p.name not in numbers]
        unknown = [n for n in numbers if n not in {p.name for p in self.numbers}]
        if missing or unknown:
            raise AssumptionError(self._unfit(missing, unknown))
        return {p.symbol: _admitted(p, numbers[p.name]) for p in self.numbers}

    def _unfit(self, missing: Sequence[Parameter], unknown: Sequence[str]) -> str:
        """All that is missing and all that has no place, in one line."""
        names = [p.name for p in self.numbers]
        if "smoothness" in unknown and "client_smoothness" in names:
            return (
                "smoothness: that of the mean F is not enough here; give client_smoothness, the "
                "largest smoothness of the clients' f_i"
            )
        parts = [f"missing: {listed(p.said for p in missing)}"] if missing else []
        if unknown:
            parts.append(f"no number of this theorem: {listed(unknown)}")
        return f"{'; '.join(parts)}; give exactly the numbers {', '.join(names)}"


def _holds(condition: Condition, values: Mapping[Expression, Any]) -> bool:
    left, right = (_number(e, values) for e in (condition.greater, condition.smaller))
    room = left - right + ROUNDING * (np.abs(left) + np.abs(right))
    return bool(np.all(left > right if condition.strict else room >= 0))


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

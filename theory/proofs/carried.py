"""A bound of numbers that are known up to intervals: between which numbers it is.

The right side of a theorem is a function of its numbers. Its range over the box of their intervals
is enclosed by interval arithmetic, so no monotonicity is taken on trust. If every interval covers
its number, the bound of the true numbers is in the range: that is as sure as all intervals at once,
for which Bonferroni's inequality gives a confidence, whatever their dependence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from roundlot.theory.errors import AssumptionError, InvalidProblemError
from roundlot.theory.intervals import ConfidenceInterval, joint_condition, joint_confidence
from roundlot.theory.proofs.domain import (
    ROUNDING,
    Condition,
    Domain,
    Parameter,
    number,
)
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.ranges import Box, value_range


def carried(formula: Expression, domain: Domain, numbers: Mapping[str, Any]) -> ConfidenceInterval:
    """The interval of a theorem's right side.

    Args:
        formula: the right side.
        domain: of the theorem.
        numbers: by parameter: a number, one with a unit, or an ``ConfidenceInterval``.

    Raises:
        AssumptionError: a missing, unknown or impossible number; a condition that fails somewhere
            in the box, by name.
        InvalidProblemError: intervals that leave no confidence.
    """
    numbers = domain.plain(numbers)
    box = _box(domain, numbers)
    for condition in domain.conditions:
        _require(condition, domain, box)
    for condition in domain.implied:
        _require_somewhere(condition, domain, box)
    parts = [part for part in numbers.values() if isinstance(part, ConfidenceInterval)]
    low, high = value_range(formula, box)
    with np.errstate(all="ignore"):
        best = number(formula, {p.symbol: _estimate(numbers[p.name]) for p in domain.numbers})
    return ConfidenceInterval(
        low=low,
        estimate=high if np.isnan(best) else min(max(float(best), low), high),
        high=high,
        confidence=joint_confidence(parts),
        condition=joint_condition(parts),
    )


def _box(domain: Domain, numbers: Mapping[str, Any]) -> dict[Expression, tuple[float, float]]:
    admitted = domain.admitted({name: _finite_end(value) for name, value in numbers.items()})
    box = {}
    for parameter in domain.numbers:
        value = numbers[parameter.name]
        if not isinstance(value, ConfidenceInterval):
            box[parameter.symbol] = (float(admitted[parameter.symbol]),) * 2
            continue
        if parameter.whole:
            raise AssumptionError(f"{parameter.name} counts; give a number, not an interval")
        _require_low(parameter, value)
        domain.admit_each({parameter.name: value.low})
        box[parameter.symbol] = value.low, value.high
    return box


def _require_low(parameter: Parameter, value: ConfidenceInterval) -> None:
    if parameter.positive and not parameter.limit and value.low <= 0.0 < value.high:
        raise AssumptionError(
            f"the interval of {parameter.name} reaches down to {value.low:g}, where nothing is "
            f"proved: {parameter.meaning} must be above 0; measure it more exactly, or give a "
            "lower end that you know"
        )


def _finite_end(value: Any) -> Any:
    """What is to be checked of a number; of an interval its ends, or the lower one alone."""
    if not isinstance(value, ConfidenceInterval):
        if np.ndim(getattr(value, "number", value)):
            raise AssumptionError("an array of numbers has no one interval; call once for each")
        return value
    if not value.low <= value.estimate <= value.high:
        raise InvalidProblemError(
            f"an interval goes from {value.low:g} over {value.estimate:g} to {value.high:g}; "
            "give low <= estimate <= high"
        )
    return value.high if np.isfinite(value.high) else value.low


def _estimate(value: Any) -> Any:
    return np.float64(value.estimate if isinstance(value, ConfidenceInterval) else value)


def _require(condition: Condition, domain: Domain, box: Box) -> None:
    """On the whole box: the true numbers may be anywhere in it.

    That ``L >= μ`` is so of every function: there it is enough somewhere.
    """
    spoken = condition.difference.free_symbols
    if any(p.inner and p.symbol in spoken for p in domain.parameters):
        return
    if _is_order(condition, domain):
        _require_somewhere(condition, domain, box)
        return
    least, _ = _difference(condition, box)
    if least < 0.0 or (condition.strict and least <= 0.0):
        raise AssumptionError(
            f"outside the proven range for a part of the intervals: it needs {condition.text}"
            f"{_given(condition, domain, box)}"
        )


def _is_order(condition: Condition, domain: Domain) -> bool:
    """Whether it says that a function's smoothness is at least its strong convexity."""
    by_name = {p.name: p.symbol for p in domain.numbers}
    mu = by_name.get("strong_convexity")
    smooth = [by_name.get(name) for name in ("smoothness", "client_smoothness")]
    return any(L is not None and mu is not None and condition.difference == L - mu for L in smooth)


def _require_somewhere(condition: Condition, domain: Domain, box: Box) -> None:
    if _difference(condition, box)[1] < 0.0:
        raise AssumptionError(
            f"no instance has numbers in these intervals: always {condition.text}"
            f"{_given(condition, domain, box)}"
        )


def _difference(condition: Condition, box: Box) -> tuple[float, float]:
    """The range of what is to be at least 0, with room for rounding as for single numbers."""
    spoken = {s: ends for s, ends in box.items() if s in condition.difference.free_symbols}
    low, high = value_range(condition.difference, spoken)
    if low > 0.0:
        return low, high
    sides = [value_range(side, spoken) for side in (condition.greater, condition.smaller)]
    size = sum(max((abs(e) for e in ends if np.isfinite(e)), default=0.0) for ends in sides)
    room = 0.0 if condition.strict else ROUNDING * size
    return low + room, high + room


def _given(condition: Condition, domain: Domain, box: Box) -> str:
    spoken = condition.difference.free_symbols
    told = [
        f"{p.name} = {low:.4g}" if low == high else f"{p.name} from {low:.4g} to {high:.4g}"
        for p in domain.numbers
        if p.symbol in spoken
        for low, high in (box[p.symbol],)
    ]
    return f" ({', '.join(told)})" if told else ""

"""Enclosures of expressions over boxes: every rounding goes outwards, all boxes at a time.

What a sum, a product or a power of intervals encloses, the value at every point of the box is in.
The rational operations of float64 err by at most half a unit in the last place, so one step
outwards covers them; powers that are not small whole numbers are stepped by more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from roundlot.theory.arrays import BoolArray, FloatArray

#: Lower and upper ends, arrays of one shape.
Ends = tuple[FloatArray, FloatArray]
_POWER_ULPS = 4  # NumPy's pow errs by less than two units in the last place
_SQUARED = 64  # whole powers up to it are products


def enclose(expression: Any, leaves: Mapping[Any, Ends]) -> Ends:
    """The ends of ``expression`` where every symbol is between its ends; infinite where undefined.

    Args:
        expression: of sums, products, powers and the leaves.
        leaves: by symbol, arrays of one shape.
    """
    shape = next(iter(leaves.values()))[0].shape if leaves else ()
    with np.errstate(all="ignore"):
        low, high = _enclosed(sympy.sympify(expression), leaves, shape)
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def has_pole(expression: Any, leaves: Mapping[Any, Ends]) -> BoolArray:
    """Where a divisor may change its sign: there a derivative of one sign says nothing.

    Returns:
        An array of truth values of the leaves' shape.
    """
    found: BoolArray = np.zeros(
        next(iter(leaves.values()))[0].shape if leaves else (), dtype=np.bool_
    )
    for part in sympy.sympify(expression).atoms(sympy.Pow):
        if part.exp.is_Integer and part.exp < 0:
            low, high = enclose(part.base, leaves)
            found = found | ((low < 0.0) & (high > 0.0))
    return found


def _enclosed(node: Any, leaves: Mapping[Any, Ends], shape: tuple[int, ...]) -> Ends:
    if node in leaves:
        return leaves[node]
    if node.is_number:
        return _number(node, shape)
    if node.is_Add or node.is_Mul:
        join = _sum if node.is_Add else _product
        found = _enclosed(node.args[0], leaves, shape)
        for part in node.args[1:]:
            found = join(found, _enclosed(part, leaves, shape))
        return found
    if node.is_Pow:
        base = _enclosed(node.base, leaves, shape)
        if node.exp.is_Integer:
            return _whole_power(base, int(node.exp))
        return _power(base, _enclosed(node.exp, leaves, shape))
    nothing = np.full(shape, np.inf)  # of a function that this does not know
    return -nothing, nothing


def _number(node: Any, shape: tuple[int, ...]) -> Ends:
    value = float(node)
    exact = node.is_Rational and sympy.Rational(value) == node
    low, high = (
        (value, value) if exact else (np.nextafter(value, -np.inf), np.nextafter(value, np.inf))
    )
    return np.full(shape, low), np.full(shape, high)


def _out(low: FloatArray, high: FloatArray) -> Ends:
    return np.nextafter(low, -np.inf), np.nextafter(high, np.inf)


def _sum(one: Ends, other: Ends) -> Ends:
    return _out(one[0] + other[0], one[1] + other[1])


def _product(one: Ends, other: Ends) -> Ends:
    corners = [_times(a, b) for a in one for b in other]
    return _out(np.minimum.reduce(corners), np.maximum.reduce(corners))


def _times(a: FloatArray, b: FloatArray) -> FloatArray:
    """Zero times infinity is 0: the ends of an unbounded interval are not in it."""
    return np.where((a == 0.0) | (b == 0.0), 0.0, a * b)


def _inverse(base: Ends) -> Ends:
    low, high = base
    through = (low <= 0.0) & (high >= 0.0)
    bottom = np.where(low == 0.0, 1.0 / high, -np.inf)
    top = np.where(high == 0.0, 1.0 / low, np.inf)
    ends = _out(1.0 / high, 1.0 / low)
    return (
        np.where(through, np.where(low == 0.0, np.nextafter(bottom, -np.inf), -np.inf), ends[0]),
        np.where(through, np.where(high == 0.0, np.nextafter(top, np.inf), np.inf), ends[1]),
    )


def _whole_power(base: Ends, power: int) -> Ends:
    if power < 0:
        return _inverse(_whole_power(base, -power))
    low, high = base
    if power % 2 == 0:  # the least is 0 where the interval holds it
        closest = np.where((low <= 0.0) & (high >= 0.0), 0.0, np.minimum(np.abs(low), np.abs(high)))
        low, high = closest, np.maximum(np.abs(low), np.abs(high))
    if power <= _SQUARED:
        return _multiplied(low, power, -np.inf), _multiplied(high, power, np.inf)
    return _stepped(np.power(low, power), -np.inf), _stepped(np.power(high, power), np.inf)


def _multiplied(value: FloatArray, power: int, side: float) -> FloatArray:
    found = np.ones_like(value)
    away = np.where(value < 0.0, -1.0, 1.0)
    for _ in range(power):  # magnitudes, rounded to the side that the sign asks for
        found = np.nextafter(found * np.abs(value), side * away**power)
    signed: FloatArray = np.maximum(found, 0.0) * away**power
    return signed


def _power(base: Ends, exponent: Ends) -> Ends:
    """Of a base above 0; unknown where it may be negative, 0 to a power above 0 is 0."""
    low, high = base
    corners = [np.power(np.maximum(b, 0.0), e) for b in base for e in exponent]
    least, most = np.minimum.reduce(corners), np.maximum.reduce(corners)
    unknown = (low < 0.0) | ((low == 0.0) & (exponent[0] <= 0.0)) | (high < low)
    return (
        np.where(unknown, -np.inf, np.maximum(_stepped(least, -np.inf), 0.0)),
        np.where(unknown, np.inf, _stepped(most, np.inf)),
    )


def _stepped(value: FloatArray, side: float) -> FloatArray:
    for _ in range(_POWER_ULPS):
        value = np.nextafter(value, side)
    return value

"""The least and the greatest value of an expression over a box, enclosed from outside.

Where interval arithmetic gives a derivative one sign over a box, the extreme is at an end of it;
where it does not, the box is cut in two. What is left when the work is used up is enclosed all the
same, only wider.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from roundlot.theory.arrays import FloatArray
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.interval_arithmetic import Ends, enclose, has_pole

#: Least and greatest value of a symbol.
Box = Mapping[Expression, tuple[float, float]]
CLOSE = 1e-9  # relative width at which an enclosure is good enough
_CELLS = 2048  # boxes that are looked at, at most
_ROUNDS = 200


def value_range(expression: Expression, box: Box) -> tuple[float, float]:
    """Numbers that the expression is between, over the whole box; infinite where none is found."""
    symbols = tuple(box)
    renamed, names = _renamed(sympy.sympify(expression), symbols)
    low = np.array([[box[symbol][0] for symbol in symbols]], dtype=np.float64)
    high = np.array([[box[symbol][1] for symbol in symbols]], dtype=np.float64)
    most = _greatest(renamed, names, low, high)
    least = -_greatest(-renamed, names, low, high)
    return min(least, most), max(least, most)


@lru_cache(maxsize=512)
def _renamed(expression: Any, symbols: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    names = tuple(sympy.Symbol(f"x{index}") for index in range(len(symbols)))
    return expression.subs(dict(zip(symbols, names, strict=True)), simultaneous=True), names


def _greatest(f: Any, names: tuple[Any, ...], low: FloatArray, high: FloatArray) -> float:
    """An upper bound of ``f`` over the box, near its greatest value where that is found."""
    reached, settled = -np.inf, -np.inf
    for _ in range(_ROUNDS):
        low, high = _narrowed(f, names, low, high)
        top = _ends(f, names, low, high)[1]
        middle = _middle(low, high)
        inside = _ends(f, names, middle, middle)[0]
        reached = max(reached, float(np.max(inside, initial=-np.inf)))
        is_open = (top > reached + CLOSE * abs(reached)) & np.any(high > low, axis=1)
        settled = max(settled, float(np.max(top, initial=-np.inf, where=~is_open)))
        low, high, top = low[is_open], high[is_open], top[is_open]
        if not len(low) or 2 * len(low) > _CELLS:
            break
        low, high = _halved(low, high)
    else:
        top = _ends(f, names, low, high)[1]
    return max(settled, float(np.max(top, initial=-np.inf)), reached)


def _ends(f: Any, names: tuple[Any, ...], low: FloatArray, high: FloatArray) -> Ends:
    leaves = {name: (low[:, j], high[:, j]) for j, name in enumerate(names)}
    found = enclose(f, leaves)
    return np.broadcast_to(found[0], len(low)), np.broadcast_to(found[1], len(low))


def _narrowed(
    f: Any, names: tuple[Any, ...], low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Each box cut down to the end where ``f`` is greatest, along all that ``f`` is monotone in."""
    low, high = low.copy(), high.copy()
    smooth = ~_poles(f, names, low, high)
    for _ in names:  # a box that is cut down may show the next sign
        before = np.sum(high > low)
        for j, name in enumerate(names):
            if not np.any(high[:, j] > low[:, j]):
                continue
            slope = _ends(_derivative(f, name), names, low, high)
            grows = smooth & (slope[0] >= 0.0)
            falls = smooth & (slope[1] <= 0.0) & (slope[0] < 0.0)
            low[:, j] = np.where(grows, high[:, j], low[:, j])
            high[:, j] = np.where(falls, low[:, j], high[:, j])
        if np.sum(high > low) in (0, before):
            break
    return low, high


def _poles(f: Any, names: tuple[Any, ...], low: FloatArray, high: FloatArray) -> Any:
    """Where ``f`` may jump from one infinity to the other: it is monotone on each side alone."""
    return has_pole(f, {name: (low[:, j], high[:, j]) for j, name in enumerate(names)})


@lru_cache(maxsize=512)
def _derivative(f: Any, name: Any) -> Any:
    return sympy.factor(sympy.diff(f, name))


def _middle(low: FloatArray, high: FloatArray) -> FloatArray:
    """Halfway; of an interval without an upper end a point inside."""
    with np.errstate(invalid="ignore", over="ignore"):
        half = low + (high - low) / 2.0
        return np.where(np.isinf(high), 2.0 * np.abs(low) + 1.0, half)


def _halved(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each box cut in two across its widest side, relative to where it is."""
    rows = np.arange(len(low))
    size = np.maximum(np.maximum(np.abs(low), np.abs(high)), np.finfo(float).tiny)
    with np.errstate(invalid="ignore"):
        width = np.where(np.isinf(size), np.inf, (high - low) / size)
    side = np.argmax(np.where(high > low, width, 0.0), axis=1)
    middle = _middle(low, high)[rows, side]
    upper, lower = low.copy(), high.copy()
    upper[rows, side], lower[rows, side] = middle, middle
    return np.concatenate([low, upper]), np.concatenate([lower, high])

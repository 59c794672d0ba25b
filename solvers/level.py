"""The water level: the one price at which the expected draws meet the budget."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roundlot.theory.problem import FloatArray

NEWTON_PASSES = 32
ROUNDING = 1e-15

Piece = Callable[[float], tuple[float, float]]
Breakpoints = Callable[[], FloatArray]


def find_level(piece: Piece, breakpoints: Breakpoints, start: float) -> float:
    """The ``r > 0`` with ``left(r) = free(r) / r``, for a total that falls as ``r`` rises.

    ``piece(r)`` gives ``(left, free)``: near ``r`` the expected draws are ``held + free / r`` and
    ``left`` is the budget less what is held. Newton's step from ``r`` is ``free / left``, exact on
    a piece. After ``NEWTON_PASSES`` it gives way to a search over the medians of the remaining
    ``breakpoints()``, which needs at most ``log2`` of their number of passes more: geometric
    scores make Newton alone take hundreds.

    Source: Bitran and Hax (1981), Kiwiel (2008) on variable fixing and breakpoint search.
    """
    low, high, level = 0.0, np.inf, start
    last: tuple[float, float] | None = None
    for _ in range(NEWTON_PASSES):
        here = piece(level)
        if _too_low(here, level):
            low = level
        else:
            high = level
        step = _newton(here)
        if here == last and _near(low, high, step):
            root = min(max(step, low), high)
            if low < step < high or _near(root, root, _newton(piece(root))):
                return root
        last = here
        if abs(step - level) <= 2.0 * np.spacing(level):
            return level
        level = step if low < step < high else _inside(low, high)
        if not low < level < high:
            return high if np.isfinite(high) else low
    return _median_search(piece, breakpoints(), low, high)


def _too_low(here: tuple[float, float], level: float) -> bool:
    left, free = here
    return left * level <= free


def _newton(here: tuple[float, float]) -> float:
    left, free = here
    return free / left if left > 0.0 and free > 0.0 else np.nan


def _near(low: float, high: float, step: float) -> bool:
    """Whether ``step``, the root of a piece, is in the bracket, up to its rounding.

    A piece seen twice need not hold the root: from above, a step may pass below the bracket, or
    fall on its end, where another piece begins; an end is the root only if its own step stays.
    """
    return low * (1.0 - ROUNDING) <= step <= high * (1.0 + ROUNDING)


def _inside(low: float, high: float) -> float:
    if high == np.inf:
        return 4.0 * low
    if low == 0.0:
        return 0.25 * high
    return float(np.sqrt(low) * np.sqrt(high))


def _median_search(piece: Piece, breakpoints: FloatArray, low: float, high: float) -> float:
    inner = breakpoints[(breakpoints > low) & (breakpoints < high)]
    while inner.size:
        middle = inner.size // 2
        pivot = float(np.partition(inner, middle)[middle])
        if _too_low(piece(pivot), pivot):
            low, inner = pivot, inner[inner > pivot]
        else:
            high, inner = pivot, inner[inner < pivot]
    level = _newton(piece(_inside(low, high)))
    if np.isnan(level):
        return high if np.isfinite(high) else low
    return min(max(level, low), high)

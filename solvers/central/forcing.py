"""Rows that leave no room: their sums are equations, and what is below them is fixed.

A path needs an inside. Where the floors of all clients sum to the budget, each of them is an
equation, and the budget says nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.central.rows import Rows, Values
from roundlot.theory.arrays import BoolArray, FloatArray

NO_ROOM = 1e-13  # relative: what rounding in a sum of a million terms cannot tell from none


@dataclass(frozen=True, kw_only=True, eq=False)
class Forced:
    """Limits with equations for the rows without room.

    Attributes:
        rows: the limits that are left.
        floor, ceiling: ``(V, S)``, of what comes beside the base; equal where an entry is fixed.
        low, high: per level, whether a node is held at the least, or the most, that it can be, by
            a node above it or itself.
        passed: per level, whether that holds all that is below it, so that its own row is gone.
    """

    rows: Rows = field(repr=False)
    floor: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    low: tuple[BoolArray, ...] = field(repr=False)
    high: tuple[BoolArray, ...] = field(repr=False)
    passed: tuple[BoolArray, ...] = field(repr=False)

    @property
    def some(self) -> bool:
        """Whether anything is."""
        return any(bool((low | high).any()) for low, high in zip(self.low, self.high, strict=True))


def forced(rows: Rows, ceiling: FloatArray) -> Forced:
    """The same limits, with equations for rows without room; ``ceiling (V, S)``, floors are 0."""
    floor = np.zeros_like(ceiling)
    caps, lows = list(rows.caps), list(rows.lows)
    least, most = _reach(rows, floor, ceiling)
    none = [np.zeros(cap.shape, dtype=np.bool_) for cap in caps[:-1]]
    lower, higher, passed = list(none), list(none), list(none)
    top = rows.depth - 1
    low = high = none[top]
    for level in range(top, -1, -1):
        low = low | (caps[level] <= least[level] * (1.0 + NO_ROOM))
        high = high | ((lows[level] >= most[level] * (1.0 - NO_ROOM)) & (lows[level] > 0.0))
        high = high & ~low
        below = _below(rows, level, floor, least), _below(rows, level, ceiling, most)
        own_low = low & (lows[level] > below[0] * (1.0 + NO_ROOM))
        own_high = high & (caps[level] < below[1] * (1.0 - NO_ROOM))
        own, value = own_low | own_high, np.where(own_low, lows[level], caps[level])
        lower[level], higher[level], passed[level] = low, high, (low | high) & ~own
        caps[level] = np.where(own, value, np.where(passed[level], np.inf, caps[level]))
        lows[level] = np.where(own, value, np.where(passed[level], 0.0, lows[level]))
        low, high = low & ~own, high & ~own
        if level:
            parent = rows.parents[level - 1]
            low, high = low[parent], high[parent]
    return Forced(
        rows=replace(rows, caps=tuple(caps), lows=tuple(lows)),
        floor=np.where(high[:, None], ceiling, floor),
        ceiling=np.where(low[:, None], floor, ceiling),
        low=tuple(lower),
        high=tuple(higher),
        passed=tuple(passed),
    )


def priced(given: Forced, prices: Values, fixed: FloatArray) -> tuple[Values, Values]:
    """Prices of the caps and of the floors from ``ν`` of every row: both ``>= 0``.

    What a row without room asks beyond its own limit is paid by the row above that took its room.

    Args:
        given: the forced limits.
        prices: ``ν`` of every row that is left.
        fixed: ``(V,)``, at least what entries that are held at their floors need to stay there.
    """
    caps = [np.maximum(price, 0.0) for price in prices]
    floors = [np.maximum(-price, 0.0) for price in prices]
    if given.some:
        wanted, offered = fixed, np.zeros(fixed.shape)
        for level in range(given.rows.depth):
            if level:
                size, parent = given.rows.caps[level].size, given.rows.parents[level - 1]
                wanted, offered = _greatest(parent, wanted, size), _greatest(parent, offered, size)
            own = (given.low[level] | given.high[level]) & ~given.passed[level]
            wanted = np.where(own, prices[level], wanted)
            offered = np.where(own, -prices[level], offered)
            wanted = np.where(given.low[level], np.maximum(wanted, 0.0), 0.0)
            offered = np.where(given.high[level], np.maximum(offered, 0.0), 0.0)
            caps[level] = np.where(given.passed[level], wanted, caps[level])
            floors[level] = np.where(given.passed[level], offered, floors[level])
        _shared(given, caps, floors, prices)
    return tuple(caps), tuple(floors)


def _shared(
    given: Forced, caps: list[FloatArray], floors: list[FloatArray], prices: Values
) -> None:
    """From the top: only the highest of passed rows pays; equations take off what it pays."""
    depth = given.rows.depth
    paid, offered = np.zeros(1), np.zeros(1)
    for level in range(depth - 1, -1, -1):
        if level < depth - 1:
            parent = given.rows.parents[level]
            paid, offered = paid[parent], offered[parent]
        low, high, passed = given.low[level], given.high[level], given.passed[level]
        under, over = low & (paid > 0.0), high & (offered > 0.0)
        own = ~passed
        floors[level] = np.where(under & own, np.maximum(paid - prices[level], 0.0), floors[level])
        caps[level] = np.where(under, 0.0, caps[level])
        caps[level] = np.where(over & own, np.maximum(prices[level] + offered, 0.0), caps[level])
        floors[level] = np.where(over, 0.0, floors[level])
        paid = np.where(passed & low, np.maximum(paid, caps[level]), np.where(low & own, 0.0, paid))
        offered = np.where(
            passed & high, np.maximum(offered, floors[level]), np.where(high & own, 0.0, offered)
        )


def _greatest(parent: np.ndarray, values: FloatArray, size: int) -> FloatArray:
    out = np.full(size, -np.inf)
    np.maximum.at(out, parent, values)
    return np.where(np.isfinite(out), out, 0.0)


def _reach(
    rows: Rows, floor: FloatArray, ceiling: FloatArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """The least and the most that each node can come to."""
    least: list[FloatArray] = []
    most: list[FloatArray] = []
    for level in range(rows.depth):
        below = _below(rows, level, floor, least), _below(rows, level, ceiling, most)
        least.append(np.maximum(below[0], rows.lows[level]))
        most.append(np.minimum(below[1], rows.caps[level]))
    return least, most


def _below(rows: Rows, level: int, table: FloatArray, values: list[FloatArray]) -> FloatArray:
    """What a level's nodes sum: entries, or the values of the nodes below."""
    if not level:
        return np.asarray(table.sum(axis=1))
    size = rows.caps[level].size
    found = np.bincount(rows.parents[level - 1], values[level - 1], minlength=size)
    return np.asarray(found, dtype=np.float64)

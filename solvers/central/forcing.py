"""Rows that leave no room: their sums are equations, and what is below them is fixed.

A path needs an inside. Where the floors of all clients sum to the budget, each of them is an
equation, and the budget says nothing more.
"""

from __future__ import annotations

import math
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
        models: whether models' floors use up the budget: each is an equation, the budget is gone.
    """

    rows: Rows = field(repr=False)
    floor: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    low: tuple[BoolArray, ...] = field(repr=False)
    high: tuple[BoolArray, ...] = field(repr=False)
    passed: tuple[BoolArray, ...] = field(repr=False)
    models: bool = False

    @property
    def some(self) -> bool:
        """Whether anything is."""
        tree = any(bool((low | high).any()) for low, high in zip(self.low, self.high, strict=True))
        return tree or self.models

    @property
    def equal(self) -> tuple[BoolArray, ...]:
        """Per level, which nodes are equations: nothing from above holds what is below them."""
        flags = zip(self.low, self.high, self.passed, strict=True)
        return tuple((low | high) & ~passed for low, high, passed in flags)

    def closes(self, wanted: BoolArray) -> BoolArray:
        """``(V, S)``, which entries that must come to something cannot."""
        return np.asarray(wanted & (self.ceiling == 0.0))


def forced(rows: Rows, ceiling: FloatArray, wanted: BoolArray) -> Forced:
    """The same limits, with equations for rows without room.

    Args:
        rows: limits of sums.
        ceiling: ``(V, S)``; floors are 0.
        wanted: ``(V, S)``, what must not be left at 0: for it a room that rounding nearly takes is
            a room.
    """
    found = _forced(rows, ceiling, wanted, NO_ROOM)
    return _forced(rows, ceiling, wanted, 0.0) if found.closes(wanted).any() else found


def _forced(rows: Rows, ceiling: FloatArray, wanted: BoolArray, share: float) -> Forced:
    floor = np.zeros_like(ceiling)
    caps, lows = list(rows.caps), list(rows.lows)
    least, most = _reach(rows, floor, ceiling)
    none = [np.zeros(cap.shape, dtype=np.bool_) for cap in caps[:-1]]
    lower, higher, passed = list(none), list(none), list(none)
    top = rows.depth - 1
    low = high = none[top]
    for level in range(top, -1, -1):
        low = low | (caps[level] <= least[level] * (1.0 + share))
        high = high | ((lows[level] >= most[level] * (1.0 - share)) & (lows[level] > 0.0))
        high = high & ~low
        below = _below(rows, level, floor, least), _below(rows, level, ceiling, most)
        own_low = low & (lows[level] > below[0] * (1.0 + share))
        own_high = high & (caps[level] < below[1] * (1.0 - share))
        own, value = own_low | own_high, np.where(own_low, lows[level], caps[level])
        lower[level], higher[level], passed[level] = low, high, (low | high) & ~own
        caps[level] = np.where(own, value, np.where(passed[level], np.inf, caps[level]))
        lows[level] = np.where(own, value, np.where(passed[level], 0.0, lows[level]))
        low, high = low & ~own, high & ~own
        if level:
            parent = rows.parents[level - 1]
            low, high = low[parent], high[parent]
    floor, ceiling = np.where(high[:, None], ceiling, floor), np.where(low[:, None], floor, ceiling)
    models = not lower[top].any() and _models_fill(rows, caps[top], wanted & (ceiling > 0.0), share)
    if models:
        some = rows.lows[-1] > 0.0
        caps[-1], caps[top] = np.where(some, rows.lows[-1], rows.caps[-1]), np.full(1, np.inf)
        ceiling = np.where(_of_models(rows, some), ceiling, floor)
    return Forced(
        rows=replace(rows, caps=tuple(caps), lows=tuple(lows)),
        floor=floor,
        ceiling=ceiling,
        low=tuple(lower),
        high=tuple(higher),
        passed=tuple(passed),
        models=models,
    )


def _models_fill(rows: Rows, budget: FloatArray, wanted: BoolArray, share: float) -> bool:
    """Whether floors of models use up the budget, and leave nobody at 0 who is wanted."""
    lows = rows.lows[-1]
    if not (lows > 0.0).any() or float(budget[0]) > math.fsum(lows.tolist()) * (1.0 + share):
        return False
    return not (wanted & ~_of_models(rows, lows > 0.0)).any()


def _of_models(rows: Rows, some: BoolArray) -> BoolArray:
    """``(S,)``, which models some of the dense rows are of."""
    found: BoolArray = np.zeros(rows.costs.shape[2], dtype=np.bool_)
    found[rows.model[some & (rows.model >= 0)]] = True
    return found


def priced(given: Forced, prices: Values, steep: FloatArray) -> tuple[Values, Values]:
    """Prices of the caps and of the floors from ``ν`` of every row: both ``>= 0``.

    What a row without room asks beyond its own limit is paid by the row above that took its room.

    Args:
        given: the forced limits.
        prices: ``ν`` of every row that is left.
        steep: ``(V, S)``, slopes ``a²/p²`` of entries that are fixed: what they ask to stay.
    """
    caps = [np.maximum(price, 0.0) for price in prices]
    floors = [np.maximum(-price, 0.0) for price in prices]
    if given.some:
        wanted, offered = np.zeros(len(steep)), np.zeros(len(steep))
        for level in range(given.rows.depth):
            if level:
                size, parent = given.rows.caps[level].size, given.rows.parents[level - 1]
                wanted, offered = _greatest(parent, wanted, size), _greatest(parent, offered, size)
            own = given.equal[level]
            wanted = np.where(own, prices[level], wanted)
            offered = np.where(own, -prices[level], offered)
            wanted = np.where(given.low[level] | own, np.maximum(wanted, 0.0), 0.0)
            offered = np.where(given.high[level] | own, np.maximum(offered, 0.0), 0.0)
            caps[level] = np.where(given.passed[level], wanted, caps[level])
            floors[level] = np.where(given.passed[level], offered, floors[level])
        _shared(given, caps, floors, prices)
        if given.models:
            _budgeted(given, caps, floors, prices, steep)
        _completed(given, caps, floors, steep)
    return tuple(caps), tuple(floors)


def _budgeted(
    given: Forced,
    caps: list[FloatArray],
    floors: list[FloatArray],
    prices: Values,
    steep: FloatArray,
) -> None:
    """Models whose floors use up the budget: it pays what they ask, and what keeps others out."""
    equal = given.rows.caps[-1] == given.rows.lows[-1]
    caps[-1] = np.where(equal, 0.0, caps[-1])
    floors[-1] = np.where(equal, 0.0, floors[-1])
    bare = given.rows.spread(_difference(caps, floors))
    out = ~_of_models(given.rows, equal)
    asked = float(np.max(np.where(out, steep - bare, 0.0), initial=0.0))
    budget = max(0.0, asked, float(np.max(prices[-1], where=equal, initial=0.0)))
    caps[-2] = caps[-2] + budget
    floors[-1] = np.where(equal, budget - prices[-1], floors[-1])


def _difference(caps: list[FloatArray], floors: list[FloatArray]) -> Values:
    return tuple(y - w for y, w in zip(caps, floors, strict=True))


def _completed(
    given: Forced, caps: list[FloatArray], floors: list[FloatArray], steep: FloatArray
) -> None:
    """What is fixed stays so: the highest row without room pays what is missing for that."""
    depth, parents = given.rows.depth, given.rows.parents
    paid = np.broadcast_to(given.rows.spread(_difference(caps, floors)), steep.shape)
    for held, pays, takes, lack in (
        (given.low, caps, floors, np.where(given.ceiling == 0.0, steep - paid, 0.0)),
        (given.high, floors, caps, np.where(given.floor > 0.0, paid - steep, 0.0)),
    ):
        missing = np.maximum(lack.max(axis=1), 0.0)
        chain = [low & passed for low, passed in zip(held, given.passed, strict=True)]
        wanted = [np.where(chain[0], missing, 0.0)]
        for level in range(1, depth):
            most = _greatest(parents[level - 1], wanted[-1], chain[level].size)
            wanted.append(np.where(chain[level], np.maximum(most, 0.0), 0.0))
        above = np.zeros(1)
        for level in range(depth - 1, -1, -1):
            above = above if level == depth - 1 else above[parents[level]]
            own = np.where(chain[level], np.maximum(wanted[level] - above, 0.0), 0.0)
            pays[level] = pays[level] + np.where(above > 0.0, 0.0, own)
            takes[level] = takes[level] + np.where(given.equal[level], above, 0.0)
            above = np.where(chain[level], np.where(above > 0.0, above, own), 0.0)


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
        own = given.equal[level]
        under, over = (low | own) & (paid > 0.0), (high | own) & (offered > 0.0)
        floors[level] = np.where(under & own, np.maximum(paid - prices[level], 0.0), floors[level])
        caps[level] = np.where(under, 0.0, caps[level])
        caps[level] = np.where(over & own, np.maximum(prices[level] + offered, 0.0), caps[level])
        floors[level] = np.where(over, 0.0, floors[level])
        paid = np.where(passed & low, np.maximum(paid, caps[level]), np.where(own, 0.0, paid))
        offered = np.where(
            passed & high, np.maximum(offered, floors[level]), np.where(own, 0.0, offered)
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

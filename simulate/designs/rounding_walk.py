"""Every state of the pool of dependent rounding, without who is in it.

What the fractional entries of the pool can be does not depend on who owns its rows: the sums of
columns are those of all processors so far, less whole draws, and on a forest they fix the entries.
So few pools are possible after each processor, and they form a Markov chain; the owners are
carried along by whatever wants to know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.theory import AssumptionError

Ints = npt.NDArray[np.int64]
_FREE, _TAKEN = -1, 0
#: More pools than this at once are not followed.
MOST_POOLS = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class Move:
    """A cycle or path: ``signs`` (rows, S + 1) of the entries that move by ``up`` or ``-down``."""

    signs: Ints
    up: int
    down: int

    @property
    def variance(self) -> float:
        """Of the change, which has mean 0."""
        return (self.up / ONE) * (self.down / ONE)

    @property
    def ends(self) -> tuple[tuple[int, float], tuple[int, float]]:
        """Changes with their chances."""
        whole = self.up + self.down
        return (self.up, self.down / whole), (-self.down, self.up / whole)


Carried = TypeVar("Carried")


class Book(Protocol[Carried]):
    """What is known of the owners of a pool's rows, weighted by the chance of the pool."""

    def admit(self, carried: Carried, row: int, who: int) -> Carried:
        """Processor ``who`` enters at ``row``."""

    def move(self, carried: Carried, move: Move) -> None:
        """A move is about to be decided, from this state."""

    def branch(self, carried: Carried, change: float, move: Move, chance: float) -> Carried:
        """It is decided: entries changed by ``change``, with this chance."""

    def clear(self, carried: Carried, rows: Ints) -> Carried:
        """The owners of these rows are decided."""

    def reorder(self, carried: Carried, order: Ints) -> Carried:
        """Rows take new places: place ``k`` is that of ``order[k]``."""

    def merge(self, one: Carried, other: Carried) -> Carried:
        """Two ways to the same pool."""


def walk(counts: Counts, book: Book[Any], start: Any) -> Any:
    """Follow all pools over the processors in order; gives what is carried at the end.

    Raises:
        AssumptionError: more than ``MOST_POOLS`` pools at once.
    """
    width = counts.shape[1] + 1
    pools: dict[bytes, Any] = {np.zeros((width, width), dtype=np.int64).tobytes(): start}
    steps = _Steps(width)
    for who, row in enumerate(counts):
        later: dict[bytes, Any] = {}
        for key, carried in pools.items():
            pool = np.frombuffer(key, dtype=np.int64).reshape(width, width).copy()
            new = int(np.flatnonzero(~pool.any(axis=1))[0])
            pool[new, :-1] = row
            pool[new, -1] = ONE - int(row.sum())
            steps.settle(pool, book, book.admit(carried, new, who), new, later)
        pools = later
        if len(pools) > MOST_POOLS:
            raise AssumptionError(
                f"rounding goes through more than {MOST_POOLS} pools; take fewer models, or simulate"
            )
    last: dict[bytes, Any] = {}
    for key, carried in pools.items():
        pool = np.frombuffer(key, dtype=np.int64).reshape(width, width).copy()
        steps.settle(pool, book, carried, _FREE, last)
    (end,) = last.values()
    return end


class _Steps:
    """Moves until none is left, by the compiled search that draws."""

    def __init__(self, width: int) -> None:
        self.rows, self.columns = (np.empty(2 * width, dtype=np.int64) for _ in range(2))
        self.marks = np.empty((5, width), dtype=np.int64)

    def settle(
        self, pool: Ints, book: Book[Any], carried: Any, new: int, found: dict[bytes, Any]
    ) -> None:
        """Cycles through row ``new``, or paths, broken in every way; the pools go to ``found``."""
        done = (pool == ONE).any(axis=1)
        if done.any():
            pool[done] = 0
            carried = book.clear(carried, np.flatnonzero(done))
        move = self._next(pool, new)
        if move is None:
            # Which row a cycle takes goes by columns: where the rows stand does not matter.
            order = np.lexsort(pool.T)[::-1]
            key, carried = pool[order].tobytes(), book.reorder(carried, order)
            found[key] = book.merge(found[key], carried) if key in found else carried
            return
        book.move(carried, move)
        for change, chance in move.ends:
            after = pool + change * move.signs
            self.settle(after, book, book.branch(carried, change / ONE, move, chance), new, found)

    def _next(self, pool: Ints, new: int) -> Move | None:
        from roundlot.simulate.rounding_loops import _cycle, _path

        owner = np.where(pool.any(axis=1), _TAKEN, _FREE)
        if new == _FREE:
            length = _path(pool, owner, self.rows, self.columns)
        elif owner[new] == _FREE:
            return None
        else:
            length = _cycle(pool, owner, new, self.marks, self.rows, self.columns)
        if length == 0:
            return None
        signs = np.zeros_like(pool)
        signs[self.rows[:length], self.columns[:length]] = 1 - 2 * (np.arange(length) % 2)
        moved = pool[signs > 0], pool[signs < 0]
        up = min(ONE - int(moved[0].max()), int(moved[1].min()) if moved[1].size else ONE)
        down = min(int(moved[0].min()), ONE - int(moved[1].max()) if moved[1].size else ONE)
        return Move(signs=signs, up=up, down=down)

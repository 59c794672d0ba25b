"""Compiled dependent rounding on the graph of processors and models, a pool of ``S + 1`` rows.

Idle counts as a model, so every row sums to ``2^62``. The fractional entries of the rows in the
pool are edges between rows and columns, and form a forest; a new row may close cycles, and each is
broken by moving probability round it, up on every other edge and down on the rest, so that no sum
of a row or a column changes and one edge at least becomes 0 or 1. At the end what is left are
paths between columns, which change their two end columns by less than one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from roundlot.simulate.philox import BITS, STREAM_FIGHT, Picks, Words, below
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import IntArray

_ONE = np.int64(1 << BITS)
_FREE = -1


class Decider(NamedTuple):
    """What decides which way probability moves: a round's random words, or a script.

    With a ``trace`` to be filled, ``(V (S + 1), 2)``, nothing is random: decisions follow
    ``script`` and then are all true, and each one's chance is noted as part and whole.
    """

    number: int
    key0: int
    key1: int
    script: IntArray
    trace: IntArray


@compiled
def draw_rounding(counts: Words, start: int, key0: int, key1: int, out: Picks) -> None:
    """Write picks ``(rounds, V)``."""
    nothing = np.empty(0, np.int64)
    for row in range(out.shape[0]):
        decider = Decider(start + row, key0, key1, nothing, nothing.reshape(0, 2))
        round_once(counts, decider, out[row])


@compiled
def round_once(counts: Words, decider: Decider, out: Any) -> int:
    """Write one round's picks ``(V,)``; gives how many decisions it took, at most ``V (S + 1)``."""
    n_processors, n_models = counts.shape
    width = n_models + 1
    pool = np.zeros((width, width), np.int64)
    owner = np.full(width, _FREE)
    rows, columns = np.empty(2 * width, np.int64), np.empty(2 * width, np.int64)
    marks = np.empty((5, width), np.int64)
    step = 0
    for who in range(n_processors):
        new = 0
        while owner[new] != _FREE:
            new += 1
        _admit(counts[who], pool[new])
        owner[new] = who
        _settle(pool, owner, new, out)
        while owner[new] != _FREE:
            length = cycle(pool, owner, new, marks, rows, columns)
            if length == 0:
                break
            _shift(pool, rows, columns, length, step, decider)
            step += 1
            for place in range(0, length, 2):
                _settle(pool, owner, rows[place], out)
    while True:
        length = path(pool, owner, rows, columns)
        if length == 0:
            return step
        _shift(pool, rows, columns, length, step, decider)
        step += 1
        for place in range(0, length, 2):
            _settle(pool, owner, rows[place], out)


@compiled
def _admit(row: Any, entries: Any) -> None:
    idle = np.int64(_ONE)
    for model in range(row.size):
        entries[model] = row[model]
        idle -= row[model]
    entries[row.size] = idle


@compiled
def _settle(pool: Any, owner: IntArray, row: int, out: Any) -> None:
    """A row with an entry of 1 is decided, and leaves the pool."""
    if owner[row] == _FREE:
        return
    last = pool.shape[1] - 1
    for column in range(last + 1):
        if pool[row, column] == _ONE:
            out[owner[row]] = column if column < last else -1
            owner[row] = _FREE
            return


@compiled
def cycle(
    pool: Any, owner: IntArray, new: int, marks: Any, rows: IntArray, columns: IntArray
) -> int:
    """Edges of a cycle through row ``new``, in turn up and down; 0 if there is none.

    Breadth first over columns, from one column of the new row through the forest of the other
    rows: each row is met from one column only. The first column that reaches another one of the
    new row is taken, with the first it reaches: rows count by their columns, not by their places.
    """
    width = pool.shape[0]
    seen, met, via, back, queue = marks[0], marks[1], marks[2], marks[3], marks[4]
    seen[:] = 0
    met[:] = 0
    for first in range(width):
        if seen[first] or not 0 < pool[new, first] < _ONE:
            continue
        seen[first] = 1
        via[first] = _FREE
        queue[0] = first
        head, tail, nearest = 0, 1, width
        while head < tail:
            column = queue[head]
            head += 1
            for row in range(width):
                if met[row] or row == new or owner[row] == _FREE:
                    continue
                if not 0 < pool[row, column] < _ONE:
                    continue
                met[row] = 1
                for further in range(width):
                    if seen[further] or not 0 < pool[row, further] < _ONE:
                        continue
                    seen[further] = 1
                    via[further], back[further] = row, column
                    if 0 < pool[new, further] < _ONE:
                        nearest = min(nearest, further)
                    queue[tail] = further
                    tail += 1
        if nearest < width:
            return _trace_back(new, nearest, via, back, rows, columns)
    return 0


@compiled
def _trace_back(new: int, last: int, via: Any, back: Any, rows: IntArray, columns: IntArray) -> int:
    rows[0], columns[0] = new, last
    length, column = 1, last
    while via[column] != _FREE:
        rows[length], columns[length] = via[column], column
        rows[length + 1], columns[length + 1] = via[column], back[column]
        length += 2
        column = back[column]
    rows[length], columns[length] = new, column
    # Two of a row follow each other, so that every second edge names each row once.
    for place in range(length):
        rows[place], columns[place] = rows[place + 1], columns[place + 1]
    rows[length], columns[length] = new, last
    return length + 1


@compiled
def path(pool: Any, owner: IntArray, rows: IntArray, columns: IntArray) -> int:
    """Edges of a path between two columns with one fractional entry each; 0 if none is left.

    Wherever it may branch it takes the first column.
    """
    width = pool.shape[0]
    for first in range(width):
        row = _other_row(pool, owner, first, _FREE)
        if row == _FREE or _other_row(pool, owner, first, row) != _FREE:
            continue
        length, column = 0, first
        while row != _FREE:
            further = _other_column(pool, row, column)
            rows[length], columns[length] = row, column
            rows[length + 1], columns[length + 1] = row, further
            length += 2
            column = further
            row = _next_row(pool, owner, column, row)
        return length
    return 0


@compiled
def _other_column(pool: Any, row: int, column: int) -> int:
    further = 0
    while further == column or not 0 < pool[row, further] < _ONE:
        further += 1
    return further


@compiled
def _next_row(pool: Any, owner: IntArray, column: int, row: int) -> int:
    """Of the other rows at ``column`` the one that leads to the first column; in a forest no two
    lead to the same.
    """
    best, nearest = _FREE, pool.shape[0]
    for other in range(pool.shape[0]):
        if other == row or owner[other] == _FREE or not 0 < pool[other, column] < _ONE:
            continue
        further = _other_column(pool, other, column)
        if further < nearest:
            best, nearest = other, further
    return best


@compiled
def _other_row(pool: Any, owner: IntArray, column: int, row: int) -> int:
    for other in range(pool.shape[0]):
        if other != row and owner[other] != _FREE and 0 < pool[other, column] < _ONE:
            return other
    return _FREE


@compiled
def _shift(
    pool: Any,
    rows: IntArray,
    columns: IntArray,
    length: int,
    step: int,
    decider: Decider,
) -> None:
    """Move the edges in turn up and down, or down and up, so that each keeps its mean."""
    up, down = np.int64(_ONE), np.int64(_ONE)
    for place in range(length):
        entry = pool[rows[place], columns[place]]
        room = _ONE - entry
        up = min(up, room if place % 2 == 0 else entry)
        down = min(down, entry if place % 2 == 0 else room)
    if decider.trace.shape[0]:
        decider.trace[step, 0], decider.trace[step, 1] = down, up + down
        rises = step >= decider.script.size or decider.script[step] == 1
    else:
        number, key0, key1 = decider.number, decider.key0, decider.key1
        rises = below(up + down, number, step, STREAM_FIGHT, key0, key1) < down
    change = up if rises else -down
    for place in range(length):
        pool[rows[place], columns[place]] += change if place % 2 == 0 else -change

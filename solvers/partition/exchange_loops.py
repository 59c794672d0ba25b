"""Compiled exchanges of two points of a class, in whole units, while the least block rises.

The least served block gives a point ``a`` for a point ``b`` of another block; the exchange is made
if it rises and the other block stays above what the least had. So the blocks' values, sorted, rise
in lexicographic order, and the search ends; the order of points alone decides what is tried first.

Facility location keeps the two nearest members of every block to every point: without ``a`` its
points fall back on their second, so one look at the column of ``b`` tells what ``b`` gains for
every ``a`` at once (Schubert and Rousseeuw, "Fast and eager k-medoids clustering", 2021). The cut
needs the sums of a point's similarities to every block, and a pair is a few operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.solvers.kernels.compiling import compiled


@compiled
def exchange_facility(
    units: Any, offsets: Any, rows: Any, owner: Any, values: Any, near: Any, who: Any
) -> int:
    """Exchange points in ``owner`` ``(n,)`` and ``values`` ``(J,)`` until none raises the least.

    ``values`` hold what other classes are worth, too; a block without any point at all has more
    than all. ``near`` and ``who`` ``(J, 2, n)`` are room to work in. Gives how many exchanges were
    made.
    """
    n_blocks, n = values.size, owner.size
    loss, saved = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for block in range(n_blocks):
        _serve(units, offsets, rows, owner, block, near[block], who[block])
        _add_losses(near[block], who[block], loss)
    made, failed, b = 0, 0, 0
    while failed < n:
        j, k = np.argmin(values), owner[b]
        a: Any = -1
        if k != j:
            a = _partner(units, offsets, rows, owner, values, near, who, loss, saved, j, b)
        if a < 0:
            failed += 1
        else:
            values[j] += _change(units, offsets, rows, near[j], who[j], a, b) - loss[a]
            values[k] += _change(units, offsets, rows, near[k], who[k], b, a) - loss[b]
            owner[a], owner[b] = k, j
            for changed, out, into in ((j, a, b), (k, b, a)):
                _replace(
                    units, offsets, rows, owner, changed, near[changed], who[changed], out, into
                )
                loss[owner == changed] = 0
                _add_losses(near[changed], who[changed], loss)
            made, failed = made + 1, 0
        b = (b + 1) % n
    return made


@compiled
def _partner(
    units: Any,
    offsets: Any,
    rows: Any,
    owner: Any,
    values: Any,
    near: Any,
    who: Any,
    loss: Any,
    saved: Any,
    j: Any,
    b: Any,
) -> int:
    """The point ``a`` of block ``j`` best given for ``b``, or −1 if none raises the least value.

    Best is what leaves the greater of the two blocks' least. Points are tried from the greatest
    gain of ``j`` on, the first of equals: it bounds what those after it leave.
    """
    k = owner[b]
    saved[:] = 0
    gain = _saves(units, offsets, rows, near[j], who[j], b, saved)
    members = np.flatnonzero(owner == j)
    owns = values[j] + gain + saved[members] - loss[members]
    best: Any = values[j]
    chosen = -1
    members, owns = members[owns > best], owns[owns > best]
    for place in np.argsort(-owns, kind="mergesort"):
        a, own = members[place], owns[place]
        if own <= best:
            break
        other = values[k] - loss[b]  # with nothing in place of ``b``
        if other < own:
            other += _change(units, offsets, rows, near[k], who[k], b, a)
        if other > best:
            best, chosen = min(own, other), a
    return chosen


@compiled
def _change(units: Any, offsets: Any, rows: Any, near: Any, who: Any, out: Any, into: Any) -> Any:
    """What the point ``into`` adds to a block that has lost its member ``out``."""
    first, second, nearest = near[0], near[1], who[0]
    dense = offsets.size == 0
    n = first.size
    start, end = (into * n, (into + 1) * n) if dense else (offsets[into], offsets[into + 1])
    column, points = units[start:end], rows[start:end]
    total = np.int64(0)
    for place in range(column.size):
        u = place if dense else points[place]
        total += max(column[place] - (second[u] if nearest[u] == out else first[u]), 0)
    return total


@compiled
def _saves(units: Any, offsets: Any, rows: Any, near: Any, who: Any, b: int, saved: Any) -> Any:
    """What a block gains from ``b``; in ``saved``, how much less it loses without each member."""
    gain = np.int64(0)
    first, second, nearest = near[0], near[1], who[0]
    dense = offsets.size == 0
    start, end = (b * first.size, (b + 1) * first.size) if dense else (offsets[b], offsets[b + 1])
    column, points = units[start:end], rows[start:end]
    for place in range(column.size):
        s = column[place]
        u = place if dense else points[place]
        if s > second[u]:
            gain += max(s - first[u], 0)
            if nearest[u] >= 0:
                saved[nearest[u]] += min(s, first[u]) - second[u]
    return gain


@compiled
def _serve(
    units: Any, offsets: Any, rows: Any, owner: Any, block: Any, near: Any, who: Any
) -> None:
    """The two nearest members of a block to every point; 0 and −1 where there are fewer."""
    near[:], who[:] = 0, -1
    for v in np.flatnonzero(owner == block):
        if offsets.size == 0:
            _rank_everywhere(units[v * owner.size : (v + 1) * owner.size], v, near, who)
        else:
            start, end = offsets[v], offsets[v + 1]
            _rank_near(units[start:end], rows[start:end], v, near, who)


@compiled
def _rank_everywhere(column: Any, v: Any, near: Any, who: Any) -> None:
    """Put a member where it belongs among the two nearest to every point."""
    first, second, nearest, next_nearest = near[0], near[1], who[0], who[1]
    for u in range(column.size):
        s = column[u]
        if s > first[u]:
            second[u], next_nearest[u] = first[u], nearest[u]
            first[u], nearest[u] = s, v
        elif s > second[u]:
            second[u], next_nearest[u] = s, v


@compiled
def _rank_near(column: Any, points: Any, v: Any, near: Any, who: Any) -> None:
    """The same for the points that have kept their similarity to the member."""
    first, second, nearest, next_nearest = near[0], near[1], who[0], who[1]
    for place in range(column.size):
        s, u = column[place], points[place]
        if s > first[u]:
            second[u], next_nearest[u] = first[u], nearest[u]
            first[u], nearest[u] = s, v
        elif s > second[u]:
            second[u], next_nearest[u] = s, v


@compiled
def _replace(
    units: Any,
    offsets: Any,
    rows: Any,
    owner: Any,
    block: Any,
    near: Any,
    who: Any,
    out: Any,
    into: Any,
) -> None:
    """As :func:`_serve`, after an exchange; of dense columns only where ``out`` was among two."""
    if offsets.size:
        _serve(units, offsets, rows, owner, block, near, who)
        return
    n = owner.size
    bereft = np.flatnonzero((who[0] == out) | (who[1] == out))
    _rank_everywhere(units[into * n : (into + 1) * n], into, near, who)
    near[:, bereft], who[:, bereft] = 0, -1
    for v in np.flatnonzero(owner == block):
        column = units[v * n : (v + 1) * n]
        _rank_near(column[bereft], bereft, v, near, who)


@compiled
def _add_losses(near: Any, who: Any, loss: Any) -> None:
    """What the block loses without each member, nothing in its place."""
    for u in range(near.shape[1]):
        if who[0, u] >= 0:
            loss[who[0, u]] += near[0, u] - near[1, u]


@compiled
def exchange_cut(
    units: Any, sums: Any, weight: float, owner: Any, served: Any, inside: Any, others: Any
) -> int:
    """Exchange points by graph cut until none raises the least block.

    Args:
        units: ``(n, n)``.
        sums: ``(n,)``, of each point's similarities.
        weight: ``λ``.
        owner: ``(n,)``, changed.
        served: ``(J,)``, the sum of ``sums`` of every block's points, changed.
        inside: ``(J,)``, the sum of similarities within every block, changed.
        others: ``(J,)``, what other classes are worth; infinite for a block without any point.
    """
    n_blocks, n = served.size, owner.size
    near = np.zeros((n_blocks, n), np.int64)  # sums of similarities to every block
    for v in range(n):
        for u in range(n):
            near[owner[v], u] += units[v, u]
    made, failed, b = 0, 0, 0
    while failed < n:
        values = others + (served - weight * inside)
        j, k = np.argmin(values), owner[b]
        best: Any = values[j]
        chosen = -1
        if k != j:
            for a in range(n):
                if owner[a] == j:
                    ends = units[a, a] + units[b, b] - 2 * units[a, b]
                    mine = inside[j] + 2 * (near[j, b] - near[j, a]) + ends
                    own = others[j] + (served[j] + (sums[b] - sums[a]) - weight * mine)
                    if own > best:
                        theirs = inside[k] + 2 * (near[k, a] - near[k, b]) + ends
                        other = others[k] + (served[k] + (sums[a] - sums[b]) - weight * theirs)
                        if other > best:
                            best, chosen = min(own, other), a
        if chosen < 0:
            failed += 1
        else:
            a = chosen
            ends = units[a, a] + units[b, b] - 2 * units[a, b]
            inside[j] += 2 * (near[j, b] - near[j, a]) + ends
            inside[k] += 2 * (near[k, a] - near[k, b]) + ends
            served[j] += sums[b] - sums[a]
            served[k] += sums[a] - sums[b]
            owner[a], owner[b] = k, j
            for u in range(n):
                near[j, u] += units[b, u] - units[a, u]
                near[k, u] += units[a, u] - units[b, u]
            made, failed = made + 1, 0
        b = (b + 1) % n
    return made

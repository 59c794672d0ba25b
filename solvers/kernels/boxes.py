"""Compiled loops of the program with floors and ceilings.

Sums are of what is above the floors, ``z = p − l``, and held against rooms, what floors leave of a
cap or of the budget: they may be any number of powers of ten below it. Floors and ceilings are
``(V, S)``, or ``(1, 1)`` where all pairs have the same, which saves reading them.
"""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, exact_over, excess, faithful_sum, two_sum
from roundlot.theory.arrays import FloatArray, IntArray

ROW_PASSES = 16
# An excess below this part of its cap may be what a sum in floats leaves in doubt.
DOUBTFUL = 2.0**-56
LITTLE = 2.0**-50  # of an entry: some of its last bits


@compiled(inline=True)
def _steps(floor: FloatArray, ceiling: FloatArray) -> tuple[int, int]:
    """What an index is times in either table: 0 where all pairs have the same."""
    return 1 if floor.size > 1 else 0, 1 if ceiling.size > 1 else 0


@compiled
def _row_piece(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, v: int, level: float
) -> tuple[float, float]:
    """``(held, free)``: near the level the ``z`` of row ``v`` sum to ``held + free / level``."""
    f, c = _steps(floor, ceiling)
    held, free = 0.0, 0.0
    for s in range(scores.shape[1]):
        a, l, u = scores[v, s], floor[v * f, s * f], ceiling[v * c, s * c]  # noqa: E741
        if a <= l * level:
            continue
        if a >= u * level:
            held += u - l
        else:
            free += a
            held -= l
    return held, free


@compiled
def _at_cap(held: float, free: float, level: float, room: float) -> bool:
    return held >= room if level == 0.0 else free >= (room - held) * level


@compiled
def floors_within(floor: FloatArray, ceiling: FloatArray, caps: FloatArray, near: float) -> float:
    """What floors sum to; infinite if one is above its ceiling, or a row's near its cap."""
    total = 0.0
    for v in range(floor.shape[0]):
        held = 0.0
        for s in range(floor.shape[1]):
            held += floor[v, s]
            if floor[v, s] > ceiling[v, s]:
                return np.inf
        if not held <= caps[v] * near:
            return np.inf
        total += held
    return total


@compiled
def used_at_zero(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, rooms: FloatArray
) -> float:
    """What is used above the floors when draws are free: up to the ceilings, where ``a > 0``."""
    f, c = _steps(floor, ceiling)
    used, low = 0.0, 0.0
    for v in range(scores.shape[0]):
        wanted = 0.0
        for s in range(scores.shape[1]):
            wanted += ceiling[v * c, s * c] - floor[v * f, s * f] if scores[v, s] > 0.0 else 0.0
        used, error = two_sum(used, min(wanted, rooms[v]))
        low += error
    return used + low


@compiled
def greatest_ratio(scores: FloatArray, floor: FloatArray) -> float:
    """The least level at which every entry is at its floor; infinite where a floor is 0."""
    f, top = 1 if floor.size > 1 else 0, 0.0
    for v in range(scores.shape[0]):
        for s in range(scores.shape[1]):
            if scores[v, s] > 0.0:
                low = floor[v * f, s * f]
                top = max(top, scores[v, s] / low if low > 0.0 else np.inf)
    return top


@compiled
def box_piece(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    rooms: FloatArray,
    level: float,
    room: float,
) -> tuple[float, float]:
    """``(room − held, free)`` of all rows at a level, each row at most at its cap."""
    held, held_low, free, free_low = 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        fixed, moving = _row_piece(scores, floor, ceiling, v, level)
        if _at_cap(fixed, moving, level, rooms[v]):
            fixed, moving = rooms[v], 0.0
        held, error = two_sum(held, fixed)
        held_low += error
        free, error = two_sum(free, moving)
        free_low += error
    left, error = two_sum(room, -held)
    return left + (error - held_low), free + free_low


@compiled
def box_scan(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    rooms: FloatArray,
    low: float,
    high: float,
    moving: IntArray,
) -> tuple[int, float, float]:
    """``(n, held, free)`` of the rows whose pieces are the same at all levels in ``[low, high]``.

    The ``n`` others are written to ``moving``. One pass: afterwards only they need looking at.
    """
    f, c = _steps(floor, ceiling)
    count, held, held_low, free, free_low = 0, 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        fixed, loose, same = 0.0, 0.0, True
        for s in range(scores.shape[1]):
            a, l, u = scores[v, s], floor[v * f, s * f], ceiling[v * c, s * c]  # noqa: E741
            if a > l * high:
                if a >= u * high:
                    fixed += u - l
                else:
                    loose += a
                    fixed -= l
                    same &= a < u * low
            else:
                same &= a <= l * low
        if same and _at_cap(fixed, loose, low, rooms[v]):
            same = _at_cap(fixed, loose, high, rooms[v])
            fixed, loose = rooms[v], 0.0
        if not same:
            moving[count] = v
            count += 1
            continue
        held, error = two_sum(held, fixed)
        held_low += error
        free, error = two_sum(free, loose)
        free_low += error
    return count, held + held_low, free + free_low


@compiled
def row_level(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    v: int,
    room: float,
    start: float,
) -> float:
    """The ``ρ >= start`` at which row ``v``, which is over its cap at ``start``, just meets it."""
    low, high, level = start, np.inf, start
    if level == 0.0:
        return _row_search(scores, floor, ceiling, v, room, low, high)
    last_held, last_free = -1.0, -1.0
    for _ in range(ROW_PASSES):
        held, free = _row_piece(scores, floor, ceiling, v, level)
        if held == last_held and free == last_free:
            return max(start, level)
        last_held, last_free = held, free
        if _at_cap(held, free, level, room):
            low = level
        else:
            high = level
        if free <= 0.0 or held >= room:
            break
        step = free / (room - held)
        if abs(step - level) <= 4.0 * UNIT * level:
            return max(start, step)
        if not low < step < high:
            break
        level = step
    return _row_search(scores, floor, ceiling, v, room, low, high)


@compiled
def _row_search(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    v: int,
    room: float,
    low: float,
    high: float,
) -> float:
    """The same by bisection over the row's sorted breakpoints: at most log2 of their number."""
    f, c = _steps(floor, ceiling)
    points = row_breakpoints(scores[v], floor[v * f], ceiling[v * c], low, high)
    points.sort()
    first, last = 0, points.size
    while first < last:
        middle = (first + last) // 2
        held, free = _row_piece(scores, floor, ceiling, v, points[middle])
        if _at_cap(held, free, points[middle], room):
            low, first = points[middle], middle + 1
        else:
            high, last = points[middle], middle
    inside = 2.0 * low if high == np.inf else low + 0.5 * (high - low)
    held, free = _row_piece(scores, floor, ceiling, v, inside)
    if free > 0.0 and room > held:
        return min(max(free / (room - held), low), high)
    return high if low == 0.0 and high < np.inf else low


@compiled
def row_breakpoints(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, low: float, high: float
) -> FloatArray:
    """The levels strictly inside the bracket at which an entry leaves its floor or ceiling."""
    points = np.empty(2 * scores.size)
    count, f, c = 0, 1 if floor.size > 1 else 0, 1 if ceiling.size > 1 else 0
    for s in range(scores.size):
        if scores[s] > 0.0:
            for bound in (floor[s * f], ceiling[s * c]):
                at = scores[s] / bound if bound > 0.0 else np.inf
                if low < at < high:
                    points[count] = at
                    count += 1
    return points[:count]


@compiled
def box_roots(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, rooms: FloatArray, level: float
) -> FloatArray:
    """``(V,)``, ``max(level, the row's own level where its cap binds)``."""
    out = np.empty(scores.shape[0])
    for v in range(scores.shape[0]):
        held, free = _row_piece(scores, floor, ceiling, v, level)
        out[v] = level
        if _at_cap(held, free, level, rooms[v]) and (level > 0.0 or held > rooms[v]):
            out[v] = row_level(scores, floor, ceiling, v, rooms[v], level)
    return out


@compiled
def settle_boxes(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    rooms: FloatArray,
    caps: FloatArray,
    level: float,
    least: float,
    roots: FloatArray,
    out: FloatArray,
) -> None:
    """:func:`box_roots` and :func:`write_boxes` in one pass over the rows."""
    f, c = _steps(floor, ceiling)
    width = scores.shape[1]
    near = 1.0 - (width + 4) * UNIT
    inverse = 1.0 / level
    for v in range(scores.shape[0]):
        held, free, total = 0.0, 0.0, 0.0
        for s in range(width):
            a, l, u = scores[v, s], floor[v * f, s * f], ceiling[v * c, s * c]  # noqa: E741
            p = l
            if a > l * level:
                if a >= u * level:
                    p = u
                    held += u - l
                else:
                    p = min(max(a * inverse, l), u)
                    free += a
                    held -= l
            if a > 0.0 and p < least:
                p = min(least, u)
            out[v, s] = p
            total += p
        roots[v] = level
        if _at_cap(held, free, level, rooms[v]):
            roots[v] = row_level(scores, floor, ceiling, v, rooms[v], level)
            _write_row(scores, floor, ceiling, v, caps[v], roots[v], least, out)
        elif total > caps[v] * near:
            fit_row_above(out[v], floor[v * f], caps[v])


@compiled
def _write_row(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    v: int,
    cap: float,
    root: float,
    least: float,
    out: FloatArray,
) -> None:
    f, c = _steps(floor, ceiling)
    for s in range(scores.shape[1]):
        a, l, u = scores[v, s], floor[v * f, s * f], ceiling[v * c, s * c]  # noqa: E741
        p = l
        if a > l * root:
            p = u if a >= u * root else min(max(a / root, l), u)
        out[v, s] = min(least, u) if a > 0.0 and p < least else p
    fit_row_above(out[v], floor[v * f], cap)


@compiled
def write_boxes(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    caps: FloatArray,
    roots: FloatArray,
    least: float,
    out: FloatArray,
) -> None:
    """Writes ``clip(a / r_v, l, u)``, each row at most its cap exactly.

    What has a positive score gets at least ``least``, or its ceiling.
    """
    f, c = _steps(floor, ceiling)
    width = scores.shape[1]
    near = 1.0 - (width + 4) * UNIT
    for v in range(scores.shape[0]):
        root, total = roots[v], 0.0
        for s in range(width):
            a, l, u = scores[v, s], floor[v * f, s * f], ceiling[v * c, s * c]  # noqa: E741
            p = l
            if a > l * root:
                p = u if a >= u * root else min(max(a / root, l), u)
            if a > 0.0 and p < least:
                p = min(least, u)
            out[v, s] = p
            total += p
        if total > caps[v] * near:
            fit_row_above(out[v], floor[v * f], caps[v])


@compiled
def fit_row_above(row: FloatArray, floor: FloatArray, cap: float) -> None:
    """Lowers an entry that is above its floor until the exact sum is at most ``cap``.

    The smallest that loses no more than a few last bits, whose own are the finest; else the
    largest: its last bits may be more than a small one has in all.
    """
    f = 1 if floor.size > 1 else 0
    while True:
        high, low, width = faithful_sum(row)
        over = excess(high, low, width, cap)
        if 0.0 < over <= DOUBTFUL * cap:
            over = exact_over(row, cap)
        if over <= 0.0:
            return
        top, small = -1, -1
        for s in range(row.size):
            if row[s] > floor[s * f]:
                top = s if top < 0 or row[s] > row[top] else top
                if over <= LITTLE * row[s] and (small < 0 or row[s] < row[small]):
                    small = s
        if top < 0:
            return
        top = small if small >= 0 else top
        row[top] = max(floor[top * f], min(np.nextafter(row[top], 0.0), row[top] - over))


@compiled
def fit_rows(table: FloatArray, floor: FloatArray, caps: FloatArray) -> None:
    """Lowers entries until the exact sum of every row is within its cap."""
    near = 1.0 - 4.0 * UNIT * (table.shape[1] + 4)
    for v in range(caps.size):
        total = 0.0
        for s in range(table.shape[1]):
            total += table[v, s]
        if total > caps[v] * near:
            fit_row_above(table[v], floor[v], caps[v])

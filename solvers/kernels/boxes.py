"""Compiled loops of the program with floors and ceilings."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, excess, faithful_sum, two_sum
from roundlot.theory.arrays import FloatArray

ROW_PASSES = 16


@compiled
def _row_piece(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, v: int, level: float
) -> tuple[float, float]:
    """``(held, free)``: near the level the total of row ``v`` is ``held + free / level``."""
    held, free, low = 0.0, 0.0, 0.0
    for s in range(scores.shape[1]):
        a, l, u = scores[v, s], floor[v, s], ceiling[v, s]  # noqa: E741
        fixed = l if a <= l * level else (u if a >= u * level else -1.0)
        if fixed < 0.0:
            free += a
        elif fixed > 0.0:
            held, error = two_sum(held, fixed)
            low += error
    return held + low, free


@compiled
def _at_cap(held: float, free: float, level: float, cap: float) -> bool:
    return held >= cap if level == 0.0 else free >= (cap - held) * level


@compiled
def used_at_zero(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, caps: FloatArray
) -> float:
    """Draws used when they are free: ceilings where a score is positive, floors elsewhere."""
    used, low = 0.0, 0.0
    for v in range(scores.shape[0]):
        wanted = 0.0
        for s in range(scores.shape[1]):
            wanted += ceiling[v, s] if scores[v, s] > 0.0 else floor[v, s]
        used, error = two_sum(used, min(wanted, caps[v]))
        low += error
    return used + low


@compiled
def box_piece(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    caps: FloatArray,
    level: float,
    budget: float,
) -> tuple[float, float]:
    """``(budget − held, free)`` of all rows at a level, each row at most at its cap."""
    held, held_low, free, free_low = 0.0, 0.0, 0.0, 0.0
    for v in range(scores.shape[0]):
        fixed, moving = _row_piece(scores, floor, ceiling, v, level)
        if _at_cap(fixed, moving, level, caps[v]):
            fixed, moving = caps[v], 0.0
        held, error = two_sum(held, fixed)
        held_low += error
        free, error = two_sum(free, moving)
        free_low += error
    left, error = two_sum(budget, -held)
    return left + (error - held_low), free + free_low


@compiled
def row_level(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    v: int,
    cap: float,
    start: float,
) -> float:
    """The ``ρ >= start`` at which row ``v``, which is over its cap at ``start``, just meets it."""
    low, high, level = start, np.inf, start
    if level == 0.0:
        return _row_search(scores, floor, ceiling, v, cap, low, high)
    last_held, last_free = -1.0, -1.0
    for _ in range(ROW_PASSES):
        held, free = _row_piece(scores, floor, ceiling, v, level)
        if held == last_held and free == last_free:
            return max(start, level)
        last_held, last_free = held, free
        if _at_cap(held, free, level, cap):
            low = level
        else:
            high = level
        if free <= 0.0 or held >= cap:
            break
        step = free / (cap - held)
        if abs(step - level) <= 4.0 * UNIT * level:
            return max(start, step)
        if not low < step < high:
            break
        level = step
    return _row_search(scores, floor, ceiling, v, cap, low, high)


@compiled
def _row_search(
    scores: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
    v: int,
    cap: float,
    low: float,
    high: float,
) -> float:
    """The same by bisection over the row's sorted breakpoints: at most log2 of their number."""
    points = row_breakpoints(scores[v], floor[v], ceiling[v], low, high)
    points.sort()
    first, last = 0, points.size
    while first < last:
        middle = (first + last) // 2
        held, free = _row_piece(scores, floor, ceiling, v, points[middle])
        if _at_cap(held, free, points[middle], cap):
            low, first = points[middle], middle + 1
        else:
            high, last = points[middle], middle
    inside = 2.0 * low if high == np.inf else low + 0.5 * (high - low)
    held, free = _row_piece(scores, floor, ceiling, v, inside)
    if free > 0.0 and cap > held:
        return min(max(free / (cap - held), low), high)
    return high if low == 0.0 and high < np.inf else low


@compiled
def row_breakpoints(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, low: float, high: float
) -> FloatArray:
    """The levels strictly inside the bracket at which an entry leaves its floor or ceiling."""
    points = np.empty(2 * scores.size)
    count = 0
    for s in range(scores.size):
        if scores[s] > 0.0:
            for bound in (floor[s], ceiling[s]):
                at = scores[s] / bound if bound > 0.0 else np.inf
                if low < at < high:
                    points[count] = at
                    count += 1
    return points[:count]


@compiled
def box_roots(
    scores: FloatArray, floor: FloatArray, ceiling: FloatArray, caps: FloatArray, level: float
) -> FloatArray:
    """``(V,)``, ``max(level, the row's own level where its cap binds)``."""
    out = np.empty(scores.shape[0])
    for v in range(scores.shape[0]):
        held, free = _row_piece(scores, floor, ceiling, v, level)
        out[v] = level
        if _at_cap(held, free, level, caps[v]) and (level > 0.0 or held > caps[v]):
            out[v] = row_level(scores, floor, ceiling, v, caps[v], level)
    return out


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
    width = scores.shape[1]
    near = 1.0 - (width + 4) * UNIT
    for v in range(scores.shape[0]):
        root, total = roots[v], 0.0
        for s in range(width):
            a, l, u = scores[v, s], floor[v, s], ceiling[v, s]  # noqa: E741
            p = l
            if a > l * root:
                p = u if a >= u * root else min(max(a / root, l), u)
            if a > 0.0 and p < least:
                p = min(least, u)
            out[v, s] = p
            total += p
        if total > caps[v] * near:
            fit_row_above(out[v], floor[v], caps[v])


@compiled
def fit_row_above(row: FloatArray, floor: FloatArray, cap: float) -> None:
    """Lowers the entry with most room above its floor until the exact sum is at most ``cap``."""
    while True:
        high, low, width = faithful_sum(row)
        over = excess(high, low, width, cap)
        if over <= 0.0:
            return
        top = 0
        for s in range(row.size):
            if row[s] - floor[s] > row[top] - floor[top]:
                top = s
        if row[top] <= floor[top]:
            return
        row[top] = max(floor[top], min(np.nextafter(row[top], 0.0), row[top] - over))


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

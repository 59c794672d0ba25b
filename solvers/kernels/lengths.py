"""Compiled loops of the program behind the length of a round.

Every table is ``(V, S)`` with each row in the order of its times, the shortest first. ``Q_k`` is
the sum of a row's probabilities from its ``k``-th pair on: the chance that it takes as long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray, IndexArray

# Newton steps and halvings of one row; halvings alone need 60.
ROW_STEPS = 200
# A row is solved when what it leaves of 1 is known to this part of itself.
ROW_PRECISION = 4e-16
# Rooms count at least as this: their inverses stay finite.
SMALLEST_ROOM = 1e-290


class Late(NamedTuple):
    """Minimise ``Σ r²/p + Σ k p − Σ_v Σ_k C_vk log(1 − Q_vk)`` within floors, ceilings and caps.

    Attributes:
        roots: ``r (V, S)``.
        prices: ``k (V, S)``, of a draw.
        floor: ``(V, S)``.
        ceiling: ``(V, S)``.
        caps: ``(V,)``, at most 1.
        ranks: ``(V, S)``, place of each pair's time among all different times.
        rates: ``(J + 1,)``, sums of the rates of all earlier times; ``C_vk`` is a difference.
    """

    roots: FloatArray
    prices: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    ranks: IndexArray
    rates: FloatArray


@compiled
def _over(program: Late, v: int, room: float, extra: float) -> tuple[float, float, float]:
    """What a row's draws and its room are above 1, and the slopes in room and in a price of draws.

    It rises with the room and falls with the price; the row has its optimum where it is 0.
    """
    price, by_room, by_extra = extra, 0.0, 1.0
    left, left_by_room, left_by_extra = room, 1.0, 0.0
    before = 0
    for k in range(program.roots.shape[1]):
        here = program.ranks[v, k] + 1
        rate = program.rates[here] - program.rates[before]
        before = here
        if rate > 0.0:
            if left <= 0.0:
                price = np.inf
            else:
                price += rate / left
                steep = rate / left / left
                by_room -= steep * left_by_room
                by_extra -= steep * left_by_extra
        root, low, high = program.roots[v, k], program.floor[v, k], program.ceiling[v, k]
        p = low
        paid = price + program.prices[v, k]
        if root > 0.0 and paid < np.inf:
            p = root / np.sqrt(paid) if paid > 0.0 else np.inf
            if p >= high:
                p = high
            elif p <= low:
                p = low
            else:
                slope = 0.5 * p / paid
                left_by_room -= slope * by_room
                left_by_extra -= slope * by_extra
        left += p
    return left - 1.0, left_by_room, left_by_extra


@compiled
def _row(program: Late, v: int, extra: float, guess: float) -> tuple[float, float, float]:
    """Room of a row, the price of its cap, and by how much its draws fall with ``extra``."""
    cap, most = program.caps[v], 1.0
    for k in range(program.roots.shape[1]):
        most -= program.floor[v, k]
    low, high = 1.0 - cap, most
    if high <= low:
        return max(low, 0.0), np.inf, 0.0
    if _over(program, v, low, extra)[0] > 0.0:
        return low, _cap_price(program, v, low, extra), 0.0
    room = guess if low < guess < high else 0.5 * (low + high)
    for _ in range(ROW_STEPS):
        over, slope, by_extra = _over(program, v, room, extra)
        if over > 0.0:
            high = room
        elif over < 0.0:
            low = room
        step = over / slope if slope > 0.0 else np.inf
        if over == 0.0 or abs(step) <= ROW_PRECISION * room:
            break
        following = room - step
        if not low < following < high:
            following = np.sqrt(max(low, 1e-9 * high)) * np.sqrt(high)
            if not low < following < high:
                following = 0.5 * (low + high)
                if not low < following < high:
                    break
        room = following
    over, slope, by_extra = _over(program, v, room, extra)
    return room, 0.0, -by_extra / slope


@compiled
def _cap_price(program: Late, v: int, room: float, extra: float) -> float:
    """The price at which a row takes no more than its cap."""
    low, high = 0.0, np.inf
    price = 0.0
    for k in range(program.roots.shape[1]):
        price = max(price, (program.roots[v, k] / program.caps[v]) ** 2)
    for _ in range(ROW_STEPS):
        over, _, slope = _over(program, v, room, extra + price)
        if over > 0.0:
            low = price
        elif over < 0.0:
            high = price
        step = over / slope if slope < 0.0 else -np.inf
        if over == 0.0 or abs(step) <= ROW_PRECISION * price:
            break
        following = price - step
        if not low < following < high:
            following = 2.0 * low + 1e-300 if high == np.inf else 0.5 * (low + high)
            if not low < following < high:
                break
        price = following
    return price


@compiled
def least_late(
    program: Late, extra: float, rooms: FloatArray, out: FloatArray
) -> tuple[float, float]:
    """Writes the optimum at a price of every draw; its sum, and by how much that falls with it.

    ``rooms`` are guesses of what each row leaves of 1, and then what it leaves.
    """
    drawn, falls = 0.0, 0.0
    for v in range(program.roots.shape[0]):
        room, cap_price, fall = _row(program, v, extra, rooms[v])
        rooms[v] = room
        falls += fall
        price, left = extra + cap_price, room
        before = 0
        for k in range(program.roots.shape[1]):
            here = program.ranks[v, k] + 1
            rate = program.rates[here] - program.rates[before]
            before = here
            if rate > 0.0:
                price = np.inf if left <= 0.0 else price + rate / left
            paid = price + program.prices[v, k]
            p = program.floor[v, k]
            if program.roots[v, k] > 0.0 and paid < np.inf:
                p = program.roots[v, k] / np.sqrt(paid) if paid > 0.0 else np.inf
                p = min(max(p, program.floor[v, k]), program.ceiling[v, k])
            out[v, k] = p
            left += p
            drawn += p
    return drawn, falls


@compiled
def late_terms(program: Late, extra: float, rooms: FloatArray, p: FloatArray) -> float:
    """Below ``Σ r² (1/p − 1) + Σ (k + extra) p − Σ C log(1 − Q)`` of all probabilities.

    The terms are convex: each row is bounded by its tangent at ``p`` and ``rooms``, at its least
    within floors, ceilings and cap, whatever these are. Summed in floating point.
    """
    models = program.roots.shape[1]
    slopes = np.empty(models)
    bound, low_part = 0.0, 0.0
    for v in range(program.roots.shape[0]):
        value, total = 0.0, 0.0
        for k in range(models):
            total += p[v, k]
        later, room, price, before = total, rooms[v], extra, 0
        for k in range(models):
            here = program.ranks[v, k] + 1
            rate = program.rates[here] - program.rates[before]
            before = here
            if rate > 0.0:
                held = max(room, SMALLEST_ROOM)
                value += rate * (((later - 1.0) + held) / held - np.log(held))
                price += rate / held
            paid = price + program.prices[v, k]
            root, q = program.roots[v, k], p[v, k]
            slopes[k] = paid
            value += (extra + program.prices[v, k]) * q
            if root > 0.0:
                share = root / q if q > 0.0 else np.inf
                slopes[k] = paid - share * share
                value += share * root * (1.0 - q)
            later -= q
            room += q
        value += _least_tangent(program, v, p, slopes, total)
        # Neumaier's sum: rows of very different size
        new = bound + value
        low_part += (bound - new) + value if abs(bound) >= abs(value) else (value - new) + bound
        bound = new
    return bound + low_part


@compiled
def _least_tangent(program: Late, v: int, p: FloatArray, slopes: FloatArray, total: float) -> float:
    """At most the least of ``Σ slope (p' − p)`` over a row's probabilities ``p'``."""
    models, cap = slopes.size, program.caps[v]
    price = 0.0
    if total >= cap * (1.0 - 1e-9):
        weight, needed = 0.0, 0.0
        for k in range(models):
            low, high = program.floor[v, k], program.ceiling[v, k]
            if low < p[v, k] < high:
                weight += p[v, k]
                price -= slopes[k] * p[v, k]
            elif p[v, k] == low < high:
                needed = max(needed, -slopes[k])
        price = max(price / weight if weight > 0.0 else needed, 0.0)
    least = -price * (cap - total) if price > 0.0 else 0.0
    for k in range(models):
        slope = slopes[k] + price
        to = program.floor[v, k] if slope > 0.0 else program.ceiling[v, k]
        if slope != 0.0 and to != p[v, k]:
            least += slope * (to - p[v, k])
    return least


@compiled
def lateness(ranks: IndexArray, p: FloatArray, out: FloatArray) -> None:
    """``z_j = −Σ_v log(1 − q_vj)`` of every time ``j``, ``q_vj`` the chance to take as long."""
    models = p.shape[1]
    out[:] = 0.0
    for v in range(p.shape[0]):
        later, left = 0.0, 0.0
        for k in range(models - 1, -1, -1):
            left += p[v, k]
            here = -np.log1p(-left) if left < 1.0 else np.inf
            if here > later:
                out[ranks[v, k]] += here - later
                later = here
    total = 0.0
    for j in range(out.size - 1, -1, -1):
        total += out[j]
        out[j] = total

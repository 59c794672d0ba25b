"""Whether any probabilities keep the limits, in fractions; and the optimum, by a cone solver."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.hostile.instances import Array, Instance

ZERO = Fraction(0)
# A hundred times what the cone solver asks of itself: what is off by more may have another optimum.
MISSED = 1e-6
TINY = 1e-300  # for a probability of 0, whose reciprocal would warn


def is_feasible(instance: Instance) -> bool:
    """Whether limits leave probabilities above 0 for all that have a score."""
    low, high = instance.box
    if (low > high).any():
        return False
    rows = list(instance.rows())
    if any(row.at_least for row in rows):
        return largest_least(instance) > 0
    wanted = {(int(v), int(s)) for v, s in np.argwhere(instance.wanted)}
    if any(high[pair] == 0.0 for pair in wanted):
        return False
    for row in rows:
        used = sum(c * Fraction(float(low[pair])) for pair, c in row.coefficients.items())
        silent = any(pair in wanted and low[pair] == 0.0 for pair in row.coefficients)
        if used > row.bound or (used == row.bound and silent):
            return False
    return True


def largest_least(
    instance: Instance, more: dict[tuple[int, int], Fraction] | None = None
) -> Fraction:
    """The largest ``t <= 1`` with ``p >= l + t (u − l)/2`` on what has a score and no floor; or −1.

    A linear program in fractions, by the simplex method with Bland's rule. Variables are
    ``x = p − l`` and ``t``; all rows are ``<=``. ``more`` are floors beside those of the instance.
    """
    low, high = instance.box
    pairs = [(int(v), int(s)) for v, s in np.argwhere(high > 0.0)]
    place = {pair: k for k, pair in enumerate(pairs)}
    n = len(pairs) + 1
    table: list[tuple[list[Fraction], Fraction]] = []

    def add(coefficients: dict[int, Fraction], bound: Fraction) -> None:
        table.append(([coefficients.get(k, ZERO) for k in range(n)], bound))

    floor = {pair: Fraction(float(low[pair])) for pair in pairs}
    for pair, least in (more or {}).items():
        if pair not in place or least > Fraction(float(high[pair])):
            return Fraction(-1)
        floor[pair] = max(floor[pair], least)
    for row in instance.rows():
        sign = -1 if row.at_least else 1
        here = {place[q]: sign * c for q, c in row.coefficients.items() if q in place}
        used = sum((c * floor[q] for q, c in row.coefficients.items() if q in place), ZERO)
        add(here, sign * (row.bound - used))
    for pair in pairs:
        width = Fraction(float(high[pair])) - floor[pair]
        add({place[pair]: Fraction(1)}, width)
        if instance.wanted[pair] and floor[pair] == 0:
            add({place[pair]: Fraction(-1), n - 1: width / 2}, ZERO)
    if any(high[v, s] == 0.0 for v, s in np.argwhere(instance.wanted)):
        return Fraction(-1)
    add({n - 1: Fraction(1)}, Fraction(1))
    return _simplex(table, n)


def _simplex(table: list[tuple[list[Fraction], Fraction]], n: int) -> Fraction:
    """Maximise the last of ``n`` variables ``>= 0`` under rows ``<=``; −1 if they contradict."""
    m = len(table)
    # one artificial variable, the last column but one, makes the origin feasible
    rows = [
        [*coefficients, *(Fraction(int(i == k)) for k in range(m)), Fraction(-1), bound]
        for i, (coefficients, bound) in enumerate(table)
    ]
    basis = [n + i for i in range(m)]
    art = n + m
    worst = min(range(m), key=lambda i: rows[i][-1])
    if rows[worst][-1] < 0:
        _pivot(rows, basis, worst, art)
        goal = [ZERO] * (art + 1)
        goal[art] = Fraction(-1)
        _climb(rows, basis, goal, range(art + 1))
        if any(basis[i] == art and rows[i][-1] > 0 for i in range(m)):
            return Fraction(-1)
        for i in range(m):
            if basis[i] == art:
                column = next((j for j in range(art) if rows[i][j] != 0), None)
                if column is not None:
                    _pivot(rows, basis, i, column)
    goal = [ZERO] * (art + 1)
    goal[n - 1] = Fraction(1)
    _climb(rows, basis, goal, range(art))
    return next((rows[i][-1] for i in range(m) if basis[i] == n - 1), ZERO)


def _climb(rows: Any, basis: list[int], goal: list[Fraction], columns: range) -> None:
    while True:
        for j in columns:
            if j in basis:
                continue
            gain = goal[j] - sum(goal[basis[i]] * rows[i][j] for i in range(len(rows)))
            if gain > 0:
                break
        else:
            return
        ratios = [
            (rows[i][-1] / rows[i][j], basis[i], i) for i in range(len(rows)) if rows[i][j] > 0
        ]
        if not ratios:
            return
        _pivot(rows, basis, min(ratios)[2], j)


def _pivot(rows: Any, basis: list[int], i: int, j: int) -> None:
    scale = rows[i][j]
    rows[i] = [value / scale for value in rows[i]]
    for k, row in enumerate(rows):
        if k != i and row[j] != 0:
            factor = row[j]
            rows[k] = [a - factor * b for a, b in zip(row, rows[i], strict=True)]
    basis[i] = j


def cone_optimum(instance: Instance) -> tuple[float, Array] | None:
    """The objective in units of the squared largest score, and probabilities, by Clarabel.

    None where the solver does not reach its tolerances, its probabilities miss a limit by more than
    ``MISSED``, or values are too far apart for it.
    """
    import cvxpy as cp

    scores, (low, high) = instance.scores, instance.box
    top = float(scores.max())
    wanted = scores > 0.0
    if top == 0.0 or scores[wanted].min() < 1e-4 * top or instance.given["budget"] < 1e-3:
        return None
    unit = scores / top
    p = cp.Variable(scores.shape, nonneg=True)
    limits = [p >= low, p <= high]
    for row in instance.rows():
        if row.coefficients:
            table = np.zeros(scores.shape)
            for pair, c in row.coefficients.items():
                table[pair] = float(c)
            total = cp.sum(cp.multiply(table, p))
            limits.append(total >= float(row.bound) if row.at_least else total <= float(row.bound))
    goal = _goal(cp, instance, p, unit, top, limits)
    program = cp.Problem(cp.Minimize(goal), limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program.solve(solver=cp.CLARABEL)
        except cp.error.SolverError:
            return None
    if program.status != "optimal":
        return None
    found = np.asarray(p.value)
    if _missed(instance, found) > MISSED:
        return None
    p.value = _within(instance, found)
    return float(goal.value), p.value


def _within(instance: Instance, p: Array) -> Array:
    """Brought within boxes and upper rows, by one share of what is above the floors.

    Where room is next to nothing a solver's tolerance is more than all of it. As it is where sums
    have floors.
    """
    rows = list(instance.rows())
    if any(row.at_least for row in rows):
        return p
    low, high = instance.box
    above, share = np.clip(p - low, 0.0, np.maximum(high - low, 0.0)), 1.0
    for row in rows:
        room = float(row.bound) - sum(float(c) * low[q] for q, c in row.coefficients.items())
        used = sum(float(c) * above[q] for q, c in row.coefficients.items())
        share = min(share, max(room, 0.0) / used) if used > max(room, 0.0) else share
    return np.asarray(np.maximum(low + share * above, TINY))


def _missed(instance: Instance, p: Array) -> float:
    """By how much probabilities are outside of a box or a row, of a bound above 1 by what part."""
    low, high = instance.box
    missed = [float((low - p).max()), float((p - high).max())]
    for row in instance.rows():
        used = sum(float(c) * p[pair] for pair, c in row.coefficients.items())
        over = (used - float(row.bound)) * (-1.0 if row.at_least else 1.0)
        missed.append(over / max(1.0, abs(float(row.bound))))
    return max(missed)


def _goal(cp: Any, instance: Instance, p: Any, unit: Array, top: float, limits: list[Any]) -> Any:
    S = unit.shape[1]
    weights = np.broadcast_to(instance.given.get("model_weights", 1.0), (S,))

    def moment(s: int, squares: Array) -> Any:
        some = squares[:, s] > 0.0
        if not some.any():
            return 0.0
        return cp.sum(cp.multiply(squares[some, s], cp.inv_pos(p[some, s])))

    squares = unit**2
    variances = [moment(s, squares) - float(squares[:, s].sum()) for s in range(S)]
    match instance.objective:
        case "sum":
            return sum(w * moment(s, squares) for s, w in enumerate(weights))
        case "participation":
            shares = np.where(instance.available, instance.given["weights"], 0.0) / top
            both = squares + instance.options["participation_weight"] * shares**2
            return sum(w * moment(s, both) for s, w in enumerate(weights))
        case "max":
            return cp.maximum(*[w * variances[s] for s, w in enumerate(weights)], 0.0)
        case "fair":
            alpha = instance.options["alpha"]
            terms = [cp.pos(w * variances[s]) for s, w in enumerate(weights)]
            return cp.pnorm(cp.hstack(terms), alpha) if alpha > 1.0 else sum(terms)
    for s in range(S):
        if not isinstance(variances[s], float):
            ceiling = float(instance.options["ceilings"][s]) / top / top
            if not 1e-8 < ceiling < math.inf:
                ceiling = max(ceiling, 1e-8)
            limits.append(variances[s] <= ceiling)
    cost = instance.options.get("cost", np.ones(unit.shape))
    return cp.sum(cp.multiply(cost, p))

"""The matrix of a step, in float64 and in units of its rows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.decimals import ONE, ZERO
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess
from roundlot.theory.arrays import FloatArray

FLAT = 1e-13  # singular values below it, of rows near 1, are none

Solve = Callable[[list[Decimal]], tuple[list[Decimal], ...]]


def linear_system(equations: Equations, guess: Guess) -> Solve | None:
    """What changes of prices, of weights, of entries and of the top a residual asks for."""
    rows, held = np.flatnonzero(guess.rows), np.flatnonzero(guess.held)
    flat = np.flatnonzero(guess.at == 2)
    free = np.flatnonzero(guess.at == 0)
    place = {int(e): i for i, e in enumerate(free.tolist())}
    kappa = equations.kappa(guess.prices)
    roots = {e: (guess.p[e] / (2 * kappa[e])).sqrt() for e in free.tolist() if kappa[e] > 0}
    parts: list[tuple[list[int], list[Decimal]]] = []
    for r in rows.tolist():
        at = [
            (int(e), c)
            for e, c in zip(equations.some[r], equations.counts[r], strict=True)
            if e in place and e in roots
        ]
        parts.append(([place[e] for e, _ in at], [c * roots[e] for e, c in at]))
    for j in held.tolist():
        at = [
            (int(e), m)
            for e, m in zip(equations.some_moments[j], equations.moments[j], strict=True)
            if e in place and e in roots
        ]
        parts.append(([place[e] for e, _ in at], [-m / guess.p[e] ** 2 * roots[e] for e, m in at]))
    norm = [i for i, j in enumerate(held.tolist()) if equations.is_norm[j]]
    extra = [ZERO] * len(parts)
    if norm and not equations.worst:
        for i in norm:
            weight = guess.weights[held[i]]
            extra[len(rows) + i] = weight ** (ONE / equations.power) / (equations.power * weight)
    unit = [
        (sum((x * x for x in values), ZERO) + more).sqrt()
        for (_, values), more in zip(parts, extra, strict=True)
    ]
    unit = [u or ONE for u in unit]
    table = np.zeros((len(parts), len(free)))
    for i, ((where, values), u) in enumerate(zip(parts, unit, strict=True)):
        table[i, where] = [float(x / u) for x in values]
    count = len(parts) + len(flat) + (1 if norm and equations.worst else 0)
    matrix = np.zeros((count, count))
    inner = len(parts)
    matrix[:inner, :inner] = table @ table.T
    matrix[range(inner), range(inner)] += [
        float(x / (u * u)) for x, u in zip(extra, unit, strict=True)
    ]
    sides = [ONE] * (count - inner)
    for i, e in enumerate(flat.tolist()):
        column = {
            k: equations.all_counts[r][e] / unit[k]
            for k, r in enumerate(rows.tolist())
            if equations.all_counts[r][e]
        }
        sides[i] = max((abs(x) for x in column.values()), default=ONE)
        for k, x in column.items():
            matrix[k, inner + i] = matrix[inner + i, k] = float(x / sides[i])
    if norm and equations.worst:
        ends = [ONE / unit[len(rows) + i] for i in norm]
        sides[-1] = max(ends)
        for i, end in zip(norm, ends, strict=True):
            matrix[len(rows) + i, -1] = matrix[-1, len(rows) + i] = float(end / sides[-1])
    if not np.isfinite(matrix).all():
        return None
    inverse = _inverse(matrix)
    units = [*unit, *sides]

    def solve(missed: list[Decimal]) -> tuple[list[Decimal], ...]:
        right = [x / u for x, u in zip(missed, units, strict=True)]
        size = max((abs(x) for x in right), default=ZERO) or ONE
        found = inverse @ np.array([float(x / size) for x in right])
        step = [Decimal(x) * size / u for x, u in zip(found.tolist(), units, strict=True)]
        a, b = len(rows), inner
        return step[:a], step[a:b], step[b : b + len(flat)], step[b + len(flat) :]

    return solve


def _inverse(matrix: FloatArray) -> FloatArray:
    """The inverse, of least norm where rows say the same."""
    if not matrix.size:
        return matrix
    with np.errstate(all="ignore"):
        try:
            found = np.linalg.inv(matrix)
            if np.isfinite(found).all() and np.abs(found).max() < 1e12:
                return np.asarray(found)
        except np.linalg.LinAlgError:
            pass
        return np.asarray(np.linalg.pinv(matrix, rcond=FLAT, hermitian=True))

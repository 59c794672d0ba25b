"""Linear systems of a path's steps, held against elimination in fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from roundlot.solvers.central.rows import Rows, System

V, S = 4, 2


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """By Gauss, in fractions."""
    rows = [[*line, end] for line, end in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


@pytest.mark.parametrize(("ease", "room"), [(1.0, 1.0), (1.0, 1e-9), (1e10, 1e-7), (1e12, 1e-6)])
def test_models_and_groups_that_hold_the_same_sum(ease: float, room: float) -> None:
    # Both groups and both models give way to prices by next to nothing beside how easily pairs
    # move: what all are drawn is held twice, and a price of all models is nearly one of all groups.
    rng = np.random.default_rng(3)
    loose, right = ease * rng.uniform(0.5, 2.0, (V, S)), rng.normal(size=(V, S)) / ease
    costs = rng.uniform(0.5, 2.0, (V, S))
    give = (
        rng.uniform(0.5, 2.0, V),
        room * rng.uniform(0.5, 2.0, 2),
        np.full(1, np.inf),
        np.append(room * rng.uniform(0.5, 2.0, 2), 1.0),
    )
    gaps = (rng.normal(size=V), rng.normal(size=2), np.zeros(1), rng.normal(size=3))
    gaps[3][1] = gaps[1].sum() - gaps[3][0] + room
    rows = _rows(give, costs)
    x, prices = System.of(rows, loose, give).solve(right, gaps)

    one = np.eye(V * S).reshape(V * S, V, S)
    sums = [rows.sums(table) for table in one]
    places = [(level, i) for level, size in ((0, V), (1, 2), (3, 3)) for i in range(size)]
    table = [[Fraction(float(column[level][i])) for column in sums] for level, i in places]
    whole = []
    for k, h in enumerate(loose.ravel().tolist()):
        whole.append([Fraction(0)] * (V * S) + [row[k] for row in table])
        whole[k][k] = 1 / Fraction(h)
    for k, ((level, i), row) in enumerate(zip(places, table, strict=True)):
        own = [Fraction(0)] * len(places)
        own[k] = -Fraction(float(give[level][i]))
        whole.append([*row, *own])
    sides = [*right.ravel().tolist(), *(float(gaps[level][i]) for level, i in places)]
    expected = [float(y) for y in solved(whole, [Fraction(y) for y in sides])]
    assert x.ravel() == pytest.approx(expected[: V * S], rel=1e-9, abs=1e-9)
    found = [float(prices[level][i]) for level, i in places]
    assert found == pytest.approx(expected[V * S :], rel=1e-5)


def _rows(give: tuple[np.ndarray, ...], costs: np.ndarray) -> Rows:
    """Two groups of two, and rows of both models and of costs."""
    return Rows(
        parents=(np.array([0, 0, 1, 1]), np.zeros(2, dtype=np.int64)),
        weights=(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), costs),
        models=2,
        caps=tuple(np.ones(x.size) for x in give),
        lows=tuple(np.zeros(x.size) for x in give),
    )

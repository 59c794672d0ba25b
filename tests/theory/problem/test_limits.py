"""``Problem.limits()`` says the same as the problem's own tables, row by row."""

import numpy as np
import pytest

from roundlot.theory import Problem

RANDOM = np.random.default_rng(0)
SHAPE = (6, 3)
PLAIN = Problem(RANDOM.random(SHAPE), budget=2.0, floor=0.01, ceiling=0.9)
ALL = Problem(
    RANDOM.random(SHAPE),
    budget=2.0,
    available=RANDOM.random(SHAPE) < 0.8,
    processor_cap=RANDOM.random(6) + 0.1,
    floor=0.02,
    client=[0, 0, 1, 1, 2, 2],
    client_cap=[1.0, 0.8, 1.5],
    groups=[[0, 0, 0, 0, 1, 1], [0] * 6],
    group_caps=[[1.0, 2.0], [2.5]],
    model_budgets=[1.0, 0.5, 2.0],
    costs=RANDOM.random((2, *SHAPE)) * (RANDOM.random((2, *SHAPE)) < 0.7),
    cost_budgets=[1.0, 0.3],
)


def test_every_limit_of_a_problem_is_listed():
    assert [limit.name for limit in PLAIN.limits()] == [
        *("the sum of all draws", "processor", "floor", "ceiling")
    ]
    assert [(limit.name, limit.size) for limit in ALL.limits()] == [
        ("the sum of all draws", 1),
        ("processor", 6),
        ("client", 3),
        ("group of level 0", 2),
        ("group of level 1", 1),
        ("model", 3),
        ("cost row", 2),
        ("floor", 18),
        ("ceiling", 18),
    ]
    assert ALL.limits()[2].title(1) == "client 1"
    assert ALL.limits()[7].title(4) == "floor of processor 1 for model 1"


def _matrix(limit):
    """``A (R, V S)``, written out."""
    matrix = np.zeros((limit.size, *SHAPE))
    for row in range(limit.size):
        v, s, coefficient = limit.entries(row)
        matrix[row, v, s] = coefficient
    return matrix.reshape(limit.size, -1)


@pytest.mark.parametrize("problem", [PLAIN, ALL])
def test_sums_and_prices_are_those_of_the_matrix(problem):
    table = RANDOM.random(SHAPE)
    for limit in problem.limits():
        matrix, prices = _matrix(limit), RANDOM.random(limit.size)
        assert limit.sums(table).ravel() == pytest.approx(matrix @ table.ravel())
        paid = np.broadcast_to(limit.plus_prices(np.ones((1, 1)), prices), SHAPE)
        assert paid.ravel() == pytest.approx(1.0 + matrix.T @ prices)
        columns = [list(limit.column(v, s)) for v, s in np.ndindex(SHAPE)]
        again = [sum(prices[row] * times for row, times in column) for column in columns]
        assert again == pytest.approx(matrix.T @ prices)
        some = slice(2, 5)
        part = np.broadcast_to(limit.plus_prices(np.ones((1, 1)), prices, some), (3, 3))
        assert np.array_equal(part, paid[some])


def test_residuals_are_the_definition_of_feasible():
    table = RANDOM.random(SHAPE)
    expected = {
        "the sum of all draws": table.sum() - 2.0,
        "processor": table.sum(axis=1) - ALL.processor_cap,
        "client": table.reshape(3, 6).sum(axis=1) - [1.0, 0.8, 1.5],
        "group of level 0": [table[:4].sum() - 1.0, table[4:].sum() - 2.0],
        "group of level 1": table.sum() - 2.5,
        "model": table.sum(axis=0) - [1.0, 0.5, 2.0],
        "cost row": (ALL.costs * table).sum(axis=(1, 2)) - [1.0, 0.3],
        "floor": np.where(ALL.available, 0.02 - table, 0.0),
        "ceiling": table - 1.0,
    }
    for limit in ALL.limits():
        assert limit.residuals(table) == pytest.approx(np.atleast_1d(expected[limit.name]))

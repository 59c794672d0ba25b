"""Warnings point at the line that called roundlot, whatever called what inside it."""

import warnings

import numpy as np
import pytest

import roundlot as rl
from roundlot.simulate import Updates, simulate

PLAIN = rl.Problem([[1.0], [2.0]], budget=2.5)
COUPLED = rl.Problem([[1.0, 2.0], [2.0, 1.0]], budget=1, model_budgets=[9, 9])
UPDATES = Updates(directions=[np.ones((2, 1))], client=[0, 1], weights=[[0.5], [0.5]])
CALLS = {
    "budget": lambda: rl.solve(PLAIN),
    "budget of a model": lambda: rl.solve(COUPLED),
    "worst": lambda: rl.solve(PLAIN, objective="max"),
    "comparison": lambda: rl.compare(PLAIN, repeats=1),
    "never drawn": lambda: simulate(rl.design([[0.5], [0.0]]), UPDATES, rounds=2),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_points_at_the_line_of_the_call(name) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CALLS[name]()
    found = [one for one in caught if issubclass(one.category, rl.RoundlotWarning)]
    assert all(one.filename == __file__ for one in found)
    assert found or name in ("worst", "comparison")

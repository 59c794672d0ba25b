"""Prices, variances and paths of scores whose squares float64 does not hold: right, or refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers

SCORES = np.array([[3.0], [4.0], [5.0]])  # one draw: p = a / 12, a draw is worth 144


def scaled(power: int, **limits: object) -> rl.Problem:
    return rl.Problem(np.ldexp(SCORES, power), budget=1, **limits)


ASKED = {
    "prices": lambda x: rl.solve(x).prices.budget,
    "price": lambda x: rl.solve(x).price,
    "prices of models": lambda x: rl.solve(
        rl.Problem(x.scores, budget=2, model_budgets=[1.0])
    ).prices.models[0],
    "model_variance": lambda x: rl.solve(x).model_variance[0] + 50.0,
    "path price": lambda x: rl.optimal_path(x).price(1.0),
    "path objective": lambda x: rl.optimal_path(x).objective(1.0),
    "path variance": lambda x: rl.optimal_path(x).variance([1.0])[0] + 50.0,
    "solved path price": lambda x: solvers.solved_path(x).price(1.0),
    "solved path objective": lambda x: solvers.solved_path(x).objective(1.0),
    "solved path variance": lambda x: solvers.solved_path(x).variance(1.0) + 50.0,
}


@pytest.mark.parametrize("name", ASKED)
def test_numbers_are_right_or_name_the_factor(name: str) -> None:
    ask = ASKED[name]
    assert ask(scaled(0)) == pytest.approx(144.0, rel=1e-12)
    for power in (530, 1020, -560, -1060):
        with pytest.raises(rl.InvalidProblemError, match="range of float64; multiply") as caught:
            ask(scaled(power))
        found = re.search(r"multiply all scores by (\S+):", str(caught.value))
        assert found is not None
        near = rl.Problem(np.ldexp(SCORES, power) * float(found[1]), budget=1)
        assert 0.0 < ask(near) < 1e30


def test_what_is_0_is_0_at_any_scale() -> None:
    for power in (530, -560):
        slack = rl.Problem(np.ldexp(SCORES, power), budget=1, floor=1 / 4, processor_cap=0.25)
        assert rl.optimal_path(slack).price(1.0) == 0.0
        always = rl.Problem(np.ldexp(SCORES[:1], power), budget=1)
        assert rl.solve(always).model_variance[0] == 0.0


@pytest.mark.parametrize("power", [530, -560])
def test_records_are_in_their_unit(power: int) -> None:
    solution = rl.solve(scaled(power))
    record = solution.to_dict()
    one = 2.0 ** (2 * (power - record["unit"]))
    assert record["price"] == pytest.approx(144.0 * one, rel=1e-12)
    (variance,) = record["model_variance"].values()
    assert variance == pytest.approx(94.0 * one, rel=1e-12)

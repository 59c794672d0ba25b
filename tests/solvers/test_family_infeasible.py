"""Limits of the family that cannot be met are told apart, measured, and what would fit does fit."""

import re

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.theory import InfeasibleError, Problem

SCORES = np.ones((4, 2))
CASES = {
    r"sum to 0.4, 0.1 above the cap 0.3 of client 1": {"client": [0, 0, 1, 1], "client_cap": 0.3},
    r"sum to 0.8, 0.3 above the cap 0.5 of group 0": {"groups": [0, 0, 0, 0], "group_caps": 0.5},
    r"above the cap 0.7 of group of level 1 0": {
        "groups": [[0, 0, 1, 1], [0, 0, 0, 0]],
        "group_caps": [0.5, 0.7],
    },
    r"sum to 0.4, 0.1 above the budget 0.3 of model 1": {"model_budgets": [0.5, 0.3]},
}


@pytest.mark.parametrize("message", CASES)
def test_floors_above_a_limit_and_the_floor_that_fits(message):
    limits = {"budget": 4.0, **CASES[message]}
    floor = np.full((4, 2), 0.1)
    if "client" in limits:
        floor[:2] = 0.05
    with pytest.raises(InfeasibleError, match=message) as error:
        solve(Problem(SCORES, floor=floor, **limits))
    fitting = float(re.search(r"a floor of (\S+) on", str(error.value)).group(1))
    assert solve(Problem(SCORES, floor=fitting, **limits)).certificate.verify()


def test_floors_above_a_cost_budget_and_what_fits():
    limits = {"costs": np.full((4, 2), 3.0), "budget": 4.0}
    with pytest.raises(
        InfeasibleError, match=r"cost 2.4, 0.4 above the budget 2 of cost row 0"
    ) as e:
        solve(Problem(SCORES, floor=0.1, cost_budgets=2.0, **limits))
    share = float(re.search(r"floors times (\S+) would", str(e.value)).group(1))
    budget = float(re.search(r"a budget of (\S+)$", str(e.value)).group(1))
    assert solve(
        Problem(SCORES, floor=0.1 * share, cost_budgets=2.0, **limits)
    ).certificate.verify()
    assert solve(Problem(SCORES, floor=0.1, cost_budgets=budget, **limits)).certificate.verify()


def test_budgets_of_0_need_scores_of_0():
    with pytest.raises(InfeasibleError, match="nothing in the budget 0 of model 1"):
        solve(Problem(SCORES, budget=1.0, model_budgets=[1.0, 0.0]))
    with pytest.raises(
        InfeasibleError, match=r"the budget 0 of cost row 0.*processor 0 and model 0"
    ):
        solve(Problem(SCORES, budget=1.0, costs=np.ones((4, 2)), cost_budgets=0.0))
    with pytest.raises(InfeasibleError, match=r"use up the cap 0.25 of client 0"):
        solve(
            Problem(
                SCORES, budget=2.0, client=[0, 0, 1, 1], client_cap=0.25, floor=[[0.125, 0]] * 4
            )
        )
    costs = np.zeros((4, 2))
    costs[:, 1] = 1.0
    scores = SCORES * [1.0, 0.0]
    solution = solve(Problem(scores, budget=1.0, costs=costs, cost_budgets=0.0))
    assert np.all(solution.probabilities[:, 1] == 0.0)
    assert solution.certificate.verify()

"""Infeasible limits are told apart, measured, and what would fit does fit."""

import re

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.theory import InfeasibleError, Problem

SCORES = np.ones((3, 2))
FOUR = np.ones((4, 2))
FAMILY = {
    r"sum to 0.4, 0.1 above the cap 0.3 of client 1": {"client": [0, 0, 1, 1], "client_cap": 0.3},
    r"sum to 0.8, 0.3 above the cap 0.5 of group 0": {"groups": [0, 0, 0, 0], "group_caps": 0.5},
    r"above the cap 0.7 of group of level 1 0": {
        "groups": [[0, 0, 1, 1], [0, 0, 0, 0]],
        "group_caps": [0.5, 0.7],
    },
    r"sum to 0.4, 0.1 above the budget 0.3 of model 1": {"model_budgets": [0.5, 0.3]},
}


def test_floor_above_ceiling():
    floor = [[0.1, 0.1], [0.1, 0.5], [0.1, 0.1]]
    with pytest.raises(InfeasibleError, match=r"processor 1 for model 1 is 0.5, above its ceiling"):
        solve(Problem(SCORES, budget=2.0, floor=floor, ceiling=0.2))


def test_floors_above_a_cap_and_the_floor_that_fits():
    floor = np.full((3, 2), 0.1)
    floor[2] = 0.4
    caps = [1.0, 1.0, 0.7]
    with pytest.raises(
        InfeasibleError, match=r"sum to 0.8, 0.1 above the cap 0.7 of processor 2"
    ) as e:
        solve(Problem(SCORES, budget=2.0, floor=floor, processor_cap=caps))
    floor[2] = float(re.search(r"a floor of (\S+) ", str(e.value)).group(1))
    assert solve(Problem(SCORES, budget=2.0, floor=floor, processor_cap=caps)).certificate.verify()


def test_floors_above_the_budget_and_what_fits():
    with pytest.raises(InfeasibleError, match=r"sum to 0.6, 0.1 above the budget 0.5") as e:
        solve(Problem(SCORES, budget=0.5, floor=0.1))
    floor = float(re.search(r"a floor of (\S+) on", str(e.value)).group(1))
    budget = float(re.search(r"a budget of (\S+)$", str(e.value)).group(1))
    assert solve(Problem(SCORES, budget=0.5, floor=floor)).certificate.verify()
    assert solve(Problem(SCORES, budget=budget, floor=0.1)).certificate.verify()


def test_floors_that_leave_nothing_for_a_positive_score():
    floor = np.array([[0.5, 0.5, 0.0]])
    with pytest.raises(InfeasibleError, match="processor 0 and model 2"):
        solve(Problem([[1.0, 1.0, 1.0]], budget=2.0, floor=floor))
    with pytest.raises(InfeasibleError, match="the budget 1, which leaves 0"):
        solve(Problem([[1.0, 1.0, 1.0]], budget=1.0, floor=floor, processor_cap=2.0))


def test_floors_on_unavailable_pairs_do_not_count():
    available = [[True, False], [True, True], [False, True]]
    problem = Problem(SCORES, budget=0.4, floor=0.1, available=available, allow_unreachable=True)
    solution = solve(problem)
    assert solution.probabilities[0, 1] == 0.0
    assert solution.certificate.gap < 1e-12


@pytest.mark.parametrize("message", FAMILY)
def test_floors_above_a_limit_and_the_floor_that_fits(message):
    limits = {"budget": 4.0, **FAMILY[message]}
    floor = np.full((4, 2), 0.1)
    if "client" in limits:
        floor[:2] = 0.05
    with pytest.raises(InfeasibleError, match=message) as error:
        solve(Problem(FOUR, floor=floor, **limits))
    fitting = float(re.search(r"a floor of (\S+) on", str(error.value)).group(1))
    assert solve(Problem(FOUR, floor=fitting, **limits)).certificate.verify()


def test_floors_above_a_cost_budget_and_what_fits():
    limits = {"costs": np.full((4, 2), 3.0), "budget": 4.0}
    with pytest.raises(
        InfeasibleError, match=r"cost 2.4, 0.4 above the budget 2 of cost row 0"
    ) as e:
        solve(Problem(FOUR, floor=0.1, cost_budgets=2.0, **limits))
    share = float(re.search(r"floors times (\S+) would", str(e.value)).group(1))
    budget = float(re.search(r"a budget of (\S+)$", str(e.value)).group(1))
    assert solve(Problem(FOUR, floor=0.1 * share, cost_budgets=2.0, **limits)).certificate.verify()
    assert solve(Problem(FOUR, floor=0.1, cost_budgets=budget, **limits)).certificate.verify()


def test_budgets_of_0_need_scores_of_0():
    with pytest.raises(InfeasibleError, match="nothing in the budget 0 of model 1"):
        solve(Problem(FOUR, budget=1.0, model_budgets=[1.0, 0.0]))
    with pytest.raises(
        InfeasibleError, match=r"the budget 0 of cost row 0.*processor 0 and model 0"
    ):
        solve(Problem(FOUR, budget=1.0, costs=np.ones((4, 2)), cost_budgets=0.0))
    with pytest.raises(InfeasibleError, match=r"use up the cap 0.25 of client 0"):
        solve(
            Problem(FOUR, budget=2.0, client=[0, 0, 1, 1], client_cap=0.25, floor=[[0.125, 0]] * 4)
        )
    costs = np.zeros((4, 2))
    costs[:, 1] = 1.0
    scores = FOUR * [1.0, 0.0]
    solution = solve(Problem(scores, budget=1.0, costs=costs, cost_budgets=0.0))
    assert np.all(solution.probabilities[:, 1] == 0.0)
    assert solution.certificate.verify()


@pytest.mark.parametrize("size", [1e160, 1e-200])
def test_scores_beyond_the_range_of_squares_keep_their_probabilities_and_say_so(size):
    problem = Problem(np.array([[1.0], [2.0], [3.0]]) * size, budget=1)
    solution = solve(problem)
    assert solution.probabilities.ravel() == pytest.approx([1 / 6, 2 / 6, 3 / 6], rel=1e-12)
    assert "and float64 ends at" in solution.notes[-1]
    assert solve(Problem(np.ones((3, 1)), budget=1)).notes == ()

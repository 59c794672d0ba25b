"""Malformed limits of sums are refused by name, shape and value."""

from dataclasses import replace

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError, Problem

SCORES = np.ones((4, 2))
BAD = [
    ({"client_cap": 1.0}, "client_cap needs client"),
    ({"client": [0, 1]}, r"client has shape \(2,\)"),
    ({"client": [0, 1, -1, 0]}, r"client\[2\] is -1"),
    ({"client": [0, 0.5, 1, 1]}, "whole numbers"),
    ({"client": [0, 0, 1, 1], "client_cap": [1.0]}, r"client_cap has shape \(1,\)"),
    ({"client": [0, 0, 1, 1], "client_cap": 0.0}, r"client_cap\[0\] is 0; .* above 0"),
    ({"client": [0, 0, 1, 1], "client_cap": [1.0, np.inf]}, r"client_cap\[1\] is inf"),
    ({"groups": [0, 0, 1, 1]}, "groups and group_caps together"),
    ({"groups": [[0, 0, 1, 1], [0, 0, 0, 0]], "group_caps": [1.0]}, "2 levels and group_caps 1"),
    ({"groups": [0, 0, 1, 1], "group_caps": "many"}, "must be numbers"),
    (
        {"groups": [[0, 0, 1, 1], [0, 1, 1, 1]], "group_caps": [1.0, 1.0]},
        "processor 0 and processor 1 share group of level 0 0 but not group of level 1",
    ),
    (
        {"client": [0, 1, 1, 2], "client_cap": 1.0, "groups": [0, 0, 1, 1], "group_caps": 1.0},
        "processor 1 and processor 2 share client 1 but not group",
    ),
    ({"model_budgets": [1.0]}, r"model_budgets has shape \(1,\)"),
    ({"model_budgets": [1.0, -1.0]}, r"model_budgets\[1\] is -1; .* at least 0"),
    ({"model_budgets": [np.nan, 1.0]}, r"model_budgets\[0\] is nan"),
    ({"costs": SCORES}, "costs and cost_budgets together"),
    ({"cost_budgets": 1.0}, "costs and cost_budgets together"),
    ({"costs": np.ones((4, 3)), "cost_budgets": 1.0}, r"costs have shape \(4, 3\)"),
    ({"costs": np.ones((0, 4, 2)), "cost_budgets": []}, "costs have shape"),
    ({"costs": -SCORES, "cost_budgets": 1.0}, r"costs\[0, 0, 0\] is -1"),
    ({"costs": SCORES * np.nan, "cost_budgets": 1.0}, r"costs\[0, 0, 0\] is nan"),
    ({"costs": SCORES, "cost_budgets": [1.0, 2.0]}, r"cost_budgets has shape \(2,\)"),
]


@pytest.mark.parametrize(("limits", "message"), BAD)
def test_malformed_limits(limits, message):
    with pytest.raises(InvalidProblemError, match=message):
        Problem(SCORES, budget=1.0, **limits)


def test_limits_are_copied_and_read_only():
    caps, costs = np.array([1.0, 2.0]), np.ones((4, 2))
    problem = Problem(
        SCORES,
        budget=1.0,
        client=[0, 0, 1, 1],
        client_cap=caps,
        costs=costs,
        cost_budgets=3.0,
        model_budgets=1.0,
    )
    caps[0] = costs[0, 0] = 9.0
    assert problem.client_cap.tolist() == [1.0, 2.0]
    assert problem.costs.shape == (1, 4, 2)
    assert problem.costs.max() == 1.0
    assert problem.model_budgets.tolist() == [1.0, 1.0]
    for array in (problem.client, problem.client_cap, problem.costs, problem.model_budgets):
        assert not array.flags.writeable
    assert not problem.is_plain


def test_levels_go_from_clients_to_the_coarsest_group():
    groups = [[0, 0, 1, 1], [0, 0, 0, 0]]
    problem = Problem(
        SCORES,
        budget=1.0,
        client=[0, 1, 2, 3],
        client_cap=1.0,
        groups=groups,
        group_caps=[1.0, 2.0],
    )
    names = [name for name, _, _ in problem.levels]
    assert names == ["client", "group of level 0", "group of level 1"]
    assert Problem(SCORES, budget=1.0, client=[0, 1, 2, 3]).is_plain
    assert (
        len(Problem(SCORES, budget=1.0, groups=groups[0], group_caps=[1, 1, 1]).group_caps[0]) == 3
    )


def test_a_problem_can_be_replaced_and_made_plain() -> None:
    plain = Problem([[1.0, 2.0], [3.0, 4.0]], budget=1.0)
    assert replace(plain, budget=0.5).budget == 0.5
    assert plain.plain() is plain
    coupled = Problem(
        plain.scores, budget=1.0, client=[0, 0], client_cap=0.5, groups=[0, 0], group_caps=0.7
    )
    assert not coupled.is_plain
    assert coupled.plain().is_plain
    assert np.array_equal(coupled.plain().scores, plain.scores)


def test_other_scores_keep_the_limits_and_are_checked() -> None:
    problem = Problem(np.ones((2, 2)), budget=1.0, available=[[True, True], [False, True]])
    other = problem.with_scores([[3.0, 4.0], [np.nan, 2.0]])
    assert other.scores.tolist() == [[3.0, 4.0], [0.0, 2.0]]
    assert other.floor is problem.floor
    assert problem.scores.max() == 1.0
    with pytest.raises(InvalidProblemError, match=r"give \(2, 2\)"):
        problem.with_scores([[1.0, 2.0]])
    with pytest.raises(InvalidProblemError, match="scores"):
        problem.with_scores([[-1.0, 2.0], [1.0, 1.0]])


def test_one_limit_for_a_list_of_one_level_will_do_and_of_several_is_refused() -> None:
    scores, labels = [[1.0, 2.0], [3.0, 1.0]], ["a", "b"]
    for caps in (6.0, {"a": 6.0, "b": 6.0}, [6.0]):
        problem = Problem(scores, budget=1.0, groups=[labels], group_caps=caps)
        assert problem.group_caps[0].tolist() == [6.0, 6.0]
    low = Problem(scores, budget=1.0, groups=[labels], group_floors=0.25)
    assert low.group_floors[0].tolist() == [0.25, 0.25]
    for name in ("group_caps", "group_floors"):
        with pytest.raises(InvalidProblemError, match=f"2 levels and {name} is 0.5; give a list"):
            Problem(scores, budget=1.0, groups=[[0, 1], [0, 0]], **{name: 0.5})

"""Seconds to a target where clients, groups and models have floors of sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from roundlot.solvers import Target, expected_round_length, seconds_to_target, solve
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.moments.estimator import model_variance

TARGET = Target(smoothness=10.0, strong_convexity=0.1, initial=1.0, target=0.1)


def seconds(problem: Problem, times: np.ndarray, p: np.ndarray) -> float:
    variance = float(problem.model_weights @ model_variance(problem.scores, p))
    return TARGET.rounds(variance) * expected_round_length(times, p)


def test_floors_that_leave_nothing_open() -> None:
    """A budget of 1 and floors of 0.25 and 0.75: one client for each model, p is that."""
    scores, times = np.diag([0.1, 0.2]), np.array([[3.0, 0.0], [0.0, 5.0]])
    problem = Problem(scores, budget=1.0, available=scores > 0.0, model_floors=[0.25, 0.75])
    plan = seconds_to_target(problem, times, TARGET, boxes=2)
    np.testing.assert_allclose(np.diag(plan.probabilities), [0.25, 0.75], rtol=1e-12)
    # the slower is drawn in three rounds of four, the faster alone in one of sixteen
    assert plan.round_seconds == pytest.approx(5 * 0.75 + 3 * 0.25 * 0.25, rel=1e-12)
    assert plan.rounds == TARGET.rounds(0.01 * 3 + 0.04 / 3)
    assert plan.lower_bound <= plan.seconds


LIMITS: dict[str, Any] = {
    "clients": {"client": [0, 0, 1, 1, 2, 2], "client_floor": 0.5},
    "groups": {"groups": [0, 0, 0, 1, 1, 1], "group_floors": [[0.9, 0.9]]},
    "models": {"model_floors": [1.0, 0.9]},
    "both": {"model_floors": [0.8, 0.9], "model_budgets": [1.5, 1.2], "floor": 0.02},
}


@pytest.mark.parametrize("name", LIMITS)
def test_floors_are_kept_and_no_other_probabilities_are_faster(name: str) -> None:
    rng = np.random.default_rng(4)
    scores, times = rng.lognormal(size=(6, 2)) / 20, rng.lognormal(size=(6, 2))
    problem = Problem(scores, budget=2.5, **LIMITS[name])
    plan = seconds_to_target(problem, times, TARGET, boxes=4)
    assert not list(infeasibilities(problem, plan.probabilities))
    assert plan.seconds == pytest.approx(seconds(problem, times, plan.probabilities), rel=1e-12)
    least = solve(problem)
    assert plan.seconds <= seconds(problem, times, least.probabilities)
    others = [solve(problem.with_scores(scores * rng.lognormal(size=(6, 2)))) for _ in range(40)]
    for other in others:
        p = (other.probabilities + least.probabilities) / 2
        for table in (other.probabilities, p):
            assert plan.seconds <= seconds(problem, times, table) * (1.0 + 1e-6)
            assert plan.lower_bound <= seconds(problem, times, table)


def test_floors_that_hold_nobody_back_change_nothing() -> None:
    rng = np.random.default_rng(5)
    scores, times = rng.lognormal(size=(6, 2)) / 20, rng.lognormal(size=(6, 2))
    free = seconds_to_target(Problem(scores, budget=2.5), times, TARGET, boxes=4)
    low = Problem(scores, budget=2.5, model_floors=free.probabilities.sum(axis=0) * 0.9)
    plan = seconds_to_target(low, times, TARGET, boxes=4)
    assert plan.seconds == pytest.approx(free.seconds, rel=1e-4)
    assert plan.lower_bound <= free.seconds


def test_floors_above_the_budget_are_refused() -> None:
    problem = Problem(np.ones((2, 2)), budget=1.0, model_floors=[0.8, 0.8])
    with pytest.raises(InfeasibleError, match="floor"):
        seconds_to_target(problem, np.ones((2, 2)), TARGET)

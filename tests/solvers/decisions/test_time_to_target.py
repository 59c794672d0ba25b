"""Lengths of rounds by enumeration; seconds to a target between its bounds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import (
    Target,
    expected_round_length,
    pair_seconds,
    seconds_to_target,
    solve,
)
from roundlot.solvers.decisions.round_length import length_slopes
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.moments.estimator import model_variance

TARGET = Target(smoothness=10.0, strong_convexity=0.1, initial=1.0, target=0.1)


def enumerated_length(times, p):
    total = 0.0
    V, S = p.shape
    for choice in itertools.product(range(S + 1), repeat=V):
        chance = np.prod([p[v, s] if s < S else 1.0 - p[v].sum() for v, s in enumerate(choice)])
        total += chance * max([times[v, s] for v, s in enumerate(choice) if s < S], default=0.0)
    return total


@settings(max_examples=80)
@given(seed=st.integers(0, 10**6))
def test_length_is_the_enumerated_one(seed):
    rng = np.random.default_rng(seed)
    V, S = rng.integers(1, 5), rng.integers(1, 4)
    p = rng.dirichlet(np.ones(S + 1), V)[:, :S]
    times = rng.choice([0.0, 1.0, 2.0, 3.3, 7.0], (V, S))
    if seed % 3 == 0:
        p[0] /= p[0].sum()
    assert expected_round_length(times, p) == pytest.approx(enumerated_length(times, p), abs=1e-12)


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_slopes_are_differences(seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), 4)[:, :2]
    times = rng.choice([0.0, 1.0, 2.0, 7.0], (4, 2))
    slopes = length_slopes(times, p)
    for place in np.ndindex(4, 2):
        moved = p.copy()
        moved[place] *= 0.5
        change = expected_round_length(times, p) - expected_round_length(times, moved)
        assert change == pytest.approx(slopes[place] * 0.5 * p[place], rel=1e-9, abs=1e-12)


@pytest.fixture
def fleet():
    rng = np.random.default_rng(2)
    times = pair_seconds(
        rng.integers(10, 500, (40, 2)),
        rng.lognormal(3.0, 1.0, 40),
        rng.lognormal(2.0, 1.0, 40),
        [1e6, 5e6],
    )
    return Problem(rng.lognormal(size=(40, 2)) / 40, budget=8.0), times


def seconds_of(problem, times, design):
    variance = float(model_variance(problem.scores, design).sum())
    return TARGET.rounds(variance) * expected_round_length(times, design)


def test_plan_is_better_than_least_variance_and_honest(fleet, assert_feasible):
    problem, times = fleet
    plan = seconds_to_target(problem, times, TARGET)
    assert_feasible(problem, plan.probabilities)
    assert plan.seconds == pytest.approx(seconds_of(problem, times, plan.probabilities))
    assert plan.seconds < 0.9 * seconds_of(problem, times, solve(problem).probabilities)
    assert np.all(plan.probabilities > 0.0)
    assert plan.lower_bound <= plan.seconds
    assert plan.gap < 20.0


def test_no_design_undercuts_the_lower_bound(fleet):
    problem, times = fleet
    bound = seconds_to_target(problem, times, TARGET).lower_bound
    rng = np.random.default_rng(0)
    for _ in range(200):
        rough = problem.scores * times ** -rng.uniform(0.0, 1.0) * rng.lognormal(0, 0.3, (40, 2))
        design = rough / rough.sum() * rng.uniform(0.05, 8.0)
        design /= np.maximum(1.0, design.sum(axis=1, keepdims=True))
        assert seconds_of(problem, times, design) >= bound


def test_equal_times_give_back_least_variance(fleet):
    problem, _ = fleet
    times = np.full((40, 2), 3.0)
    plan = seconds_to_target(problem, times, TARGET, overhead=1e6)
    assert plan.seconds == pytest.approx(
        TARGET.rounds(solve(problem).variance)
        * (1e6 + expected_round_length(times, solve(problem).probabilities)),
        rel=1e-6,
    )
    assert plan.lower_bound == pytest.approx(plan.seconds, rel=1e-3)


@pytest.mark.parametrize("overhead", [0.0, 2.0])
def test_nothing_to_draw_or_no_time_to_take_is_overhead_alone(overhead):
    for scores, times in (([[0.0], [0.0]], [[1.0], [2.0]]), ([[1.0], [2.0]], [[0.0], [0.0]])):
        problem = Problem(scores, budget=1.0)
        plan = seconds_to_target(problem, times, TARGET, overhead=overhead)
        rounds = TARGET.rounds(solve(problem).variance)
        assert plan.seconds == rounds * overhead
        assert plan.lower_bound == pytest.approx(plan.seconds, rel=1e-9)


def test_a_budget_that_nobody_can_use_is_not_where_the_search_ends():
    problem = Problem([[9000.0, 0.04, 0.09]], budget=1.0, ceiling=[[0.1, 1.0, 0.1]])
    times = [[5.0, 1.0, 5.0]]
    target = Target(smoothness=1.0, strong_convexity=1.0, initial=100.0, target=1.0)
    tight = seconds_to_target(problem, times, target)
    for budget in (1.5, 6.0, 1e4):
        loose = Problem(problem.scores, budget=budget, ceiling=problem.ceiling)
        plan = seconds_to_target(loose, times, target)
        assert plan.seconds == pytest.approx(tight.seconds, rel=1e-3)
        assert plan.gap < 0.3


def test_seconds_of_a_pair():
    seconds = pair_seconds([[100.0, 0.0]], [50.0], [8.0], [1e6, 2e6], epochs=2)
    np.testing.assert_allclose(seconds, [[4.0 + 1.0, 2.0]])
    for change in ({"speed": [0.0]}, {"link": [np.nan]}, {"model_bytes": [1.0]}, {"samples": [1]}):
        options = {"samples": [[1.0, 1.0]], "speed": [1.0], "link": [1.0], "model_bytes": 1.0}
        with pytest.raises(InvalidProblemError):
            pair_seconds(**{**options, **change})


def test_wrong_input_is_named(fleet):
    problem, times = fleet
    with pytest.raises(InvalidProblemError, match="overhead"):
        seconds_to_target(problem, times, TARGET, overhead=-1.0)
    with pytest.raises(InvalidProblemError, match="seconds"):
        seconds_to_target(problem, times[:3], TARGET)
    with pytest.raises(InvalidProblemError, match="at most one model"):
        expected_round_length([[1.0, 1.0]], [[0.7, 0.7]])
    hard = Target(smoothness=10.0, strong_convexity=0.1, initial=1.0, target=1e-30)
    with pytest.raises(InfeasibleError, match="rounds"):
        seconds_to_target(problem, times, hard)

"""Lengths of rounds by enumeration; seconds to a target between its bounds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def plan(fleet):
    return seconds_to_target(*fleet, TARGET, boxes=30)


def test_plan_is_better_than_least_variance_and_honest(fleet, plan, assert_feasible):
    problem, times = fleet
    assert_feasible(problem, plan.probabilities)
    assert plan.seconds == pytest.approx(seconds_of(problem, times, plan.probabilities))
    assert plan.seconds < 0.9 * seconds_of(problem, times, solve(problem).probabilities)
    assert np.all(plan.probabilities > 0.0)
    assert plan.lower_bound <= plan.seconds
    assert plan.gap < 1.0
    assert plan.budget <= problem.budget


def test_no_design_undercuts_the_lower_bound(fleet, plan):
    problem, times = fleet
    rng = np.random.default_rng(0)
    for _ in range(200):
        rough = problem.scores * times ** -rng.uniform(0.0, 1.0) * rng.lognormal(0, 0.3, (40, 2))
        design = rough / rough.sum() * rng.uniform(0.05, 8.0)
        design /= np.maximum(1.0, design.sum(axis=1, keepdims=True))
        assert seconds_of(problem, times, design) >= plan.lower_bound
        near = plan.probabilities * rng.lognormal(0, 0.02, (40, 2))
        near *= min(1.0, 8.0 / near.sum())
        assert seconds_of(problem, times, near) >= plan.lower_bound


@pytest.mark.parametrize("seed", range(5))
def test_nothing_on_a_fine_grid_is_below_the_bound_or_much_below_the_plan(seed):
    rng = np.random.default_rng(seed)
    scores, times = rng.lognormal(size=(3, 1)), 5 * rng.lognormal(0, 1.5, (3, 1))
    overhead, budget, draw = rng.choice([0.0, 3.0]), rng.choice([0.6, 1.5, 2.9]), seed % 2
    target = Target(smoothness=4.0, strong_convexity=1.0, initial=9.0, target=1.0)
    plan = seconds_to_target(
        Problem(scores, budget=budget),
        times,
        target,
        overhead=overhead,
        draw_seconds=draw,
        gap=0.01,
        boxes=100,
    )
    side = np.append(1.0 - np.geomspace(1e-3, 0.5, 16), np.geomspace(0.03, 0.48, 12))
    grid = np.array(list(itertools.product(side, repeat=3)))
    grid = grid[(grid.sum(axis=1) <= budget) & (grid > 0.0).all(axis=1)]
    order = np.argsort(times[:, 0])
    late = 1.0 - np.cumprod(1.0 - grid[:, order[::-1]], axis=1)[:, ::-1]  # P(T >= t_j)
    length = overhead + late @ np.diff(times[order, 0], prepend=0.0) + draw * grid.sum(axis=1)
    variances = (scores[:, 0] ** 2 * (1.0 - grid) / grid).sum(axis=1)
    near = np.argsort(variances * length)[:400]
    seconds = np.array([target.rounds(variances[k]) * length[k] for k in near])
    assert seconds.min() >= plan.lower_bound
    assert seconds.min() >= plan.seconds * (1.0 - 1e-9)
    assert plan.gap < 0.02


def test_a_general_search_finds_nothing_better():
    # six devices, one of them eight times slower: what Nelder-Mead found from many starts
    scores = [[0.013], [0.253], [0.094], [0.106], [0.134], [0.022]]
    times = [[3.0], [33.4], [5.7], [4.1], [4.3], [3.4]]
    problem = Problem(scores, budget=5.4)
    plan = seconds_to_target(problem, times, TARGET, overhead=2.0)

    def seconds(logits):
        p = (1.0 / (1.0 + np.exp(-logits)))[:, None]
        p = p * min(1.0, 5.4 / p.sum())
        variance = float((np.square(scores) * (1.0 - p) / p).sum())
        return TARGET.rounds(variance) * (2.0 + expected_round_length(times, p))

    rng, found = np.random.default_rng(5), []
    for _ in range(3):
        start = rng.normal(1.0, 2.0, 6)
        options = {"maxfev": 500, "adaptive": True}
        found.append(minimize(seconds, start, method="Nelder-Mead", options=options).fun)
    assert plan.seconds <= min(found)
    assert plan.lower_bound <= min(found)
    assert plan.gap <= 0.0101


def test_draws_that_cost_seconds_never_make_the_best_budget_larger(fleet):
    problem, times = fleet
    budgets = []
    for cost in (0.0, 10.0, 1000.0):
        plan = seconds_to_target(problem, times, TARGET, draw_seconds=cost, boxes=1)
        budgets.append(plan.budget)
        length = expected_round_length(times, plan.probabilities) + cost * plan.budget
        assert plan.round_seconds == pytest.approx(length)
    assert budgets[0] >= budgets[1] > budgets[2]


@pytest.mark.slow
def test_limits_that_couple_processors_are_kept(fleet, plan, assert_feasible):
    problem, times = fleet
    limited = Problem(
        problem.scores,
        budget=8.0,
        client=np.repeat(np.arange(20), 2),
        client_cap=0.5,
        model_budgets=[2.0, 6.0],
        costs=times[None],
        cost_budgets=[200.0],
        floor=0.002,
    )
    found = seconds_to_target(limited, times, TARGET, boxes=1)
    assert_feasible(limited, found.probabilities)
    alone = seconds_of(limited, times, solve(limited).probabilities)
    assert plan.lower_bound <= found.seconds < 0.9 * alone
    # limits that are written so, and hold nobody back, change next to nothing
    few = Problem(problem.scores[:8], budget=2.0)
    slack = Problem(problem.scores[:8], budget=2.0, model_budgets=[2.0, 2.0])
    alone, beside = (seconds_to_target(p, times[:8], TARGET, boxes=1) for p in (few, slack))
    assert beside.seconds <= 1.02 * alone.seconds


def test_equal_times_give_back_least_variance(fleet):
    problem, _ = fleet
    times = np.full((40, 2), 3.0)
    plan = seconds_to_target(problem, times, TARGET, overhead=1e6, gap=1e-4)
    assert plan.seconds == pytest.approx(
        TARGET.rounds(solve(problem).variance)
        * (1e6 + expected_round_length(times, solve(problem).probabilities)),
        rel=1e-6,
    )
    assert plan.lower_bound == pytest.approx(plan.seconds, rel=1.1e-4)


@pytest.mark.parametrize("overhead", [0.0, 2.0])
def test_nothing_to_draw_or_no_time_to_take_is_overhead_alone(overhead):
    for scores, times in (([[0.0], [0.0]], [[1.0], [2.0]]), ([[1.0], [2.0]], [[0.0], [0.0]])):
        problem = Problem(scores, budget=1.0)
        plan = seconds_to_target(problem, times, TARGET, overhead=overhead, gap=1e-6)
        rounds = TARGET.rounds(solve(problem).variance)
        assert plan.seconds == rounds * overhead
        assert plan.lower_bound == pytest.approx(plan.seconds, rel=1.1e-6)


def test_floors_alone_are_all_that_is_needed_without_scores():
    problem = Problem([[0.0, 0.0], [0.0, 0.0]], budget=3.0, floor=0.25, processor_cap=0.5)
    plan = seconds_to_target(problem, [[1.0, 2.0], [4.0, 2.0]], TARGET)
    np.testing.assert_array_equal(plan.probabilities, 0.25)
    # P(T >= 4) = 1/4, P(T >= 2) = 1 − (3/4)(1/2), P(T >= 1) = 1 − 1/4
    assert plan.round_seconds == pytest.approx(0.75 + 0.625 + 2.0 * 0.25)
    assert plan.lower_bound == plan.seconds


def test_a_budget_that_nobody_can_use_is_not_where_the_search_ends():
    problem = Problem([[9000.0, 0.04, 0.09]], budget=1.0, ceiling=[[0.1, 1.0, 0.1]])
    times = [[5.0, 1.0, 5.0]]
    target = Target(smoothness=1.0, strong_convexity=1.0, initial=100.0, target=1.0)
    tight = seconds_to_target(problem, times, target, boxes=20)
    for budget in (1.5, 6.0, 1e4):
        loose = Problem(problem.scores, budget=budget, ceiling=problem.ceiling)
        plan = seconds_to_target(loose, times, target, boxes=20)
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
    with pytest.raises(InvalidProblemError, match="draw"):
        seconds_to_target(problem, times, TARGET, draw_seconds=-1.0)
    with pytest.raises(InvalidProblemError, match="gap"):
        seconds_to_target(problem, times, TARGET, gap=0.0)
    with pytest.raises(InvalidProblemError, match="boxes"):
        seconds_to_target(problem, times, TARGET, boxes=0)
    twice = Problem([[1.0, 1.0]], budget=2, processor_cap=2.0)
    with pytest.raises(InvalidProblemError, match="may draw 2 models"):
        seconds_to_target(twice, [[1.0, 1.0]], TARGET)
    with pytest.raises(InvalidProblemError, match="seconds"):
        seconds_to_target(problem, times[:3], TARGET)
    with pytest.raises(InvalidProblemError, match="at most one model"):
        expected_round_length([[1.0, 1.0]], [[0.7, 0.7]])
    hard = Target(smoothness=10.0, strong_convexity=0.1, initial=1.0, target=1e-30)
    with pytest.raises(InfeasibleError, match="rounds"):
        seconds_to_target(problem, times, hard)

"""The bound on seconds against general searches that know nothing of it."""

import numpy as np
import pytest
from scipy.optimize import minimize

from roundlot.solvers import Target, seconds_to_target
from roundlot.theory import Problem


def seconds_of(scores, times, target, overhead, draw, p):
    """Of a table of one model, from the definition: ``P(T <= t)`` is a product."""
    a, t, q = (np.asarray(x, dtype=float).ravel() for x in (scores, times, p))
    order = np.argsort(t)
    t, late = t[order], 1.0 - np.cumprod(1.0 - q[order][::-1])[::-1]
    length = overhead + late @ np.diff(t, prepend=0.0) + float(np.sum(np.ravel(draw) * q))
    with np.errstate(divide="ignore"):
        variance = float((a * a * (1.0 - q) / q).sum())
    return target.rounds(variance) * length


def fewest(scores, times, target, overhead, draw, budget, rng):
    """Nelder-Mead from many starts, in logits."""

    def value(x):
        q = 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
        return seconds_of(
            scores, times, target, overhead, draw, q * min(1.0, budget / q.sum()) * (1.0 - 1e-12)
        )

    starts = sorted((rng.normal(0.0, 2.5, len(scores)) for _ in range(200)), key=value)[:2]
    options = {"maxfev": 300, "adaptive": True}
    return min(minimize(value, x, method="Nelder-Mead", options=options).fun for x in starts)


@pytest.mark.parametrize("draw", [2.0, 20.0])
@pytest.mark.parametrize("limit", [None, [3.5]])
def test_draws_that_cost_seconds_leave_the_bound_below(draw, limit):
    # the price of a draw is no part of the least variance, where the staircase begins
    scores, times = [[0.13], [0.29], [0.58], [0.22]], [[12.0], [15.0], [1.0], [11.0]]
    target = Target(smoothness=10.0, strong_convexity=0.5, initial=1.0, target=0.1)
    limited = Problem(scores, budget=3.6, model_budgets=limit)
    plan = seconds_to_target(limited, times, target, overhead=2.0, draw_seconds=draw, boxes=30)
    found = fewest(scores, times, target, 2.0, draw, 3.5, np.random.default_rng(1))
    assert plan.lower_bound <= found
    assert plan.lower_bound <= {2.0: 237.468, 20.0: 775.773}[draw]


@pytest.mark.parametrize("seed", range(4))
def test_no_general_search_undercuts_the_bound(seed):
    rng = np.random.default_rng(seed)
    clients = int(rng.integers(2, 6))
    scores, times = rng.lognormal(-1.5, 0.7, (clients, 1)), rng.uniform(1.0, 20.0, (clients, 1))
    target = Target(smoothness=10.0, strong_convexity=0.5, initial=1.0, target=0.1)
    overhead, draw = rng.choice([0.0, 2.0, 20.0]), rng.choice([1.0, 5.0]) * rng.random((clients, 1))
    budget = clients * 0.8
    rows = [draw, rng.random((clients, 1))]
    limits = {"costs": np.stack(rows), "cost_budgets": [row.sum() for row in rows]}  # slack
    problem = Problem(scores, budget=budget, **(limits if seed % 2 else {}))
    plan = seconds_to_target(problem, times, target, overhead=overhead, draw_seconds=draw, boxes=30)
    assert plan.lower_bound <= fewest(scores, times, target, overhead, draw, budget, rng)


def test_a_slack_limit_changes_nothing():
    scores, times = [[0.0876], [0.0855], [0.2345]], [[12.2], [18.3], [10.2]]
    target = Target(smoothness=10.0, strong_convexity=0.1, initial=1.0, target=0.9)
    problem = Problem(scores, budget=2.6, model_budgets=[1.8])
    plan = seconds_to_target(problem, times, target, boxes=1)
    assert plan.seconds <= 18.003  # what the design without the limit takes, with 0.32 draws


def test_a_limit_that_binds_is_searched_as_well_as_the_budget():
    # one model: its budget is the budget, written otherwise
    scores, times = [[0.13], [0.29], [0.58], [0.22]], [[12.0], [15.0], [1.0], [11.0]]
    target = Target(smoothness=10.0, strong_convexity=0.5, initial=1.0, target=0.1)
    options = {"overhead": 2.0, "draw_seconds": 20.0, "boxes": 20}
    limited = Problem(scores, budget=3.6, model_budgets=[1.5])
    plan = seconds_to_target(limited, times, target, **options)
    same = seconds_to_target(Problem(scores, budget=1.5), times, target, **options)
    assert plan.seconds <= same.seconds * (1.0 + 1e-4)
    assert max(plan.lower_bound, same.lower_bound) <= min(plan.seconds, same.seconds)
    np.testing.assert_array_less(plan.probabilities.sum(), 1.5 + 1e-15)

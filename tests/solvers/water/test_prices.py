"""The price of a limit is what widening it saves, by solving twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot.solvers.water.path import optimal_path
from roundlot.theory import InvalidProblemError

SCORES = np.array([[2.2, 0.9], [1.8, 0.5], [1.5, 0.3], [1.2, 0.8], [0.9, 0.6], [0.7, 0.4]])


def variance(scores, budget, **limits):
    return rl.solve(rl.Problem(scores, budget=budget, **limits)).variance


def assert_between_slopes(at, value, price, step=1e-3):
    """A convex function's slope lies between its differences to the left and to the right.

    Differences of float64 are as wrong as their values; across a step both must be near each other.
    """
    less, here, more = at(value * (1.0 - step)), at(value), at(value * (1.0 + step))
    width = step * value
    noise = 1e-12 * max(less, 1.0) / width
    assert (here - more) / width - noise <= price <= (less - here) / width + noise
    assert price == pytest.approx((less - more) / (2.0 * width), rel=0.05, abs=2.0 * noise)


@st.composite
def plain_problems(draw):
    """Budgets that bind, with caps, floors, ceilings, weights and availability."""
    rows, columns = draw(st.integers(2, 7)), draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    limits = {
        "processor_cap": random.uniform(0.3, 1.0, rows),
        "model_weights": random.uniform(0.2, 5.0, columns),
        "available": random.random((rows, columns)) < 0.8,
        "allow_unreachable": True,
    }
    if draw(st.booleans()):
        limits |= {"floor": 0.02, "ceiling": random.uniform(0.2, 1.0, (rows, columns))}
    limits["available"][0, 0] = True
    scores = random.lognormal(0.0, 1.0, (rows, columns)) * 10.0 ** draw(st.integers(-3, 3))
    most = optimal_path(rl.Problem(scores, budget=1.0, **limits)).most
    least = 0.02 * limits["available"].sum() if "floor" in limits else 0.0
    share = draw(st.floats(0.05, 0.95))
    return scores, least + share * (most - least), limits


@given(plain_problems())
def test_price_is_what_one_more_draw_saves(given_problem):
    scores, budget, limits = given_problem
    solution = rl.solve(rl.Problem(scores, budget=budget, **limits))
    unit = scores.max() ** 2
    assert_between_slopes(
        lambda m: variance(scores, m, **limits) / unit, budget, solution.price / unit, 1e-4
    )
    path = optimal_path(solution.problem)
    assert solution.price == pytest.approx(float(path.price(budget)), rel=1e-9)
    assert solution.threshold == pytest.approx(float(path.threshold(budget)), rel=1e-9)
    assert solution.price == pytest.approx(solution.threshold**-2, rel=1e-12)


@given(plain_problems())
def test_whoever_no_limit_holds_is_drawn_with_t_times_the_score(given_problem):
    scores, budget, limits = given_problem
    solution = rl.solve(rl.Problem(scores, budget=budget, **limits))
    p, problem = solution.probabilities, solution.problem
    low, high = problem.bounds
    free = (~solution.capped)[:, None] & (p > low * (1 + 1e-9)) & (p < high * (1 - 1e-9))
    wish = solution.threshold * problem.weighted_scores
    np.testing.assert_allclose(p[free], wish[free], rtol=1e-9)


def test_a_slack_budget_is_worth_nothing():
    with pytest.warns(rl.theory.RoundlotWarning):
        solution = rl.solve(rl.Problem(SCORES, budget=50.0))
    assert solution.price == 0.0
    assert solution.threshold == np.inf
    nothing = rl.solve(rl.Problem(np.zeros((3, 2)), budget=1.0))
    assert nothing.price == 0.0


def test_caps_of_processors_have_prices():
    caps = np.array([0.4, 0.5, 1.0, 1.0, 1.0, 1.0])
    prices = rl.solve(rl.Problem(SCORES, budget=3.0, processor_cap=caps)).prices
    assert prices.exponent == 0
    for v in (0, 1):

        def at(cap, v=v):
            changed = caps.copy()
            changed[v] = cap
            return variance(SCORES, 3.0, processor_cap=changed)

        assert prices.processors[v] > 1.0
        assert_between_slopes(at, caps[v], prices.processors[v])
    assert not prices.processors[4:].any()


COUPLED = {
    "model_budgets": np.array([1.5, 2.0]),
    "client": [0, 0, 1, 1, 2, 2],
    "client_cap": np.array([0.7, 1.0, 1.5]),
    "costs": np.arange(1.0, 13.0).reshape(1, 6, 2),
    "cost_budgets": np.array([11.0]),
}


def coupled(**changes):
    return rl.solve(rl.Problem(SCORES, budget=changes.pop("budget", 2.5), **(COUPLED | changes)))


def test_each_limit_of_many_has_the_price_that_solving_again_shows():
    solution = coupled()
    prices = solution.prices
    assert solution.threshold is None
    assert solution.price == prices.budget
    assert_between_slopes(lambda m: coupled(budget=m).variance, 2.5, solution.price)
    found = {
        "model_budgets": prices.models,
        "client_cap": prices.levels[0],
        "cost_budgets": prices.costs,
    }
    assert sum(int((values > 1e-6).sum()) for values in found.values()) >= 2, found
    for name, values in found.items():
        for k, price in enumerate(values):

            def at(limit, name=name, k=k):
                changed = COUPLED[name].copy()
                changed[k] = limit
                return coupled(**{name: changed}).variance

            assert_between_slopes(at, COUPLED[name][k], price)


@pytest.mark.parametrize("size", [1e-150, 1.0, 1e150])
def test_scores_of_any_size_have_a_threshold(size):
    solution = rl.solve(rl.Problem(size * SCORES, budget=3.0))
    assert solution.threshold * size == pytest.approx(3.0 / SCORES.sum(), rel=1e-12)
    assert solution.price == pytest.approx((SCORES.sum() / 3.0 * size) ** 2, rel=1e-12)


def test_beyond_float64_a_price_says_by_what_to_multiply():
    with pytest.raises(InvalidProblemError, match="multiply all scores by 1e-300"):
        _ = rl.solve(rl.Problem(1e300 * SCORES, budget=3.0)).price
    with pytest.raises(InvalidProblemError, match=r"multiply all scores by \de\+299"):
        _ = rl.solve(rl.Problem(1e-300 * SCORES, budget=3.0)).price


def test_the_cone_solvers_design_has_the_prices_of_its_problem():
    problem = rl.Problem(SCORES, budget=3.0)
    exact, conic = rl.solve(problem), rl.solve(problem, method="conic")
    assert conic.price == pytest.approx(exact.price, rel=1e-12)
    assert conic.threshold == exact.threshold
    held = rl.solve(problem, method="conic", constraints=lambda p: [p[0, 0] <= 0.1])
    assert held.threshold is None
    with pytest.raises(InvalidProblemError, match="further constraints"):
        _ = held.price


EVERY = {
    "budget": 2.4,
    "processor_cap": np.array([0.42, 0.5, 0.6, 0.9, 0.3, 0.8]),
    "model_weights": [1.0, 3.0],
    "client_floor": np.array([0.2, 0.4, 0.6]),
    "model_floors": np.array([0.3, 0.9]),
    **COUPLED,
}
OBJECTIVES = {
    "sum": {},
    "max": {"objective": "max"},
    "fair": {"objective": "fair", "alpha": 2.5},
    "participation": {"objective": "participation", "participation_weight": 0.7},
}


def by_name(prices, limits):
    """Prices of the limits that are given, by the argument that gives each."""
    floors = iter(prices.floors)
    return {
        "budget": np.array([prices.budget]),
        "processor_cap": prices.processors,
        "model_budgets": prices.models,
        "client_cap": prices.levels[0],
        "cost_budgets": prices.costs,
        "client_floor": next(floors),
        "model_floors": next(floors),
        **({"model_variance_ceilings": prices.ceilings} if len(limits) > len(EVERY) else {}),
    }


def assert_prices_are_savings(prices, limits, here, best):
    """Of every limit's dearest number, between what tightening costs and widening saves."""
    some = 0
    for name, values in by_name(prices, limits).items():
        for k in [int(np.argmax(values * np.ravel(limits[name])))]:
            price = float(values[k])

            def at(limit, name=name, k=k):
                table = np.array(limits[name], dtype=float).reshape(-1).copy()
                table[k] = limit
                return best(**{**limits, name: table[0] if name == "budget" else table})

            value, sign = np.ravel(limits[name])[k], -1.0 if "floor" in name else 1.0
            less, more = (at(value * (1.0 + step)) for step in (-1e-4, 1e-4))
            saved = sorted((sign * (less - here), sign * (here - more)))
            slack = 1e-3 * max(map(abs, saved)) + 3e-11 * abs(here)
            assert saved[0] - slack <= price * value * 1e-4 <= saved[1] + slack, (name, k)
            some += price * value > 1e-6 * abs(here)
    return some


@pytest.mark.parametrize(
    ("name", "ceilings"),
    [("sum", True), ("max", False), ("fair", True), ("participation", False)],
)
def test_prices_of_every_limit_and_objective_are_what_solving_again_saves(name, ceilings):
    def solution(**limits):
        problem = rl.Problem(SCORES, weights=SCORES[::-1], **limits)
        return rl.solve(problem, **OBJECTIVES[name])

    limits = dict(EVERY)
    if ceilings:
        limits["model_variance_ceilings"] = solution(**limits).model_variance * [0.998, 1.1]
    found = solution(**limits)
    assert found.price == found.prices.budget
    some = assert_prices_are_savings(
        found.prices, limits, found.objective, lambda **limits: solution(**limits).objective
    )
    assert some >= 4


def test_prices_of_costs_and_least_budgets_are_what_solving_again_saves():
    cost = np.arange(1.0, 13.0)[::-1].reshape(6, 2)
    ceilings = 1.1 * rl.solve(rl.Problem(SCORES, **EVERY)).model_variance

    def total(**limits):
        return rl.least_cost(rl.Problem(SCORES, **limits), cost, ceilings).total

    found = rl.least_cost(rl.Problem(SCORES, **EVERY), cost, ceilings)
    assert assert_prices_are_savings(found.prices.limits, EVERY, found.total, total) >= 2
    least = rl.least_budget(rl.Problem(SCORES, **EVERY), ceilings)
    assert_prices_are_savings(
        least.prices.limits,
        EVERY,
        least.budget,
        lambda **limits: rl.least_budget(rl.Problem(SCORES, **limits), ceilings).budget,
    )
    for s in range(2):
        step = 1e-4 * ceilings * (np.arange(2) == s)
        costs = [
            rl.least_cost(found.problem, cost, c).total for c in (ceilings - step, ceilings + step)
        ]
        assert found.prices.ceilings[s] == pytest.approx(
            -np.diff(costs)[0] / (2 * step[s]), rel=1e-3
        )


def test_prices_of_uncertain_scores_are_what_solving_again_saves():
    limits = {"budget": 2.4, "model_budgets": np.array([1.7, 1.5])}

    def solved(**limits):
        problem = rl.Problem(SCORES, **limits)
        return rl.solvers.solve_uncertain(problem, 1.4 * SCORES, deviations=2)

    squares = SCORES[:, 1] ** 2 * (1.0 / solved(**limits).probabilities[:, 1] - 1.0)
    worst = squares.sum() + 0.96 * np.sort(squares)[-2:].sum()
    limits["model_variance_ceilings"] = np.array([np.inf, 0.97 * worst])

    prices = solved(**limits).prices
    assert prices.ceilings[1] > 0.0
    for name, price in (
        ("budget", prices.budget),
        ("model_budgets", prices.models),
        ("model_variance_ceilings", prices.ceilings),
    ):
        for k in range(np.size(limits[name])):
            if not np.isfinite(np.ravel(limits[name])[k]):
                continue

            def at(limit, name=name, k=k):
                table = np.ravel(limits[name]).astype(float).copy()
                table[k] = limit
                put = table[0] if name == "budget" else table
                return solved(**{**limits, name: put}).objective

            assert_between_slopes(at, np.ravel(limits[name])[k], np.ravel(price)[k], 1e-4)

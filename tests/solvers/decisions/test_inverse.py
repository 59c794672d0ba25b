"""The inverse problem: both sides of the answer, and two solvers that agree."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import least_budget, least_cost, solve
from roundlot.solvers.proof.feasibility import usable_budget
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem


@pytest.fixture
def problem():
    return Problem(np.random.default_rng(1).lognormal(size=(12, 3)), budget=8.0)


def ceilings(problem, seed, quietly):
    variance = quietly(problem).model_variance
    noise = np.exp(np.random.default_rng(seed).normal(0.0, 0.3, problem.n_models))
    return np.maximum(1.5 * variance * noise, 1e-3)


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_budget_is_enough_and_a_lower_one_is_not(seed, random_problem, quietly, assert_feasible):
    problem = random_problem(seed)
    ceiling = ceilings(problem, seed, quietly)
    try:
        least = least_budget(problem, ceiling)
    except InfeasibleError:
        full = changed(problem, budget=usable_budget(problem), model_weights=1.0 / ceiling)
        least, best = None, quietly(full, objective="max").certificate.lower_bound
    if least is None:
        assert best > 1.0 - 1e-9
        return
    assert least.complaints() == ()
    assert least.gap <= 1e-6
    assert_feasible(least.problem, least.probabilities)
    assert np.all(least.model_variance <= ceiling * (1.0 + 1e-14))


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_least_cost_of_equal_prices_is_the_least_budget(seed, random_problem, quietly):
    problem = random_problem(seed)
    ceiling = ceilings(problem, seed, quietly)
    roomy = changed(problem, budget=usable_budget(problem))
    try:
        least = least_budget(problem, ceiling)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            least_cost(roomy, 1.0, ceiling)
        return
    cheapest = least_cost(roomy, 1.0, ceiling)
    assert cheapest.total == pytest.approx(least.budget, rel=1e-5, abs=1e-9)
    assert cheapest.complaints() == ()
    assert cheapest.gap <= 1e-6


def test_the_inverse_of_the_worst_model(problem):
    worst = solve(problem, objective="max")
    least = least_budget(problem, worst.objective)
    assert least.budget == pytest.approx(problem.budget, rel=1e-9)
    assert least.lower_bound <= problem.budget * (1.0 + 1e-12)


def test_forged_budgets_are_refused(problem):
    least = least_budget(problem, 100.0)
    assert least.verify()
    easier = least_budget(problem, 130.0)
    uniform = np.full((12, 3), least.budget / 36.0) * (1.0 - 1e-14)
    for forged in (
        {"lower_bound": least.lower_bound * (1.0 + 1e-8)},
        {"budget": least.budget * 0.999},
        {"probabilities": uniform},
        {"prices": easier.prices, "lower_bound": least.lower_bound * (1.0 + 1e-9)},
        {"prices": None},
        {"variance_ceiling": least.variance_ceiling * 0.99},
    ):
        assert not dataclasses.replace(least, **forged).verify(), forged


def test_forged_costs_are_refused(problem):
    cheapest = least_cost(problem, np.linspace(1.0, 2.0, 36).reshape(12, 3), 120.0)
    assert cheapest.verify()
    negative = dataclasses.replace(cheapest.prices, budget=-1.0)
    for forged in (
        {"lower_bound": cheapest.total * 1.01},
        {"total": cheapest.total * 0.99},
        {"probabilities": cheapest.probabilities * 0.9},
        {"prices": negative},
        {"variance_ceiling": cheapest.variance_ceiling * 0.99},
    ):
        assert not dataclasses.replace(cheapest, **forged).verify(), forged


def test_cheap_processors_are_preferred(problem):
    cost = np.ones((12, 3))
    cost[:6] = 10.0
    cheapest = least_cost(problem, cost, 120.0)
    even = least_cost(problem, 1.0, 120.0)
    assert cheapest.total < np.sum(cost * even.probabilities)
    assert cheapest.probabilities[:6].sum() < even.probabilities[:6].sum()


def test_floors_may_be_enough():
    least = least_budget(Problem(np.ones((4, 2)), budget=3.0, floor=0.25), 100.0)
    assert (least.budget, least.lower_bound, least.gap) == (2.0, 2.0, 0.0)
    assert least.verify()
    assert least_budget(Problem(np.zeros((4, 2)), budget=3.0), 1.0).gap == 0.0


@pytest.mark.parametrize("solver", [least_budget, lambda p, c: least_cost(p, 1.0, c)])
def test_ceilings_out_of_reach_and_malformed(solver):
    problem = Problem(np.ones((4, 2)), budget=3.0)
    with pytest.raises(InfeasibleError, match="ceilings"):
        solver(problem, 0.1)
    for wrong in (0.0, -1.0, np.nan, np.inf, [1.0, 2.0, 3.0], "much"):
        with pytest.raises(InvalidProblemError, match="variance_ceiling"):
            solver(problem, wrong)


def test_the_error_says_what_would_do():
    problem = Problem(np.ones((4, 2)), budget=3.0)
    with pytest.raises(InfeasibleError, match="40 times"):
        least_budget(problem, 0.1)
    assert least_budget(problem, 4.0001).verify()


def test_costs_are_checked():
    problem = Problem(np.ones((4, 2)), budget=3.0)
    for wrong in (-1.0, np.nan, np.ones(3)):
        with pytest.raises(InvalidProblemError, match="cost"):
            least_cost(problem, wrong, 10.0)


def test_a_ceiling_all_but_spent_by_pairs_at_their_own():
    """Two pairs at their ceilings have all of a variance but its last digits: the rest is exact."""
    large, small = [3e4, 1e5], [0.5, 0.25, 0.125]
    fixed = sum(Fraction(a) ** 2 for a in large)  # (1 - 1/2) / (1/2) is 1
    shares = [Fraction(3, 4) * Fraction(a) / Fraction(small[0]) for a in small]
    room = sum(
        (Fraction(a) ** 2 * (1 - p) / p for a, p in zip(small, shares, strict=True)), Fraction(0)
    )
    ceiling = float(fixed + room)
    # p = t a keeps Σ a²/p − Σ a² = what is left of the ceiling
    left = Fraction(ceiling) - fixed
    t = sum(map(Fraction, small)) / (left + sum(Fraction(a) ** 2 for a in small))
    least = 1 + t * sum(map(Fraction, small))
    scores = np.array([*large, *small])[:, None]
    problem = Problem(scores, budget=5.0, ceiling=np.array([0.5, 0.5, 1.0, 1.0, 1.0])[:, None])
    found = least_budget(problem, ceiling)
    assert found.gap <= 1e-12
    assert found.budget == pytest.approx(float(least), rel=1e-13)
    assert found.verify()

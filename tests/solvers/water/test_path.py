"""The path of optima over the budget: every point of it against the solver, and exactly."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.plot import plot_path
from roundlot.solvers import optimal_path, rational_optimum
from roundlot.solvers.proof.rational import rational_program
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem


def budgets(path, rng, count=6):
    """Budgets anywhere on the path, on breakpoints and beyond the last one."""
    low = max(path.least * (1 + 1e-9), 1e-3 * path.most, 1e-6)
    inside = rng.uniform(low, max(path.most, 1.1 * low), count)
    points = path.breakpoints[path.breakpoints > low][:2]
    return [*inside, *points, 1.5 * path.most + low]


def assert_on_the_path(path, problem, budget, quietly, assert_feasible):
    here = replace(problem, budget=float(budget))
    best, mine = quietly(here), path.at(float(budget))
    assert_feasible(here, mine)
    assert np.allclose(mine, best.probabilities, rtol=1e-12, atol=1e-14)
    objective = path.objective(budget)
    assert np.isclose(objective, best.objective, rtol=1e-12, atol=0.0)
    assert abs(path.variance(budget) - best.variance) <= 1e-12 * objective
    assert mine.sum() == pytest.approx(min(budget, path.most), rel=1e-12)


@given(seed=st.integers(0, 10**6))
def test_equals_the_solver_everywhere(seed, random_problem, quietly, assert_feasible):
    problem = random_problem(seed)
    path, rng = optimal_path(problem), np.random.default_rng(seed)
    assert np.all(np.diff(path.breakpoints) >= 0.0)
    for budget in budgets(path, rng):
        assert_on_the_path(path, problem, budget, quietly, assert_feasible)


@given(seed=st.integers(0, 10**6))
def test_clients_and_groups(seed, quietly, assert_feasible):
    rng = np.random.default_rng(seed)
    limits = {"client": np.arange(12) // 2, "client_cap": rng.uniform(0.3, 1.5, 6)}
    if rng.random() < 0.7:
        limits |= {"groups": [np.arange(12) // 4, np.arange(12) // 8], "group_caps": [1.5, 2.5]}
    if rng.random() < 0.5:
        limits["floor"] = 0.005
    problem = Problem(rng.lognormal(0.0, 1.5, (12, 3)), budget=2.0, **limits)
    path = optimal_path(problem)
    for budget in budgets(path, rng, 4):
        assert_on_the_path(path, problem, budget, quietly, assert_feasible)


@pytest.mark.parametrize("spread", [1e-300, 1e-30, 1.0, 1e300])
def test_extremes_and_ties(spread, quietly, assert_feasible):
    scores = np.array([[1.0, spread], [spread, 1.0], [1.0, 1.0], [0.0, 0.0], [spread, spread]])
    scores = scores / max(1.0, spread**0.1)
    problem = Problem(scores, budget=1.0)
    path = optimal_path(problem)
    assert path.most == 4.0
    for budget in (1e-3, 0.5, 1.0, 2.0, 2.5, 3.0, 3.7, 4.0, 9.0):
        here = replace(problem, budget=budget)
        mine = path.at(budget)
        assert_feasible(here, mine)
        assert np.allclose(mine, quietly(here).probabilities, rtol=1e-12, atol=1e-15)


@given(seed=st.integers(0, 10**6))
def test_is_rational_between_breakpoints(seed, random_problem):
    """Who is held, read off the floating path, gives the optimum in fractions, without error."""
    problem = random_problem(seed)
    path = optimal_path(problem)
    points = [path.least, *path.breakpoints]
    pieces = [(a, b) for a, b in pairwise(points) if b > a * (1 + 1e-9) + 1e-9]
    for low, high in pieces[:: max(1, len(pieces) // 2)]:
        budget = Fraction((low + 2.0 * high) / 3.0)
        here = replace(problem, budget=float(budget))
        best, program, t = (
            rational_optimum(here),
            rational_program(here),
            path.threshold(float(budget)),
        )
        held = free = Fraction(0)
        for row, design in zip(program.scores, best.probabilities, strict=True):
            for a, p in zip(row, design, strict=True):
                moves = a > 0 and np.isclose(float(p), float(a) * t, rtol=1e-9)
                moves = moves and p == a / best.level
                held, free = (held, free + a) if moves else (held + p, free)
        assert free > 0
        assert best.level == free / (budget - held)
        piece = path.piece(float(budget))
        assert piece.low <= budget <= piece.high
        assert piece.free == pytest.approx(float(free), rel=1e-12)
        assert piece.held == pytest.approx(float(held), rel=1e-12, abs=1e-15)
        value = piece.cost + piece.free**2 / (float(budget) - piece.held)
        assert value == pytest.approx(float(best.objective), rel=1e-11)


@given(seed=st.integers(0, 10**6))
def test_more_budget_never_hurts(seed, random_problem):
    path = optimal_path(random_problem(seed))
    low = max(path.least * (1 + 1e-9), 1e-3)
    grid = np.linspace(low, max(path.most, low) * 1.2, 50)
    cost, price = path.objective(grid), path.price(grid)
    assert np.all(np.diff(cost) <= 1e-12 * cost[:-1])
    assert np.all(np.diff(price) <= 1e-12 * price[:-1])
    tables = np.array([path.at(m) for m in grid])
    assert np.all(np.diff(tables, axis=0) >= -1e-14)


def test_price_is_what_a_draw_saves():
    scores = np.random.default_rng(2).lognormal(0.0, 1.0, (40, 2))
    path = optimal_path(Problem(scores, budget=1.0))
    step = 1e-5
    saved = (path.variance(9.0 - step) - path.variance(9.0 + step)) / (2 * step)
    assert path.price(9.0) == pytest.approx(float(saved), rel=1e-5)
    assert path.price(1e6) == 0.0
    assert path.threshold(1e6) == np.inf
    assert path.capped(1e6).all()
    assert path.capped(9.0).sum() == (path.at(9.0).sum(axis=1) > 1 - 1e-12).sum()


def test_what_it_refuses():
    scores = np.ones((4, 2))
    with pytest.raises(InvalidProblemError, match="no model_budgets"):
        optimal_path(Problem(scores, budget=1.0, model_budgets=[0.5, 0.5]))
    costs = np.ones((1, 4, 2))
    with pytest.raises(InvalidProblemError, match="no costs"):
        optimal_path(Problem(scores, budget=1.0, costs=costs, cost_budgets=[1.0]))
    with pytest.raises(InfeasibleError, match=r"floors sum to .* of processor"):
        optimal_path(Problem(scores, budget=9.0, floor=0.6))
    path = optimal_path(Problem(scores, budget=1.0, floor=0.1))
    with pytest.raises(InfeasibleError, match="below the floors"):
        path.at(0.5)
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidProblemError, match="above 0"):
            path.variance(wrong)


def test_nothing_to_draw():
    path = optimal_path(Problem(np.zeros((3, 2)), budget=1.0))
    assert path.breakpoints.size == 0
    assert path.most == 0.0
    assert not path.at(2.0).any()
    assert path.variance(2.0) == 0.0


def test_figure_marks_the_budget():
    scores = np.random.default_rng(3).lognormal(0.0, 1.0, (30, 2))
    path = optimal_path(Problem(scores, budget=1.0))
    ax = plot_path(path, budget=5.0)
    curve, _, mark = ax.lines
    assert mark.get_xydata()[0] == pytest.approx([5.0, float(path.variance(5.0))])
    assert np.all(np.diff(curve.get_ydata()) < 0)


@given(seed=st.integers(0, 10**6))
def test_the_path_starts_at_its_least_budget(seed):
    """Where floors use up the budget to the last bit, and not one ulp before."""
    rng = np.random.default_rng(seed)
    floor = rng.uniform(0.001, 0.1, rng.integers(1, 6, 2))
    problem = Problem(rng.lognormal(size=floor.shape), budget=9.0, floor=floor)
    path = optimal_path(problem)
    assert Fraction(np.nextafter(path.least, 0.0)) < sum(map(Fraction, floor.ravel().tolist()))
    assert sum(map(Fraction, floor.ravel().tolist())) <= Fraction(path.least)
    assert path.at(path.least) == pytest.approx(floor, rel=1e-14)
    assert path.variance(path.least) == pytest.approx(
        float((problem.scores**2 * (1.0 / floor - 1.0)).sum()), rel=1e-12
    )
    with pytest.raises(InfeasibleError, match="below the floors"):
        path.at(np.nextafter(path.least, 0.0))

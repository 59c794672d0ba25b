"""Every budget of a problem with any limits, against a cone solver; the least by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import optimal_path, solved_path

cvxpy = pytest.importorskip("cvxpy")


def _reference(problem: rl.Problem, budget: float) -> tuple[float, Any]:
    scores = problem.scores
    p = cvxpy.Variable(scores.shape, nonneg=True)
    limits = [cvxpy.sum(p) <= budget, cvxpy.sum(p, axis=1) <= problem.processor_cap]
    limits += [cvxpy.sum(p, axis=1) >= 0.1, cvxpy.sum(p, axis=0) >= [0.5, 1.5]]
    cost = cvxpy.sum(cvxpy.multiply(scores**2, cvxpy.inv_pos(p)))
    return float(cvxpy.Problem(cvxpy.Minimize(cost), limits).solve(solver=cvxpy.CLARABEL)), p


def _floored(seed: int = 0) -> rl.Problem:
    scores = np.random.default_rng(seed).lognormal(size=(12, 2))
    return rl.Problem(
        scores, budget=1.0, client=np.arange(12), client_floor=0.1, model_floors=[0.5, 1.5]
    )


def test_every_budget_is_the_optimum_a_cone_solver_finds() -> None:
    path = solved_path(_floored())
    for budget in (2.5, 4.0, 8.0):
        value, _ = _reference(path.problem, budget)
        assert path.objective(budget) == pytest.approx(value, rel=1e-5)
        assert path.at(budget).sum() <= budget * (1 + 1e-15)
    assert (path.gap([2.5, 4.0, 8.0]) < 1e-12).all()
    prices = path.price([2.5, 4.0, 8.0])
    assert (np.diff(prices) < 0.0).all()
    slope = (path.objective(4.0) - path.objective(4.0001)) / 1e-4
    assert path.price(4.0) == pytest.approx(slope, rel=1e-3)


def test_it_starts_at_the_least_budget() -> None:
    path = solved_path(_floored())  # models ask for 2, clients for 1.2 of the same draws
    assert path.least == 2.0
    tree = solved_path(rl.Problem(np.ones((4, 1)), budget=1, client=[0, 0, 1, 1], client_floor=0.3))
    assert tree.least == 0.6  # 0.3 + 0.3, a float
    with pytest.raises(rl.InfeasibleError, match=r"below 0\.6, the least"):
        tree.at(0.5)
    assert tree.at(0.6).sum() == pytest.approx(0.6)


def test_ceilings_of_variances_say_where_it_starts() -> None:
    # a²/p − a² <= 3 asks p >= 1/4 of each of two clients of one score 1: 2 (1/p − 1) <= 6
    path = solved_path(rl.Problem(np.ones((2, 1)), budget=1, model_variance_ceilings=[6.0]))
    assert path.least == pytest.approx(0.5, rel=1e-8)
    assert path.variance(1.0) == pytest.approx(2.0)


def test_where_pieces_are_exact_both_paths_agree() -> None:
    scores = np.random.default_rng(1).lognormal(size=(9, 3))
    problem = rl.Problem(scores, budget=2.0, floor=0.01)
    budgets = np.array([0.5, 2.0, 5.0])
    known, solved = optimal_path(problem), solved_path(problem)
    assert solved.least == known.least
    assert solved.objective(budgets) == pytest.approx(known.objective(budgets), rel=1e-13)
    assert solved.price(budgets) == pytest.approx(known.price(budgets), rel=1e-10)


def test_the_exact_path_says_what_to_use_instead() -> None:
    with pytest.raises(rl.InvalidProblemError, match="use solved_path"):
        optimal_path(_floored())
    with pytest.raises(rl.InvalidProblemError, match="finite numbers above 0"):
        solved_path(_floored()).at(float("nan"))


def test_models_and_clients_may_ask_for_more_together_than_alone() -> None:
    # the first client can draw the first model alone, and has a floor beside that of the second
    problem = rl.Problem(
        [[1.0, 0.0], [1.0, 1.0]],
        budget=1,
        available=[[True, False], [True, True]],
        client=[0, 1],
        client_floor=[0.5, 0.0],
        model_floors=[0.2, 0.4],
    )
    assert solved_path(problem).least == pytest.approx(0.9, rel=1e-8)

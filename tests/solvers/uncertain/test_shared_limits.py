"""Uncertain scores with limits that processors share: by hand, and against a cone solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot import solvers

LIMITS: dict[str, Any] = {
    "model_floors": {"model_floors": [0.9, 0.7]},
    "client floors": {"client": [0, 0, 1, 1, 2, 2], "client_floor": 0.4, "client_cap": 1.2},
    "group floors": {"groups": [0, 0, 0, 1, 1, 1], "group_floors": [[0.9, 0.5]]},
    "groups": {"groups": [0, 0, 1, 1, 2, 2], "group_caps": [0.7, 0.8, 0.9], "floor": 0.02},
    "model budgets": {"model_budgets": [0.7, 1.2]},
    "costs": {"costs": np.arange(1.0, 13.0).reshape(1, 6, 2), "cost_budgets": [7.0]},
    "all": {
        "client": [0, 0, 1, 1, 2, 2],
        "client_floor": 0.3,
        "model_floors": [0.6, 0.5],
        "model_budgets": [1.1, 1.3],
        "costs": np.arange(1.0, 13.0)[::-1].reshape(1, 6, 2).copy(),
        "cost_budgets": [12.0],
    },
}


def test_a_floor_of_a_model_by_hand() -> None:
    """One client for each of two models, a floor of 0.6 for the second and a budget of 1.

    So p = 0.4 and 0.6. One deviates: 3/0.4 of the first is more than 3/0.6 of the second.
    """
    problem = rl.Problem([[1.0, 0.0], [0.0, 1.0]], budget=1, model_floors=[0.0, 0.6])
    found = solvers.solve_uncertain(problem, [[2.0, 0.0], [0.0, 2.0]], deviations=1)
    assert found.objective == pytest.approx(4 / 0.4 + 1 / 0.6, rel=1e-12)
    assert found.gap < 1e-12
    assert found.verify()


def test_models_with_budgets_alone_and_a_deviation_between_them() -> None:
    """Each model alone has p = m_s: 1/0.2 and 3 more over 0.2, or 4/0.9 and 5 more over 0.9."""
    problem = rl.Problem([[1.0, 0.0], [0.0, 2.0]], budget=2, model_budgets=[0.2, 0.9])
    for count, more in ((1, 3 / 0.2), (1.5, 3 / 0.2 + 2.5 / 0.9)):
        found = solvers.solve_uncertain(problem, [[2.0, 0.0], [0.0, 3.0]], deviations=count)
        assert found.objective == pytest.approx(1 / 0.2 + 4 / 0.9 + more, rel=1e-12)
        assert found.verify()


def cone_optimum(problem: rl.Problem, high: np.ndarray, count: float) -> float:
    cp = pytest.importorskip("cvxpy")
    a, (floor, ceiling) = problem.scores, problem.bounds
    p, theta = cp.Variable(a.shape, nonneg=True), cp.Variable(nonneg=True)
    unit = (high**2).sum()
    extra = cp.multiply((high**2 - a**2) / unit, cp.inv_pos(p)) - theta
    cost = cp.sum(cp.multiply(a**2 / unit, cp.inv_pos(p))) + count * theta + cp.sum(cp.pos(extra))
    limits = [p >= floor, p <= ceiling]
    for limit in (*problem.sum_limits(), *problem.sum_floors()):
        for row, bound in enumerate(limit.bound.tolist()):
            v, s, weight = limit.entries(row)
            table = np.zeros(a.shape)
            table[v, s] = weight
            total = cp.sum(cp.multiply(table, p))
            limits.append(total >= bound if limit.at_least else total <= bound)
    return cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL) * unit


@pytest.mark.parametrize("name", LIMITS)
@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 10_000), count=st.sampled_from([0.0, 0.5, 1.0, 2.5, 6.0, 12.0]))
def test_agrees_with_a_cone_solver(name: str, seed: int, count: float) -> None:
    rng = np.random.default_rng(seed)
    a = rng.lognormal(size=(6, 2))
    high = a * (1.0 + rng.random(a.shape))
    problem = rl.Problem(a, budget=2.0, **LIMITS[name])
    found = solvers.solve_uncertain(problem, high, deviations=count)
    assert found.gap < 1e-11
    assert found.verify(), found.complaints()
    assert found.objective == pytest.approx(cone_optimum(problem, high, count), rel=1e-5)


def test_without_deviations_it_is_the_problem_itself() -> None:
    problem = rl.Problem(np.arange(1.0, 13.0).reshape(6, 2), budget=2.0, **LIMITS["all"])
    found = solvers.solve_uncertain(problem, problem.scores * 2.0, deviations=0)
    np.testing.assert_allclose(found.probabilities, rl.solve(problem).probabilities, rtol=1e-9)
    most = solvers.solve_uncertain(problem, problem.scores * 2.0, deviations=12)
    assert most.objective == pytest.approx(4.0 * found.objective, rel=1e-12)


def test_shares_that_drift_while_no_probability_moves() -> None:
    """Caps and floors leave two processors one answer; which of them deviates is all."""
    problem = rl.Problem(
        [[1.0, 0.0], [1.0, 0.0], [0.0, 9.0]],
        budget=1.4,
        processor_cap=[0.2, 0.2, 1.0],
        floor=[[0.2, 0.0], [0.2, 0.0], [0.0, 0.0]],
        model_floors=[0.4, 0.0],
    )
    highest = np.sqrt([[3.0, 0.0], [3.02, 0.0], [0.0, 81.0]])
    found = solvers.solve_uncertain(problem, highest, deviations=1)
    assert found.objective == pytest.approx(2 / 0.2 + 2.02 / 0.2 + 81.0, rel=1e-12)
    assert found.gap < 1e-12


def test_impossible_floors_are_refused() -> None:
    problem = rl.Problem([[1.0], [1.0]], budget=1.0, model_floors=[1.5])
    with pytest.raises(rl.InfeasibleError, match=r"floor"):
        solvers.solve_uncertain(problem, [[2.0], [2.0]], deviations=1)


def test_where_steps_from_prices_to_prices_stall_the_interior_point_gets_there() -> None:
    """They end 5e-4 from the optimum here."""
    scores = [
        [0.963, 4.35, 1.52],
        [3.15, 0.434, 3.4],
        [0.941, 0.408, 0.475],
        [1.17, 0.0, 2.41],
        [0.0885, 3.11, 0.947],
        [0.0, 0.359, 0.741],
        [0.221, 0.992, 0.326],
        [0.0, 0.632, 0.0],
    ]
    highest = [
        [3.0, 12.3, 6.21],
        [5.97, 0.963, 8.99],
        [2.75, 1.52, 0.963],
        [2.5, 0.0, 2.41],
        [1.23, 10.0, 3.37],
        [0.963, 0.371, 0.963],
        [0.402, 3.48, 1.99],
        [0.0, 1.57, 0.0],
    ]
    cost = [
        [0.993, 0.173, 0.157],
        [0.554, 0.265, 0.556],
        [0.884, 0.892, 0.976],
        [0.556, 0.786, 0.369],
        [0.717, 0.141, 0.221],
        [0.286, 0.896, 0.839],
        [0.703, 0.989, 0.865],
        [0.767, 0.302, 0.059],
    ]
    roots = np.sqrt([3.057, 0.865, 0.226])
    problem = rl.Problem(np.array(scores) * roots, budget=6.576, costs=[cost], cost_budgets=[2.4])
    high = np.maximum(problem.scores, np.array(highest) * roots)
    found = solvers.solve_uncertain(problem, high, deviations=2.5)
    assert found.gap < 1e-12
    assert found.verify(), found.complaints()
    assert found.objective == pytest.approx(cone_optimum(problem, high, 2.5), rel=1e-3)

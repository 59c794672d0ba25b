"""Uncertain scores under ceilings of variances: by hand, by enumeration, against a cone solver."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot import solvers
from roundlot.cli import main


def test_one_of_two_alike_under_a_ceiling_by_hand() -> None:
    """Two models with a client each. One deviates: 1 to 4 over p, so 4 (1/p - 1) <= 4 needs 1/2.

    The other has the rest, 1/4 of a budget of 3/4, and is worst for the objective: 2 + 16.
    """
    problem = rl.Problem(
        [[1.0, 0.0], [0.0, 1.0]],
        budget=0.75,
        model_weights=[1.0, 1.0],
        model_variance_ceilings=[4.0, np.inf],
    )
    found = solvers.solve_uncertain(problem, [[2.0, 0.0], [0.0, 2.0]], deviations=1)
    assert found.probabilities[[0, 1], [0, 1]] == pytest.approx([0.5, 0.25], rel=1e-12)
    assert found.objective == pytest.approx(1 / 0.5 + 4 / 0.25, rel=1e-12)
    assert found.gap < 1e-12
    assert found.verify(), found.complaints()


def test_the_worst_variance_is_that_of_all_sets() -> None:
    rng = np.random.default_rng(3)
    a = rng.lognormal(size=(5, 1))
    high = a * 1.7
    free = solvers.solve_uncertain(rl.Problem(a, budget=2), high, deviations=2)

    def worst(p: np.ndarray) -> float:
        return max(
            sum((high if v in chosen else a)[v, 0] ** 2 * (1 / p[v] - 1) for v in range(5))
            for chosen in combinations(range(5), 2)
        )

    ceiling = 0.99 * worst(free.probabilities[:, 0])
    held = rl.Problem(a, budget=2, model_variance_ceilings=[ceiling])
    found = solvers.solve_uncertain(held, high, deviations=2)
    assert worst(found.probabilities[:, 0]) == pytest.approx(ceiling, rel=1e-11)
    assert worst(found.probabilities[:, 0]) <= ceiling * (1 + 1e-14)
    assert found.objective > free.objective
    assert found.verify(), found.complaints()


LIMITS: dict[str, Any] = {
    "budget": {},
    "model floors": {"model_floors": [0.9, 0.7]},
    "client floors": {"client": [0, 0, 1, 1, 2, 2], "client_floor": 0.4, "client_cap": 1.2},
    "groups": {"groups": [0, 0, 1, 1, 2, 2], "group_caps": [0.7, 0.8, 0.9], "floor": 0.02},
    "model budgets": {"model_budgets": [1.0, 1.2], "model_weights": [3.0, 0.5]},
    "costs": {"costs": np.arange(1.0, 13.0).reshape(1, 6, 2), "cost_budgets": [12.0]},
}


def cone_optimum(problem: rl.Problem, high: np.ndarray, count: float) -> float:
    """Minimise the worst case; a table of ones spreads the price of a deviation."""
    cp = pytest.importorskip("cvxpy")
    a, weights, (floor, ceiling) = problem.scores, problem.model_weights, problem.bounds
    p, theta = cp.Variable(a.shape, nonneg=True), cp.Variable(nonneg=True)
    more, unit = high**2 - a**2, (high**2).sum()
    over = cp.inv_pos(p)
    extra = cp.multiply(more * weights / unit, over) - theta
    cost = cp.sum(cp.multiply(a**2 * weights / unit, over)) + count * theta
    limits = [p >= floor, p <= ceiling]
    for s, most in enumerate(problem.model_variance_ceilings.tolist()):
        if np.isfinite(most):
            price = cp.Variable(nonneg=True)
            own = cp.sum(cp.multiply(a[:, s] ** 2 / most, over[:, s] - 1)) + count * price
            own = own + cp.sum(cp.pos(cp.multiply(more[:, s] / most, over[:, s] - 1) - price))
            limits.append(own <= 1)
    for limit in (*problem.sum_limits(), *problem.sum_floors()):
        for row, bound in enumerate(limit.bound.tolist()):
            v, s, weight = limit.entries(row)
            table = np.zeros(a.shape)
            table[v, s] = weight
            total = cp.sum(cp.multiply(table, p))
            limits.append(total >= bound if limit.at_least else total <= bound)
    goal = cp.Minimize(cost + cp.sum(cp.pos(extra)))
    return float(cp.Problem(goal, limits).solve(solver=cp.CLARABEL) * unit)


@pytest.mark.parametrize("name", LIMITS)
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 10_000), count=st.sampled_from([0.0, 0.5, 1.0, 2.5, 6.0, 12.0]))
def test_agrees_with_a_cone_solver(name: str, seed: int, count: float) -> None:
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0.0, 0.5, (6, 2))
    high = a * (1.0 + rng.random(a.shape))
    limits = {"budget": 2.2, **LIMITS[name]}
    free = solvers.solve_uncertain(rl.Problem(a, **limits), high, deviations=count)
    away = 1.0 / free.probabilities - 1.0
    extra = np.sort((high**2 - a**2) * away, axis=0)[::-1]
    share = np.clip(count - np.arange(6), 0.0, 1.0)
    worst = (a**2 * away).sum(axis=0) + share @ extra
    ceilings = [0.97 * worst[0], np.inf if seed % 2 else 1.2 * worst[1]]
    problem = rl.Problem(a, **limits, model_variance_ceilings=ceilings)
    try:
        found = solvers.solve_uncertain(problem, high, deviations=count)
    except rl.InfeasibleError:
        assert cone_optimum(problem, high, count) == np.inf
        return
    assert found.gap < 1e-10
    assert found.verify(), found.complaints()
    assert found.objective >= free.objective * (1 - 1e-12)
    assert found.objective == pytest.approx(cone_optimum(problem, high, count), rel=1e-4)


def asked(ceiling: float = 5.0, **more: Any) -> rl.Problem:
    """The best without ceilings has a worst variance of 5.25 for the first model."""
    scores = [[1.0, 0.5], [2.0, 1.0], [1.5, 1.0]]
    return rl.Problem(scores, budget=2, model_variance_ceilings=[ceiling, np.inf], **more)


HIGH = [[2.0, 0.5], [3.0, 2.0], [2.0, 1.5]]


def test_scale_changes_nothing() -> None:
    one = solvers.solve_uncertain(asked(), HIGH, deviations=1)
    for unit in (2.0**-400, 2.0**300):
        other = solvers.solve_uncertain(
            rl.Problem(
                asked().scores * unit,
                budget=2,
                model_variance_ceilings=[5.0 * unit**2, np.inf],
            ),
            np.array(HIGH) * unit,
            deviations=1,
        )
        assert (other.probabilities == one.probabilities).all()
        assert other.lower_bound == one.lower_bound * unit**2


def test_what_is_saved_is_judged_and_forgeries_are_seen(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = solvers.solve_uncertain(asked(), HIGH, deviations=1)
    assert found.prices.ceilings[0] > 0.0
    path = found.save(tmp_path / "plan.json")
    assert main(["check", str(path)]) == 0
    document = json.loads(path.read_text())
    assert document.pop("ceiling_shares")
    path.write_text(json.dumps(document))
    assert main(["check", str(path)]) != 0
    free = solvers.solve_uncertain(
        dataclasses.replace(asked(), model_variance_ceilings=None), HIGH, deviations=1
    )
    own = found.ceiling_shares
    for change in (
        {"ceiling_shares": np.ones((3, 2))},
        {"ceiling_shares": np.where(own == own.max(), 0.5 * own, own)},
        {"ceiling_shares": None},
        {"lower_bound": found.lower_bound * (1 + 1e-10)},
        {"probabilities": free.probabilities, "objective": free.objective},
        {"problem": asked(4.9)},
        {"deviations": 1.5},
    ):
        assert not dataclasses.replace(found, **change).verify(), change


def test_ceilings_out_of_reach_say_what_would_do() -> None:
    with pytest.raises(rl.InfeasibleError, match="times as high would do") as error:
        solvers.solve_uncertain(asked(1.0), HIGH, deviations=1)
    assert "times its ceiling 1;" in str(error.value)
    factor = float(str(error.value).split("; ceilings ")[1].split()[0])
    assert solvers.solve_uncertain(asked(factor), HIGH, deviations=1).verify()
    with pytest.raises(rl.InfeasibleError):
        solvers.solve_uncertain(asked(factor * 0.999), HIGH, deviations=1)

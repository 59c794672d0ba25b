"""Several variances from one draw: values by hand, and against a cone solver."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers


def test_one_client_is_drawn_for_the_harder_of_two() -> None:
    """a² (1/p − 1) = ceiling at p = a²/(a² + ceiling): 1/2 for 1 under 1, 4/5 for 2 under 1."""
    found = solvers.least_cost_of_several(rl.Problem([[1.0]], budget=1), [[1.0], [2.0]], [1.0, 1.0])
    assert found.total == pytest.approx(0.8, rel=1e-13)
    assert found.prices[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert found.verify()


def test_two_quantities_by_symmetry() -> None:
    """Scores (2, 1) and (1, 2) under 5: p alike, 5 (1/p − 1) = 5, so 1/2 each."""
    problem = rl.Problem([[1.0], [1.0]], budget=2)
    found = solvers.least_cost_of_several(problem, [[2.0, 1.0], [1.0, 2.0]], [5.0, 5.0])
    np.testing.assert_allclose(found.probabilities, 0.5, rtol=1e-12)
    assert found.total == pytest.approx(1.0, rel=1e-13)
    assert (found.variances <= 5.0).all()
    assert found.gap < 1e-12


def test_floors_may_be_enough_and_draws_may_be_free() -> None:
    problem = rl.Problem(np.ones((3, 1)), budget=3, floor=0.5)
    floors = solvers.least_cost_of_several(problem, np.ones((2, 3)), [10.0, 10.0])
    assert floors.total == 1.5
    assert floors.verify()
    free = solvers.least_cost_of_several(problem, np.ones((2, 3)), [1.0, 0.5], cost=0.0)
    assert free.total == 0.0
    assert (free.variances[:, 0] <= [1.0, 0.5]).all()
    assert free.verify()


def cone_optimum(problem, variables, ceilings, cost):  # type: ignore[no-untyped-def]
    cp = pytest.importorskip("cvxpy")
    p = cp.Variable(problem.scores.shape, nonneg=True)
    limits = [cp.sum(p, axis=1) <= 1, cp.sum(p) <= problem.budget, p >= problem.floor, p <= 1]
    for a, most in zip(variables, ceilings, strict=True):
        for s in range(a.shape[1]):
            moment = cp.sum(cp.multiply(a[:, s] ** 2, cp.inv_pos(p[:, s])))
            limits.append(moment <= most[s] + (a[:, s] ** 2).sum())
    for _, label, caps in problem.levels:
        limits += [cp.sum(p[label == g]) <= cap for g, cap in enumerate(caps)]
    if problem.model_budgets is not None:
        limits.append(cp.sum(p, axis=0) <= problem.model_budgets)
    if problem.costs is not None:
        limits += [
            cp.sum(cp.multiply(c, p)) <= b
            for c, b in zip(problem.costs, problem.cost_budgets, strict=True)
        ]
    return cp.Problem(cp.Minimize(cp.sum(cp.multiply(cost, p))), limits).solve(solver=cp.CLARABEL)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_a_cone_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    more = [
        {},
        {"groups": np.arange(8) // 3, "group_caps": 2.0},
        {"model_budgets": [3.0, 3.5]},
        {"costs": rng.uniform(0.1, 1.0, (1, 8, 2)), "cost_budgets": [3.0]},
    ][seed % 4]
    variables = rng.lognormal(size=(3, 8, 2))
    problem = rl.Problem(np.ones((8, 2)), budget=6, floor=0.01, **more)
    start = rl.solve(rl.Problem(variables.max(axis=0), budget=6, floor=0.01, **more))
    reached = (variables**2 * (1.0 / start.probabilities - 1.0)).sum(axis=1)
    ceilings = reached * rng.uniform(1.05, 2.0, (3, 2))
    cost = rng.uniform(0.5, 2.0, (8, 2))
    found = solvers.least_cost_of_several(problem, variables, ceilings, cost=cost)
    assert found.gap < 1e-12
    assert (found.variances <= ceilings * (1 + 1e-15)).all()
    assert found.verify(), found.complaints()
    assert found.total == pytest.approx(cone_optimum(problem, variables, ceilings, cost), rel=1e-6)


def test_one_quantity_is_least_cost() -> None:
    rng = np.random.default_rng(5)
    scores = rng.lognormal(size=(9, 2))
    problem = rl.Problem(scores, budget=7)
    one = solvers.least_cost_of_several(problem, scores[None], [[40.0, 30.0]])
    assert one.total == pytest.approx(
        solvers.least_cost(problem, 1.0, [40.0, 30.0]).total, rel=1e-12
    )


def test_forged_proofs_are_seen() -> None:
    problem = rl.Problem([[1.0], [1.0]], budget=2)
    found = solvers.least_cost_of_several(problem, [[2.0, 1.0], [1.0, 2.0]], [5.0, 5.0])
    for change in (
        {"variance_ceiling": found.variance_ceiling * 0.99},
        {"prices": found.prices * 0.5},
        {"prices": -found.prices},
        {"proof": dataclasses.replace(found.proof, lower_bound=found.lower_bound * 1.001)},
        {"variables": found.variables * 1.01},
        {"problem": rl.Problem([[1.0], [1.0]], budget=2, floor=0.9)},
    ):
        assert not dataclasses.replace(found, **change).verify(), change


def test_ceilings_of_scores_that_are_not_used_are_refused() -> None:
    problem = rl.Problem([[1.0], [2.0]], budget=2, model_variance_ceilings=1)
    with pytest.raises(rl.InvalidProblemError, match="give the scores among variables"):
        solvers.least_cost_of_several(problem, [[2.0, 1.0]], [5.0])


def test_a_ceiling_of_a_quantity_is_of_each_model_and_not_of_their_sum() -> None:
    """1 (1/p − 1) <= 1 at p = 1/2 for either model; a sum of 1 would need 2/3 for both."""
    found = solvers.least_cost_of_several(rl.Problem([[1, 1]], budget=1), [[[1.0, 1.0]]], [1.0])
    assert found.total == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(found.variances, [[1.0, 1.0]], rtol=1e-12)


def test_out_of_reach_says_what_would_do() -> None:
    """Three alike share one draw: p = 1/3, a variance of 6, 6,000 times the ceiling."""
    with pytest.raises(rl.InfeasibleError, match=r"ceilings 6000\.01 times as high"):
        solvers.least_cost_of_several(
            rl.Problem(np.ones((3, 1)), budget=1), np.ones((2, 3)), [1e-3, 1.0]
        )


@pytest.mark.parametrize(
    ("variables", "ceilings", "words"),
    [
        (np.ones((2, 3)), [1.0, 1.0], r"variables have shape \(2, 3\)"),
        ([[1.0, math.nan]], [1.0], r"variables\[0, 1, 0\] is nan"),
        ([[1.0, -1.0]], [1.0], r"variables\[0, 1, 0\] is -1"),
        ([[1.0, 1.0]], [0.0], r"variance_ceiling\[0, 0\] is 0"),
        ([[1.0, 1.0]], [1.0, 2.0], r"variance_ceiling has shape \(2,\)"),
    ],
)
def test_refusals(variables, ceilings, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(rl.InvalidProblemError, match=words):
        solvers.least_cost_of_several(rl.Problem([[1.0], [1.0]], budget=1), variables, ceilings)

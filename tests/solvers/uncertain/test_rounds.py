"""Several rounds or states of the fleet under one budget."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers


def test_two_rounds_share_by_hand() -> None:
    """One client a round, scores 1 and 3, one draw in all: p in proportion, cost (1+3)²."""
    rounds = [rl.Problem([[1.0]], budget=1), rl.Problem([[3.0]], budget=1)]
    found = solvers.solve_rounds(rounds, budget=1)
    assert [float(p[0, 0]) for p in found.probabilities] == pytest.approx([0.25, 0.75], rel=1e-12)
    assert found.objective == pytest.approx(16.0, rel=1e-12)
    assert found.verify()
    assert found.gap < 1e-12


def test_two_states_share_an_expectation_by_hand() -> None:
    """States of chance 1/4 and 3/4: the same p/a in both, (1/4) 3t + (3/4) t = 3/4 so t = 1/2;
    3t is above 1, so p = (1, (3/4 − 1/4)/(3/4))."""
    states = [rl.Problem([[3.0]], budget=1), rl.Problem([[1.0]], budget=1)]
    found = solvers.solve_rounds(states, budget=0.75, chances=[0.25, 0.75])
    assert [float(p[0, 0]) for p in found.probabilities] == pytest.approx([1, 2 / 3], rel=1e-12)
    assert found.objective == pytest.approx(9 / 4 + 0.75 * 1.5, rel=1e-12)
    assert found.verify()


def cone_optimum(problems, chances, budget):  # type: ignore[no-untyped-def]
    cp = pytest.importorskip("cvxpy")
    ps = [cp.Variable(one.scores.shape, nonneg=True) for one in problems]
    cost, limits = 0.0, []
    for one, p, chance in zip(problems, ps, chances, strict=True):
        cost += chance * cp.sum(cp.multiply(one.scores**2, cp.inv_pos(p)))
        limits += [cp.sum(p, axis=1) <= 1, cp.sum(p) <= one.budget, p >= one.floor]
        for _, label, caps in one.levels:
            limits += [cp.sum(p[label == g]) <= cap for g, cap in enumerate(caps)]
        if one.model_budgets is not None:
            limits.append(cp.sum(p, axis=0) <= one.model_budgets)
        if one.costs is not None:
            limits += [
                cp.sum(cp.multiply(c, p)) <= b
                for c, b in zip(one.costs, one.cost_budgets, strict=True)
            ]
    limits.append(sum(w * cp.sum(p) for w, p in zip(chances, ps, strict=True)) <= budget)
    return cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_a_cone_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problems = []
    for kind in range(3):
        more = [
            {"groups": np.arange(6) // 3, "group_caps": 0.9},
            {"client": np.arange(6) // 2, "client_cap": 0.8, "model_budgets": [0.9, 1.2]},
            {"costs": rng.uniform(0.2, 2.0, (1, 6, 2)), "cost_budgets": [1.5]},
        ][(kind + seed) % 3]
        scores = rng.lognormal(size=(6, 2))
        problems.append(rl.Problem(scores, budget=rng.uniform(1.2, 3), floor=0.01, **more))
    chances = None if seed % 2 else rng.dirichlet([2.0, 2.0, 2.0])
    weights = np.ones(3) if chances is None else chances
    budget = 0.6 * sum(w * one.budget for w, one in zip(weights, problems, strict=True))
    found = solvers.solve_rounds(problems, budget=budget, chances=chances)
    assert found.gap < 1e-11
    assert found.verify(), found.complaints()
    assert found.objective == pytest.approx(cone_optimum(problems, weights, budget), rel=1e-6)


def test_a_design_above_the_shared_budget_is_seen() -> None:
    rounds = [rl.Problem([[1.0]], budget=1), rl.Problem([[3.0]], budget=1)]
    found = solvers.solve_rounds(rounds, budget=1)
    assert not dataclasses.replace(found, budget=np.nextafter(found.budget, 0) * 0.999).verify()
    less = solvers.solve_rounds(rounds, budget=0.5)
    few = (np.array([[0.1]]), np.array([[0.1]]))
    for forged in (
        dataclasses.replace(less, budget=1.0),
        dataclasses.replace(found, objective=found.objective * (1 - 1e-9)),
        dataclasses.replace(found, lower_bound=found.lower_bound * (1 + 1e-9)),
        dataclasses.replace(found, probabilities=few),
        dataclasses.replace(found, problems=(rounds[0], rounds[0])),
    ):
        assert not forged.verify()
    assert found.to_frame().shape == (2, 3)
    assert found.to_dict()["budget"] == 1.0


@pytest.mark.parametrize(
    ("chances", "words"),
    [([0.5, 0.6], "add up to 1.1"), ([0.0, 1.0], "is 0; each must be above 0"), ([1.0], "shape")],
)
def test_refuses_chances(chances: list[float], words: str) -> None:
    rounds = [rl.Problem([[1.0]], budget=1), rl.Problem([[3.0]], budget=1)]
    with pytest.raises(rl.InvalidProblemError, match=words):
        solvers.solve_rounds(rounds, budget=1, chances=chances)


def test_refuses_unlike_rounds() -> None:
    with pytest.raises(rl.InvalidProblemError, match="other models"):
        solvers.solve_rounds(
            [rl.Problem([[1.0]], budget=1), rl.Problem([[1.0, 2.0]], budget=1)], budget=1
        )
    with pytest.raises(rl.InvalidProblemError, match="at least one"):
        solvers.solve_rounds([], budget=1)


A = np.array([[1.0, 2.0], [3.0, 1.0], [0.5, 0.2]])


def _rounds(scale=1.0, budget=1.0, chances=None):
    problem = rl.Problem(A * scale, budget=2)
    return solvers.solve_rounds([problem, problem], budget=budget, chances=chances)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (lambda: _rounds(budget=1e-320), "range of float64"),
        (lambda: _rounds(budget=1e-160), "price of a draw is above"),  # the objective is not
        (lambda: _rounds(scale=1e160), "range of float64"),
        (lambda: _rounds(scale=1e-160), "outside the range"),
        (lambda: _rounds(scale=1e-300), "outside the range"),
        (lambda: _rounds(chances=[1e-300, 1.0]), "proved gap"),
        (lambda: solvers.solve_online(rl.Problem(A * 1e-300, budget=1), 0.5), "outside the range"),
        (lambda: solvers.solve_online(rl.Problem(A * 1e160, budget=1), 0.5), "outside the range"),
        (lambda: solvers.solve_online(rl.Problem(A, budget=1e-320), 0.5), "outside the range"),
        (
            lambda: solvers.solve_uncertain(
                rl.Problem(A * 1e-300, budget=1), A * 2e-300, deviations=1
            ),
            "outside the range",
        ),
    ],
)
def test_what_float64_does_not_hold_or_no_bound_proves_is_no_answer(found, said):
    with pytest.raises(rl.ConvergenceError, match=said):
        found()


def test_rounds_without_scores_cost_nothing():
    assert _rounds(scale=0.0).objective == 0.0
    assert solvers.solve_online(rl.Problem(A * 0.0, budget=1), 0.5).gap == 0.0

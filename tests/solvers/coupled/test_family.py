"""The family by dual Newton: against fractions, the cone solver, known answers and hard inputs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import compare, rational_enclosure, rational_optimum, solve
from roundlot.solvers.coupled import newton as dual_newton
from roundlot.solvers.coupled.newton import Dual, nonnegative_minimum
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem, RoundlotWarning


@settings(max_examples=300)
@given(seed=st.integers(0, 10**6))
def test_any_combination_is_optimal_and_feasible(
    seed, random_family, quietly, assert_within_limits
):
    problem = random_family(seed)
    solution = quietly(problem)
    assert_within_limits(problem, solution.probabilities)
    assert np.all(solution.probabilities[problem.scores > 0.0] > 0.0)
    assert solution.certificate.gap <= 1e-12
    assert solution.certificate.complaints() == ()


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_agrees_with_the_cone_solver(seed, random_family, quietly, assert_within_limits):
    problem = random_family(seed)
    one, other = quietly(problem), quietly(problem, method="conic")
    assert_within_limits(problem, other.probabilities)
    assert other.objective >= one.objective * (1.0 - 1e-12)
    assert other.objective == pytest.approx(one.objective, rel=2e-6, abs=1e-12)
    assert other.certificate.verify()


@given(seed=st.integers(0, 10**6))
def test_agrees_with_rational_arithmetic(seed, random_family, quietly):
    problem = random_family(seed)
    enclosure = rational_enclosure(problem)
    assert 0 <= enclosure.gap < 1e-12
    assert quietly(problem).certificate.lower_bound <= enclosure.objective * (1 + 1e-12)
    if problem.model_budgets is None and problem.costs is None:
        best = rational_optimum(problem)
        assert best.objective == best.lower_bound
        assert enclosure.lower_bound <= best.objective <= enclosure.objective


def test_budgets_per_model_alone_are_neyman_allocations():
    scores = np.random.default_rng(0).uniform(0.5, 1.5, (20, 3))
    budgets = np.array([1.0, 2.0, 0.5])
    solution = solve(Problem(scores, budget=20.0, model_budgets=budgets))
    expected = scores / scores.sum(axis=0) * budgets
    assert np.allclose(solution.probabilities, expected, rtol=1e-13)
    assert solution.objective == pytest.approx((scores.sum(axis=0) ** 2 / budgets).sum())
    assert "budget slack" in solution.notes[0]


def test_a_cost_row_alone_has_its_closed_form():
    rng = np.random.default_rng(1)
    scores, costs = rng.uniform(0.5, 1.5, (2, 30, 2))
    solution = solve(Problem(scores, budget=30.0, costs=costs, cost_budgets=2.0))
    root = scores * np.sqrt(costs)
    assert solution.objective == pytest.approx(root.sum() ** 2 / 2.0, rel=1e-13)
    assert np.allclose(solution.probabilities, scores / np.sqrt(costs) * 2.0 / root.sum())


def test_a_client_that_reaches_its_cap_shares_it_by_score():
    problem = Problem(
        [[3.0], [1.0], [1.0]], budget=2.0, client=[0, 0, 1], client_cap=0.8, processor_cap=0.75
    )
    assert np.allclose(solve(problem).probabilities[:, 0], [0.6, 0.2, 0.75])


def test_caps_of_groups_hand_what_they_cannot_use_to_others():
    scores = np.ones((4, 1))
    problem = Problem(scores, budget=2.0, groups=[0, 0, 1, 1], group_caps=[0.4, 9.0])
    assert np.allclose(solve(problem).probabilities[:, 0], [0.2, 0.2, 0.8, 0.8])
    tree = Problem(
        scores, budget=2.0, groups=[[0, 0, 1, 1], [0, 0, 0, 0]], group_caps=[[0.4, 9.0], 1.0]
    )
    assert np.allclose(solve(tree).probabilities[:, 0], [0.2, 0.2, 0.3, 0.3])


def test_client_level_probabilities_are_one_row_each():
    scores = np.array([[4.0, 1.0, 1.0], [9.0, 1.0, 1.0]])
    problem = Problem(scores, budget=3.0, processor_cap=[1.0, 2.0], ceiling=1.0)
    solution = solve(problem)
    assert solution.probabilities.max() == 1.0
    assert np.all(solution.probabilities.sum(axis=1) <= [1.0, 2.0])
    budgets = solve(
        Problem(scores, budget=3.0, processor_cap=[1.0, 2.0], model_budgets=[1.2, 1.0, 0.5])
    )
    assert budgets.certificate.gap < 1e-12


def test_order_of_processors_does_not_matter():
    rng = np.random.default_rng(5)
    scores, client = rng.lognormal(size=(30, 2)), rng.integers(0, 7, 30)
    order = rng.permutation(30)
    limits = {"client_cap": 0.9, "group_caps": 1.4, "budget": 5.0, "model_budgets": [2.0, 1.0]}
    one = solve(Problem(scores, client=client, groups=client // 2, **limits))
    other = solve(Problem(scores[order], client=client[order], groups=client[order] // 2, **limits))
    assert np.allclose(one.probabilities[order], other.probabilities, rtol=1e-9)


HARD = {
    "geometric": {
        "scores": np.column_stack([3.0 ** -np.arange(150.0), 3.0 ** np.arange(-149.0, 1.0)]),
        "budget": 145.5,
        "model_budgets": [50.0, 75.0],
    },
    "geometric, tree": {
        "scores": (10.0 ** -np.arange(300.0))[:, None],
        "budget": 280.5,
        "client": np.arange(300) // 3,
        "client_cap": 2.9,
    },
    "geometric, costs": {
        "scores": (2.0 ** -np.arange(300.0))[:, None],
        "budget": 290.5,
        "costs": np.ones((1, 300, 1)),
        "cost_budgets": [200.0],
    },
    "600 decades": {
        "scores": [[1e300, 1.0], [1e-300, 1e-300], [1.0, 1e150]],
        "budget": 2.0,
        "model_budgets": [1.5, 1.0],
    },
    "coinciding budgets": {
        "scores": np.arange(1.0, 13.0).reshape(4, 3),
        "budget": 1.5,
        "model_budgets": 0.5,
        "costs": np.ones((2, 4, 3)),
        "cost_budgets": [1.5, 1.5],
        "client": [0, 0, 1, 1],
        "client_cap": 0.75,
        "groups": [0, 0, 0, 0],
        "group_caps": 1.5,
    },
    "ties": {"scores": np.ones((4, 3)), "budget": 1.5, "model_budgets": 0.5},
    "one processor, one model": {"scores": [[3.0]], "budget": 0.5, "model_budgets": 0.4},
    "a model without scores": {
        "scores": [[1.0, 0.0], [2.0, 0.0]],
        "budget": 1.0,
        "model_budgets": [0.4, 0.0],
    },
    "cheap costs": {
        "scores": np.ones((4, 2)),
        "budget": 1.0,
        "costs": np.full((1, 4, 2), 1e-300),
        "cost_budgets": [1e-301],
    },
    "dear costs": {
        "scores": np.ones((4, 2)),
        "budget": 1.0,
        "costs": np.full((1, 4, 2), 1e300),
        "cost_budgets": [1e299],
    },
    "floors that bind": {
        "scores": np.arange(8.0).reshape(4, 2),
        "budget": 1.0,
        "floor": 0.12,
        "model_budgets": [0.5, 0.481],
        "costs": np.ones((1, 4, 2)),
        "cost_budgets": [0.9601],
    },
    "floors that use up everything": {
        "scores": np.zeros((4, 2)),
        "budget": 1.0,
        "floor": 0.125,
        "model_budgets": 0.5,
    },
}


@pytest.mark.parametrize("name", HARD)
def test_hard_inputs(name, assert_within_limits):
    problem = Problem(**HARD[name])
    solution = solve(problem)
    assert_within_limits(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.complaints() == ()


@pytest.mark.parametrize("budget", [1e-300, 1e-9, 0.3, 2.0])
def test_any_budget(budget, assert_within_limits):
    problem = Problem(
        [[1.0, 2.0], [3.0, 0.5], [0.0, 7.0]],
        budget=budget,
        client=[0, 0, 1],
        client_cap=budget / 2.0,
        model_budgets=[budget / 3.0, budget / 2.0],
    )
    solution = solve(problem)
    assert_within_limits(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_scale_of_the_scores_does_not_matter(size):
    scores = np.array([[1.0, 2.0], [5.0, 0.1], [0.3, 9.0]])
    limits = {"budget": 1.3, "model_budgets": [0.5, 0.6], "costs": scores, "cost_budgets": 3.0}
    solution = solve(Problem(scores * size, **limits))
    reference = solve(Problem(scores, **limits)).probabilities
    assert np.allclose(solution.probabilities, reference, rtol=1e-9)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.complaints() == ()


def test_of_many_caps_those_that_bind_are_named():
    scores = np.ones((30, 1))
    scores[[4, 21]] = 50.0
    solution = solve(Problem(scores, budget=5.0, client=np.arange(30), client_cap=0.5))
    assert solution.notes == ("cap of client binds: 4, 21 (2 of 30), else slack",)


def test_warns_of_budgets_that_nothing_can_use():
    with pytest.warns(RoundlotWarning, match="budget 7 of model 1 is above 3"):
        solution = solve(Problem(np.ones((3, 2)), budget=2.0, model_budgets=[1.0, 7.0]))
    assert "budget of model slack: 1 (1 of 2)" in solution.notes
    with pytest.warns(RoundlotWarning, match="budget 9 is above 3"):
        solve(Problem(np.ones((3, 2)), budget=9.0, client=[0, 0, 1], client_cap=2.0))


def test_zero_scores_cost_nothing():
    solution = solve(Problem(np.zeros((3, 2)), budget=1.0, model_budgets=0.4))
    assert solution.variance == solution.certificate.gap == 0.0
    assert "every score is 0" in solution.notes[0]


@pytest.fixture
def large():
    rng = np.random.default_rng(3)
    scores = rng.lognormal(size=(20_000, 4))
    costs = rng.lognormal(size=(3, 20_000, 4))
    limits = {"budget": 4000.0, "model_budgets": 900.0, "costs": costs, "floor": 1e-4}
    return scores, limits | {"cost_budgets": [3000.0, 5000.0, 3500.0]}


def test_many_rows(large, assert_feasible):
    scores, limits = large
    solution = solve(Problem(scores, **limits))
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_a_warm_start_takes_fewer_passes(large, monkeypatch):
    scores, limits = large
    passes = []
    evaluate = Dual.evaluate

    def counted(self, *given, **options):
        passes.append(self.program.n_processors)
        return evaluate(self, *given, **options)

    monkeypatch.setattr(Dual, "evaluate", counted)
    cold = solve(Problem(scores, **limits))
    cold_passes = len(passes)
    nearby = Problem(scores * np.random.default_rng(4).uniform(0.99, 1.01, scores.shape), **limits)
    passes.clear()
    warm = solve(nearby, start=cold)
    assert len(passes) < cold_passes
    assert warm.certificate.gap < 1e-12
    assert np.allclose(warm.probabilities, solve(nearby).probabilities, rtol=1e-7)
    other = Problem(scores, budget=3.0, model_budgets=1.0)  # other limits: what fits is used
    assert solve(other, start=cold).certificate.gap < 1e-12
    with pytest.raises(InvalidProblemError, match="start is of"):
        solve(Problem([[1.0]], budget=0.5), start=cold)


def test_a_dual_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr(dual_newton, "SWEEPS", 0)
    monkeypatch.setattr(dual_newton, "STEPS", 0)
    monkeypatch.setattr(dual_newton, "CYCLES", 0)
    with pytest.raises(ConvergenceError, match="missed by"):
        solve(Problem([[1.0, 2.0], [3.0, 1.0]], budget=1.0, model_budgets=[0.3, 0.4]))


@given(seed=st.integers(0, 10**6))
def test_small_quadratic_programs_meet_their_conditions(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 7))
    root = rng.normal(size=(size + 1, size))
    H, q = root.T @ root + 1e-3 * np.eye(size), rng.normal(size=size)
    x = nonnegative_minimum(H, q, np.maximum(0.0, rng.normal(size=size)))
    slope = H @ x - q
    assert np.all(x >= 0.0)
    assert np.all(slope >= -1e-6)
    assert math.isclose(float(x @ np.abs(slope)), 0.0, abs_tol=1e-6)


def test_approximations_are_compared_within_the_same_limits():
    problem = Problem(
        np.arange(1.0, 13.0).reshape(6, 2),
        budget=2.0,
        weights=np.full((6, 2), 1.0 / 6.0),
        client=[0, 0, 1, 1, 2, 2],
        client_cap=0.5,
        model_budgets=[0.6, 0.7],
    )
    rows = compare(problem, repeats=1).rows
    assert rows[0].name == "optimum"
    assert len(rows) > 4
    assert all(row.gap >= -1e-9 for row in rows)
    assert all(row.expected_draws <= 1.3 + 1e-9 for row in rows)

"""Objectives beside the sum: against a cone solver, their certificates, the edges."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.solvers.dispatch import make_objective
from roundlot.solvers.objectives.certificate import certify_norm
from roundlot.solvers.objectives.norms import Fair, Worst
from roundlot.solvers.objectives.total import Participation
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.certificates import claim_of, examine

OPTIONS = (
    {"objective": "max"},
    {"objective": "fair", "alpha": 1.05},
    {"objective": "fair", "alpha": 2.0},
    {"objective": "fair", "alpha": 30.0},
)


def reference(problem, order):
    """``min ‖λ Var‖_order`` by Clarabel, order 1, 2 or infinite; in units of the largest score."""
    import cvxpy as cp

    top = float(problem.scores.max())
    a = problem.scores / top
    floor, ceiling = problem.bounds
    p = cp.Variable(a.shape)
    variances = []
    for s in range(problem.n_models):
        w = np.flatnonzero(a[:, s] > 0.0)
        moment = cp.sum(cp.multiply(a[w, s] ** 2, cp.inv_pos(p[w, s]))) if w.size else 0.0
        variances.append(problem.model_weights[s] * (moment - np.sum(a[:, s] ** 2)))
    limits = [
        cp.sum(p, axis=1) <= problem.processor_cap,
        cp.sum(p) <= problem.budget,
        p >= floor,
        p <= ceiling,
    ]
    slack = cp.Variable(problem.n_models, nonneg=True)
    limits += [slack[s] >= v for s, v in enumerate(variances)]
    program = cp.Problem(cp.Minimize(cp.norm(slack, order)), limits)
    program.solve(solver=cp.CLARABEL)
    return program.value * top**2


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_agrees_with_a_cone_solver(seed, random_problem, quietly):
    problem = random_problem(seed)
    if not problem.scores.any():
        return
    for options, order in (({"objective": "max"}, "inf"), ({"objective": "fair", "alpha": 2.0}, 2)):
        solution = quietly(problem, **options)
        unit = float(np.square(problem.weighted_scores).sum())
        expected = reference(problem, order)
        # The cone solver may stop short, but never below what is proved; ours may not lie above.
        assert solution.objective <= expected * (1.0 + 1e-4) + 1e-5 * unit
        assert solution.objective == pytest.approx(expected, rel=5e-3, abs=1e-5 * unit)
        proved = solution.certificate.lower_bound
        assert solution.objective <= proved * (1.0 + 1e-6) + 1e-9 * unit


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_gap_is_proved_and_the_design_feasible(seed, random_problem, quietly, assert_feasible):
    problem = random_problem(seed)
    for options in OPTIONS:
        solution = quietly(problem, **options)
        certificate = solution.certificate
        assert_feasible(problem, solution.probabilities)
        assert np.all(solution.probabilities[problem.scores > 0.0] > 0.0)
        moment = float((problem.weighted_scores**2).sum() / problem.budget)
        left = certificate.objective - certificate.lower_bound
        assert certificate.gap <= 1e-9 or left <= 1e-10 * moment
        assert certificate.rigorous
        assert certificate.complaints() == ()
        assert solution.objective == pytest.approx(certificate.objective, rel=1e-12, abs=1e-300)


def test_fair_lies_between_the_sum_and_the_worst():
    problem = Problem(np.random.default_rng(3).lognormal(size=(30, 4)), budget=7.0)
    total = solve(problem)
    one = solve(problem, objective="fair", alpha=1.0)
    np.testing.assert_allclose(one.probabilities, total.probabilities, rtol=1e-9)
    worst = solve(problem, objective="max")
    near = solve(problem, objective="fair", alpha=300.0)
    assert near.model_variance.max() == pytest.approx(worst.objective, rel=0.01)
    assert worst.objective <= near.model_variance.max() <= total.model_variance.max()
    assert worst.model_variance == pytest.approx(worst.objective, rel=1e-9)


def test_model_weights_scale_the_worst():
    scores = np.random.default_rng(4).lognormal(size=(20, 2))
    problem = Problem(scores, budget=5.0, model_weights=[1.0, 4.0])
    variance = solve(problem, objective="max").model_variance
    assert variance[0] == pytest.approx(4.0 * variance[1], rel=1e-9)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scale_does_not_matter(options, scale):
    scores = np.random.default_rng(5).lognormal(size=(10, 3))
    one = solve(Problem(scores, budget=2.5), **options)
    other = solve(Problem(scores * scale, budget=2.5), **options)
    np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-6)
    assert other.certificate.gap <= 1e-9
    assert other.certificate.verify()


def test_models_that_cannot_bind_keep_being_drawn():
    scores = np.column_stack((np.ones(6), np.full(6, 1e-3), np.zeros(6)))
    solution = solve(Problem(scores, budget=3.0, ceiling=0.4), objective="max")
    assert solution.certificate.gap <= 1e-9
    assert np.all(solution.probabilities[:, :2] > 0.0)
    assert not solution.probabilities[:, 2].any()


def test_nothing_to_do_and_everything_drawn(quietly):
    for scores, budget in ((np.zeros((3, 2)), 1.0), (np.ones((3, 1)), 5.0)):
        certificate = quietly(Problem(scores, budget=budget), objective="max").certificate
        assert (certificate.objective, certificate.gap) == (0.0, 0.0)
        assert certificate.verify()


def test_a_variance_lost_in_rounding_has_an_infinite_gap_that_proves_nothing(quietly):
    problem = Problem([[1.0]], budget=1.0, costs=[[[1.0]], [[1.0]]], cost_budgets=[1.0, 2.0])
    certificate = certify_norm(
        Worst(), problem, [[1.0 - 2.0**-52]], order=math.inf, weights=np.ones(1)
    )
    assert (certificate.lower_bound, certificate.gap) == (0.0, math.inf)
    assert certificate.complaints() == ()
    assert not certificate.verify()
    assert quietly(problem, objective="max").certificate.complaints() == ()
    assert not dataclasses.replace(certificate, gap=1e9).verify()


def test_any_design_is_certified_and_its_gap_is_true():
    problem = Problem(np.random.default_rng(6).lognormal(size=(8, 3)), budget=2.0)
    best = solve(problem, objective="max")
    uniform = np.full((8, 3), 2.0 / 24.0) * (1.0 - 1e-15)
    proof = certify_norm(Worst(), problem, uniform, order=np.inf, weights=best.certificate.weights)
    assert proof.verify()
    assert proof.gap == pytest.approx(proof.objective / best.objective - 1.0, rel=1e-6)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20)
def test_any_weights_give_a_bound(seed, random_problem, quietly):
    problem = random_problem(seed)
    best = quietly(problem, objective="max")
    weights = np.random.default_rng(seed).exponential(size=problem.n_models) + 1e-6
    proof = certify_norm(Worst(), problem, best.probabilities, order=np.inf, weights=weights)
    assert proof.lower_bound <= best.certificate.objective
    assert proof.complaints() == ()


@pytest.mark.parametrize("options", OPTIONS)
def test_forged_certificates_are_refused(options):
    problem = Problem(np.random.default_rng(7).lognormal(size=(8, 3)), budget=2.0)
    sound = solve(problem, **options).certificate
    assert sound.verify()
    uniform = np.full((8, 3), 2.0 / 24.0) * (1.0 - 1e-15)
    lower = changed(problem, budget=1.9)
    heavier = sound.weights * np.array([1.0, 1.0, 2.0])
    for forged in (
        {"lower_bound": sound.lower_bound * (1.0 + 1e-8)},
        {"objective": sound.objective * 0.999},
        {"probabilities": uniform},
        {"weights": heavier},
        {"problem": lower},
    ):
        assert not dataclasses.replace(sound, **forged).verify(), forged
    wide = certify_norm(sound.goal, problem, uniform, order=sound.order, weights=sound.weights)
    assert not dataclasses.replace(wide, gap=wide.gap / 2.0).verify()


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_participation_is_the_sum_of_both(seed, random_problem, quietly):
    base = random_problem(seed)
    rng = np.random.default_rng(seed)
    problem = changed(base, weights=rng.random(base.scores.shape) * (base.scores > 0.0))
    weight = float(rng.lognormal(0.0, 3.0))
    solution = quietly(problem, objective="participation", participation_weight=weight)
    combined = np.sqrt(problem.scores**2 + weight * problem.weights**2)
    other = quietly(changed(problem, scores=combined))
    assert solution.objective == pytest.approx(other.objective, rel=1e-9)
    assert solution.certificate.gap <= 1e-12
    assert solution.certificate.complaints() == ()


def test_participation_draws_clients_without_an_update():
    problem = Problem([[1.0], [0.0]], budget=1.0, weights=[[0.5], [0.5]])
    solution = solve(problem, objective="participation", participation_weight=1.0)
    assert np.all(solution.probabilities > 0.0)
    sound = solution.certificate
    for forged in (
        {"lower_bound": sound.lower_bound * (1.0 + 1e-9)},
        {"objective": sound.objective * 0.99},
        {"goal": Participation(weight=0.5)},
        {"probabilities": np.array([[0.5], [0.4]])},
    ):
        assert not dataclasses.replace(sound, **forged).verify(), forged


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "median"}, "'max'"),
        ({"objective": "fair"}, "needs alpha"),
        ({"objective": "fair", "alpha": 0.5}, "at least 1"),
        ({"objective": "fair", "alpha": np.nan}, "at least 1"),
        ({"objective": "fair", "alpha": np.inf}, "'max'"),
        ({"objective": "max", "alpha": 2.0}, "only objective 'fair'"),
        ({"alpha": 2.0}, "only objective 'fair'"),
        ({"objective": "participation"}, "needs participation_weight"),
        ({"objective": "participation", "participation_weight": -1.0}, "at least 0"),
        ({"objective": "participation", "participation_weight": 1.0}, "weights"),
        ({"objective": "max", "method": "conic"}, "built on 'exact'"),
    ],
)
def test_wrong_options_are_named(options, words):
    with pytest.raises(InvalidProblemError, match=words):
        solve(Problem([[1.0, 2.0]], budget=0.5), **options)


def test_objectives_by_name():
    assert make_objective("fair", alpha=2.0) == Fair(alpha=2.0)
    problem = Problem([[1.0, 2.0]], budget=0.5)
    total = make_objective("sum").solve(problem)
    assert make_objective("sum").value(problem, total.probabilities) == total.objective


def test_a_level_at_the_end_of_its_bracket_is_not_taken_for_the_root():
    scores = [[57.0, 1.0], [1.0, 1.0], [6.0, 1.0]]
    floor = [[0.0, 0.0], [0.093159, 0.098149], [0.031247, 0.0]]
    for exponent in range(10, 40):
        problem = Problem(
            scores,
            budget=2.6630435794167284,
            floor=floor,
            ceiling=0.503924,
            model_weights=[1.0, np.exp(-exponent)],
        )
        assert solve(problem).certificate.gap < 1e-12


def test_a_participation_weight_of_0_needs_nobody_without_a_score():
    problem = Problem([[1.0, 0.0], [2.0, 1.0]], budget=1.0, weights=np.full((2, 2), 0.5))
    solution = solve(problem, objective="participation", participation_weight=0.0)
    assert solution.probabilities[0, 1] == 0.0
    found = examine(claim_of(solution.certificate, solution=solution))
    assert not found.complaints
    assert found.objective == pytest.approx(16.0)  # (1 + 2 + 1)²

"""Ceilings of variances inside a problem, with every objective and every other limit."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot.cli import main
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InfeasibleError, InvalidProblemError

OBJECTIVES = (
    {},
    {"objective": "max"},
    {"objective": "fair", "alpha": 2.0},
    {"objective": "participation", "participation_weight": 0.5},
)


def under(problem, seed, quietly):
    """The problem with ceilings that bind for some models, and its aggregation weights."""
    rng = np.random.default_rng(seed)
    variance = quietly(problem, objective="max").model_variance
    ceilings = np.maximum(variance * rng.uniform(1.0, 1.5, problem.n_models), 1e-3)
    ceilings[rng.random(problem.n_models) < 0.3] = np.inf
    ceilings[rng.integers(problem.n_models)] = 1e6
    weights = rng.uniform(0.0, 1.0, problem.scores.shape)
    return changed(problem, model_variance_ceilings=ceilings, weights=weights)


@given(seed=st.integers(0, 10**6), which=st.sampled_from(range(4)))
@settings(max_examples=15)
def test_every_objective_keeps_ceilings_and_is_that_of_a_cone_solver(
    seed, which, limited_problem, quietly, cone, tmp_path_factory
):
    import cvxpy as cp

    problem, options = under(limited_problem(seed), seed, quietly), OBJECTIVES[which]
    found = quietly(problem, **options)
    assert found.certificate.complaints() == ()
    assert found.certificate.gap <= 1e-10
    assert np.all(found.model_variance <= problem.model_variance_ceilings * (1 + 1e-13))
    path = found.save(tmp_path_factory.mktemp("proof") / "design.json")
    assert main(["check", str(path)]) == 0
    other, weights = cone(problem), problem.model_weights
    kept = [
        v <= c
        for v, c in zip(other.variances, problem.model_variance_ceilings, strict=True)
        if np.isfinite(c) and not np.isscalar(v)
    ]
    moments = [v + q for v, q in zip(other.variances, (problem.scores**2).sum(0), strict=True)]
    goal = cp.sum([w * m for w, m in zip(weights, moments, strict=True)])
    if which in (1, 2):
        slack = cp.Variable(problem.n_models, nonneg=True)
        kept += [
            slack[s] >= w * v
            for s, (w, v) in enumerate(zip(weights, other.variances, strict=True))
            if not np.isscalar(v)
        ]
        goal = cp.norm(slack, "inf" if which == 1 else 2)
    elif which == 3:
        share = np.where(problem.available, problem.weights, 0.0)
        extra = cp.sum(cp.multiply(0.5 * share**2 * weights, cp.inv_pos(other.p)))
        goal = goal + extra
    expected = other.least(goal, *kept)
    unit = float((problem.weighted_scores**2).sum())
    assert found.objective <= expected * (1.0 + 1e-5) + 1e-6 * unit + 1e-9
    assert found.objective == pytest.approx(expected, rel=3e-3, abs=1e-4 * unit + 1e-9)


def test_a_ceiling_that_binds_moves_draws_and_has_a_price():
    scores = [[1.0, 2.0], [3.0, 1.0], [2.0, 2.0]]
    free = rl.solve(rl.Problem(scores, budget=2.0))
    most = 0.9 * free.model_variance[1]
    held = rl.solve(rl.Problem(scores, budget=2.0, model_variance_ceilings=[np.inf, most]))
    assert held.model_variance[1] == pytest.approx(most, rel=1e-12)
    assert held.model_variance[1] <= most
    assert held.objective > free.objective
    nearer = most * (1.0 - 1e-6)
    other = rl.solve(rl.Problem(scores, budget=2.0, model_variance_ceilings=[np.inf, nearer]))
    slope = (other.objective - held.objective) / (most - nearer)
    assert held.prices.ceilings == pytest.approx([0.0, slope], rel=1e-3)
    assert held.certificate.gap < 1e-12


def test_ceilings_that_are_slack_change_nothing():
    problem = rl.Problem([[1.0, 2.0], [3.0, 1.0]], budget=1.0)
    loose = changed(problem, model_variance_ceilings=np.array([1e4, 1e5]))
    np.testing.assert_allclose(
        rl.solve(loose).probabilities, rl.solve(problem).probabilities, rtol=1e-10
    )


def test_forged_answers_are_refused():
    problem = rl.Problem(
        [[1.0, 2.0], [3.0, 1.0], [2.0, 2.0]], budget=2.0, model_variance_ceilings=[30.0, 17.0]
    )
    sound = rl.solve(problem).certificate
    assert sound.verify()
    prices = sound.multipliers
    lower = changed(problem, model_variance_ceilings=np.array([30.0, 16.99]))
    for forged in (
        {"lower_bound": sound.lower_bound * (1.0 + 1e-9)},
        {"problem": lower},
        {"multipliers": replace(prices, ceilings=None)},
        {"multipliers": replace(prices, ceilings=prices.ceilings * 1.1)},
        {"multipliers": replace(prices, ceilings=-prices.ceilings)},
        {"problem": changed(problem, model_variance_ceilings=None)},
    ):
        assert not replace(sound, **forged).verify(), forged


def test_files_say_the_ceilings_and_cannot_leave_them_out(tmp_path, call):
    problem = rl.Problem(
        [[1.0, 2.0], [3.0, 1.0]], budget=1.5, model_variance_ceilings=[np.inf, 8.0]
    )
    path = rl.solve(problem).save(tmp_path / "design.json")
    document = json.loads(path.read_text())
    assert document["problem"]["model_variance_ceilings"] == [None, 8.0]
    assert document["version"] == 2
    assert call("check", path)[0] == 0
    for change, code in (
        ({"model_variance_ceilings": [None, 7.0]}, 1),
        ({"model_variance_ceilings": [8.0]}, 2),
        ({"model_variance_ceilings": [None, "8"]}, 2),
        ({"model_variance_ceilings": [None, -1.0]}, 1),
    ):
        forged = {**document, "problem": {**document["problem"], **change}}
        del forged["problem_sha256"]
        path.write_text(json.dumps(forged))
        assert call("check", path)[0] == code, change


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, [1.0, 2.0, 3.0], "much", True])
def test_malformed_ceilings_are_named(wrong):
    with pytest.raises(InvalidProblemError, match="model_variance_ceilings"):
        rl.Problem([[1.0, 2.0]], budget=1.0, model_variance_ceilings=wrong)


def test_ceilings_by_name_and_none_for_a_model_left_out():
    scores = [[1.0, 2.0], [3.0, 1.0]]
    named = rl.Problem(
        scores, budget=1.0, models=["digits", "words"], model_variance_ceilings={"words": 9.0}
    )
    assert named.model_variance_ceilings.tolist() == [np.inf, 9.0]
    none = rl.Problem(scores, budget=1.0, model_variance_ceilings=np.inf)
    assert none.model_variance_ceilings is None


def test_ceilings_out_of_reach_say_what_would_do():
    problem = rl.Problem(np.ones((2, 2)), budget=1.0, model_variance_ceilings=[1e3, 0.5])
    with pytest.raises(InfeasibleError, match=r"model 1 .* ceilings .* times as high would do"):
        rl.solve(problem)


def test_who_does_not_know_ceilings_says_so():
    problem = rl.Problem(np.ones((3, 2)), budget=1.0, model_variance_ceilings=100.0)
    for call in (
        lambda: rl.optimal_path(problem),
        lambda: rl.solvers.rational_optimum(problem),
        lambda: rl.solvers.solve_rounds([problem], budget=1),
    ):
        with pytest.raises(InvalidProblemError, match="ceilings"):
            call()


def test_the_lower_of_two_ceilings_counts():
    problem = rl.Problem(
        [[1.0, 2.0], [3.0, 1.0]], budget=1.9, model_variance_ceilings=[np.inf, 4.0]
    )
    plain = changed(problem, model_variance_ceilings=None)
    for solver in (rl.least_budget, lambda p, c: rl.least_cost(p, 1.0, c)):
        both, one = solver(problem, [20.0, 9.0]), solver(plain, [20.0, 4.0])
        np.testing.assert_allclose(both.probabilities, one.probabilities, rtol=1e-12)
        assert both.verify()
        assert both.variance_ceiling.tolist() == [20.0, 4.0]

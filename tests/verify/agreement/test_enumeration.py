"""Exact enumeration: right formulas are equal to it, wrong estimators are refuted."""

from dataclasses import replace
from fractions import Fraction as Q
from types import SimpleNamespace

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError, Problem
from roundlot.verify import check_enumeration, random_instance
from roundlot.verify.agreement import enumeration
from roundlot.verify.agreement.enumeration import enumerate_moments, moments_by_formula
from roundlot.verify.agreement.tiny import instance_of


@pytest.mark.parametrize("seed", range(8))
def test_random_instances_come_out_equal(seed):
    verdict = check_enumeration(seed=seed)
    assert verdict.passed
    assert (verdict.false_alarm, verdict.miss, verdict.detectable) == (0.0, 0.0, 0.0)
    assert verdict.estimate == verdict.expected


@pytest.mark.parametrize(
    ("processors", "models", "dim"), [(1, 1, 1), (6, 1, 3), (3, 3, 2), (2, 4, 1)]
)
def test_other_shapes(processors, models, dim):
    instance = random_instance(5, processors=processors, models=models, dim=dim, clients=2)
    assert check_enumeration(instance=instance).passed


def test_by_hand():
    """One processor, u = 3, p = 1/2: Δ is 6 or 0 around 3."""
    instance = replace(
        random_instance(0, processors=1, models=1, clients=1),
        updates=(((Q(3),),),),
        weights=((Q(1),),),
        probabilities=((Q(1, 2),),),
        client=(0,),
    )
    seen = enumerate_moments(instance)
    assert seen.steps == ((3,),)
    assert seen.variances == (9,)
    assert seen.second_moment == 81
    assert (seen.weights, seen.weight_variances) == ((1,), (1,))
    assert (seen.draws, seen.uploads) == (Q(1, 2), Q(1, 2))


def test_chances_sum_to_one():
    assert sum(chance for _, chance in random_instance(1).outcomes()) == 1


def test_covariance_between_models_does_not_depend_on_the_probabilities():
    instance = random_instance(2)
    halved = tuple(tuple(p / 2 for p in row) for row in instance.probabilities)
    other = replace(instance, probabilities=halved)
    seen = enumerate_moments(instance).covariances
    assert seen == enumerate_moments(other).covariances
    assert any(x for matrix in seen for row in matrix for x in row)


@pytest.mark.parametrize("solved", [False, True])
def test_a_solved_problem_is_checked_with_its_own_floats(solved):
    rng = np.random.default_rng(0)
    problem = Problem(rng.uniform(size=(4, 2)), budget=1.7, weights=rng.uniform(size=(4, 2)))
    given = solve(problem) if solved else problem
    assert check_enumeration(given).passed


def test_a_lost_inverse_probability_is_refuted():
    instance = random_instance(3)
    ones = tuple(tuple(Q(1) for _ in row) for row in instance.probabilities)
    verdict = check_enumeration(instance=instance, multipliers=ones)
    assert verdict.outcome == "refuted"
    assert "steps" in verdict.detail
    assert "weights" in verdict.detail


def test_one_wrong_factor_is_refuted_however_small():
    instance = random_instance(4)
    factors = [[1 / p for p in row] for row in instance.probabilities]
    assert check_enumeration(instance=instance, multipliers=factors).passed
    factors[1][0] += Q(1, 10**30)
    assert check_enumeration(instance=instance, multipliers=factors).outcome == "refuted"


def test_an_update_that_is_never_drawn_is_refuted():
    problem = Problem([[1.0, 1.0], [1.0, 0.0]], budget=2.0)
    p = np.array([[0.5, 0.5], [0.0, 0.0]])
    verdict = check_enumeration(SimpleNamespace(problem=problem, probabilities=p))
    assert verdict.outcome == "refuted"


def test_a_wrong_formula_is_refuted(monkeypatch):
    right = moments_by_formula
    monkeypatch.setattr(
        enumeration, "moments_by_formula", lambda t: replace(right(t), second_moment=Q(1))
    )
    assert "second_moment" in check_enumeration(seed=0).detail


@pytest.mark.parametrize("name", ["model_variance", "participation_variance", "expected_uploads"])
def test_a_wrong_float_function_is_refuted(monkeypatch, name):
    right = getattr(enumeration, name)
    monkeypatch.setattr(enumeration, name, lambda *a: right(*a) * (1.0 + 1e-9))
    verdict = check_enumeration(seed=0)
    assert verdict.outcome == "refuted"
    assert name in verdict.detail


def test_rows_that_exceed_one_by_rounding_are_taken_exactly():
    p = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
    problem = Problem(np.ones((2, 3)), budget=2.0)
    instance = instance_of(SimpleNamespace(problem=problem, probabilities=p))
    assert all(sum(row) <= 1 for row in instance.probabilities)
    assert check_enumeration(SimpleNamespace(problem=problem, probabilities=p)).passed


def test_bad_input_is_named():
    with pytest.raises(InvalidProblemError, match="outcomes"):
        random_instance(0, processors=12, models=4)
    with pytest.raises(InvalidProblemError, match="sum to at most 1"):
        replace(random_instance(0), probabilities=((Q(2, 3), Q(2, 3)),) * 5)
    with pytest.raises(InvalidProblemError, match="solution"):
        check_enumeration(np.ones(3))

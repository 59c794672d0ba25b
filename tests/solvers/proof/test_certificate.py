"""Certificates: rigorous bounds, and the refusal of everything that is not proved."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import Multipliers, certify, rational_optimum, solve
from roundlot.solvers.proof.rational import rational_bound, rational_program
from roundlot.solvers.water.scaling import is_base
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.certificates import claim_of
from roundlot.theory.certificates.bound import Program, exact_bound, float_bound


@pytest.fixture
def problem():
    return Problem([[1.0, 2.0], [3.0, 0.5], [10.0, 7.0]], budget=1.7)


@pytest.fixture
def solution(problem):
    return solve(problem)


@given(seed=st.integers(0, 10**6))
def test_bound_is_below_the_rational_optimum(seed, random_problem, quietly):
    problem = random_problem(seed)
    certificate = quietly(problem).certificate
    if np.all(problem.model_weights == 1.0):
        assert Fraction(certificate.lower_bound) <= rational_optimum(problem).objective
    assert certificate.gap <= 1e-12
    assert certificate.rigorous
    assert certificate.complaints() == ()


@given(seed=st.integers(0, 10**6), data=st.data())
def test_any_prices_give_a_bound(seed, data, random_problem):
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    level = data.draw(st.sampled_from([0.0, 1e-3, 0.3, 1.0, 7.0]))
    rows = level + rng.exponential(1.0, problem.n_processors) * rng.integers(0, 2)
    prices = Multipliers(level=level, rows=rows)
    certificate = certify(problem, problem.bounds[1] * 0.1, prices)
    exact = rational_bound(
        rational_program(problem), Fraction(level), tuple(map(Fraction, rows.tolist()))
    )
    tolerance = Fraction(1, 10**9) * (1 + abs(exact))
    if np.all(problem.model_weights == 1.0):
        assert Fraction(certificate.lower_bound) <= max(0, exact)
        linear = claim_of(certificate).prices
        program = Program(problem=problem, factors=problem.model_weights, prices=linear)
        for proved in (exact_bound(program), float_bound(program)):
            assert exact - tolerance <= proved <= exact + tolerance
    if not is_base(problem):  # there caps stand in for ceilings, which other prices miss
        assert Fraction(certificate.lower_bound) >= max(0, exact) - tolerance


def test_any_design_gets_its_true_gap(problem, solution):
    uniform = np.full((3, 2), 1.7 / 6)
    certificate = certify(problem, uniform)
    expected = certificate.objective / solution.objective - 1.0
    assert certificate.gap == pytest.approx(expected, rel=1e-9)


def test_a_positive_score_without_probability_has_no_gap_to_state(problem, solution):
    design = solution.probabilities.copy()
    design[0, 0] = 0.0
    certificate = certify(problem, design)
    assert certificate.gap == np.inf
    assert certificate.objective == np.inf


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda p: p * (1.0 + 1e-15), "above"),
        (lambda p: np.where(p == p.max(), np.nextafter(p, 1.0), p) + 1e-16, "above"),
        (lambda p: np.minimum(1.0, p + 0.1), "above"),
    ],
)
def test_infeasible_designs_are_refused(problem, solution, change, complaint):
    certificate = certify(problem, change(solution.probabilities), solution.multipliers)
    assert not certificate.verify()
    assert any(complaint in text for text in certificate.complaints())


@pytest.mark.parametrize("drawn", [1.0, 2.0, math.inf])
def test_what_costs_less_than_anything_feasible_has_no_gap_to_state(drawn):
    # the optimum of two pairs with scores 3 and 1 and one draw is (3 + 1)² / 1 = 16
    unequal = Problem(scores=[[3.0], [1.0]], budget=1.0)
    proof = certify(unequal, np.full((2, 1), drawn))
    assert proof.lower_bound == pytest.approx(16.0, rel=1e-12)
    assert proof.objective == pytest.approx(10.0 / drawn, rel=1e-12)
    assert proof.gap == math.inf
    assert not proof.verify()


def test_floor_and_ceiling_are_checked():
    problem = Problem([[1.0, 2.0]], budget=0.9, floor=0.2, ceiling=0.6)
    assert any("below its floor" in c for c in certify(problem, [[0.1, 0.5]]).complaints())
    assert any("above its ceiling" in c for c in certify(problem, [[0.2, 0.7]]).complaints())


@pytest.mark.parametrize("factor", [1.0 + 1e-12, 1.01, 2.0])
def test_a_bound_that_is_too_high_is_refused(solution, factor):
    sound = solution.certificate
    assert sound.verify()
    forged = dataclasses.replace(sound, lower_bound=sound.lower_bound * factor)
    assert any("not proved" in text for text in forged.complaints())


def test_forged_numbers_are_refused(solution):
    sound = solution.certificate
    uniform = np.full((3, 2), 0.2)
    for forged in (
        dataclasses.replace(sound, objective=sound.objective * 1.001),
        dataclasses.replace(sound, probabilities=uniform),
        dataclasses.replace(certify(sound.problem, uniform), gap=0.01),
    ):
        assert not forged.verify()


def test_corrupted_prices_are_refused(solution):
    sound, prices = solution.certificate, solution.multipliers
    rows = prices.rows.copy()
    rows[0] = 0.0
    negative = dataclasses.replace(prices, rows=rows)
    assert "is negative" in dataclasses.replace(sound, multipliers=negative).complaints()[0]
    other = dataclasses.replace(prices, level=prices.level * 0.9)
    assert not dataclasses.replace(sound, multipliers=other).verify()
    short = dataclasses.replace(prices, rows=rows[:2])
    assert not dataclasses.replace(sound, multipliers=short).verify()
    broken = dataclasses.replace(prices, level=np.nan)
    assert not dataclasses.replace(sound, multipliers=broken).verify()


def test_malformed_designs_raise(problem):
    with pytest.raises(InvalidProblemError, match="shape"):
        certify(problem, np.ones((2, 2)))
    with pytest.raises(InvalidProblemError, match=r"probabilities\[0, 1\]"):
        certify(problem, [[0.1, np.nan], [0.1, 0.1], [0.1, 0.1]])

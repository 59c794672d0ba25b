"""Certificates of the family: rigorous, and corrupted ones are refused."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import Multipliers, Prices, certify, rational_enclosure, solve
from roundlot.solvers.proof.rational import (
    constraints,
    enclosed_bound,
    rational_program,
    root_below,
)
from roundlot.solvers.proof.sums import cost_excess
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.certificates import feasibility
from roundlot.theory.certificates.bound import Program, exact_bound, float_bound


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    return Problem(
        rng.lognormal(size=(12, 3)),
        budget=4.0,
        client=np.arange(12) // 2,
        client_cap=0.9,
        groups=np.arange(12) // 6,
        group_caps=2.0,
        model_budgets=[1.0, 1.2, 0.8],
        costs=rng.uniform(0.5, 2.0, (2, 12, 3)),
        cost_budgets=[3.0, 3.5],
        floor=0.01,
    )


@pytest.fixture
def solution(problem):
    return solve(problem)


@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-3, 0.3, 1.0, 7.0]))
def test_any_prices_give_a_bound_in_exact_arithmetic(seed, size, random_family):
    problem = random_family(seed)
    rng = np.random.default_rng(seed)

    def some(count):
        return size * rng.exponential(1.0, count) * rng.integers(0, 2, count)

    budgets, costs = problem.model_budgets, problem.costs
    prices = Prices(
        budget=float(some(1)[0]),
        processors=some(problem.n_processors),
        levels=tuple(some(caps.size) for _, _, caps in problem.levels),
        models=some(problem.n_models) * (budgets is not None),
        costs=some(0 if costs is None else len(costs)),
    )
    if not np.all(problem.model_weights == 1.0):
        return
    certificate = certify(problem, problem.bounds[1] * 0.1, prices)
    exact = enclosed_bound(rational_program(problem), list(constraints(problem, prices)))
    program = Program(problem=problem, factors=problem.model_weights, prices=prices)
    assert Fraction(certificate.lower_bound) <= max(0, exact)
    spent = sum(price * limit for _, limit, price in constraints(problem, prices))
    tolerance = Fraction(1, 10**11) * (abs(exact) + spent)
    assert Fraction(certificate.lower_bound) >= max(0, exact) - tolerance
    for proved in (exact_bound(program), float_bound(program)):
        assert exact - tolerance <= proved <= exact + tolerance / 10**30


def test_the_bound_of_a_solution_is_below_the_enclosed_optimum(problem, solution):
    enclosure = rational_enclosure(problem)
    assert Fraction(solution.certificate.lower_bound) <= enclosure.lower_bound
    assert solution.certificate.verify()


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [("client", "client"), ("group", "group"), ("model", "model"), ("cost", "cost row")],
)
def test_every_kind_of_excess_is_found(problem, solution, cell, complaint):
    limits = {
        "budget": 99.0,
        "client": problem.client,
        "client_cap": 9.0,
        "groups": problem.groups[0],
        "group_caps": 99.0,
        "model_budgets": 99.0,
        "costs": problem.costs,
        "cost_budgets": [99.0, 99.0],
    }
    p = solution.probabilities
    tight = {
        "client": {"client_cap": np.bincount(problem.client, weights=p.sum(axis=1))},
        "group": {"group_caps": np.bincount(problem.groups[0], weights=p.sum(axis=1))},
        "model": {"model_budgets": p.sum(axis=0)},
        "cost": {"cost_budgets": (problem.costs * p).sum(axis=(1, 2))},
    }[cell]
    (name, values), *_ = tight.items()
    for factor, fits in ((1.0 + 1e-14, True), (1.0 - 1e-14, False)):
        close = Problem(problem.scores, **(limits | {name: values * factor}))
        found = [c for c in certify(close, p, _zero_prices(close)).complaints() if "above its" in c]
        assert bool(found) is not fits
        assert all(c.startswith(complaint) for c in found)


def _zero_prices(problem):
    return Prices(
        budget=0.0,
        processors=np.zeros(problem.n_processors),
        levels=tuple(np.zeros(caps.size) for _, _, caps in problem.levels),
        models=np.zeros(problem.n_models),
        costs=np.zeros(len(problem.costs)),
    )


def test_forged_claims_are_refused(solution):
    sound = solution.certificate
    higher = dataclasses.replace(sound, lower_bound=sound.lower_bound * (1.0 + 1e-12))
    assert any("not proved" in text for text in higher.complaints())
    assert not dataclasses.replace(sound, objective=sound.objective * 1.001).verify()
    assert not dataclasses.replace(sound, probabilities=sound.probabilities * 1.01).verify()
    uniform = certify(sound.problem, np.full((12, 3), 0.02), sound.multipliers)
    assert uniform.verify()
    assert not dataclasses.replace(uniform, gap=0.01).verify()


@pytest.mark.parametrize("name", ["budget", "processors", "levels", "models", "costs"])
def test_corrupted_prices_are_refused(solution, name):
    sound, prices = solution.certificate, solution.multipliers
    value = getattr(prices, name)
    twice = tuple(2.0 * x for x in value) if name == "levels" else 2.0 * value
    if np.any(np.concatenate([np.ravel(x) for x in value]) if name == "levels" else value):
        other = dataclasses.replace(prices, **{name: twice})
        assert not dataclasses.replace(sound, multipliers=other).verify()
    wrong = tuple(-1.0 - x for x in value) if name == "levels" else -1.0 - value
    negative = dataclasses.replace(sound, multipliers=dataclasses.replace(prices, **{name: wrong}))
    assert any("negative" in text for text in negative.complaints())


def test_prices_of_another_problem_are_refused(problem, solution):
    plain = Problem(problem.scores, budget=4.0)
    with pytest.raises(InvalidProblemError, match="levels"):
        certify(plain, solution.probabilities, solution.multipliers)
    roots = Multipliers(level=1.0, rows=np.ones(12))
    with pytest.raises(InvalidProblemError, match="give Prices"):
        certify(problem, solution.probabilities, roots)
    forged = dataclasses.replace(solution.certificate, multipliers=roots)
    assert "prices of 0 levels" in forged.complaints()[0]


@given(seed=st.integers(0, 10**6), exact=st.booleans())
def test_signs_of_cost_sums_are_right(seed, exact):
    rng = np.random.default_rng(seed)
    cost, p = rng.lognormal(0.0, 3.0, (5, 4)), rng.random((5, 4))
    taken = sum(map(lambda c, x: Fraction(c) * Fraction(x), cost.ravel(), p.ravel()))
    near = float(taken)
    for limit in (np.nextafter(near, 0.0), near, np.nextafter(near, np.inf)):
        rest = Fraction(limit) - taken
        assert (feasibility.cost_excess(cost, p, float(limit)) <= 0.0) == (rest >= 0)
        if cost_excess(p, cost, float(limit), exact=exact) <= 0.0:
            assert rest >= 0
        if exact and rest < 0:
            assert cost_excess(p, cost, float(limit), exact=True) > 0.0


@pytest.mark.parametrize(
    "value", [Fraction(0), Fraction(2), Fraction(1, 10**40), Fraction(10**50, 7)]
)
def test_roots_are_rounded_down(value):
    root = root_below(value)
    assert root**2 <= value <= (root * (1 + Fraction(1, 10**100))) ** 2


@pytest.mark.parametrize("share", [1.0, 0.05, 0.02])
def test_unavailable_pairs_in_a_cost_row_refuse_no_sound_certificate(share, assert_within_limits):
    """Ties, absent scores and pairs, model weights; a cost row that is slack, then binding."""
    problem = Problem(
        [[1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]],
        budget=0.3621800959630075,
        ceiling=0.9810077674131834,
        available=[[True] * 3, [True] * 3, [True, True, False], [True, True, False]],
        model_weights=[2.25793005, 6.74410992, 0.81158669],
        costs=[[[0.7, 1.8, 2.4], [1.2, 0.2, 2.7], [0.5, 0.7, 2.1], [3.2, 0.6, 1.1]]],
        cost_budgets=[5.93887135044672 * share],
        allow_unreachable=True,
    )
    found = solve(problem)
    assert found.certificate.complaints() == ()
    assert found.certificate.verify()
    assert found.certificate.gap < 1e-12
    assert_within_limits(problem, found.probabilities)
    assert (found.multipliers.costs[0] > 0.0) == (share < 0.06)


def test_a_cost_row_that_is_met_to_the_last_bit_is_not_exceeded_by_what_nobody_draws():
    cost, design = np.array([[1.0, 3.0], [2.0, 5.0]]), np.array([[0.5, 0.0], [0.25, 0.0]])
    assert feasibility.cost_excess(cost, design, 1.0) == 0.0
    assert feasibility.cost_excess(cost, design, float(np.nextafter(1.0, 0.0))) > 0.0

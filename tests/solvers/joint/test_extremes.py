"""Scores and variances at the ends of float64; what is expected is computed in fractions."""

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import least_budget, least_cost
from roundlot.solvers.proof.variances import above_ceilings, variances_above
from roundlot.theory.certificates import examine
from roundlot.theory.json_text import UnreadableError
from roundlot.verify.exact import judge_document


def variance(a: float, p: float) -> Fraction:
    return Fraction(a) ** 2 * (1 - Fraction(p)) / Fraction(p)


def fair(problem, alpha=7.0):
    return rl.solve(problem, objective="fair", alpha=alpha)


@pytest.mark.parametrize("shortage", [1e-4, 1e-9, 1e-13])
@pytest.mark.parametrize("objective", [lambda x: rl.solve(x, objective="max"), fair])
def test_one_model_that_is_nearly_always_drawn(objective, shortage):
    budget = 3.0 * (1.0 - shortage)
    scores = np.array([1.0, 2.0, 0.5])
    found = objective(rl.Problem(scores[:, None], budget=budget))
    assert found.certificate.gap <= 1e-12
    assert found.certificate.verify()
    p = [Fraction(float(x)) for x in found.probabilities[:, 0]]
    assert sum(p) <= Fraction(budget)
    uniform = sum(variance(a, budget / 3.0) for a in scores.tolist())
    assert Fraction(found.objective) <= uniform * (1 + Fraction(1, 10**12))


def test_a_single_processor_takes_the_whole_budget_to_the_last_bit():
    budget = 1.0 - 2.0**-44
    problem = rl.Problem([[12.9]], budget=budget, client=[0], client_cap=[1.25])
    found = rl.solve(problem, objective="max")
    assert found.probabilities[0, 0] == budget
    assert found.objective == pytest.approx(float(variance(12.9, budget)), rel=1e-12)


def test_who_is_always_drawn_does_not_hide_the_variance_of_the_rest():
    problem = rl.Problem([[1e129], [1e86], [1e26], [1e-120]], budget=3.25)
    found = rl.solve(problem, objective="max")
    assert found.probabilities[:, 0].tolist() == [1.0, 1.0, 1.0, 0.25]
    assert found.objective == pytest.approx(float(variance(1e-120, 0.25)), rel=1e-12)
    assert found.certificate.gap <= 1e-12
    assert found.certificate.verify()


@pytest.mark.parametrize("alpha", [1.5, 7.0, None])
def test_models_that_are_nothing_beside_the_worst(alpha):
    problem = rl.Problem([[1e-159, 3e40, 2e-102]], budget=0.75, ceiling=[[0.25, 0.5, 0.5]])
    found = fair(problem, alpha) if alpha else rl.solve(problem, objective="max")
    assert found.objective == pytest.approx(float(variance(3e40, 0.5)), rel=1e-11)
    assert found.certificate.gap <= 1e-12
    assert found.certificate.verify()


def test_probabilities_nearer_to_1_than_float64_are_named():
    # the second model needs a p near 1e-100, and so the first one 1 - 1e-100
    problem = rl.Problem([[1e100, 1.0]], budget=1.0)
    with pytest.raises(rl.ConvergenceError, match="processor 0 to train model 0"):
        rl.solve(problem, objective="max")


def test_ceilings_of_models_a_hundred_orders_apart():
    asked = rl.Problem([[1e-170, 1.0]], budget=2.0)
    found = least_budget(asked, [1e-280, 3.0])
    least = sum(
        Fraction(a) ** 2 / (Fraction(c) + Fraction(a) ** 2)
        for a, c in ((1e-170, 1e-280), (1.0, 3.0))
    )
    assert found.budget == pytest.approx(float(least), rel=1e-12)
    assert found.verify()


@pytest.mark.parametrize("exponent", [-480, 480])
def test_least_budget_of_scores_whose_squares_leave_float64(exponent):
    unit = 2.0**exponent
    scores = np.array([[1.0], [2.0], [0.25]]) * unit
    ceiling = 7.0 * unit * unit
    found = least_budget(rl.Problem(scores, budget=1.0), ceiling)
    plain = least_budget(rl.Problem(scores / unit, budget=1.0), 7.0)
    assert found.budget == pytest.approx(plain.budget, rel=1e-12)
    assert found.gap <= 1e-12
    assert found.verify()


@pytest.fixture(scope="module")
def unpriceable():
    """``p = a Σa / (C + Σa²)`` costs ``p²/a²`` per unit of variance, here some 1e-309."""
    problem = rl.Problem([[2e154], [2e154]], budget=2.0)
    return least_budget(problem, 3e307)


def test_prices_beyond_float64_go_through_the_file(unpriceable, tmp_path):
    square = Fraction(2e154) ** 2
    least = 4 * square / (Fraction(3e307) + 2 * square)
    assert unpriceable.budget == pytest.approx(float(least), rel=1e-12)
    assert unpriceable.gap <= 1e-12
    path = unpriceable.save(tmp_path / "least.json")
    document = json.loads(path.read_text())
    assert document["version"] == 3
    assert document["prices"]["variance_exponents"] == unpriceable.prices.exponents.tolist()
    assert judge_document(document, tmp_path).proved
    document["version"] = 2
    with pytest.raises(UnreadableError, match="variance_exponents"):
        judge_document(document, tmp_path)
    document["version"] = 3
    document["prices"]["variance_exponents"] = [0.5]
    with pytest.raises(UnreadableError, match="whole number"):
        judge_document(document, tmp_path)


@pytest.mark.parametrize("shift", [-2, 2, 9000])
def test_forged_exponents_are_refused(unpriceable, shift):
    claim = unpriceable.claim()
    assert examine(claim).proved
    forged = dataclasses.replace(claim, variance_exponents=claim.variance_exponents + shift)
    assert not examine(forged).proved


def test_the_least_int64_is_an_exponent_too_far(unpriceable):
    claim = unpriceable.claim()
    least = np.full_like(claim.variance_exponents, -(2**63))  # its absolute value is itself
    found = examine(dataclasses.replace(claim, variance_exponents=least))
    assert "an exponent of a price of a variance is beyond 8000" in found.complaints[0]


def test_a_ceiling_at_the_least_variance_there_is():
    # p_v = a_v / Σa is the least there is within the models' budget of 1
    scores = [1.0, 2.0, 5.0]
    p = [0.125, 0.25, 0.625]
    least = sum(variance(a, q) for a, q in zip(scores, p, strict=True))
    assert least == 34
    asked = rl.Problem(np.array(scores)[:, None], budget=3.0, model_budgets=[1.0])
    found = least_budget(asked, 34.0)
    assert found.budget == pytest.approx(1.0, rel=1e-12)
    assert found.gap <= 1e-12
    assert found.verify()
    with pytest.raises(rl.InfeasibleError):
        least_budget(asked, 34.0 * (1.0 - 1e-9))


def test_a_least_cost_below_the_range_of_float64_is_named():
    with pytest.raises(rl.ConvergenceError, match="below the range of float64"):
        least_budget(rl.Problem([[1e-239], [3e-196]], budget=1.0), 1.0)


def test_a_square_that_overflows_is_no_variance_where_it_is_always_drawn():
    scores = np.array([[1e160, 1e160], [3e161, 1.0]])
    p = np.array([[1.0, 0.5], [1.0, 1.0]])
    assert variances_above(scores, p).tolist() == [0.0, np.inf]
    assert above_ceilings(scores, p, np.array([1.0, 1e300])).tolist() == [False, True]


def test_what_costs_nothing_meets_floors_of_sums_and_all_else_may_cost_next_to_nothing():
    # the second client is free and meets the floor alone; the others want 1e-400 of a draw
    scores = [[1e-200], [1e-210], [1e-200]]
    problem = rl.Problem(scores, budget=1.0, model_floors=[0.25])
    with pytest.raises(rl.ConvergenceError, match="below the range of float64"):
        least_cost(problem, [[1.0], [0.0], [1.0]], 1.0)
    # where all cost something, the floor is paid for
    paid = least_cost(problem, [[1.0], [2.0], [1.0]], 1.0)
    assert paid.total == pytest.approx(0.25, rel=1e-9)

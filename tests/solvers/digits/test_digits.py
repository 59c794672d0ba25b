"""Small problems in decimals, where float64 does not reach: by hand and in fractions."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import roundlot as rl
from benchmarks.hostile.instances import draw
from roundlot import solvers
from roundlot.solvers.central.floors import fitter
from roundlot.solvers.digits import path
from roundlot.solvers.digits.answer import in_digits
from roundlot.solvers.digits.decimals import CONTEXT, digits
from roundlot.solvers.digits.path import followed
from roundlot.solvers.digits.question import MOST_PAIRS, MOST_ROWS, question
from roundlot.solvers.objectives.ways import weighted_variances

TINY = Decimal("1e-25")


def test_water_filling_in_many_digits():
    # p = a / 12, a draw is worth 12²
    problem = rl.Problem([[3.0], [4.0], [5.0]], budget=1)
    asked = question(problem, weights=np.ones(1))
    point, miss = followed(asked)
    assert miss < TINY
    for p, a in zip(point.p, (3, 4, 5), strict=True):
        assert abs(p - Decimal(a) / 12) < TINY
    (price,) = (
        y for y, row in zip(point.prices, asked.rows, strict=True) if row.limit.word == "budget"
    )
    assert abs(price / 144 - 1) < TINY


@settings(deadline=None, max_examples=8, phases=[Phase.generate])
@given(
    scores=st.lists(st.tuples(*[st.floats(0.01, 100.0)] * 2), min_size=2, max_size=4),
    share=st.floats(0.1, 0.9),
    order=st.sampled_from([1.0, 2.0, 3.5, np.inf]),
)
def test_it_finds_what_the_joint_dual_finds(scores, share, order):
    problem = rl.Problem(scores, budget=share * len(scores), model_budgets=[share, len(scores)])
    name = {} if order == 1.0 else {"objective": "max"}
    name = {"objective": "fair", "alpha": order} if 1.0 < order < np.inf else name
    solution = rl.solve(problem, **name)
    asked = question(
        problem,
        weights=np.ones(2) if order == 1.0 else None,
        norm=None if order == 1.0 else np.ones(2),
        order=order,
    )
    assume(followed(asked)[1] < TINY)  # where it ends short of it, others have been asked before
    found = in_digits(asked, fitter)
    variances = weighted_variances(problem, found.probabilities)
    value = np.linalg.norm(variances, order)
    wanted = solution.variance if order == 1.0 else solution.objective
    assert value == pytest.approx(wanted, rel=1e-9)


LIMITS = {
    "model": lambda b: {"model_budgets": [b]},
    "cost": lambda b: {"costs": np.ones((1, 2, 1)), "cost_budgets": [b]},
    "floor": lambda b: {"model_budgets": [b], "floor": 0.5},
    "group": lambda b: {"groups": [0, 0], "group_caps": [b]},
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("part", [6e-16, 2e-15, 1e-13, 1e-10])
@pytest.mark.parametrize("objective", ["sum", "max"])
def test_what_a_limit_takes_off_certainty_is_taken_where_it_costs_least(limit, part, objective):
    # the smaller score lacks all of the room r: its variance is b² r / (1 − r)
    budget = 2.0 * (1.0 - part)
    problem = rl.Problem([[7.7], [0.078]], budget=2.0, **LIMITS[limit](budget))
    solution = rl.solve(problem, objective=objective)
    room = 2 - Fraction(budget)
    least = Fraction(0.078) ** 2 * room / (1 - room)
    p = [Fraction(x) for x in solution.probabilities.ravel().tolist()]
    assert sum(p) <= Fraction(budget)
    variance = sum(Fraction(a) ** 2 * (1 / q - 1) for a, q in zip((7.7, 0.078), p, strict=True))
    slack = Fraction(1, 10) if limit == "group" and objective == "sum" else Fraction(1, 10**6)
    assert least <= variance <= least * (1 + slack)
    assert solution.certificate.verify()


def test_models_of_six_decades_beside_each_other_are_proved():
    scores = [[5.5e-06, 1.1e-02], [4.8e-05, 0.0], [3.2e-06, 0.0], [6.2e-02, 1.0e-06]]
    available = np.array(scores) > 0.0
    problem = rl.Problem(scores, budget=2.465, available=available)
    proof = rl.solve(problem, objective="max").certificate
    assert proof.gap < 1e-11  # what the last bits of p near 1 are of a variance
    assert proof.verify()


def test_slack_floors_of_sums_beside_a_budget_that_is_all_but_enough():
    # everybody lacks a part of 8e-13 in proportion to 1 over the score, nearly
    scores = [[0.48], [0.16], [1.03], [3.15], [0.12], [0.36], [0.71], [0.81]]
    problem = rl.Problem(
        scores, budget=7.9999999999992, client=[2, 0, 3, 3, 1, 3, 2, 2], client_floor=[1.0] * 4
    )
    proof = rl.solve(problem, objective="fair", alpha=1.0).certificate
    assert proof.gap < 1e-9
    assert proof.verify()


@pytest.mark.parametrize("powers", [(-250, 120), (300, -140)])
def test_least_cost_of_scores_that_are_hundreds_of_orders_apart(powers):
    # one processor a model: p = a² / (a² + ceiling), and floors of the models are slack
    scores = np.diag([2.0 ** powers[0], 2.0 ** powers[1]])
    ceilings = np.array([scores[0, 0] ** 2, 3.0 * scores[1, 1] ** 2])
    problem = rl.Problem(scores, budget=2.0, model_floors=[0.01, 0.01])
    found = solvers.least_cost(problem, 1.0, ceilings)
    assert found.total == pytest.approx(0.75, rel=1e-9)
    assert found.verify()


def test_large_problems_are_not_asked_in_decimals():
    problem = rl.Problem(np.ones((MOST_PAIRS + 1, 1)), budget=1)
    assert question(problem, weights=np.ones(1)) is None
    assert in_digits(None, fitter) is None


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_search_ends_after_a_number_of_steps_that_its_size_says(monkeypatch, steps):
    asked = question(rl.Problem([[3.0], [4.0], [5.0]], budget=1), weights=np.ones(1))
    monkeypatch.setattr(path, "WORK", steps * path.Path.of(asked).cost)
    taken, step = [], path.Path._step
    monkeypatch.setattr(path.Path, "_step", lambda *given: taken.append(0) or step(*given))
    followed(asked)
    assert len(taken) == steps  # of both paths together


def test_the_largest_questions_have_steps_enough():
    scores = np.arange(1.0, 1.0 + MOST_PAIRS)[:, None]
    problem = rl.Problem(scores, budget=2.0, costs=np.ones((47, MOST_PAIRS, 1)), cost_budgets=2.0)
    asked = question(problem, norm=np.ones(1))
    assert len(asked.rows) + len(asked.models) >= 49
    assert path.WORK // path.Path.of(asked).cost >= 60  # hard ones took 59
    held = np.ones((MOST_ROWS, MOST_PAIRS, 1))
    many = rl.Problem(scores, budget=2.0, costs=held, cost_budgets=2.0)
    assert question(many, norm=np.ones(1)) is None


def test_a_path_that_was_lost_is_not_taken_unjudged(monkeypatch):
    scores = [[2.0, 0.0], [1.0, 0.5], [0.3, 0.7]]
    problem = rl.Problem(scores, budget=1.5, model_budgets=[3.0 * (1.0 - 1e-12), 0.5])
    wanted = rl.solve(problem).objective
    monkeypatch.setattr(path, "WORK", 0)
    solution = rl.solve(problem)
    assert solution.objective == pytest.approx(wanted, rel=1e-12)
    assert solution.certificate.gap < 1e-11


def test_elimination_with_a_row_and_a_column_of_nothing():
    rng = np.random.default_rng(3)
    whole = rng.integers(-9, 10, (6, 6))
    whole[0, 0] = 0
    whole[2], whole[:, 2] = 0, 0
    matrix, wanted = digits(whole), digits([3, -1, 0, 2, 5, -4])
    with localcontext(CONTEXT):
        assert max(abs(path._Factors.of(matrix).solved(matrix @ wanted) - wanted)) < TINY
        rows = digits(rng.integers(0, 2, (5, 6)))
        assert (path._gram(rows / 3, rows) == (rows / 3) @ rows.T).all()


def test_a_least_cost_of_next_to_nothing_beside_a_pair_that_is_free():
    """One pair costs nothing and takes the budget; of the others the largest decides.

    Scores 2⁴⁰⁰, 2¹²⁸ and 2⁻²⁶⁰, costs 0, 1 and 1, a ceiling of 2⁸⁰⁰ and a budget of 3/4: the first
    at 3/4 has a variance of 2⁸⁰⁰/3. What is left, 2/3 of 2⁸⁰⁰, is for the second:
    ``p = 2²⁵⁶ / (2/3 2⁸⁰⁰) = 3/2 2⁻⁵⁴⁴``.
    """
    problem = rl.Problem(np.ldexp(np.ones((3, 1)), [[400], [128], [-260]]), budget=0.75)
    least = solvers.least_cost(problem, [[0.0], [1.0], [1.0]], 2.0**800)
    assert least.gap < 1e-12
    assert least.verify()
    assert least.total == pytest.approx(1.5 * 2.0**-544, rel=1e-12)


def test_a_ceiling_far_above_the_squares_of_all():
    """Two pairs cost nothing and are far below their caps; a ceiling of 1e8 times any square."""
    scores = [1e-232, 8.56e-155, 3.8e-297, 4.57e-287, 1.2e-284, 2.7e-195, 2.94e-197, 1.4e-203]
    limits = {"client": [3, 0, 1, 1, 2, 2, 1, 0], "client_cap": [0.74, 0.72, 0.67, 0.45]}
    problem = rl.Problem(np.array(scores)[:, None], budget=5.9, **limits)
    cost = np.array([0.0, 0.0, 4.05, 1.71, 1.44, 9.6, 5.5, 1.93])[:, None]
    least = solvers.least_cost(problem, cost, 1e-300)
    # what those that cost leave of the ceiling, 1e-300 but for 1e-8 of it, all of them share
    rest = sum(a * np.sqrt(c) for a, c in zip(scores[2:], cost[2:, 0], strict=True))
    free = scores[1] ** 2 * (1.0 / 0.74 - 1.0)
    assert least.gap < 1e-12
    assert least.verify()
    assert least.total == pytest.approx((rest / (1e-300 - free)) * rest, rel=1e-12)


FAR = [[5.3e70, 4.4e93], [1.1e45, 2.7e78], [8e23, 6.6e71], [4e62, 1.8e114], [2.3e93, 1.5e119]]


@pytest.mark.parametrize("order", [2.0, 7.0])
def test_models_whose_weights_are_hundreds_of_orders_apart(order):
    # both rows of the norm start from one top: from tops of their own the path was lost at once
    problem = rl.Problem(FAR, budget=2.6)
    asked = question(problem, norm=np.ones(2), order=order)
    point, miss = followed(asked)
    assert miss < TINY
    with localcontext(CONTEXT):
        values = [
            sum(m * (1 / p - 1) for m, p in zip(row, point.p, strict=True) if m)
            for row in asked.moments
        ]
        shares = [x ** (Decimal(order) - 1) for x in values]
        # weights are the derivatives of the norm
        for share, weight in zip(shares, point.weights, strict=True):
            assert abs(weight / max(point.weights) - share / max(shares)) < Decimal("1e-15")


def test_a_path_that_runs_ahead_of_what_it_misses_is_led_back():
    one = draw(912633)
    asked = question(rl.Problem(**one.given), norm=np.ones(3), order=np.inf)
    assert followed(asked)[1] < TINY


@pytest.mark.parametrize("seed", [2014398, 2023246])
def test_of_the_floats_beside_a_probability_the_better_one_is_taken(seed):
    one = draw(seed)
    proof = rl.solve(rl.Problem(**one.given), objective=one.objective, **one.options).certificate
    assert proof.gap <= 1e-12


def test_a_budget_that_takes_next_to_nothing_off_all_caps():
    one = draw(2022303)
    assert 0 < 5.0 - one.given["budget"] < 1e-11
    assert rl.solve(rl.Problem(**one.given)).certificate.gap <= 3e-13


def test_draws_that_cost_nothing_only_have_to_keep_the_ceilings():
    problem = rl.Problem([[4e-254, 4e-273]], budget=0.64)
    least = solvers.least_cost(problem, np.zeros((1, 2)), np.ones(2))
    assert least.total == 0.0
    assert (least.probabilities > 0.0).all()

"""Floors of sums where limits leave an ulp, or nothing: decided in exact arithmetic, and proved."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.theory.certificates import claim_of, examine


def _judged(problem: rl.Problem) -> rl.Solution:
    solution = rl.solve(problem)
    assert solution.certificate.gap < 1e-12
    assert not examine(claim_of(solution.certificate, solution=solution)).complaints
    return solution


@pytest.mark.parametrize("third", [0.2, 0.5])  # slack, and binding
def test_an_ulp_of_room_is_room(third: float) -> None:
    # floors of the first two sum to 3/4; the cap of their processor is the next float
    cap = float(np.nextafter(0.75, 1.0))
    problem = rl.Problem(
        [[1.0, 2.0, 1.0], [1.0, 1.0, 1.0]],
        budget=1.7,
        floor=[[0.25, 0.5, 0.0], [0.0, 0.0, 0.0]],
        processor_cap=[cap, 1.0],
        model_floors=[0.3, 0.0, third],
    )
    p = _judged(problem).probabilities
    assert 0.0 < p[0, 2] <= cap - 0.75
    assert sum(map(Fraction, p[0].tolist())) <= Fraction(cap)


def test_floors_of_models_may_use_up_the_budget() -> None:
    rng = np.random.default_rng(3)
    problem = rl.Problem(rng.lognormal(size=(200, 4)), budget=40.0, model_floors=[10.0] * 4)
    p = _judged(problem).probabilities
    assert [sum(map(Fraction, column)) for column in p.T.tolist()] == [10] * 4


def test_what_floors_of_models_leave_out_stays_out() -> None:
    # the second model has no score, the third no floor: the budget is that of the first two
    scores = np.array([[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    p = _judged(rl.Problem(scores, budget=1.0, model_floors=[0.75, 0.25, 0.0])).probabilities
    assert p[:, 2].tolist() == [0.0, 0.0]
    assert p[:, 0] == pytest.approx([0.25, 0.5])


def test_a_model_whose_budget_its_floors_use_up() -> None:
    problem = rl.Problem(
        [[3.0, 1.0], [1.0, 2.0]],
        budget=1.5,
        floor=[[0.25, 0.0], [0.125, 0.0]],
        model_budgets=[0.375, 1.0],
        client=[0, 1],
        client_floor=0.5,
    )
    solution = _judged(problem)
    assert solution.probabilities[:, 0].tolist() == [0.25, 0.125]
    assert solution.prices.models[0] > 0.0


def test_all_that_must_be_drawn_always() -> None:
    # floors of 1 hold everybody at their ceilings, whatever the budget asks
    problem = rl.Problem(
        [[0.3], [2.0], [1.0]], budget=3.0, client=[0, 1, 1], client_floor=[1.0, 1.0]
    )
    assert _judged(problem).probabilities[0, 0] == 1.0


def test_one_processor_with_cost_rows() -> None:
    problem = rl.Problem(
        [[1.0]],
        budget=0.6,
        costs=[[[0.2]], [[0.8]]],
        cost_budgets=[0.02, 0.5],
        client=[0],
        client_floor=0.01,
    )
    assert _judged(problem).probabilities[0, 0] == pytest.approx(0.1, rel=1e-14)


def test_scores_of_six_hundred_decades() -> None:
    scores = np.array([[1e-300, 1e300], [1e-150, 1.0], [1e-290, 1e150]])
    p = _judged(rl.Problem(scores, budget=2.0, client=[0, 1, 1], client_floor=0.9)).probabilities
    assert (p > 0.0).all()


def test_sums_that_are_equations_are_met_at_any_size() -> None:
    rng = np.random.default_rng(5)
    client = np.arange(400) // 2
    caps = np.where(np.arange(200) % 2, 0.125, 0.5)
    problem = rl.Problem(
        rng.lognormal(size=(400, 3)),
        budget=60.0,
        client=client,
        client_floor=0.125,
        client_cap=caps,
    )
    p = _judged(problem).probabilities
    for at in range(1, 200, 2):
        assert sum(map(Fraction, p[client == at].ravel().tolist())) == Fraction(1, 8)

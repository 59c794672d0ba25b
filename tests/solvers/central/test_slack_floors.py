"""Floors of sums that cost nothing change nothing; by hand and against the same without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers
from roundlot.theory.certificates import examine


def test_all_the_slack_goes_to_the_least_score() -> None:
    # Next to 1 a variance is linear in 1 − p: the least score has all that the budget lacks, which
    # has only some 16 bits in float64 beside 1; a part of it in another pair is a gap of 1e-6.
    lack = 2.0**-36
    problem = rl.Problem([[3.0], [1.0], [2.0]], budget=3.0 - lack, model_floors=[0.5])
    solution = rl.solve(problem, objective="max")
    assert solution.probabilities.tolist() == [[1.0], [1.0 - lack], [1.0]]
    assert solution.objective == pytest.approx(lack, rel=1e-10)
    assert solution.certificate.gap < 1e-12


@pytest.mark.parametrize("objective", ["sum", "max", "fair"])
def test_the_same_as_without_floors_and_judged_with_them(objective: Any) -> None:
    scores = np.random.default_rng(4).lognormal(size=(6, 2))
    more = {"alpha": 2.0} if objective == "fair" else {}
    client = [0, 0, 1, 1, 2, 2]
    bare = rl.solve(rl.Problem(scores, budget=2.5), objective=objective, **more)
    floors = rl.Problem(scores, budget=2.5, client=client, client_floor=0.01)
    solution = rl.solve(floors, objective=objective, **more)
    np.testing.assert_allclose(solution.probabilities, bare.probabilities, rtol=1e-12)
    assert solution.certificate.gap < 1e-12
    assert "every floor of client slack" in solution.notes


def test_floors_that_cost_something_are_not_left_out() -> None:
    # 9 to 1 without the floor of 1/4
    problem = rl.Problem([[9.0, 1.0]], budget=1.0, model_floors=[0.0, 0.25])
    np.testing.assert_allclose(rl.solve(problem).probabilities, [[0.75, 0.25]], rtol=1e-12)


def test_the_least_cost_with_floors_it_keeps_anyway() -> None:
    # p = 1/(1 + ceiling)
    problem = rl.Problem([[1.0, 0.5]], budget=1.0, model_floors=[0.1, 0.1])
    found = solvers.least_cost(problem, 2.0, [1.0, 0.75])
    np.testing.assert_allclose(found.probabilities, [[0.5, 0.25]], rtol=1e-12)
    assert not examine(found.claim()).complaints


@pytest.mark.parametrize("objective", ["max", "fair"])
def test_the_model_that_is_worst_by_far_gets_what_floors_of_others_leave(objective: Any) -> None:
    # 0.08 for the third in the first row; what it gets in the second makes no difference
    scores = [[1e-94, 1e-102, 1e-44], [1e-57, 1e-71, 1e-84]]
    problem = rl.Problem(scores, budget=0.12, model_floors=[0.02, 0.02, 0.02])
    more = {"alpha": 7.0} if objective == "fair" else {}
    solution = rl.solve(problem, objective=objective, **more)
    assert solution.objective == pytest.approx(1e-88 * (1 / 0.08 - 1), rel=1e-12)
    assert solution.certificate.gap < 1e-12


def test_floors_worth_nothing_leave_the_proof_as_it_is_without_them() -> None:
    # the second is at its floor, and too small beside the first for its square to be a float
    problem = rl.Problem(
        [[1e-63], [1e-254]],
        budget=2.0,
        floor=[[0.5], [0.75]],
        client=[0, 0],
        client_cap=[1.375],
        client_floor=0.125,
    )
    solution = rl.solve(problem, objective="max")
    assert solution.probabilities.tolist() == [[0.625], [0.75]]
    assert solution.objective == pytest.approx(1e-126 * 0.6, rel=1e-12)
    assert solution.certificate.gap < 1e-12


def test_an_error_says_which_advice_fits() -> None:
    # 1 − p = 1e-300 of the first: b/a of the variances a² (1 − p) and b²/(1 − p)
    problem = rl.Problem([[1e150, 1e-150]], budget=1.0, model_floors=[0.5, 0.0])
    with pytest.raises(rl.ConvergenceError, match="float64 has"):
        rl.solve(problem, objective="max")

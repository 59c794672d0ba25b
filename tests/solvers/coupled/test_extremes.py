"""Numbers of all sizes and limits in combination: certified, refused by name, never NaN."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.coupled.quadratic import nonnegative_minimum
from roundlot.theory import ConvergenceError
from roundlot.theory.text import in_decimals

WIDE = np.array([[1e55, 1e-10], [1.0, 1e-93], [1e295, 1e-278], [1e273, 1e-89]])


def test_an_entry_too_small_for_its_quotient_does_not_empty_the_second_opinion() -> None:
    problem = rl.Problem(WIDE, budget=3.0, model_budgets=[1.5, 1.5])
    certificate = rl.solve(problem).certificate
    assert certificate.gap < 1e-12
    assert certificate.complaints() == ()


def test_an_objective_whose_models_sum_to_more_than_float64_is_said_in_a_unit() -> None:
    # (2e154)² / 0.9
    problem = rl.Problem([[1e154, 1e154]], budget=0.9)
    solution = rl.solve(problem)
    assert solution.objective == math.inf
    assert solution.objective_text == "4.44444e+308"
    certificate = solution.certificate
    assert in_decimals(certificate.lower_bound, certificate.unit) == "4.44444e+308"


def test_a_participation_objective_above_float64_is_judged_by_its_inner_proof() -> None:
    problem = rl.Problem([[1e290, 1e294], [2e294, 3e293]], budget=1.0, weights=np.ones((2, 2)))
    goal = {"objective": "participation", "participation_weight": 1.0}
    solution = rl.solve(problem, **goal)
    certificate = solution.certificate
    # (Σ a)² over a budget of 1; weights of 1 add nothing beside these scores
    assert solution.objective_text == "1.08907e+589"
    assert certificate.complaints() == ()
    assert replace(certificate, gap=0.0).complaints()


@pytest.mark.parametrize("gap", [math.nan, 0.0])
def test_an_infinite_gap_claims_nothing_and_any_other_is_checked(gap: float) -> None:
    problem = rl.Problem([[1.0, 2.0], [3.0, 0.5]], budget=1.0, model_budgets=0.6)
    certificate = replace(rl.solve(problem).certificate, objective=2.0, gap=gap)
    assert certificate.complaints()
    assert rl.solve(problem).certificate.verify()
    silent = replace(certificate, gap=math.inf)
    assert not any("gap" in line for line in silent.complaints())
    assert not silent.verify()


@pytest.mark.parametrize("H", [np.full((2, 2), np.inf), np.full((2, 2), np.nan)])
def test_a_quadratic_that_float64_cannot_hold_has_no_minimum(H: np.ndarray) -> None:
    assert np.isnan(nonnegative_minimum(H, np.ones(2), np.ones(2))).all()


def _assert_sound(solution: rl.Solution, seed: int) -> None:
    """Nothing is false; where a probability is below float64, infinite variance is said."""
    lost = (solution.problem.scores > 0.0) & (solution.probabilities == 0.0)
    if lost.any():
        assert solution.certificate.gap == math.inf, seed
        assert not solution.certificate.verify(), seed
    else:
        assert solution.certificate.complaints() == (), seed


@pytest.mark.parametrize("objective", ["sum", "max", "participation"])
def test_wide_random_problems_are_certified_or_refused_by_name(objective: str) -> None:
    weight = {"participation_weight": 2.0} if objective == "participation" else {}
    solved = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        shape = (int(random.integers(2, 10)), int(random.integers(1, 4)))
        cost = random.uniform(0.1, 2.0, (1, *shape)) * 10.0 ** random.uniform(-8, 8)
        problem = rl.Problem(
            10.0 ** random.uniform(-300.0, 300.0, shape),
            budget=10.0 ** random.uniform(-100.0, -1.0) if seed % 3 == 0 else 0.9,
            model_budgets=random.uniform(0.1, 0.9, shape[1]),
            costs=cost,
            cost_budgets=[float(cost.sum()) * 0.2],
            weights=random.random(shape),
        )
        try:
            solution = rl.solve(problem, objective=objective, **weight)
        except ConvergenceError:
            continue
        solved += 1
        assert np.isfinite(solution.probabilities).all()
        if objective != "max":
            _assert_sound(solution, seed)
    assert solved >= 40

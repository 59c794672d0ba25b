"""Floors and ceilings in tables that are large enough for a guess from a sample."""

from __future__ import annotations

import math

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.solvers.water import boxes as module
from roundlot.theory import Problem

V, S = 17_000, 2


def _problem(seed: int) -> Problem:
    random = np.random.default_rng(seed)
    return Problem(
        random.lognormal(0.0, 1.5, (V, S)),
        budget=0.2 * V,
        floor=random.uniform(0.0, 0.02, (V, S)),
        ceiling=random.uniform(0.1, 0.6, (V, S)),
        processor_cap=random.uniform(0.2, 1.0, V),
    )


@pytest.mark.parametrize("guess", ["sample", "none", "far"])
def test_the_optimum_is_the_same_whatever_the_guess(guess, monkeypatch):
    problem = _problem(0)
    expected = solve(problem)
    monkeypatch.setattr(
        module,
        "_sample_level",
        {"sample": module._sample_level, "none": lambda _: 0.0, "far": lambda _: 1e9}[guess],
    )
    found = solve(problem)
    assert np.allclose(found.probabilities, expected.probabilities, rtol=1e-13, atol=0.0)
    assert found.certificate.gap < 1e-13
    assert found.certificate.variance_gap < 1e-13
    assert found.certificate.verify()


def test_limits_hold_exactly_and_nearly_all_of_the_budget_is_used():
    problem = _problem(1)
    p = solve(problem).probabilities
    floor, ceiling = problem.bounds
    assert np.all((floor <= p) & (p <= ceiling))
    rows = zip(p.tolist(), problem.processor_cap.tolist(), strict=True)
    assert all(math.fsum([*row, -cap]) <= 0.0 for row, cap in rows)
    over = math.fsum([*p.ravel().tolist(), -problem.budget])
    assert -1e-14 * problem.budget <= over <= 0.0


def test_a_sample_of_rows_without_scores_is_no_guess():
    scores = np.zeros((V, 1))
    scores[1::2, 0] = np.arange(1.0, V // 2 + 1.0)
    solution = solve(Problem(scores, budget=100.0, ceiling=0.5, floor=1e-4))
    assert solution.certificate.gap < 1e-13

"""Checks that would support anything are refused, and so are numbers that are not real."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot import verify

SCORES = np.array([[1.0, 2.0], [3.0, 1.0]])
SOLUTION = rl.solve(rl.Problem(SCORES, budget=1.0))


@pytest.mark.parametrize("discrepancy", [np.inf, np.nan, -1.0])
def test_a_discrepancy_that_rules_out_nothing_is_refused(discrepancy: float) -> None:
    checks: list[Any] = [
        lambda: verify.check_certificate(SOLUTION, discrepancy=discrepancy),
        lambda: verify.check_reference(SOLUTION, SOLUTION, discrepancy=discrepancy),
        lambda: verify.check_inclusion([[1]], 9, [[0.1]], discrepancy=discrepancy),
        lambda: verify.check_mean(np.ones(9), 1.0, 1.0, discrepancy=discrepancy),
    ]
    for check in checks:
        with pytest.raises(
            rl.InvalidProblemError, match=r"^discrepancy is .* give a finite number"
        ):
            check()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.array([[0.5 + 5j], [0.5]]), r"^weights must be numbers"),
        (np.ma.array([[0.5], [0.5]], mask=[[False], [True]]), r"weights be at least 0$"),
    ],
)
def test_weights_that_are_no_real_numbers_are_not_read_as_such(weights: Any, words: str) -> None:
    with pytest.raises(rl.InvalidProblemError, match=words):
        verify.check_aggregate_weight(np.ones((100, 1)), weights, [[1.0], [1.0]])


def test_what_is_no_solution_is_no_reference() -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"^reference is a ndarray; give what solve"):
        verify.check_reference(SOLUTION, SCORES)
    with pytest.raises(rl.InvalidProblemError, match=r"^solution is a ndarray; give what solve"):
        verify.check_certificate(SCORES)

"""One call that holds a solution against its proof and its draws."""

import dataclasses

import numpy as np
import pytest

import roundlot as rl
from roundlot.simulate import simulate_rounds

PROBLEM = rl.Problem([[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]], budget=2)
SOLUTION = rl.solve(PROBLEM)


@pytest.mark.parametrize("design", ["independent", "pivotal"])
def test_an_honest_solution_is_never_refuted(design) -> None:
    found = rl.verify_solution(SOLUTION, design=design)
    assert found.outcome != "refuted"
    assert [verdict.outcome for verdict in found][:3] == ["supported"] * 3
    assert repr(found).startswith("Verification(")
    with pytest.raises(TypeError, match="three outcomes"):
        bool(found)


def test_few_rounds_are_inconclusive() -> None:
    assert rl.verify_solution(SOLUTION, rounds=100).outcome == "inconclusive"


def test_probabilities_above_the_budget_are_refuted() -> None:
    wrong = dataclasses.replace(SOLUTION, probabilities=np.full((4, 2), 0.5))
    found = rl.verify_solution(wrong, rounds=200)
    assert found.outcome == "refuted"
    assert found.verdicts[0].outcome == "refuted"


def test_random_updates_have_the_scores_as_their_norms() -> None:
    """Independent draws: the mean squared error is the variance, whatever the directions."""
    realised = simulate_rounds(SOLUTION, rounds=20_000)
    assert realised.mean_squared_error == pytest.approx(SOLUTION.variance, rel=0.05)
    shared = rl.Problem(PROBLEM.scores, budget=2, client=[0, 0, 1, 1])
    realised = simulate_rounds(rl.solve(shared), rounds=20_000)
    assert realised.mean_squared_error == pytest.approx(SOLUTION.variance, rel=0.05)


def test_what_is_no_solution_is_refused() -> None:
    for call in (rl.simulate_rounds, rl.verify_solution):
        with pytest.raises(rl.InvalidProblemError, match=r"give a solution, .* not Problem"):
            call(PROBLEM, rounds=10)


def test_all_scores_zero() -> None:
    nothing = rl.solve(rl.Problem([[0.0], [0.0]], budget=1))
    assert rl.verify_solution(nothing, rounds=10).outcome != "refuted"

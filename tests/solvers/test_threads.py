"""Threads share pieces of rows; the bits of an answer do not tell how many there were."""

import threading

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import least_budget, threads, waterfill
from roundlot.solvers.kernels.crew import in_pieces, pieces

ROWS = 33_000  # two pieces of the loops that limits on several processors need
RANDOM = np.random.default_rng(3)
SCORES = RANDOM.lognormal(size=(ROWS, 2))
COSTS = RANDOM.random((2, ROWS, 2))
CLIENT = np.arange(ROWS) // 2
LIMITS = {
    "budgets of models": {"model_budgets": [4000.0, 3500.0]},
    "cost rows and floors": {"costs": COSTS, "cost_budgets": [3000.0, 3500.0], "floor": 1e-3},
    "groups": {
        "client": CLIENT,
        "client_cap": 0.9,
        "groups": CLIENT // 20_000,
        "group_caps": [7000.0],
    },
}


def same_bits(solve):
    found = []
    for count in (1, 2, 3):
        with threads(count):
            found.append(solve())
    first, *others = found
    for other in others:
        for one, two in zip(first, other, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_limits_on_several_processors(limits):
    problem = rl.Problem(SCORES, budget=8000, **limits)

    def solve():
        found = rl.solve(problem)
        proof = found.certificate
        return found.probabilities, proof.lower_bound, proof.gap

    same_bits(solve)
    assert rl.solve(problem).certificate.gap <= 1e-12


def test_worst_model_and_least_budget():
    problem = rl.Problem(SCORES, budget=8000)
    ceilings = 1.1 * rl.solve(problem).model_variance

    def solve():
        worst, least = rl.solve(problem, objective="max"), least_budget(problem, ceilings)
        return worst.probabilities, worst.certificate.gap, least.probabilities, least.lower_bound

    same_bits(solve)


@pytest.mark.parametrize("floor", [0.0, 1e-3])
def test_the_base_program(floor):
    problem = rl.Problem(RANDOM.lognormal(size=(140_000, 1)), budget=30_000, floor=floor)

    def solve():
        found = rl.solve(problem)
        return found.probabilities, found.threshold, found.certificate.gap

    same_bits(solve)


def test_threshold_of_rows_with_caps_of_their_own():
    scores, caps = RANDOM.lognormal(size=(140_000, 2)), RANDOM.uniform(0.1, 1.0, 140_000)
    same_bits(lambda: (waterfill(scores, 20_000.0, caps).row_divisors,))


def test_pieces_cover_all_rows_once_whatever_the_threads():
    for rows in (1, 5, 16_383, 16_384, 50_000):
        parts = pieces(rows)
        assert np.concatenate([np.arange(rows)[part] for part in parts]).tolist() == list(
            range(rows)
        )
    with threads(4):
        assert in_pieces(lambda part: part.start, pieces(200_000)) == [
            part.start for part in pieces(200_000)
        ]


def test_what_a_piece_raises_comes_out():
    def fail(part):
        if part.start > 100_000:
            raise ValueError("of the third piece")

    with threads(3), pytest.raises(ValueError, match="third"):
        in_pieces(fail, pieces(200_000))


def test_two_threads_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)

    def meet(part):
        meeting.wait()

    with threads(2):
        in_pieces(meet, pieces(33_000))


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2"])
def test_a_wrong_number_is_refused_by_name(count):
    with (
        pytest.raises(rl.theory.InvalidProblemError, match=r"threads is .*; give a whole number"),
        threads(count),
    ):
        pass

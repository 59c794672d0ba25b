"""The spectral gap: known graphs, the theorem's admissible steps, refusals by name."""

import numpy as np
import pytest

from roundlot.theory import (
    AssumptionError,
    InfeasibleError,
    InvalidProblemError,
    column_drift,
    mean_spectral_gap,
    spectral_gap,
)
from roundlot.theory.rates.rounds import least_round
from roundlot.theory.theorems import named

RING = (np.eye(8) + np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0)) / 3


def test_known_gaps():
    second = (1 + 2 * np.cos(2 * np.pi / 8)) / 3
    assert spectral_gap(RING) == pytest.approx(1 - second**2, rel=1e-12)
    assert spectral_gap(np.full((5, 5), 0.2)) == pytest.approx(1.0)


def test_the_mean_over_draws_is_that_of_random_matchings():
    pairs = [np.eye(4)[[1, 0, 3, 2]], np.eye(4)[[3, 2, 1, 0]]]
    stack = [(np.eye(4) + pair) / 2 for pair in pairs]
    mean = sum(0.5 * W.T @ W for W in stack)
    rho = np.linalg.norm(mean - 0.25, ord=2)
    assert mean_spectral_gap(stack, [0.5, 0.5]) == pytest.approx(1 - rho)


def test_signs_do_not_matter_to_the_gap():
    line = np.array([[1.0, -1, 0], [-1, 2, -1], [0, -1, 1]])
    mixing = np.eye(3) - 0.6 * line  # eigenvalues 1, 0.4, −0.8, and an entry of −0.2
    assert mixing.min() < 0
    assert spectral_gap(mixing) == pytest.approx(1 - 0.64)
    assert mean_spectral_gap([mixing, np.eye(3)], [0.5, 0.5]) == pytest.approx(0.18)
    with pytest.raises(AssumptionError, match=r"-0\.2; none may be negative"):
        column_drift(mixing)


def test_column_drift():
    assert column_drift(RING) == pytest.approx(0.0, abs=1e-30)
    leader = np.zeros((4, 4))
    leader[:, 0] = 1
    assert column_drift(leader) == pytest.approx(0.75**2 + 3 * 0.25**2)


@pytest.mark.parametrize(
    ("matrix", "error", "words"),
    [
        ([[1.0, 2.0]], InvalidProblemError, "square"),
        ([[np.nan]], InvalidProblemError, "finite"),
        ([[1.5, -0.5], [-0.5, 1.5]], AssumptionError, "ρ is 4; it must be below 1"),
        ([[0.5, 0.4], [0.4, 0.6]], AssumptionError, "row 0 sums to 0.9"),
        ([[0.9, 0.1, 0], [0.4, 0.6, 0], [0, 0, 1]], AssumptionError, r"W\[0, 1\] = 0.1"),
        (np.eye(3), AssumptionError, "below 1"),
    ],
)
def test_what_is_not_a_mixing_matrix_is_refused(matrix, error, words):
    with pytest.raises(error, match=words):
        spectral_gap(matrix)


def test_chances_that_do_not_fit_are_refused():
    with pytest.raises(InvalidProblemError, match="do not fit"):
        mean_spectral_gap([RING], [0.5, 0.5])
    with pytest.raises(InvalidProblemError, match=r"sum to 0\.5"):
        mean_spectral_gap([RING], [0.5])


def test_the_least_round_is_the_least():
    theorem = named("constant_step")
    numbers = {
        "smoothness": 4,
        "strong_convexity": 0.5,
        "variance": 2,
        "initial": 9,
        "step": 0.01,
    }
    rounds = least_round(theorem, 1.0, **numbers)
    assert theorem.evaluate(round=rounds, **numbers) <= 1.0
    assert theorem.evaluate(round=rounds - 1, **numbers) > 1.0
    assert least_round(theorem, 10.0, **numbers) == 0
    with pytest.raises(InfeasibleError, match="stays above"):
        least_round(theorem, 0.01, **numbers)
    with pytest.raises(InvalidProblemError, match="above 0"):
        least_round(theorem, 0.0, **numbers)

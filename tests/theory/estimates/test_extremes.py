"""Extreme eigenvalues by products alone: NumPy's, and how often the intervals cover."""

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError
from roundlot.theory.estimates import extreme_eigenvalues


def symmetric(random: np.random.Generator, values: np.ndarray) -> np.ndarray:
    basis, _ = np.linalg.qr(random.normal(size=(len(values), len(values))))
    return basis * values @ basis.T


def test_as_many_steps_as_dimensions_are_exact() -> None:
    random = np.random.default_rng(0)
    H = symmetric(random, np.array([-3.0, -1.0, 0.0, 0.5, 2.0, 2.0]))
    least, greatest = extreme_eigenvalues(lambda v: H @ v, 6)
    assert least.low <= -3.0 <= least.high
    assert greatest.low <= 2.0 <= greatest.high
    assert greatest.high - greatest.low < 1e-7
    assert least.confidence == greatest.confidence == 1.0


def test_intervals_cover_as_often_as_they_say_and_ritz_values_are_inside() -> None:
    """A false alarm of this test: below 1e-6, for 0.9 means at most 40 misses of 200 then."""
    random, missed = np.random.default_rng(1), 0
    for trial in range(200):
        # heavy-tailed spectra with both signs, where few steps see little
        values = random.pareto(0.8, size=40) * random.choice([-1.0, 1.0], size=40)
        H = symmetric(random, values)
        least, greatest = extreme_eigenvalues(
            lambda v, H=H: H @ v, 40, steps=10, confidence=0.9, seed=trial
        )
        low, high = values.min(), values.max()
        room = 1e-9 * max(-low, high)
        assert greatest.estimate <= high + room
        assert least.estimate >= low - room
        missed += not (least.low <= low and high <= greatest.high)
    assert missed <= 40, missed


def test_two_steps_say_nothing_of_the_far_side() -> None:
    H = np.diag(np.arange(1.0, 51.0))
    least, greatest = extreme_eigenvalues(lambda v: H @ v, 50, steps=2)
    assert greatest.low <= 50.0 <= greatest.high
    assert greatest.high == np.inf
    assert least.low < 1.0 <= least.high


def test_a_matrix_of_zeros_and_a_single_number() -> None:
    for size in (1, 5):
        least, greatest = extreme_eigenvalues(lambda v: 0.0 * v, size)
        assert least.low <= 0.0 <= greatest.high
        assert greatest.high - least.low < 1e-6


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"steps": 0}, "steps are 0"),
        ({"confidence": 1.0}, "confidence is 1"),
        ({"product": lambda v: np.full(3, np.nan)}, "not finite"),
        ({"product": lambda v: v[:2]}, "shape"),
    ],
)
def test_bad_input_is_named(change, match) -> None:
    given = {"product": lambda v: v, "dimension": 3, **change}
    with pytest.raises(InvalidProblemError, match=match):
        extreme_eigenvalues(given.pop("product"), given.pop("dimension"), **given)

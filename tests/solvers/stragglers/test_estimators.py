"""Four estimators against every outcome of tiny cases, in fractions, and against their theorems."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.stragglers import (
    ESTIMATORS,
    Deadline,
    FullWait,
    estimator_moments,
    independent_counts,
    round_law,
    stragglers_from_speed,
)
from roundlot.solvers.stragglers.counts import IndependentCounts, SampledCounts, ratio_moments
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError

chances = st.lists(st.integers(0, 6), min_size=2, max_size=4).filter(lambda row: sum(row) > 0)
laws = st.lists(chances, min_size=1, max_size=3)


def exact(rows: list[list[int]]) -> list[np.ndarray]:
    return [np.array([Fraction(k, sum(row)) for k in row], dtype=object) for row in rows]


def outcomes(masses: list[np.ndarray]):
    """Every outcome and its probability."""
    for counts in product(*(range(m.size) for m in masses)):
        chance = Fraction(1)
        for mass, k in zip(masses, counts, strict=True):
            chance *= mass[k]
        if chance:
            yield counts, chance


@given(laws)
def test_moments_of_shares_are_equal_to_enumeration(rows: list[list[int]]) -> None:
    masses = exact(rows)
    mean, second, share = ratio_moments(masses)
    n = len(masses)
    for i in range(n):
        for power, told in ((1, mean[i]), (2, share[i])):
            seen = sum(p * Fraction(c[i], sum(c) ** power) for c, p in outcomes(masses) if sum(c))
            assert told == seen
        for j in range(n):
            seen = sum(
                p * Fraction(c[i] * c[j], sum(c) ** 2) for c, p in outcomes(masses) if sum(c)
            )
            assert second[i, j] == seen


@given(laws)
def test_mean_inverse_is_equal_to_enumeration_and_above_one_over_the_mean(
    rows: list[list[int]],
) -> None:
    masses = exact(rows)
    law = IndependentCounts(masses=tuple(masses))
    somebody = sum(p for c, p in outcomes(masses) if sum(c))
    if not somebody:
        with pytest.raises(InfeasibleError, match="nobody finishes"):
            _ = law.mean_inverse
        return
    assert (
        law.mean_inverse
        == sum(p * Fraction(1, sum(c)) for c, p in outcomes(masses) if sum(c)) / somebody
    )
    assert law.chance_of_nobody == 1 - somebody
    assert law.mean_inverse >= somebody / sum(p * sum(c) for c, p in outcomes(masses))


@given(laws, st.integers(0, 2**32 - 1))
def test_bias_and_variance_of_every_estimator_are_those_of_all_outcomes(
    rows: list[list[int]], seed: int
) -> None:
    masses = [np.array(row) / sum(row) for row in rows]
    law, n = independent_counts(masses), len(rows)
    shares = np.array([len(row) - 1 for row in rows])
    random = np.random.default_rng(seed)
    gradients, noise = random.normal(size=(n, 2)), random.uniform(0.1, 2.0, n)
    for name in ESTIMATORS:
        if name == "horvitz-thompson" and law.mean.min() <= 0.0:
            with pytest.raises(AssumptionError, match="E N_i > 0"):
                estimator_moments(name, law, shares)
            continue
        moments = estimator_moments(name, law, shares)
        first, second = np.zeros(2), 0.0
        for counts, chance in outcomes(masses):
            c = np.array(counts)
            unit = by_hand(name, c, shares, law.mean)
            step = (unit * c) @ gradients
            first += float(chance) * step
            second += float(chance) * (step @ step + float(unit**2 * c @ noise))
        target = gradients.mean(axis=0)
        assert moments.bias(gradients) == pytest.approx(first - target, abs=1e-12)
        variance = moments.variance(gradients, noise)
        assert variance == pytest.approx(second - first @ first, abs=1e-11)
        bias = moments.bias(gradients)
        error = moments.squared_error(gradients, noise)
        assert error == pytest.approx(variance + bias @ bias, abs=1e-12)


def by_hand(name: str, counts: np.ndarray, shares: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """What a unit weighs, written out again."""
    n, total, done = len(counts), counts.sum(), counts > 0
    if name == "horvitz-thompson":
        return 1.0 / (n * expected)
    if name == "planned":
        return np.full(n, 1.0 / shares.sum())
    if total == 0:
        return np.zeros(n)
    if name == "pooled":
        return np.full(n, 1.0 / total)
    return np.array([1.0 / (k * done.sum()) if k else 0.0 for k in counts])


@given(laws.filter(lambda rows: all(row[0] == 0 for row in rows[:1])))
def test_equal_data_pooled_is_unbiased_with_variance_of_mean_inverse(rows: list[list[int]]) -> None:
    """The theorem ``pooled_batch``: σ² E[1/N] for N >= 1 and equal data."""
    law = independent_counts([np.array(row) / sum(row) for row in rows])
    moments = estimator_moments("pooled", law, [len(row) - 1 for row in rows])
    gradients = np.tile([1.0, -2.0], (len(rows), 1))
    assert moments.bias(gradients) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert moments.variance(gradients, 3.0) == pytest.approx(3.0 * law.mean_inverse, rel=1e-9)


def test_horvitz_thompson_is_unbiased_for_different_data_and_the_others_are_not() -> None:
    law = independent_counts([[0.2, 0.5, 0.3], [0.5, 0.5], [0.0, 0.1, 0.9]])
    gradients = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])
    biases = {
        name: estimator_moments(name, law, [2, 1, 2]).relative_bias(gradients)
        for name in ESTIMATORS
    }
    assert biases["horvitz-thompson"] == pytest.approx(0.0, abs=1e-15)
    assert all(biases[name] > 0.01 for name in ESTIMATORS if name != "horvitz-thompson")
    weighted = estimator_moments("horvitz-thompson", law, [2, 1, 2], weights=[0.5, 0.5, 0.0])
    assert weighted.mean == pytest.approx([0.5, 0.5, 0.0])


def test_planned_shrinks_as_soon_as_a_unit_is_cut() -> None:
    stragglers = stragglers_from_speed([1.0, 1.0])
    for rule, shrunk in ((FullWait(), False), (Deadline(seconds=2.0), True)):
        law = round_law(rule, stragglers, [3, 3])
        moments = estimator_moments("planned", law.counts, [3, 3])
        assert (moments.mean.sum() < 1.0 - 1e-9) == shrunk
        assert moments.mean.sum() == pytest.approx(law.counts.mean.sum() / 6)


def test_sampled_counts_give_the_moments_of_the_sample() -> None:
    counts = np.array([[1, 2], [0, 0], [3, 0], [1, 1]])
    law = SampledCounts(counts=counts)
    assert law.chance_of_nobody == 0.25
    assert law.mean_inverse == pytest.approx((1 / 3 + 1 / 3 + 1 / 2) / 3)
    moments = estimator_moments("pooled", law, [3, 2])
    assert moments.mean == pytest.approx([(1 / 3 + 1 + 1 / 2) / 4, (2 / 3 + 1 / 2) / 4])
    with pytest.raises(InfeasibleError, match="nobody finished"):
        _ = SampledCounts(counts=np.zeros((3, 2), dtype=np.int64)).mean_inverse


def test_bad_input_is_refused() -> None:
    law = independent_counts([[0.5, 0.5]])
    for call, match in (
        (lambda: estimator_moments("median", law, [1]), "median"),
        (lambda: estimator_moments("pooled", law, [1], weights=[0.5]), "add up to 1"),
        (lambda: independent_counts([]), "at least one worker"),
        (lambda: independent_counts([[0.5, 0.6]]), "worker 0"),
        (lambda: estimator_moments("pooled", law, [1]).bias([1.0, 2.0]), "shape"),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            call()

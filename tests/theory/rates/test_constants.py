"""Estimated constants against known ones: quantiles, unbiasedness, coverage, carried to rounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.theory import AssumptionError, InvalidProblemError, rounds_to_target
from roundlot.theory.intervals import joint_confidence
from roundlot.theory.rates.constants import (
    ConfidenceInterval,
    curvature_quotients,
    estimate_curvature,
    estimate_spread,
    rounds_interval,
)


def test_spread_is_unbiased_and_covers_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    n, dim, repeats, trials = 10, 5, 8, 600
    w, mean = random.dirichlet(np.ones(n)), random.normal(size=(n, dim))
    sigma = random.uniform(0.5, 2.0, size=n)
    noise = float(w @ sigma**2) * dim
    dissimilarity = float(w @ np.sum((mean - w @ mean) ** 2, axis=1))
    hits, total = np.zeros(2), np.zeros(2)
    for _ in range(trials):
        g = mean[:, None] + sigma[:, None, None] * random.normal(size=(n, repeats, dim))
        found = estimate_spread(g, w, confidence=0.9)
        pairs = ((found.noise, noise), (found.dissimilarity, dissimilarity))
        hits += [part.low <= truth <= part.high for part, truth in pairs]
        total += [part.estimate for part, _ in pairs]
    np.testing.assert_allclose(total / trials, [noise, dissimilarity], rtol=0.03)
    assert np.all(np.abs(hits / trials - 0.9) < 0.04), hits / trials


def quadratic(random: np.random.Generator, dim: int) -> np.ndarray:
    """A Hessian with eigenvalues from 0.5 to 4, both attained."""
    basis, _ = np.linalg.qr(random.normal(size=(dim, dim)))
    return basis * np.linspace(0.5, 4.0, dim) @ basis.T


def test_curvature_covers_both_constants_at_least_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    hits, trials = 0, 200
    for trial in range(trials):
        H = quadratic(random, 4)
        x = random.normal(size=(25, 4))
        g = x @ H + 1.0 + 0.3 * random.normal(size=x.shape)
        found = estimate_curvature(x, g, confidence=0.9, seed=trial)
        L, mu = found.smoothness, found.strong_convexity
        hits += L.low <= 4.0 <= L.high and mu.low <= 0.5 <= mu.high
    assert hits / trials >= 0.9


def test_in_one_dimension_curvature_covers_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(6)
    hits, trials = 0, 300
    for trial in range(trials):
        x = random.normal(size=(25, 1))
        found = estimate_curvature(
            x, 2.0 * x + random.normal(size=x.shape), seed=trial, confidence=0.9
        ).smoothness
        hits += found.low <= 2.0 <= found.high
    assert 0.85 <= hits / trials <= 0.96, hits / trials


def test_exact_gradients_of_a_quadratic_give_exact_constants() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(12, 4))
    found = estimate_curvature(x, x @ quadratic(random, 4) - 2.0)
    assert found.smoothness.estimate == pytest.approx(4.0, rel=1e-9)
    assert found.strong_convexity.estimate == pytest.approx(0.5, rel=1e-9)
    assert found.smoothness.high - found.smoothness.low < 1e-9


def test_width_shrinks_with_the_noise() -> None:
    random = np.random.default_rng(4)
    x, noise = random.normal(size=(30, 3)), random.normal(size=(30, 3))
    widths = [
        estimate_curvature(x, 2.0 * x + scale * noise).smoothness for scale in (0.5, 0.05, 0.005)
    ]
    sizes = [found.high - found.low for found in widths]
    assert sizes[0] == pytest.approx(10 * sizes[1], rel=1e-6)
    assert sizes[1] == pytest.approx(10 * sizes[2], rel=1e-6)


@given(seed=st.integers(0, 10**6))
def test_quotients_lie_between_the_constants(seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(6, 3))
    L, mu = curvature_quotients(x, x @ quadratic(random, 3))
    assert 0.5 - 1e-9 <= mu <= L <= 4.0 + 1e-9


def test_quotients_refuse_what_is_not_convex() -> None:
    with pytest.raises(AssumptionError, match="not convex"):
        curvature_quotients([[0.0], [1.0]], [[0.0], [-1.0]])
    with pytest.raises(InvalidProblemError, match="different points"):
        curvature_quotients([[1.0], [1.0]], [[0.0], [1.0]])


def interval(
    low: float, estimate: float, high: float, confidence: float = 0.98
) -> ConfidenceInterval:
    return ConfidenceInterval(low=low, estimate=estimate, high=high, confidence=confidence)


@settings(max_examples=60)
@given(
    L=st.floats(1.0, 10.0),
    mu=st.floats(0.1, 1.0),
    variance=st.floats(0.0, 10.0),
    where=st.tuples(*[st.floats(0.0, 1.0)] * 3),
)
def test_rounds_lie_between_the_ends_for_all_constants_inside(L, mu, variance, where) -> None:
    ends = {
        "smoothness": interval(0.8 * L, L, 1.3 * L),
        "strong_convexity": interval(0.7 * mu, mu, 1.2 * mu),
        "variance": interval(0.5 * variance, variance, 2.0 * variance),
    }
    found = rounds_interval(**ends, initial=10.0, target=0.1)
    inside = {
        name: part.low + share * (part.high - part.low)
        for (name, part), share in zip(ends.items(), where, strict=True)
    }
    inside["smoothness"] = max(inside["smoothness"], inside["strong_convexity"])
    rounds = rounds_to_target(**inside, initial=10.0, target=0.1).rounds
    assert found.low <= rounds <= found.high
    assert found.low <= found.estimate <= found.high
    assert found.confidence == pytest.approx(0.94)


def test_an_interval_that_reaches_zero_leaves_no_upper_end() -> None:
    found = rounds_interval(
        smoothness=interval(1.0, 2.0, 3.0),
        strong_convexity=interval(0.0, 0.5, 1.0),
        variance=interval(0.0, 1.0, 2.0),
        initial=10.0,
        target=0.1,
    )
    assert math.isinf(found.high)
    assert found.estimate < math.inf


def test_rounds_from_measurements_cover_the_rounds_of_the_true_constants() -> None:
    """Uniform sampling of clients with ``p = 1/2`` at the optimum: the whole way from gradients."""
    random = np.random.default_rng(5)
    n, dim, repeats, p, sigma = 8, 3, 12, 0.5, 0.5
    pull = random.normal(size=(n, dim))
    pull -= pull.mean(axis=0)
    w, hits, trials = np.full(n, 1 / n), 0, 60
    factors = ((1 / p - 1) / n, 1 / (n * p))
    variance = factors[0] * np.mean(np.sum(pull**2, axis=1)) + factors[1] * sigma**2 * dim
    setting = {"initial": 10.0, "target": 0.2}
    truth = rounds_to_target(smoothness=4.0, strong_convexity=0.5, variance=variance, **setting)
    for trial in range(trials):
        H, x = quadratic(random, dim), random.normal(size=(60, dim))
        gradients = x @ H + sigma / math.sqrt(n) * random.normal(size=x.shape)
        repeated = pull[:, None] + sigma * random.normal(size=(n, repeats, dim))
        curve = estimate_curvature(x, gradients, confidence=0.95, seed=trial)
        spread = estimate_spread(repeated, w, confidence=0.97)
        found = rounds_interval(
            smoothness=curve.smoothness,
            strong_convexity=curve.strong_convexity,
            variance=spread.dissimilarity.scaled(factors[0]) + spread.noise.scaled(factors[1]),
            **setting,
        )
        assert found.confidence == pytest.approx(0.84)
        hits += found.low <= truth.rounds <= found.high
    assert hits / trials >= 0.84


@pytest.mark.parametrize(
    ("match", "call"),
    [
        ("R >= 3", lambda: estimate_spread(np.ones((2, 2, 3)), [0.5, 0.5])),
        ("sum 1", lambda: estimate_spread(np.ones((2, 3, 3)), [0.5, 0.6])),
        ("confidence", lambda: estimate_spread(np.ones((2, 3, 3)), [0.5, 0.5], confidence=1.0)),
        ("at least 5", lambda: estimate_curvature(np.ones((4, 3)), np.ones((4, 3)))),
        ("in a plane", lambda: estimate_curvature(np.ones((9, 3)), np.ones((9, 3)))),
        ("finite", lambda: estimate_curvature(np.full((9, 3), np.nan), np.ones((9, 3)))),
        ("factor", lambda: interval(1.0, 1.0, 1.0).scaled(-1.0)),
    ],
)
def test_bad_input_is_refused(match, call) -> None:
    with pytest.raises(InvalidProblemError, match=match):
        call()


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan")])
def test_a_confidence_that_is_none_makes_no_other_surer(share: float) -> None:
    odd = ConfidenceInterval(low=1.0, estimate=1.0, high=1.0, confidence=share)
    with pytest.raises(InvalidProblemError, match="confidence of an interval is"):
        joint_confidence((odd, ConfidenceInterval.exact(1.0)))

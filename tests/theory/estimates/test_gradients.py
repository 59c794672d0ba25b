"""Noise and dissimilarity of repeated gradients: known truths, coverage, tests with error rates."""

import numpy as np
import pytest
from scipy.stats import binom

from roundlot.theory import InvalidProblemError
from roundlot.theory.estimates import estimate_constants
from roundlot.theory.estimates.pairs import pair_mean
from roundlot.theory.estimates.refutations import order_p_value, tail_p_value


def truth(mean: np.ndarray, variance: np.ndarray, w: np.ndarray) -> dict[str, float]:
    """Of ``(T, N, dim)`` gradients with noise of ``(T, N)`` variances."""
    full = np.einsum("n,tnd->td", w, mean)
    apart = np.sum((mean - full[:, None]) ** 2, axis=2) @ w
    return {
        "client_noise": variance.max(),
        "local_noise": (variance @ w).max(),
        "batch_noise": (variance @ w**2).max(),
        "dissimilarity": apart.max(),
        "gradient_ratio": ((np.sum(mean**2, axis=2) @ w) / np.sum(full**2, axis=1)).max(),
        "squared_gradient": float(full[0] @ full[0]),
    }


def covered(found, true: dict[str, float]) -> dict[str, bool]:
    return {name: found[name].low <= value <= found[name].high for name, value in true.items()}


def least_hits(trials: int, confidence: float) -> int:
    """Fewer hits have probability 1e-6 where the coverage is the confidence."""
    return int(binom.ppf(1e-6, trials, confidence))


def setting(random: np.random.Generator, dim: int = 4) -> tuple[np.ndarray, np.ndarray]:
    mean = random.normal(size=(2, 5, dim)) + 1.0
    return mean, random.dirichlet(np.full(5, 3.0))


def test_students_intervals_cover_normal_noise_as_often_as_they_say() -> None:
    random, trials, hits = np.random.default_rng(0), 80, {}
    mean, w = setting(random)
    scale = random.uniform(0.3, 1.0, size=(2, 5))
    true = truth(mean, 4 * scale**2, w)
    for trial in range(trials):
        noise = scale[:, :, None, None] * random.normal(size=(2, 5, 10, 4))
        found = estimate_constants(
            mean[:, :, None] + noise, w, confidence=0.9, seed=trial, tests=False
        )
        for name, inside in covered(found, true).items():
            hits[name] = hits.get(name, 0) + inside
    assert min(hits.values()) >= least_hits(trials, 0.9), hits


def test_with_a_bound_intervals_cover_skewed_noise_always_as_often_as_they_say() -> None:
    random, trials, hits = np.random.default_rng(1), 60, {}
    mean, w = setting(random, dim=2)
    # Rare large values, 0.1 of the time, both coordinates together: variance 2 · a² p (1 − p).
    size, rare = 3.0, 0.1
    variance = np.full((2, 5), 2 * size**2 * rare * (1 - rare))
    bound = np.linalg.norm(mean, axis=2).max() + size * np.sqrt(2)
    true = truth(mean, variance, w)
    for _ in range(trials):
        flips = (random.random((2, 5, 30, 1)) < rare) - rare
        found = estimate_constants(
            mean[:, :, None] + size * flips * np.ones(2),
            w,
            bound=bound,
            confidence=0.9,
            tests=False,
        )
        for name, inside in covered(found, true).items():
            hits[name] = hits.get(name, 0) + inside
    assert min(hits.values()) >= least_hits(trials, 0.9), hits


def test_pair_means_are_unbiased_where_squares_are_not() -> None:
    random = np.random.default_rng(2)
    mean = np.array([0.5, -0.25])
    estimates = []
    for _ in range(4000):
        g = mean + random.normal(size=(4, 2))
        products = g @ g.T
        off = products.sum() - np.trace(products)
        estimates.append(off / 12)
    assert np.mean(estimates) == pytest.approx(mean @ mean, abs=4 * np.std(estimates) / 63)
    assert pair_mean(products, 0.9).estimate == pytest.approx(max(off / 12, 0.0))


def test_independent_normal_noise_is_seldom_refuted_and_the_p_values_are_uniform() -> None:
    """More p-values below 0.1 than allowed here have probability 1e-4; the seed is fixed."""
    random = np.random.default_rng(3)
    order, tail = [], []
    for trial in range(25):
        g = random.normal(size=(1, 4, 6, 3)) * random.uniform(0.1, 3.0, size=(1, 4, 1, 3))
        order.append(order_p_value(g, seed=trial))
        tail.append(tail_p_value(g, seed=trial))
    most = int(binom.ppf(1 - 1e-4, 25, 0.1))
    assert np.sum(np.array(order) <= 0.1) <= most
    assert np.sum(np.array(tail) <= 0.1) <= most


def test_dependent_and_heavy_tailed_noise_is_refuted_by_name() -> None:
    random = np.random.default_rng(4)
    steady = random.normal(size=(3, 5, 8, 4))
    dependent = steady.copy()
    dependent[:, :, 1:] += 0.9 * dependent[:, :, :-1]
    w = np.full(5, 0.2)
    (line,) = estimate_constants(dependent, w).warnings
    assert "are independent" in line
    assert "draw every batch afresh" in line
    (line,) = estimate_constants(random.standard_t(2.1, size=(3, 5, 8, 4)), w).warnings
    assert "heavy tails" in line
    assert "clip" in line
    assert not estimate_constants(steady, w).warnings


def test_noise_that_is_zero_gives_points() -> None:
    mean = np.random.default_rng(5).normal(size=(2, 3, 1, 2))
    found = estimate_constants(np.repeat(mean, 4, axis=2), np.full(3, 1 / 3))
    assert found["client_noise"].high < 1e-12
    assert not any(text.startswith("refuted") for text in found.warnings)


@pytest.mark.slow
def test_error_rates_of_the_tests_hold_over_many_samples() -> None:
    random, trials = np.random.default_rng(6), 300
    raised = 0
    for trial in range(trials):
        g = random.normal(size=(1, 3, 5, 3))
        raised += bool(estimate_constants(g, np.full(3, 1 / 3), seed=trial).warnings)
    assert raised <= int(binom.ppf(1 - 1e-4, trials, 0.05)), raised


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"gradients": np.ones((2, 3, 2, 4))}, "3 repetitions or more"),
        ({"gradients": np.ones((3, 3, 4))}, "give .points, clients"),
        ({"weights": [0.5, 0.5, 0.5]}, "sum to 1.5"),
        ({"bound": 1.0}, "point 0, client 0, repetition 0 has norm 2"),
        ({"confidence": 0.0}, "confidence is 0"),
        ({"gradients": np.where(np.arange(96).reshape(2, 3, 4, 4) == 50, np.nan, 1.0)},
         "point 1, client 0, repetition 0 is not finite"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change, match) -> None:
    given = {"gradients": np.ones((2, 3, 4, 4)), "weights": np.full(3, 1 / 3), **change}
    with pytest.raises(InvalidProblemError, match=match):
        estimate_constants(given.pop("gradients"), given.pop("weights"), **given)


def test_noise_that_few_batches_have_is_not_hidden_by_intervals_of_width_zero() -> None:
    # A share p of the batches differs: R = 6 of each of 2 clients miss it with (1 - p)^12.
    quiet = np.ones((1, 2, 6, 1))
    found = estimate_constants(quiet, np.full(2, 0.5))
    (said,) = (text for text in found.warnings if text.startswith("not seen"))
    assert f"{100 * (1 - 0.05 ** (1 / 6)):.2g} % of the batches" in said
    assert "those of 1 more" in said
    sure = estimate_constants(quiet, np.full(2, 0.5), bound=1.0)
    assert sure["local_noise"].high == 2.0  # (2B)²/2
    assert not sure.warnings


def test_every_constant_says_what_its_confidence_takes_for_granted() -> None:
    recorded = np.random.default_rng(7).normal(size=(2, 3, 8, 2))
    of_student = estimate_constants(recorded, np.full(3, 1 / 3), tests=False)
    of_bound = estimate_constants(recorded, np.full(3, 1 / 3), bound=9.0, tests=False)
    for found, words in ((of_student, "enough for Student"), (of_bound, "bound that was given")):
        for value in (*found.values.values(), *found.clients["client_noise"]):
            assert words in value.condition
            assert "independent draws" in value.condition
        for value in (*found.clients["client_noise"], found["local_noise"]):
            assert "nowhere larger than at the points" in value.condition


def test_large_gradients_do_not_drown_their_noise() -> None:
    noise = np.random.default_rng(8).normal(size=(1, 2, 20, 1))
    small = estimate_constants(noise, np.full(2, 0.5), tests=False)
    large = estimate_constants(noise + 2.0**27, np.full(2, 0.5), tests=False)
    for name in ("client_noise", "local_noise", "batch_noise"):
        assert large[name].estimate == pytest.approx(small[name].estimate, rel=1e-6)


@pytest.mark.parametrize("bound", [np.inf, np.nan, 0.0, -1.0])
def test_a_bound_that_is_none_is_refused(bound: float) -> None:
    with pytest.raises(InvalidProblemError, match="bound is"):
        estimate_constants(np.zeros((1, 2, 4, 1)), np.full(2, 0.5), bound=bound)

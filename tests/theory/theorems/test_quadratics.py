"""Bounds against exact second moments on quadratics, where nothing is left to chance."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory.theorems import named


def quadratic(seed: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Curvatures between μ = 0.3 and L = 5, both attained, and a start."""
    random = np.random.default_rng(seed)
    inner = random.uniform(0.3, 5.0, size=4)
    return np.array([0.3, *inner, 5.0]), random.normal(size=6), random


def noise_of(random: np.random.Generator, total: float) -> np.ndarray:
    """Per-coordinate variances that sum to ``total``."""
    parts = random.dirichlet(np.ones(6))
    return parts * total


@given(seed=st.integers(0, 10**6), part=st.floats(0.01, 1.0), variance=st.floats(0.0, 10.0))
def test_one_step_bounds_every_quadratic(seed, part, variance):
    curvature, error, _ = quadratic(seed)
    step = part * 2 / 5.3
    exact = np.sum(((1 - step * curvature) * error) ** 2) + step**2 * variance
    bound = named("one_step").evaluate(
        smoothness=5.0,
        strong_convexity=0.3,
        step=step,
        variance=variance,
        squared_distance=float(error @ error),
    )
    assert exact <= bound * (1 + 1e-12)


def test_one_step_is_attained_along_the_flattest_direction():
    step, variance = 0.2, 3.0
    bound = named("one_step").evaluate(
        smoothness=5.0, strong_convexity=0.3, step=step, variance=variance, squared_distance=4.0
    )
    assert bound == pytest.approx((1 - step * 0.3) ** 2 * 4.0 + step**2 * variance, rel=1e-14)


@given(seed=st.integers(0, 10**6), part=st.floats(0.05, 1.0), variance=st.floats(0.0, 10.0))
def test_constant_step_bounds_every_trajectory(seed, part, variance):
    curvature, error, random = quadratic(seed)
    step, noise = part * 2 / 5.3, noise_of(random, variance)
    second, rounds = error**2, np.arange(60)
    exact = []
    for _ in rounds:
        exact.append(second.sum())
        second = (1 - step * curvature) ** 2 * second + step**2 * noise
    bound = named("constant_step").evaluate(
        smoothness=5.0,
        strong_convexity=0.3,
        step=step,
        variance=variance,
        initial=float(error @ error),
        round=rounds,
    )
    assert np.all(np.array(exact) <= bound * (1 + 1e-12))


@given(seed=st.integers(0, 10**6), scale=st.floats(1.01, 6.0), variance=st.floats(0.0, 10.0))
def test_decreasing_steps_bound_every_trajectory(seed, scale, variance):
    curvature, error, random = quadratic(seed)
    c, start = scale / 0.3, float(error @ error)
    offset = c * 5.3 / 2
    constant = max(offset * start, c**2 * variance / (scale - 1)) * (1 + 1e-12)
    second, rounds, noise = error**2, np.arange(200), noise_of(random, variance)
    exact = []
    for t in rounds:
        exact.append(second.sum())
        step = c / (t + offset)
        second = (1 - step * curvature) ** 2 * second + step**2 * noise
    bound = named("decreasing_steps").evaluate(
        smoothness=5.0,
        strong_convexity=0.3,
        scale=c,
        offset=offset,
        variance=variance,
        initial=start,
        constant=constant,
        round=rounds,
    )
    assert np.all(np.array(exact) <= bound * (1 + 1e-12))


@given(seed=st.integers(0, 10**6), part=st.floats(0.01, 1.0), variance=st.floats(0.0, 10.0))
def test_descent_and_gradient_dominance_bound_every_quadratic(seed, part, variance):
    curvature, error, random = quadratic(seed)
    step, noise = part * 2 / 5.0, noise_of(random, variance)
    after = ((1 - step * curvature) * error) ** 2 + step**2 * noise
    value, exact = curvature @ error**2 / 2, curvature @ after / 2
    shared = {"smoothness": 5.0, "step": step, "variance": variance, "value": float(value)}
    squared_gradient = float(np.sum((curvature * error) ** 2))
    descent = named("nonconvex_descent").evaluate(**shared, squared_gradient=squared_gradient)
    dominated = named("gradient_dominated").evaluate(**shared, strong_convexity=0.3)
    assert exact <= descent * (1 + 1e-12)
    assert descent <= dominated * (1 + 1e-12)


@given(seed=st.integers(0, 10**6), part=st.floats(0.01, 1.0), variance=st.floats(0.0, 10.0))
def test_convex_step_bounds_every_quadratic(seed, part, variance):
    curvature, error, _ = quadratic(seed)
    step = part / 5.0
    exact = np.sum(((1 - step * curvature) * error) ** 2) + step**2 * variance
    bound = named("convex_step").evaluate(
        smoothness=5.0,
        step=step,
        variance=variance,
        squared_distance=float(error @ error),
        value=float(curvature @ error**2 / 2),
    )
    assert exact <= bound + 1e-12


def enumerate_draws(probabilities: np.ndarray):
    """Every joint outcome of independent processors: chance, and the model each drew (-1 idle)."""
    models = range(-1, probabilities.shape[1])
    full = np.column_stack([probabilities, 1 - probabilities.sum(axis=1)])
    for outcome in itertools.product(models, repeat=len(probabilities)):
        yield np.prod([full[v, s] for v, s in enumerate(outcome)]), outcome


def test_moments_of_several_processors_and_models_by_full_enumeration():
    random = np.random.default_rng(5)
    p = random.dirichlet(np.ones(4), size=3)[:, :3]
    u = random.normal(size=(3, 3, 2))  # processor, model, coordinate
    mean, square, cross = np.zeros((3, 2)), np.zeros(3), np.zeros((3, 3))
    for chance, outcome in enumerate_draws(p):
        step = np.zeros((3, 2))
        for v, s in enumerate(outcome):
            if s >= 0:
                step[s] += u[v, s] / p[v, s]
        error = step - u.sum(axis=0)
        mean += chance * step
        square += chance * (error**2).sum(axis=1)
        cross += chance * error @ error.T
    np.testing.assert_allclose(mean, u.sum(axis=0), rtol=1e-12)
    squares = (u**2).sum(axis=2)
    terms = named("variance").evaluate(probability=p, squared_norm=squares)
    np.testing.assert_allclose(square, terms.sum(axis=0), rtol=1e-12)
    inner = float(np.sum(u[:, 0] * u[:, 1]))
    expected = named("covariance").evaluate(
        probability=0.1, other_probability=0.1, inner_product=inner
    )
    assert cross[0, 1] == pytest.approx(expected, rel=1e-12)


@given(
    scores=st.lists(st.floats(0.01, 10.0), min_size=2, max_size=8),
    price=st.floats(0.0, 20.0),
    share=st.floats(0.05, 1.0),
)
def test_every_price_bounds_every_design_from_below(scores, price, share):
    scores = np.array(scores)
    q = np.minimum(1.0, share * scores / scores.max())
    free = named("water_filling_free").evaluate(score=scores, price=price, probability=q)
    bound = np.array(free)
    capped = scores >= price
    if capped.any():
        bound[capped] = named("water_filling_capped").evaluate(
            score=scores[capped], price=price, probability=q[capped], cap=1.0
        )
    lower = bound.sum() - price**2 * q.sum()
    assert lower <= np.sum(scores**2 / q) * (1 + 1e-9) + 1e-9

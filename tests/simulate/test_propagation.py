"""Exact trajectory moments against the enumeration of every outcome of tiny instances."""

import itertools

import numpy as np
import pytest

from roundlot.simulate.propagation import AffineClients, processor_covariance, propagate
from roundlot.theory import InvalidProblemError

STEPS = [0.1, 0.3, 0.2]


def clients_of(seed: int, n: int, dim: int) -> AffineClients:
    random = np.random.default_rng(seed)
    half = random.normal(size=(n, dim, dim))
    return AffineClients.quadratic(half @ half.transpose(0, 2, 1), random.normal(size=(n, dim)))


def enumerate_moments(clients, outcomes, steps, start):
    """``E x`` and ``E xxᵀ`` by walking every path: outcomes are (chance, c) pairs."""
    paths = [(1.0, np.asarray(start, float))]
    for gamma in steps:
        paths = [
            (
                chance * q,
                x - gamma * np.einsum("n,ni->i", c, clients.matrices @ x - clients.offsets),
            )
            for chance, x in paths
            for q, c in outcomes
        ]
    mean = sum(q * x for q, x in paths)
    return mean, sum(q * np.outer(x, x) for q, x in paths)


def moments_of(outcomes):
    mean = sum(q * c for q, c in outcomes)
    return mean, sum(q * np.outer(c, c) for q, c in outcomes) - np.outer(mean, mean)


@pytest.mark.parametrize("seed", range(5))
def test_any_scheme_equals_enumeration(seed: int) -> None:
    random = np.random.default_rng(seed)
    clients, start = clients_of(seed, 3, 2), random.normal(size=2)
    outcomes = list(zip(random.dirichlet(np.ones(5)), random.normal(size=(5, 3)), strict=True))
    mean, covariance = moments_of(outcomes)
    found = propagate(clients, weights=mean, covariance=covariance, steps=STEPS, start=start)
    x, X = enumerate_moments(clients, outcomes, STEPS, start)
    np.testing.assert_allclose(found.mean[-1], x, rtol=1e-11)
    np.testing.assert_allclose(found.second[-1], X, rtol=1e-11)
    point = random.normal(size=2)
    direct = np.trace(X) - 2 * point @ x + point @ point
    assert found.squared_distance(point)[-1] == pytest.approx(direct, rel=1e-10)
    value = found.quadratic(np.diag([2.0, 3.0]), point)[-1]
    assert value == pytest.approx(
        0.5
        * np.sum(
            [2.0, 3.0]
            * np.diag(X - np.outer(x, point) - np.outer(point, x) + np.outer(point, point))
        ),
        rel=1e-10,
    )


def processors(p: np.ndarray, w: np.ndarray, client: np.ndarray):
    """Every joint outcome of independent processors, as weights per client and model."""
    models = range(-1, p.shape[1])
    full = np.column_stack([p, 1.0 - p.sum(axis=1)])
    for outcome in itertools.product(models, repeat=len(p)):
        c = np.zeros((client.max() + 1, p.shape[1]))
        for v, s in enumerate(outcome):
            if s >= 0:
                c[client[v], s] += w[v, s] / p[v, s]
        yield np.prod([full[v, s] for v, s in enumerate(outcome)]), c.ravel()


def test_independent_processors_and_joined_models_equal_enumeration() -> None:
    random = np.random.default_rng(3)
    client = np.array([0, 0, 1])
    p = random.dirichlet(np.ones(3), size=3)[:, :2]
    w = random.uniform(0.2, 1.0, size=(3, 2))
    outcomes = list(processors(p, w, client))
    mean, covariance = moments_of(outcomes)
    found = processor_covariance(w, p, client)
    np.testing.assert_allclose(found, covariance, atol=1e-12)
    joined = AffineClients.joined([clients_of(1, 2, 2), clients_of(2, 2, 1)])
    start = random.normal(size=3)
    exact = propagate(joined, weights=mean, covariance=found, steps=STEPS[:2], start=start)
    x, X = enumerate_moments(joined, outcomes, STEPS[:2], start)
    np.testing.assert_allclose(exact.mean[-1], x, rtol=1e-11)
    np.testing.assert_allclose(exact.second[-1], X, rtol=1e-10)


def test_one_model_alone_has_the_same_marginal_moments() -> None:
    random = np.random.default_rng(4)
    first, second, start = clients_of(1, 3, 2), clients_of(2, 3, 2), random.normal(size=4)
    p, w = random.dirichlet(np.ones(3), size=3)[:, :2], np.full((3, 2), 1 / 3)
    K = processor_covariance(w, p, np.arange(3))
    both = propagate(
        AffineClients.joined([first, second]),
        weights=w.ravel(),
        covariance=K,
        steps=STEPS,
        start=start,
    )
    alone = propagate(
        first, weights=w[:, 0], covariance=np.diag(K)[::2], steps=STEPS, start=start[:2]
    )
    np.testing.assert_allclose(both.second[:, :2, :2], alone.second, rtol=1e-12)


def test_noise_enters_with_the_second_moment_of_the_weight() -> None:
    clients = AffineClients(
        matrices=np.zeros((2, 1, 1)), offsets=np.zeros((2, 1)), noise=[[[2.0]], [[3.0]]]
    )
    found = propagate(
        clients, weights=[0.5, 0.5], covariance=[1.0, 0.25], steps=[0.1, 0.1], start=[0.0]
    )
    assert found.covariance[2, 0, 0] == pytest.approx(2 * 0.01 * (1.25 * 2 + 0.5 * 3))


def test_local_steps_are_local_descent() -> None:
    H, z, x = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]]), np.array([0.5, 0.5])
    clients = AffineClients.quadratic(H, z, local_steps=4, local_rate=0.1)
    y = x.copy()
    for _ in range(4):
        y = y - 0.1 * H[0] * (y - z[0])
    np.testing.assert_allclose(clients.matrices[0] @ x - clients.offsets[0], x - y, rtol=1e-13)
    np.testing.assert_allclose(clients.rest([1.0]), z[0], rtol=1e-13)


def test_bad_input_is_refused() -> None:
    clients = clients_of(0, 2, 2)
    good = {"weights": [0.5, 0.5], "covariance": [0.1, 0.1], "steps": [0.1], "start": [0.0, 0.0]}
    for change, match in (
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "eigenvalue"),
        ({"covariance": [[1.0, 2.0], [0.0, 1.0]]}, "symmetric"),
        ({"weights": [1.0]}, "shape"),
        ({"start": [np.nan, 0.0]}, "finite"),
        ({"steps": 0.1}, "one number a round"),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            propagate(clients, **(good | change))
    with pytest.raises(InvalidProblemError, match="symmetric"):
        AffineClients.quadratic([[[1.0, 2.0], [0.0, 1.0]]], [[0.0, 0.0]])
    with pytest.raises(InvalidProblemError, match="wherever the weight"):
        processor_covariance([[1.0]], [[0.0]], [0])
    with pytest.raises(InvalidProblemError, match="no single point"):
        AffineClients(matrices=np.zeros((1, 1, 1)), offsets=[[1.0]]).rest([1.0])

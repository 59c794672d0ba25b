import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate.tasks import quadratics
from roundlot.theory import InvalidProblemError


def samples(task):
    """Features and targets in float64."""
    return task.train.inputs.double().numpy(), task.train.targets.double().numpy()[:, 0]


@settings(max_examples=20)
@given(
    st.integers(1, 12),
    st.integers(2, 8),
    st.floats(1.0, 1e4),
    st.floats(0.0, 3.0),
    st.integers(0, 1000),
)
def test_constants_are_those_of_the_data(n_clients, dimension, condition, spread, seed):
    made = quadratics(
        n_clients, dimension=dimension, condition=condition, heterogeneity=spread, seed=seed
    )
    known = made.constants[0]
    X, y = samples(made.tasks[0])
    n = len(y)
    spectrum = np.linalg.eigh(X.T @ X / n)[0]
    assert known.smoothness == pytest.approx(spectrum[-1], rel=1e-12)
    assert known.strong_convexity == pytest.approx(spectrum[0], rel=1e-9)
    # What was asked for, to the rounding of the data to float32.
    assert known.smoothness == pytest.approx(1.0, rel=1e-6)
    assert known.strong_convexity == pytest.approx(1.0 / condition, rel=1e-3)
    optimum = np.linalg.solve(X.T @ X, X.T @ y)
    np.testing.assert_allclose(known.optimum, optimum, rtol=1e-8, atol=1e-8)
    assert known.minimum == pytest.approx(np.mean((X @ optimum - y) ** 2) / 2, rel=1e-9)


def test_clients_constants_are_those_of_their_data():
    made = quadratics(6, dimension=3, samples=24, high_data=0.7, seed=4)
    known, task = made.constants[0], made.tasks[0]
    w = np.array([0.3, -1.0, 2.0])
    for client in range(6):
        x, y = (part.double().numpy() for part in task.train.of(client))
        y = y[:, 0]
        spectrum = np.linalg.eigvalsh(x.T @ x / len(y))
        assert known.client_smoothness[client] == pytest.approx(spectrum[-1], rel=1e-12)
        assert known.client_strong_convexity[client] == pytest.approx(max(spectrum[0], 0), abs=1e-9)
        assert known.client_values(w)[client] == pytest.approx(np.mean((x @ w - y) ** 2) / 2)
        gradient = x.T @ (x @ w - y) / len(y)
        np.testing.assert_allclose(known.client_gradients(w)[client], gradient, atol=1e-12)
        best = np.mean((x @ np.linalg.pinv(x) @ y - y) ** 2) / 2
        assert known.minima[client] == pytest.approx(best, abs=1e-12)
    X, y = samples(task)
    assert known.value(w) == pytest.approx(np.mean((X @ w - y) ** 2) / 2)
    np.testing.assert_allclose(known.data_weights, task.train.counts / 24)


def test_gradients_cancel_at_the_optimum():
    known = quadratics(10, heterogeneity=2.0).constants[0]
    mean = known.data_weights @ known.client_gradients(known.optimum)
    np.testing.assert_allclose(mean, 0.0, atol=1e-13)
    squares = (known.client_gradients(known.optimum) ** 2).sum(axis=1)
    assert known.dissimilarity == pytest.approx(known.data_weights @ squares)
    assert known.dissimilarity > 0.1
    gap = known.minimum - known.data_weights @ known.minima
    assert known.heterogeneity == pytest.approx(gap)


def test_clients_that_agree_are_not_heterogeneous():
    known = quadratics(10, heterogeneity=0.0, noise=0.0).constants[0]
    assert known.heterogeneity < 1e-12
    assert known.minimum < 1e-12
    spread = [quadratics(10, heterogeneity=h).constants[0].heterogeneity for h in (0.1, 1.0, 3.0)]
    assert spread == sorted(spread)


def test_the_loss_of_the_task_is_the_quadratic():
    made = quadratics(5, dimension=4)
    task, known = made.tasks[0], made.constants[0]
    w = torch.tensor([[0.5, -0.5, 1.0, 0.0]])
    away = task.train.inputs @ w.T - task.train.targets
    assert float((away**2).sum(dim=1).mean() / 2) == pytest.approx(known.value(w[0]), rel=1e-5)
    assert task.loss == "squared error"
    assert float(task.module.weight.detach().abs().max()) == 0.0


def test_updates_are_affine_with_the_same_curvature():
    known = quadratics(4, dimension=3).constants[0]
    clients = known.affine_clients()
    w = np.array([1.0, 2.0, -1.0])
    updates = np.einsum("ijk,k->ij", clients.matrices, w) - clients.offsets
    np.testing.assert_allclose(updates, known.client_gradients(w), atol=1e-12)


def test_models_differ_and_data_are_ragged():
    made = quadratics(20, 2)
    assert not torch.equal(made.tasks[0].train.inputs, made.tasks[1].train.inputs)
    counts = np.sort(made.tasks[0].train.counts)[::-1]
    assert counts.sum() == 400
    assert counts[:2].sum() == pytest.approx(200, abs=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"condition": 0.5}, "condition is 0.5; it must be at least 1"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"heterogeneity": -1.0}, "heterogeneity is -1.0"),
        ({"dimension": 1}, "in one dimension it is 1"),
        ({"samples": 5}, "samples is 5; it must be an integer of at least 20"),
        ({"n_clients": 0}, "n_clients is 0"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises(InvalidProblemError, match=message):
        quadratics(**options)

import numpy as np
import pytest
import scipy.optimize
import torch

from roundlot.simulate.local.optimum import landscape
from roundlot.simulate.local.training import TrainingPlan, train_locally
from roundlot.simulate.tasks.spoken_words import FeatureModel, synthesise_words
from roundlot.theory import ConvergenceError, InvalidProblemError

COUNTS = np.array(
    [[1, 0, 0, 2, 1], [7, 3, 9, 0, 0], [0, 0, 0, 0, 0], [2, 2, 1, 1, 0], [0, 4, 0, 13, 8]]
)
MODELS = np.array([0, 0, 0, 1, 1])
L2 = 0.05


@pytest.fixture(scope="module")
def samples():
    return synthesise_words(COUNTS, MODELS, seed=3, feature_model=FeatureModel(features=4))


@pytest.fixture(scope="module")
def found(samples):
    trained = train_locally(samples, TrainingPlan(l2=L2), device="cpu")
    return landscape(samples, l2=L2, start=trained.start, device="cpu")


def objective(model, shares):
    """A model's global objective as a torch function of the flat weights."""
    features, label = torch.tensor(model.features), torch.tensor(model.label)
    each = torch.tensor((shares / np.maximum(model.counts, 1))[model.client])

    def value(weights):
        logits = features @ weights.reshape(model.n_features, model.n_labels)
        losses = torch.nn.functional.cross_entropy(logits, label, reduction="none")
        return (each * losses).sum() + L2 / 2 * (weights**2).sum()

    return value


def alone(n_clients, client):
    """All weight on one client: its local objective."""
    return np.eye(n_clients)[client]


def minimum(value, start):
    def both(weights):
        point = torch.tensor(weights, requires_grad=True)
        loss = value(point)
        loss.backward()
        return loss.item(), point.grad.numpy()

    return scipy.optimize.minimize(
        both, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 2000}
    )


def spectrum(value, point):
    hessian = torch.autograd.functional.hessian(value, torch.tensor(point))
    return np.linalg.eigvalsh(hessian.numpy())


def test_the_gradient_vanishes_at_the_optimum(samples, found):
    for number in range(2):
        mean = found.data_weights[:, number] @ found.gradients_optimum[number]
        assert np.linalg.norm(mean) <= 1e-10
        assert np.linalg.norm(mean) == pytest.approx(found.gradient_norm[number], abs=1e-14)
        point = torch.tensor(found.optimum[number], requires_grad=True)
        objective(samples[number], found.data_weights[:, number])(point).backward()
        assert point.grad.norm() <= 1e-10


def test_an_independent_solver_finds_the_same_optimum(samples, found):
    for number, model in enumerate(samples):
        value = objective(model, found.data_weights[:, number])
        other = minimum(value, np.zeros(model.dimension))
        assert np.allclose(other.x, found.optimum[number], atol=1e-6)
        assert found.objective_optimum[number] == pytest.approx(other.fun, rel=1e-10)


def test_the_optimum_does_not_depend_on_the_start(samples, found):
    rng = np.random.default_rng(0)
    far = [10.0 * rng.standard_normal(model.dimension) for model in samples]
    other = landscape(samples, l2=L2, start=far, device="cpu")
    for left, right in zip(found.optimum, other.optimum, strict=True):
        assert np.allclose(left, right, atol=2e-10 / L2)


@pytest.mark.parametrize("spread", [0.0, 0.3, 3.0])
def test_hessians_lie_between_the_constants(samples, found, spread):
    rng = np.random.default_rng(1)
    for number, model in enumerate(samples):
        point = spread * rng.standard_normal(model.dimension)
        values = spectrum(objective(model, found.data_weights[:, number]), point)
        assert values[0] >= found.strong_convexity * (1 - 1e-12)
        assert values[-1] <= found.model_smoothness[number] * (1 + 1e-12)
        for client in np.unique(model.client):
            local = objective(model, alone(len(COUNTS), client))
            values = spectrum(local, point)
            assert values[0] >= found.strong_convexity * (1 - 1e-12)
            assert values[-1] <= found.client_smoothness[client, number] * (1 + 1e-12)


def test_the_smoothness_bound_is_reached_by_two_equal_classes(samples, found):
    model = samples[1]
    value = objective(model, found.data_weights[:, 1])
    values = spectrum(value, np.zeros(model.dimension))
    assert values[-1] == pytest.approx(found.model_smoothness[1], rel=1e-12)
    assert values[0] == pytest.approx(found.strong_convexity, rel=1e-9)


def test_local_minima_are_lower_bounds_and_tight(samples, found):
    for number, model in enumerate(samples):
        for client in np.unique(model.client):
            least = minimum(objective(model, alone(len(COUNTS), client)), found.optimum[number])
            assert found.local_minima[client, number] <= least.fun + 1e-12
            assert found.local_minima[client, number] == pytest.approx(least.fun, abs=1e-5)
    rough = landscape(samples, l2=L2, local_steps=0, device="cpu")
    assert np.all(rough.local_minima <= found.local_minima + 1e-12)
    assert np.all(rough.heterogeneity >= found.heterogeneity)
    assert np.all(found.heterogeneity > 0)


def test_start_and_joint_figures_fit_together(samples, found):
    trained = train_locally(samples, TrainingPlan(l2=L2), device="cpu")
    assert np.allclose(found.losses_start, trained.losses)
    assert np.allclose(found.gradients_start[0], trained.gradients[0])
    both = [
        float(np.sum((start - best) ** 2))
        for start, best in zip(found.start, found.optimum, strict=True)
    ]
    assert np.allclose(found.model_squared_distance, both)
    assert found.squared_distance == pytest.approx(sum(both))
    assert found.smoothness == max(found.model_smoothness)
    assert found.strong_convexity == L2
    low = found.strong_convexity / 2 * found.model_squared_distance
    high = found.model_smoothness / 2 * found.model_squared_distance
    assert np.all(low <= found.suboptimality)
    assert np.all(found.suboptimality <= high)


def test_given_data_weights_move_the_optimum(samples, found):
    shares = found.data_weights.copy()
    shares[:, 0] = alone(len(COUNTS), 0)
    other = landscape(samples, l2=L2, data_weights=shares, device="cpu")
    assert not np.allclose(other.optimum[0], found.optimum[0])
    assert np.linalg.norm(other.gradients_optimum[0][0]) <= 1e-10
    assert np.allclose(other.optimum[1], found.optimum[1], atol=1e-8)


def test_a_start_at_the_optimum_takes_no_step(samples, found):
    again = landscape(samples, l2=L2, start=found.optimum, device="cpu")
    assert again.iterations.tolist() == [0, 0]
    assert again.squared_distance == 0.0


def test_an_unreached_tolerance_is_an_error(samples):
    with pytest.raises(
        ConvergenceError, match=r"model 0 was not reached: gradient norm .* after 1 "
    ):
        landscape(samples, l2=L2, iterations=1, device="cpu")
    with pytest.raises(ConvergenceError, match="raise tolerance"):
        landscape(samples, l2=L2, tolerance=1e-30, device="cpu")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"l2": 0.0}, "l2 is 0"),
        ({"tolerance": -1.0}, "tolerance is -1"),
        ({"iterations": -1}, "iterations is -1"),
        ({"local_steps": 1.5}, "local_steps is 1.5"),
        ({"device": "abacus"}, "device is 'abacus'"),
        ({"start": [np.zeros(3)]}, "start has 1 model;"),
        ({"start": [np.zeros(3), np.zeros(10)]}, r"start\[0\] has shape"),
        ({"start": [np.full(15, np.nan), np.zeros(10)]}, "finite"),
        ({"data_weights": np.zeros((5, 2))}, "sum to 0"),
    ],
)
def test_malformed_arguments_are_named(samples, wrong, message):
    with pytest.raises(InvalidProblemError, match=message):
        landscape(samples, **{"l2": L2, **wrong})


def test_overflowing_features_are_named():
    loud = FeatureModel(features=4, noise=1e200)
    with pytest.raises(InvalidProblemError, match="scale the features down"):
        landscape(synthesise_words(COUNTS, MODELS, feature_model=loud), l2=L2, device="cpu")


def test_records_are_read_only(found):
    tables = (*found.optimum, *found.gradients_optimum, found.losses_optimum, found.local_minima)
    assert not any(table.flags.writeable for table in tables)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_card_finds_the_same_optimum(samples, found):
    there = landscape(samples, l2=L2, start=found.start, device="cuda")
    for left, right in zip(found.optimum, there.optimum, strict=True):
        assert np.allclose(left, right, atol=2e-10 / L2)

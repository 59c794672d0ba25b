from dataclasses import replace

import numpy as np
import pytest
import torch

from roundlot.simulate.local.client_samples import share_weights
from roundlot.simulate.local.softmax import BlockedSamples, accuracy
from roundlot.simulate.local.training import TrainingPlan, shuffle_keys, train_locally
from roundlot.simulate.tasks.spoken_words import FeatureModel, synthesise_words
from roundlot.theory import ConvergenceError, InvalidProblemError

# Ragged: a client with a single sample, one without the second model, one with nothing at all.
COUNTS = np.array(
    [[1, 0, 0, 2, 1], [7, 3, 9, 0, 0], [0, 0, 0, 0, 0], [2, 2, 1, 1, 0], [0, 4, 0, 13, 8]]
)
MODELS = np.array([0, 0, 0, 1, 1])
PLAN = TrainingPlan(learning_rate=0.3, epochs=3, l2=0.05, warmup_rounds=2)
BATCHED = replace(PLAN, batch_size=2)


@pytest.fixture(scope="module")
def samples():
    return synthesise_words(COUNTS, MODELS, seed=3, feature_model=FeatureModel(features=5))


def loss_and_gradient(weights, features, label, l2):
    """One client, by the textbook."""
    logits = features @ weights
    logits -= logits.max(axis=1, keepdims=True)
    predicted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(predicted[np.arange(len(label)), label]).mean() + l2 / 2 * np.sum(weights**2)
    predicted[np.arange(len(label)), label] -= 1
    return loss, features.T @ predicted / len(label) + l2 * weights


def train_one(weights, features, label, plan, keys):
    """One client's round, sample by sample."""
    for epoch in range(plan.epochs):
        order = np.arange(len(label)) if keys is None else np.argsort(keys[epoch])
        size = plan.batch_size or len(label)
        for begin in range(0, len(label), size):
            batch = order[begin : begin + size]
            gradient = loss_and_gradient(weights, features[batch], label[batch], plan.l2)[1]
            weights = weights - plan.learning_rate * gradient
    return weights


def plain_round(weights, model, plan, keys):
    """Each client's weights after a round, by a loop over clients."""
    after = {}
    for client in np.unique(model.client):
        mine = np.flatnonzero(model.client == client)
        own = None if keys is None else keys[:, mine]
        after[client] = train_one(weights, model.features[mine], model.label[mine], plan, own)
    return after


def plain_training(model, number, plan, shares, seed=0):
    weights = np.zeros((model.n_features, model.n_labels))
    for round_ in range(plan.warmup_rounds):
        keys = shuffle_keys(len(model.label), plan, seed=seed, model=number, round_=round_)
        after = plain_round(weights, model, plan, keys)
        weights = sum(shares[client] * trained for client, trained in after.items())
    keys = shuffle_keys(len(model.label), plan, seed=seed, model=number, round_=plan.warmup_rounds)
    return weights, plain_round(weights, model, plan, keys)


@pytest.mark.parametrize("chunk", [1, 60, None])
@pytest.mark.parametrize("plan", [PLAN, BATCHED, replace(PLAN, warmup_rounds=0)])
def test_all_clients_at_once_equal_a_loop_over_clients(samples, plan, chunk):
    trained = train_locally(samples, plan, seed=4, device="cpu", chunk=chunk)
    shares = share_weights(samples)
    for number, model in enumerate(samples):
        start, after = plain_training(model, number, plan, shares[:, number], seed=4)
        assert np.allclose(trained.start[number], start.ravel(), rtol=1e-12, atol=1e-14)
        for client in range(len(COUNTS)):
            expected = (start - after[client]).ravel() if client in after else 0.0
            assert np.allclose(trained.updates[number][client], expected, rtol=1e-10, atol=1e-13)


def test_single_precision_agrees_with_double(samples):
    double = train_locally(samples, PLAN, device="cpu")
    single = train_locally(samples, replace(PLAN, precision="float32"), device="cpu")
    for left, right in zip(double.updates, single.updates, strict=True):
        assert right.dtype == np.float32
        assert np.allclose(left, right, atol=1e-5)
    assert np.allclose(double.update_norms, single.update_norms, rtol=1e-4)


def test_losses_and_gradients_are_those_of_automatic_differentiation(samples):
    trained = train_locally(samples, PLAN, device="cpu")
    for number, model in enumerate(samples):
        for client in np.unique(model.client):
            mine = model.client == client
            weights = torch.tensor(trained.start[number].reshape(model.n_features, -1))
            weights.requires_grad_()
            loss = (
                torch.nn.functional.cross_entropy(
                    torch.tensor(model.features[mine]) @ weights, torch.tensor(model.label[mine])
                )
                + PLAN.l2 / 2 * (weights**2).sum()
            )
            loss.backward()
            assert trained.losses[client, number] == pytest.approx(loss.item(), rel=1e-12)
            assert np.allclose(
                trained.gradients[number][client], weights.grad.numpy().ravel(), atol=1e-13
            )


def test_one_full_batch_epoch_is_one_gradient_step(samples):
    trained = train_locally(samples, replace(PLAN, epochs=1), device="cpu")
    for update, gradient in zip(trained.updates, trained.gradients, strict=True):
        assert np.allclose(update, PLAN.learning_rate * gradient, atol=1e-14)


def test_clients_without_data_have_zero_rows(samples):
    trained = train_locally(samples, PLAN, device="cpu")
    held = np.stack([model.counts for model in samples], axis=1) > 0
    assert not held.all()
    for table in (trained.update_norms, trained.gradient_norms, trained.losses):
        assert np.array_equal(table > 0, held)
    assert np.array_equal(trained.losses_after > 0, held)


def test_training_lowers_the_losses_and_learns(samples):
    trained = train_locally(samples, replace(PLAN, learning_rate=0.1), device="cpu")
    held = trained.losses > 0
    assert np.all(trained.losses_after[held] < trained.losses[held])
    assert np.all(np.diff(trained.warmup_losses, axis=0) < 0)
    assert np.allclose(trained.warmup_losses[0], [np.log(3), np.log(2)])
    assert np.allclose(
        trained.warmup_losses[-1], np.sum(trained.data_weights * trained.losses, axis=0)
    )
    assert accuracy(samples[0], trained.start[0]) > 0.5


@pytest.mark.parametrize("plan", [PLAN, BATCHED])
def test_a_seed_fixes_every_bit_whatever_the_global_generator_holds(samples, plan):
    torch.manual_seed(1)
    first = train_locally(samples, plan, seed=8, device="cpu")
    torch.manual_seed(2)
    second = train_locally(samples, plan, seed=8, device="cpu")
    for left, right in zip(first.updates, second.updates, strict=True):
        assert np.array_equal(left, right)
    assert np.array_equal(first.losses, second.losses)


def test_the_number_of_threads_changes_no_bit_and_is_restored(samples):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        two = train_locally(samples, PLAN, device="cpu")
        assert torch.get_num_threads() == 2
        torch.set_num_threads(1)
        one = train_locally(samples, PLAN, device="cpu")
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(one.updates[0], two.updates[0])


def test_seeds_shuffle_the_batches(samples):
    first = train_locally(samples, BATCHED, seed=0, device="cpu")
    second = train_locally(samples, BATCHED, seed=1, device="cpu")
    assert not np.allclose(first.updates[0], second.updates[0])


def test_given_data_weights_shape_the_average(samples):
    shares = share_weights(samples).copy()
    shares[:, 0] = np.where(samples[0].counts > 0, 1.0, 0.0)
    shares[:, 0] /= shares[:, 0].sum()
    trained = train_locally(samples, PLAN, data_weights=shares, device="cpu")
    start, _ = plain_training(samples[0], 0, PLAN, shares[:, 0])
    assert np.allclose(trained.start[0], start.ravel(), atol=1e-13)
    assert not np.allclose(trained.start[0], train_locally(samples, PLAN, device="cpu").start[0])


@pytest.mark.parametrize("entries", [1, 40, 150, 10**6])
def test_blocks_hold_every_client_once_within_their_limit(samples, entries):
    model = samples[0]
    blocks = list(
        BlockedSamples(model, dtype=torch.float64, device=torch.device("cpu"), entries=entries)
    )
    members = torch.cat([block.clients for block in blocks])
    assert sorted(members.tolist()) == np.flatnonzero(model.counts).tolist()
    for block in blocks:
        assert torch.allclose(block.weight.sum(1), torch.ones(len(block.clients)).double())
        assert block.features.numel() <= entries or len(block.clients) == 1


def test_every_round_and_model_shuffles_afresh():
    streams = [
        shuffle_keys(6, BATCHED, seed=0, model=model, round_=round_)
        for model in range(2)
        for round_ in range(2)
    ]
    assert len({keys.tobytes() for keys in streams}) == 4
    assert shuffle_keys(6, PLAN, seed=0, model=0, round_=0) is None


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_finite_runaway_is_a_divergence_too(samples, epochs):
    plan = replace(PLAN, learning_rate=1e4, epochs=epochs)
    with pytest.raises(ConvergenceError, match=r"mean loss [0-9.]+e\+[0-9]+ after it"):
        train_locally(samples, plan, device="cpu")


@pytest.mark.parametrize("rounds", [0, 3])
def test_divergence_names_the_round_and_a_step_size_that_works(samples, rounds):
    plan = replace(PLAN, learning_rate=1e5, warmup_rounds=rounds, epochs=50)
    with pytest.raises(
        ConvergenceError, match=r"diverges in round 1 .*lower learning_rate"
    ) as error:
        train_locally(samples, plan, device="cpu")
    safe = float(str(error.value).split(" to ")[1].split(",")[0])
    train_locally(samples, replace(plan, learning_rate=safe), device="cpu")


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0.0},
        {"learning_rate": -1.0},
        {"learning_rate": np.nan},
        {"learning_rate": "fast"},
        {"l2": 0.0},
        {"l2": np.inf},
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 0},
        {"warmup_rounds": -1},
        {"precision": "float16"},
    ],
)
def test_malformed_plans_are_named(wrong):
    with pytest.raises(InvalidProblemError, match=next(iter(wrong))):
        TrainingPlan(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"device": "abacus"}, "device is 'abacus'"),
        ({"device": "meta"}, "device is 'meta'"),
        ({"device": "cuda:99"}, "device is 'cuda:99'"),
        ({"seed": -1}, "seed is -1"),
        ({"chunk": 0}, "chunk is 0"),
        ({"data_weights": np.ones((2, 2))}, "clients x models"),
    ],
)
def test_malformed_arguments_are_named(samples, wrong, message):
    with pytest.raises(InvalidProblemError, match=message):
        train_locally(samples, PLAN, **wrong)


def test_records_are_read_only(samples):
    trained = train_locally(samples, PLAN, device="cpu")
    tables = (*trained.updates, *trained.gradients, *trained.start, trained.losses)
    assert not any(table.flags.writeable for table in tables)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
@pytest.mark.parametrize("plan", [PLAN, BATCHED])
def test_a_card_agrees_with_the_processor(samples, plan):
    here = train_locally(samples, plan, device="cpu")
    there = train_locally(samples, plan, device="cuda")
    again = train_locally(samples, plan, device="cuda")
    for left, right, repeat in zip(here.updates, there.updates, again.updates, strict=True):
        assert np.allclose(left, right, atol=1e-12)
        assert np.array_equal(right, repeat)

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from torch import nn

from roundlot.fleet import default_setup
from roundlot.simulate.tasks import TASKS, characters, devices, digits, make_tasks, words
from roundlot.simulate.tasks.next_character import Alphabet, read_speeches, texts_by_owner, windows
from roundlot.simulate.tasks.shipped import shipped_text
from roundlot.theory import InvalidProblemError, RoundlotWarning


def descend(task, steps, rate):
    """Accuracy on the test set after full-batch gradient steps on everybody's data."""
    module = task.module
    for _ in range(steps):
        module.zero_grad()
        nn.functional.cross_entropy(module(task.train.inputs), task.train.targets).backward()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter -= rate * parameter.grad
    inputs, targets = task.test
    return float((module(inputs).argmax(dim=1) == targets).double().mean())


def test_digits_are_split_as_on_the_poster():
    tasks = digits(100, 2)
    assert [task.name for task in tasks] == ["digits 1", "digits 2"]
    for task in tasks:
        counts = np.sort(task.train.counts)[::-1]
        assert counts.sum() == 1438
        assert counts[-1] >= 1
        assert abs(counts[:10].sum() / 1438 - 0.5) < 0.02
        labels = [len(task.train.of(client)[1].unique()) for client in range(100)]
        assert max(labels) == 3
    assert np.any(tasks[0].train.counts != tasks[1].train.counts)
    assert not torch.equal(tasks[0].module[0].weight, tasks[1].module[0].weight)


def test_held_out_digits_are_stratified_and_not_trained_on():
    (task,) = digits(20)
    images, labels = load_digits(return_X_y=True)
    share = np.bincount(task.test[1].numpy()) / np.bincount(labels)
    assert np.all(np.abs(share - 0.2) < 0.01)
    rows = np.concatenate([task.train.inputs.numpy(), task.test[0].numpy()])
    everything = np.sort((images / 16.0).astype(np.float32) @ np.arange(1, 65, dtype=np.float64))
    np.testing.assert_allclose(np.sort(rows @ np.arange(1, 65.0)), everything)


def test_digits_can_be_learnt_and_noise_makes_them_harder():
    clean, noisy = digits(10, 2, noise=(0.0, 0.8))
    clean, noisy = descend(clean, 60, 1.0), descend(noisy, 60, 1.0)
    assert clean > 0.9
    assert noisy < clean - 0.1


def test_large_fleets_draw_digits_with_replacement():
    (task,) = digits(2000)
    assert task.train.counts.sum() == 28_000
    assert task.train.counts.min() >= 1
    (small,) = digits(20, samples=100)
    assert small.train.counts.sum() == 100


def test_labels_may_be_renamed_for_other_models():
    first, second = digits(5, 2, permute_labels=True, partition="iid")
    names = dict(zip(first.test[1].tolist(), second.test[1].tolist(), strict=True))
    assert sorted(names.values()) == list(range(10))
    assert any(old != new for old, new in names.items())


def test_digits_for_other_networks_and_partitions():
    (task,) = digits(5, network="cnn", partition="dirichlet", alpha=10.0)
    assert task.train.inputs.shape[1:] == (1, 8, 8)
    (task,) = digits(5, network=lambda seed: nn.Linear(64, 10))
    assert isinstance(task.module, nn.Linear)


def test_a_class_that_no_client_holds_is_named():
    with pytest.warns(RoundlotWarning, match="nobody holds class .* of digits"):
        digits(2, labels_share=0.3, high_share=0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "32-10"}, "from 64 pixels to"),
        ({"network": "resnet"}, "choose 'cnn'"),
        ({"network": lambda seed: nn.Linear(64, 9)}, "the network gives 9"),
        ({"network": lambda seed: nn.Linear(63, 10)}, "network fails on inputs of shape"),
        ({"noise": (0.1, 0.2)}, "one for each of the 1 models"),
        ({"noise": -1.0}, "noise is -1.0"),
        ({"noise": "much"}, "noise is 'much'"),
        (
            {"alpha": 0.1},
            "partition 'label share' has no option 'alpha', which is one of 'dirichlet'",
        ),
        ({"partition": "dirichlet", "labels_share": 0.3}, "has no option 'labels_share'"),
        ({"permute_labels": "no"}, "permute_labels is 'no'; give true or false"),
        ({"network": 64}, "network is 64; give a name, or a function"),
        ({"partition": "by colour"}, "choose from 'label share'"),
        ({"test_share": 1.0}, "test_share is 1.0"),
        ({"n_models": 0}, "n_models is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"samples": 50}, "50 samples are too few for 100 clients"),
    ],
)
def test_digits_name_what_is_wrong(options, message):
    with pytest.raises(InvalidProblemError, match=message):
        digits(**options)


def test_words_keep_the_counts_of_the_fleet():
    tasks = words(40, feature_model=None, test_samples=50)
    assert [task.name for task in tasks] == ["digits", "commands", "words"]
    fleet = default_setup().fleet
    held = np.stack([task.train.counts for task in tasks], axis=1)
    np.testing.assert_array_equal(held, fleet.samples[:40])
    assert all(len(task.test[1]) == 50 for task in tasks)
    assert descend(words(40)[0], 60, 1.0) > 0.3


def test_words_are_tested_on_another_take():
    (task,) = words(label_counts=[[9, 8]], label_model=[0, 0])
    seen, heard = task.train.inputs.numpy(), task.test[0].numpy()
    assert seen.shape == heard.shape == (17, 32)
    assert not np.isclose(seen[:, None], heard[None]).all(axis=2).any()
    assert np.all(seen.std(axis=0) > 0)  # no constant column beside the layer's own bias


def test_words_of_your_own_counts():
    counts = np.array([[3, 0, 2, 4], [1, 0, 0, 2]])
    with pytest.warns(RoundlotWarning, match="nobody holds class word 1 of 'model 0'"):
        words(label_counts=counts, label_model=[0, 0, 1, 1])
    tasks = words(label_counts=counts[:, [0, 2, 3]], label_model=[0, 0, 0], hidden=(8,))
    assert tasks[0].train.counts.tolist() == [9, 3]
    assert len(tasks[0].module) == 3
    for call, message in (
        (lambda: words(label_counts=counts), "or neither"),
        (lambda: words(3, label_counts=counts, label_model=[0] * 4), "only 2 clients"),
        (lambda: words(10, names=("a",)), "names has 1 entries"),
    ):
        with pytest.raises(InvalidProblemError, match=message):
            call()


def test_the_play_goes_to_its_roles():
    (task,) = characters()
    speeches = read_speeches(shipped_text("as_you_like_it.txt"))
    assert len(speeches) > 800
    assert task.train.n_clients == len({speech.speaker for speech in speeches}) == 27
    (scenes,) = characters(40, split="scene")
    assert scenes.train.n_clients == 40
    roles, others = texts_by_owner(speeches, "speaker"), texts_by_owner(speeches, "scene")
    lengths = [sum(map(len, said.values())) + len(said) for said in (roles, others)]
    assert lengths[0] == lengths[1]


def test_the_end_of_what_a_role_says_is_held_out():
    text = "ANN:\n" + "abcdefghijklmno" + "\n\nBOB:\n" + "ponmlk"
    (task,) = characters(text=text, window=2, test_share=0.25)
    alphabet = Alphabet.of("abcdefghijklmnop")
    inputs, following = task.train.of(0)
    assert alphabet.decode(inputs[0]) + alphabet.decode(following[:1]) == "abc"
    assert task.train.counts.tolist() == [10, 3]
    assert alphabet.decode(task.test[1]) == "mnok"


def test_characters_can_be_learnt():
    (task,) = characters(3, stride=8)
    before = descend(task, 0, 1.0)
    assert descend(task, 40, 1.0) > before + 0.1


def test_models_of_characters_may_have_different_networks():
    tasks = characters(5, 2, network=("window", "small gru"), stride=20)
    assert [type(task.module[1]).__name__ for task in tasks] == ["Flatten", "LastOutput"]


def test_those_who_say_too_little_are_named():
    with pytest.warns(RoundlotWarning, match="1 of 2 clients .* 'BOB' among them"):
        characters(text="ANN:\n" + "abcdefgh" * 4 + "\n\nBOB:\nab\n", window=4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: characters(split="act"), "choose 'speaker' or 'scene'"),
        (lambda: characters(network="transformer"), "choose from 'window', 'lstm'"),
        (lambda: characters(n_models=2, network=("window",)), "1 network for 2 models"),
        (lambda: characters(99), "only 27 say enough"),
        (lambda: characters(text="nothing\n\nhere"), "the text has no speech"),
        (lambda: characters(text="missing.txt"), "there is no file 'missing.txt'"),
        (lambda: characters(test_share=0.0), "test_share is 0.0"),
        (lambda: Alphabet.of("ab").encode("abz"), "'z' is not among the 2 characters"),
        (lambda: make_tasks("cifar"), "task is 'cifar'; did you mean 'cifar10'"),
        (lambda: make_tasks("digits", clients=3), "task 'digits': .*clients"),
    ],
)
def test_characters_name_what_is_wrong(call, message):
    with pytest.raises(InvalidProblemError, match=message):
        call()


@given(st.text("ab \n", min_size=2, max_size=30), st.integers(1, 5), st.integers(1, 4))
def test_windows_are_pieces_of_the_text(text, length, stride):
    alphabet = Alphabet(characters="ab \n")
    inputs, following = windows(alphabet.encode(text), length, stride)
    starts = range(0, max(len(text) - length, 0), stride)
    assert len(inputs) == len(following) == len(starts)
    for row, start in enumerate(starts):
        piece = alphabet.decode(inputs[row]) + alphabet.decode(following[row])
        assert piece == text[start : start + length + 1]


@settings(max_examples=10)
@given(st.integers(1, 3000), st.integers(0, 100))
def test_devices_come_from_the_tables(n_clients, seed):
    found = devices(n_clients, seed)
    assert found.speed.shape == found.link.shape == (n_clients,)
    assert found.speed.min() > 0
    assert found.link.min() > 0


def test_devices_are_those_of_the_default_fleet():
    fleet = default_setup().fleet
    found = devices(fleet.n_clients)
    np.testing.assert_array_equal(found.speed, fleet.speed)
    np.testing.assert_array_equal(found.link, fleet.link)


def test_tasks_are_listed_by_name():
    assert list(TASKS)[:4] == ["digits", "words", "quadratics", "characters"]
    assert make_tasks("quadratics", n_clients=3)[0].train.n_clients == 3


def test_tasks_depend_on_the_seed_only():
    for name, options in (
        ("digits", {"n_clients": 9, "noise": 0.1, "permute_labels": True, "n_models": 2}),
        ("words", {"n_clients": 9}),
        ("quadratics", {"n_clients": 3}),
        ("characters", {"n_clients": 3}),
    ):
        first, again, other = (make_tasks(name, seed=s, **options)[-1] for s in (3, 3, 4))
        assert torch.equal(first.train.inputs, again.train.inputs)
        assert torch.equal(first.train.targets, again.train.targets)
        weights = [next(iter(task.module.parameters())) for task in (first, again, other)]
        assert torch.equal(weights[0], weights[1])
        if name == "quadratics":
            assert not torch.equal(first.train.inputs, other.train.inputs)
        else:
            assert not torch.equal(weights[0], weights[2])

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from roundlot.simulate.local.client_samples import ClientSamples, share_weights
from roundlot.simulate.tasks.spoken_words import FeatureModel, synthesise_words
from roundlot.theory import InvalidProblemError

COUNTS = np.array([[3, 0, 1, 2, 0], [0, 0, 0, 4, 1], [1, 1, 0, 0, 0], [0, 5, 2, 0, 3]])
MODELS = np.array([0, 1, 0, 1, 1])
SMALL = FeatureModel(features=4)


def the_same(left: ClientSamples, right: ClientSamples) -> bool:
    return (
        np.array_equal(left.features, right.features)
        and np.array_equal(left.label, right.label)
        and np.array_equal(left.client, right.client)
    )


@given(arrays.arrays(np.int64, (6, 4), elements=st.integers(0, 5)))
def test_every_client_holds_its_counted_recordings(counts):
    counts[0] = 1
    samples = synthesise_words(counts, [1, 0, 0, 1], feature_model=SMALL)
    for model, words in ((0, [1, 2]), (1, [0, 3])):
        held = np.zeros((6, 2), dtype=int)
        np.add.at(held, (samples[model].client, samples[model].label), 1)
        assert np.array_equal(held, counts[:, words])
        assert np.all(np.diff(samples[model].client) >= 0)
        assert np.array_equal(samples[model].counts, counts[:, words].sum(axis=1))


def test_bias_is_the_last_column_and_left_out_words_are_left_out():
    (only,) = synthesise_words(COUNTS, [0, -1, 0, -1, -1], feature_model=SMALL)
    assert only.n_features == 5
    assert np.all(only.features[:, -1] == 1.0)
    assert len(only.label) == COUNTS[:, [0, 2]].sum()
    assert only.dimension == 10


def test_a_seed_fixes_every_bit_whatever_the_global_generators_hold():
    torch.manual_seed(1)
    first = synthesise_words(COUNTS, MODELS, seed=5)
    torch.manual_seed(2)
    second = synthesise_words(COUNTS, MODELS, seed=5)
    other = synthesise_words(COUNTS, MODELS, seed=6)
    assert all(the_same(a, b) for a, b in zip(first, second, strict=True))
    assert not the_same(first[0], other[0])


def test_a_word_sounds_the_same_in_any_model():
    apart = synthesise_words(COUNTS, MODELS)
    (joined,) = synthesise_words(COUNTS, np.zeros(5, dtype=int))
    of_word_two = joined.features[joined.label == 2]
    assert np.array_equal(of_word_two, apart[0].features[apart[0].label == 1])


def test_words_said_equally_often_have_noise_of_their_own():
    feature_model = FeatureModel(prototype_scale=0.0, speaker_shift=0.0)
    (samples,) = synthesise_words([[3, 3]], [0, 0], feature_model=feature_model)
    assert not np.array_equal(
        samples.features[samples.label == 0], samples.features[samples.label == 1]
    )


def test_another_take_keeps_words_and_voices_and_changes_the_noise():
    quiet = FeatureModel(noise=0.0)
    first = synthesise_words(COUNTS, MODELS, feature_model=quiet)
    second = synthesise_words(COUNTS, MODELS, take=1, feature_model=quiet)
    assert all(the_same(a, b) for a, b in zip(first, second, strict=True))
    noisy = synthesise_words(COUNTS, MODELS, take=1)[0]
    assert not np.array_equal(noisy.features, synthesise_words(COUNTS, MODELS)[0].features)


@pytest.mark.parametrize("part", ["prototype_scale", "speaker_shift", "noise"])
def test_scales_are_root_mean_square_norms(part):
    silent = {"prototype_scale": 0.0, "speaker_shift": 0.0, "noise": 0.0}
    feature_model = FeatureModel(features=7, **{**silent, part: 3.0})
    (samples,) = synthesise_words(
        np.ones((400, 40), dtype=int), np.zeros(40, dtype=int), feature_model=feature_model
    )
    squares = np.sum(samples.features[:, :-1] ** 2, axis=1)
    assert np.sqrt(squares.mean()) == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(
    ("counts", "models", "message"),
    [
        (-COUNTS, MODELS, r"label_counts\[0, 0\] is -3"),
        (COUNTS * 1.5, MODELS, "give integers"),
        (COUNTS[0], MODELS, "speakers x words"),
        (COUNTS, MODELS[:3], "each of the 5 words"),
        (COUNTS, [0, 0, 2, 2, 2], "model 1 has fewer than 2 labels"),
        (COUNTS, [0, 0, 1, -1, -1], "model 1 has fewer than 2 labels"),
        (COUNTS, [-1] * 5, "runs from -1 to -1"),
        (COUNTS, [-2, 0, 0, 0, 0], "runs from -2"),
        (COUNTS * 0, MODELS, "nobody holds a recording for model 0"),
    ],
)
def test_malformed_fleets_are_named(counts, models, message):
    with pytest.raises(InvalidProblemError, match=message):
        synthesise_words(counts, models)


@pytest.mark.parametrize(
    "wrong", [{"features": 0}, {"noise": -1.0}, {"speaker_shift": np.inf}, {"noise": np.nan}]
)
def test_malformed_feature_models_are_named(wrong):
    with pytest.raises(InvalidProblemError, match=next(iter(wrong))):
        FeatureModel(**wrong)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 0.5}, {"take": -2}])
def test_malformed_seeds_are_named(wrong):
    with pytest.raises(InvalidProblemError, match=next(iter(wrong))):
        synthesise_words(COUNTS, MODELS, **wrong)


GOOD = {
    "features": np.ones((3, 2)),
    "label": np.array([0, 1, 0]),
    "client": np.array([0, 0, 2]),
    "n_clients": 3,
    "n_labels": 2,
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"features": np.array([[1, 2], [np.nan, 0], [1, 1]])},
            r"features\[1, 0\] is nan",
        ),
        ({"features": np.ones(3)}, "samples x features"),
        ({"features": np.ones((4, 2))}, "4 samples need one each"),
        ({"label": np.array([0, 2, 0])}, r"0 \.\. 1"),
        ({"label": np.array([0.0, 1.0, 0.0])}, "give integers"),
        ({"client": np.array([0, 2, 0])}, "sort the samples"),
        ({"client": np.array([0, 0, 3])}, r"0 \.\. 2"),
        ({"n_labels": 1}, "at least 2 classes"),
    ],
)
def test_malformed_samples_are_named(wrong, message):
    with pytest.raises(InvalidProblemError, match=message):
        ClientSamples(**{**GOOD, **wrong})


def test_samples_are_a_copy_nobody_writes_to():
    features = np.ones((3, 2))
    samples = ClientSamples(**{**GOOD, "features": features})
    features[0, 0] = 7.0
    assert samples.features[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        samples.features[0, 0] = 2.0


def test_shares_are_those_of_the_data():
    shares = share_weights((ClientSamples(**GOOD),))
    assert np.allclose(shares[:, 0], [2 / 3, 0, 1 / 3])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[0.5], [0.5]], "clients x models"),
        ([[0.5], [0.25], [0.25]], "holds no sample"),
        ([[0.5], [0.0], [0.4]], "sum to 0.9"),
        ([[1.5], [0.0], [-0.5]], "at least 0"),
        ([[np.nan], [0.0], [1.0]], "finite"),
    ],
)
def test_malformed_shares_are_named(given, message):
    with pytest.raises(InvalidProblemError, match=message):
        share_weights((ClientSamples(**GOOD),), given)


def test_models_must_agree_on_the_clients():
    with pytest.raises(InvalidProblemError, match="disagree"):
        share_weights((ClientSamples(**GOOD), ClientSamples(**{**GOOD, "n_clients": 4})))
    with pytest.raises(InvalidProblemError, match="empty"):
        share_weights(())

"""Synthesised recordings: real counts of who said which word, features drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.local.client_samples import ClientSamples
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import RECORDING, SPEAKER, WORD


@dataclass(frozen=True, kw_only=True)
class FeatureModel:
    """How the features of a recording arise: ``word + speaker + noise``, and a constant 1.

    The three parts are Gaussian with independent coordinates; ``prototype_scale``,
    ``speaker_shift`` and ``noise`` are the root mean squares of their norms, so that difficulty
    does not change with ``features``, the number of coordinates before the bias.

    Raises:
        InvalidProblemError: no feature, or a scale that is negative or not finite.
    """

    features: int = 32
    prototype_scale: float = 1.0
    speaker_shift: float = 1.0
    noise: float = 2.0

    def __post_init__(self) -> None:
        check_count(self.features, "features", 1)
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if not np.isfinite(value) or value < 0.0:
                raise InvalidProblemError(
                    f"{field.name} is {value:g}; it must be finite and at least 0"
                )


def synthesise_words(
    label_counts: npt.ArrayLike,
    label_model: npt.ArrayLike,
    *,
    seed: int = 0,
    take: int = 0,
    feature_model: FeatureModel | None = None,
) -> tuple[ClientSamples, ...]:
    """Recordings of every speaker, split by model, for training on a real fleet's label counts.

    The streams of a word and of a speaker depend on the seed and their own number only: a word
    sounds the same whichever model it belongs to, and a fleet may be cut to its first speakers
    without changing the voices (the noise within a word runs over the speakers in order).

    Args:
        label_counts: ``(N, W)`` int, recordings of word ``w`` that speaker ``i`` holds.
        label_model: ``(W,)`` int, the model that learns the word, or -1 for a word left out.
            Labels number the words of a model in their order.
        seed: fixes everything; independent of any global generator.
        take: another take is other noise on the same words and voices, such as a test set.
        feature_model: sizes of the parts; ``FeatureModel()`` by default.

    Returns:
        One ``ClientSamples`` per model, ``F = features + 1`` with the bias as the last column.

    Raises:
        InvalidProblemError: negative counts, a model without two words or without a recording.
    """
    counts = _counts(label_counts)
    model_of = _models(label_model, counts.shape[1])
    feature_model = feature_model or FeatureModel()
    check_count(seed, "seed", 0)
    check_count(take, "take", 0)
    voices = _gaussian(
        SPEAKER.generator(seed), len(counts), feature_model, feature_model.speaker_shift
    )
    models = range(int(model_of.max()) + 1)
    for model in models:
        if not counts[:, model_of == model].any():
            raise InvalidProblemError(f"nobody holds a recording for model {model}; leave it out")
    return tuple(
        _recordings(counts, np.flatnonzero(model_of == model), voices, seed, take, feature_model)
        for model in models
    )


def _recordings(
    counts: IntArray,
    words: IntArray,
    voices: FloatArray,
    seed: int,
    take: int,
    feature_model: FeatureModel,
) -> ClientSamples:
    """The samples of the model that learns ``words``, sorted by speaker, then by word."""
    speakers = np.arange(len(counts))
    client = np.concatenate([np.repeat(speakers, counts[:, word]) for word in words])
    label = np.repeat(np.arange(len(words)), counts[:, words].sum(axis=0))
    sounds = [
        _word(int(counts[:, word].sum()), int(word), seed, take, feature_model) for word in words
    ]
    features = np.concatenate(sounds) + voices[client]
    order = np.argsort(client, kind="stable")
    return ClientSamples(
        features=np.hstack([features, np.ones((len(features), 1))])[order],
        label=label[order],
        client=client[order],
        n_clients=len(counts),
        n_labels=len(words),
    )


def _word(
    recordings: int, word: int, seed: int, take: int, feature_model: FeatureModel
) -> FloatArray:
    prototype = _gaussian(
        WORD.generator(seed, word), 1, feature_model, feature_model.prototype_scale
    )
    return prototype + _gaussian(
        RECORDING.generator(seed, word, take), recordings, feature_model, feature_model.noise
    )


def _gaussian(
    generator: np.random.Generator, rows: int, feature_model: FeatureModel, norm: float
) -> FloatArray:
    draws = generator.standard_normal((rows, feature_model.features))
    scaled: FloatArray = draws * (norm / np.sqrt(feature_model.features))
    return scaled


def _counts(label_counts: npt.ArrayLike) -> IntArray:
    counts = np.array(label_counts)
    if counts.ndim != 2 or 0 in counts.shape:
        raise InvalidProblemError(
            f"label_counts has shape {counts.shape}; give speakers x words, at least one of each"
        )
    if not np.issubdtype(counts.dtype, np.integer):
        raise InvalidProblemError(f"label_counts has type {counts.dtype}; give integers")
    if counts.min() < 0:
        speaker, word = (int(index) for index in np.argwhere(counts < 0)[0])
        raise InvalidProblemError(
            f"label_counts[{speaker}, {word}] is {counts[speaker, word]}; it must be at least 0"
        )
    return counts.astype(np.int64)


def _models(label_model: npt.ArrayLike, n_words: int) -> IntArray:
    models = np.array(label_model)
    if models.shape != (n_words,) or not np.issubdtype(models.dtype, np.integer):
        raise InvalidProblemError(
            f"label_model has shape {models.shape} and type {models.dtype}; "
            f"give one integer for each of the {n_words} words"
        )
    if models.min() < -1 or models.max() < 0:
        raise InvalidProblemError(
            f"label_model runs from {models.min()} to {models.max()}; "
            "number the models from 0, with -1 for words left out"
        )
    few = np.flatnonzero(np.bincount(models[models >= 0]) < 2)
    if len(few):
        raise InvalidProblemError(
            f"model {few[0]} has fewer than 2 words; give it more in label_model"
        )
    return models.astype(np.int64)

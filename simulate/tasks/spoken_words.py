"""Spoken words: real counts of who said which word, synthesised features, one model per group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.local.client_samples import ClientSamples
from roundlot.simulate.tasks.networks import mlp
from roundlot.simulate.tasks.partitions import warn_of_missing
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.shipped import shipped_table
from roundlot.simulate.tasks.streams import generator, torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import array_of
from roundlot.theory.kinds import real_number
from roundlot.theory.positions import by_position
from roundlot.theory.random_streams import RECORDING, RESAMPLE, SPEAKER, WEIGHTS, WORD

_MODELS = {
    "digits": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "commands": ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
    "words": (),
}


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
            value = real_number(getattr(self, field.name), field.name)
            if not np.isfinite(value) or value < 0.0:
                raise InvalidProblemError(
                    f"{field.name} is {value:g}; it must be finite and at least 0"
                )


@by_position()
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
    counts = array_of(label_counts, "label_counts")
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
    return np.asarray(counts, dtype=np.int64)


def _models(label_model: npt.ArrayLike, n_words: int) -> IntArray:
    models = array_of(label_model, "label_model")
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
            f"model {few[0]} has fewer than 2 labels, so it learns nothing: give it more in "
            "label_model, or bring scores"
        )
    return np.asarray(models, dtype=np.int64)


def words(
    n_clients: int | None = None,
    *,
    label_counts: npt.ArrayLike | None = None,
    label_model: npt.ArrayLike | None = None,
    label_names: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    hidden: Sequence[int] = (),
    feature_model: FeatureModel | None = None,
    test_samples: int = 2000,
    seed: int = 0,
) -> tuple[Task, ...]:
    """One task per group of words, on the label counts of a fleet.

    By default the 2,187 speakers of Speech Commands with digits, commands and other words. What a
    speaker says is drawn (``synthesise_words``), how often is real. The test set is another take of
    the same words and voices, all words alike often heard as in training.

    Args:
        n_clients: keep the first speakers only; all by default.
        label_counts: ``(N, W)`` int, recordings of each word that each client holds.
        label_model: ``(W,)`` int, the model that learns the word, −1 for none.
        label_names: ``(W,)``, the words.
        names: ``(S,)``, the models.
        hidden: widths of hidden layers; softmax regression by default.
        feature_model: how hard the words are.
        test_samples: at most so many of the other take, drawn at random.
        seed: fixes everything.

    Raises:
        InvalidProblemError: counts without models or models without counts, or shapes that do not
            fit; a model that nobody holds a recording for.

    Warns:
        RoundlotWarning: a word that nobody recorded.
    """
    if (label_counts is None) != (label_model is None):
        raise InvalidProblemError("give label_counts and label_model, or neither of them")
    if label_counts is None or label_model is None:
        label_counts, label_model, label_names = _shipped()
        names = names or tuple(_MODELS)
    check_count(test_samples, "test_samples", 1)
    counts = _first(np.asarray(label_counts), n_clients)
    model_of = np.asarray(label_model)
    given = {"seed": seed, "feature_model": feature_model}
    train = synthesise_words(counts, model_of, **given, take=0)  # type: ignore[arg-type]
    test = synthesise_words(counts, model_of, **given, take=1)  # type: ignore[arg-type]
    names = _names(names, "names", len(train), "model")
    vocabulary = _names(label_names, "label_names", counts.shape[1], "word")
    return tuple(
        _task(
            name,
            (held, heard),
            [vocabulary[word] for word in np.flatnonzero(model_of == model)],
            hidden,
            test_samples,
            (seed, model),
        )
        for model, (name, held, heard) in enumerate(zip(names, train, test, strict=True))
    )


def _task(
    name: str,
    takes: tuple[ClientSamples, ClientSamples],
    vocabulary: Sequence[str],
    hidden: Sequence[int],
    test_samples: int,
    stream: tuple[int, int],
) -> Task:
    held, heard = takes
    seed, model = stream
    warn_of_missing(held.label, held.n_labels, repr(name), vocabulary)
    kept = np.sort(generator(seed, RESAMPLE, model).permutation(len(heard.label))[:test_samples])
    sizes = (held.n_features - 1, *hidden, held.n_labels)
    return Task(
        name=name,
        module=mlp(sizes, seed=torch_seed(seed, WEIGHTS, model)),
        train=Samples.by_owner(*_tensors(held), held.client, held.n_clients),
        test=(_tensors(heard)[0][kept], _tensors(heard)[1][kept]),
    )


def _tensors(samples: ClientSamples) -> tuple[Tensor, Tensor]:
    """Features without the constant column, which is the layer's bias, and labels."""
    features = samples.features[:, :-1].astype(np.float32)
    return torch.as_tensor(features), torch.as_tensor(samples.label.copy())


def _first(counts: IntArray, n_clients: int | None) -> IntArray:
    if n_clients is None:
        return counts
    check_count(n_clients, "n_clients", 1)
    if n_clients > len(counts):
        raise InvalidProblemError(
            f"n_clients is {n_clients}; label_counts has only {len(counts)} clients"
        )
    return counts[:n_clients]


def _names(given: Sequence[str] | None, what: str, number: int, kind: str) -> tuple[str, ...]:
    names = tuple(given) if given is not None else tuple(f"{kind} {i}" for i in range(number))
    if len(names) != number:
        raise InvalidProblemError(f"{what} has {len(names)} entries; there are {number} {kind}s")
    return names


def _shipped() -> tuple[IntArray, IntArray, tuple[str, ...]]:
    """Counts, models and words of the shipped fleet."""
    header, rows = shipped_table("speech_commands_clients.csv")
    counts = np.array([row[1:] for row in rows], dtype=np.int64)
    models = list(_MODELS)
    others = len(models) - 1
    of = {word: s for s, name in enumerate(models) for word in _MODELS[name]}
    return counts, np.array([of.get(word, others) for word in header[1:]]), header[1:]

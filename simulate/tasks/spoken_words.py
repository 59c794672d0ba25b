"""Spoken words: real counts of who said which word, synthesised features, one model per group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.local.client_samples import ClientSamples
from roundlot.simulate.local.words import FeatureModel, synthesise_words
from roundlot.simulate.tasks.networks import mlp
from roundlot.simulate.tasks.partitions import warn_of_missing
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.shipped import shipped_table
from roundlot.simulate.tasks.streams import generator, torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.random_streams import RESAMPLE, WEIGHTS

_MODELS = {
    "digits": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "commands": ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
    "words": (),
}


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

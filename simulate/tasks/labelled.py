"""Labelled samples turned into tasks: one partition and one set of initial weights per model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.client_maps import by_client_map
from roundlot.simulate.tasks.partitions import by_label_share, dirichlet, iid, warn_of_missing
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.streams import torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.names import closest, require_choice
from roundlot.theory.random_streams import PARTITION, WEIGHTS
from roundlot.theory.text import short_repr

Network = Callable[[int], nn.Module]
#: Arguments of partitions that are not the user's to give.
_OURS = ("labels", "n_clients", "seed", "n_labels")
PARTITIONS: dict[str, Callable[..., IntArray]] = {
    "label share": by_label_share,
    "dirichlet": dirichlet,
    "iid": iid,
    "client map": by_client_map,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Inputs ``(n, ...)`` with labels ``(n,)`` below ``len(classes)``, to train and to test on."""

    inputs: Tensor
    labels: IntArray
    test_inputs: Tensor
    test_labels: IntArray
    classes: tuple[str, ...]

    __repr__ = short_repr


def partitioned(
    data: Labelled,
    name: str,
    network: Network,
    *,
    n_clients: int,
    model: int,
    seed: int,
    partition: str = "label share",
    options: dict[str, Any] | None = None,
) -> Task:
    """One model: its own partition of the samples and its own initial weights.

    Args:
        data: samples and classes.
        name: of the task.
        network: initial weights' seed -> module.
        n_clients: ``N``.
        model: number of the model; with the seed it fixes partition and weights.
        seed: fixes everything.
        partition: one of ``PARTITIONS``.
        options: of the partition.

    Raises:
        InvalidProblemError: an unknown partition or option, or one that these samples do not
            allow; a network that does not fit the samples.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    check_count(n_clients, "n_clients", 1)
    own = torch_seed(seed, PARTITION, model)
    known = {"n_labels": len(data.classes)} if partition == "label share" else {}
    owner = owners(partition, data.labels, n_clients, seed=own, options=options or {}, **known)
    warn_of_missing(data.labels[owner >= 0], len(data.classes), name, data.classes)
    return Task(
        name=name,
        module=network(torch_seed(seed, WEIGHTS, model)),
        train=Samples.by_owner(data.inputs, data.labels, owner, n_clients),
        test=(data.test_inputs, torch.as_tensor(data.test_labels)),
    )


def owners(
    partition: str,
    labels: IntArray,
    n_clients: int,
    *,
    seed: int,
    options: Mapping[str, Any],
    **known: int,
) -> IntArray:
    """The owner of every sample, by a partition of ``PARTITIONS`` with options of the user's.

    Raises:
        InvalidProblemError: an unknown partition, an option that it does not use, or as it.
    """
    require_choice(partition, "partition", PARTITIONS)
    for name in options:
        if name not in _options(partition):
            users = [other for other in PARTITIONS if name in _options(other)]
            has = f", which is one of {' and '.join(map(repr, users))}" if users else ""
            raise InvalidProblemError(
                f"partition {partition!r} has no option {name!r}{has};"
                f" {closest(name, _options(partition))}"
            )
    return PARTITIONS[partition](labels, n_clients, seed=seed, **options, **known)


def own_network(network: Any) -> Network:
    """A network of the user's own, a function from a seed to a module.

    Raises:
        InvalidProblemError: something else.
    """
    if not callable(network):
        raise InvalidProblemError(
            f"network is {network!r:.40}; give a name, or a function from a seed to a module"
        )
    return network  # type: ignore[no-any-return]


def _options(partition: str) -> tuple[str, ...]:
    """What a user may say of a partition."""
    names = inspect.signature(PARTITIONS[partition]).parameters
    return tuple(name for name in names if name not in _OURS)

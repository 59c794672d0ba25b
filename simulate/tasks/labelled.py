"""Labelled samples turned into tasks: one partition and one set of initial weights per model."""

from __future__ import annotations

from collections.abc import Callable
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
from roundlot.theory.arrays import IntArray
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import PARTITION, WEIGHTS
from roundlot.theory.text import short_repr

Network = Callable[[int], nn.Module]
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
        InvalidProblemError: an unknown partition, or one that these samples do not allow; a
            network that does not fit the samples.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    check_count(n_clients, "n_clients", 1)
    require_choice(partition, "partition", PARTITIONS)
    arguments = dict(options or {})
    if partition == "label share":
        arguments["n_labels"] = len(data.classes)
    own = torch_seed(seed, PARTITION, model)
    owner = PARTITIONS[partition](data.labels, n_clients, seed=own, **arguments)
    warn_of_missing(data.labels[owner >= 0], len(data.classes), name, data.classes)
    return Task(
        name=name,
        module=network(torch_seed(seed, WEIGHTS, model)),
        train=Samples.by_owner(data.inputs, data.labels, owner, n_clients),
        test=(data.test_inputs, torch.as_tensor(data.test_labels)),
    )

"""Small tables of real measurements that scikit-learn's wheel holds, by partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from roundlot.simulate.argument_checks import check_count, check_open_share
from roundlot.simulate.tasks.labelled import Labelled, Network, own_network, owners, partitioned
from roundlot.simulate.tasks.networks import mlp
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.streams import generator, torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import PARTITION, RESAMPLE, WEIGHTS

_HIDDEN = 16  # units of the network "mlp"


@dataclass(frozen=True, kw_only=True)
class Table:
    """What is known of a table: its loader in ``sklearn.datasets``, its size, its classes.

    Attributes:
        loader: the function's name.
        shape: rows and columns.
        counts: rows of every class; empty where a number is to be told.
    """

    loader: str
    shape: tuple[int, int]
    counts: tuple[int, ...] = ()


#: Rows, columns and classes are those of the data sets' descriptions.
TABLES = {
    "breast cancer": Table(loader="load_breast_cancer", shape=(569, 30), counts=(212, 357)),
    "wine": Table(loader="load_wine", shape=(178, 13), counts=(59, 71, 48)),
    "iris": Table(loader="load_iris", shape=(150, 4), counts=(50, 50, 50)),
    "diabetes": Table(loader="load_diabetes", shape=(442, 10)),
}


def tabular(
    n_clients: int = 10,
    n_models: int = 1,
    *,
    data: str = "breast cancer",
    partition: str | None = None,
    network: str | Network = "linear",
    test_share: float = 0.2,
    seed: int = 0,
    **options: Any,
) -> tuple[Task, ...]:
    """One of scikit-learn's tables as tasks; models differ in partition and initial weights.

    Columns are in standard units of the rows to train on. "diabetes" is a regression, its target in
    standard units, too; the others are told apart by cross entropy.

    Args:
        n_clients: ``N``, at most as many as rows to train on.
        n_models: ``S``.
        data: "breast cancer", "wine", "iris" or "diabetes".
        partition: "label share", "dirichlet", "client map" or "iid", which is all there is without
            classes; by default "dirichlet" with ``alpha=1``, or "iid".
        network: "linear", "mlp" (16 hidden units), or a function seed -> module.
        test_share: of the rows, of every class alike, drawn at random to be held out.
        seed: fixes everything.
        **options: of the partition, such as ``alpha=0.1``.

    Raises:
        InvalidProblemError: a value out of range, or an unknown table, network, partition or
            option.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    require_choice(data, "data", TABLES)
    check_count(n_models, "n_models", 1)
    check_open_share(test_share, "test_share")
    columns, target = _table(data)
    classes = TABLES[data].counts
    kinds = np.zeros(len(columns), dtype=np.int64) if not classes else target.astype(np.int64)
    held = _held_out(kinds, test_share, seed)
    inputs = torch.as_tensor(standard_units(columns, held), dtype=torch.float32)
    names = [f"{data} {s + 1}" if n_models > 1 else data for s in range(n_models)]
    build = _network(network, columns.shape[1], max(len(classes), 1))
    chosen = partition or ("dirichlet" if classes else "iid")
    if not classes:
        if chosen != "iid":
            raise InvalidProblemError(
                f"partition is {partition!r}, and {data!r} has no classes to part by; choose 'iid'"
            )
        scores = torch.as_tensor(standard_units(target[:, None], held), dtype=torch.float32)
        return tuple(
            _regression(
                name, build, inputs, scores, held,
                n_clients=n_clients, model=model, seed=seed, options=options,
            )
            for model, name in enumerate(names)
        )  # fmt: skip
    if partition is None:
        options = {"alpha": 1.0, **options}
    labelled = Labelled(
        inputs=inputs[torch.as_tensor(~held)],
        labels=kinds[~held],
        test_inputs=inputs[torch.as_tensor(held)],
        test_labels=kinds[held],
        classes=tuple(map(str, range(len(classes)))),
    )
    return tuple(
        partitioned(
            labelled,
            name,
            build,
            n_clients=n_clients,
            model=model,
            seed=seed,
            partition=chosen,
            options=options,
        )
        for model, name in enumerate(names)
    )


@cache
def _table(data: str) -> tuple[FloatArray, FloatArray]:
    """Columns ``(n, d)`` and classes or numbers ``(n,)``; refused if they are not those known.

    Raises:
        InvalidProblemError: a scikit-learn with another table.
    """
    from sklearn import datasets

    known = TABLES[data]
    load: Callable[..., Any] = getattr(datasets, known.loader)
    columns, target = load(return_X_y=True)
    counts = tuple(np.bincount(target.astype(np.int64)).tolist()) if known.counts else ()
    if columns.shape != known.shape or counts != known.counts:
        raise InvalidProblemError(
            f"scikit-learn's {data!r} has shape {columns.shape} and classes of {counts} rows, not "
            f"{known.shape} and {known.counts}; install scikit-learn again"
        )
    return np.asarray(columns, dtype=np.float64), np.asarray(target, dtype=np.float64)


def _held_out(kinds: IntArray, share: float, seed: int) -> BoolArray:
    """``(n,)``: which rows are held out, of every class the same share, rounded down."""
    held = np.zeros(len(kinds), dtype=bool)
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        order = generator(seed, RESAMPLE, int(kind)).permutation(rows)
        held[order[: int(share * len(rows))]] = True
    return held


def standard_units(columns: FloatArray, held: BoolArray) -> FloatArray:
    """In units of the mean and the deviation of the rows to train on; a constant column is 0."""
    known = columns[~held]
    spread = known.std(axis=0)
    return np.asarray((columns - known.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))


def _regression(
    name: str,
    build: Network,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    held: BoolArray,
    *,
    n_clients: int,
    model: int,
    seed: int,
    options: dict[str, Any],
) -> Task:
    check_count(n_clients, "n_clients", 1)
    late = torch.as_tensor(held)
    rows = np.zeros(int((~held).sum()), dtype=np.int64)
    own = torch_seed(seed, PARTITION, model)
    owner = owners("iid", rows, n_clients, seed=own, options=options)
    return Task(
        name=name,
        module=build(torch_seed(seed, WEIGHTS, model)),
        train=Samples.by_owner(inputs[~late], targets[~late], owner, n_clients),
        test=(inputs[late], targets[late]),
        loss="squared error",
        metrics=("mean squared error",),
    )


def _network(network: str | Network, columns: int, outputs: int) -> Network:
    if not isinstance(network, str):
        return own_network(network)
    sizes = {"linear": (columns, outputs), "mlp": (columns, _HIDDEN, outputs)}
    require_choice(network, "network", sizes)
    return lambda seed: mlp(sizes[network], seed=seed)

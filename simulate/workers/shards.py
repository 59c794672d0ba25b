"""Data for workers: a task's own split, one by resources, or the same data for all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.solvers import partition
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.names import require_choice
from roundlot.theory.text import plural

#: How data are dealt to the workers.
SHARDS = ("own", "shared", "equal", "proportional", "random", "greedy", "exchange", "round-robin")


def split_workers(
    task: Task,
    how: str,
    *,
    n_workers: int,
    speed: npt.ArrayLike | None = None,
    seed: int = 0,
    **options: Any,
) -> Task:
    """The task with its training data dealt out anew.

    Args:
        task: any task.
        how: "own": as the task splits it; "shared": everybody has all of it; "equal": random
            shards of one size; "proportional": random shards in proportion to speed; "random",
            "greedy", "exchange" and "round-robin": in proportion to speed class by class, at random
            or by `roundlot.solvers.partition.make_partition`.
        n_workers: ``n``.
        speed: ``(n,)``, one number, or None where all are alike.
        seed: of the shards.
        options: further ones of `make_partition`.

    Raises:
        InvalidProblemError: an unknown way, a task split for another number of workers, data that
            cannot be dealt (a worker of speed 0, say).
    """
    check_count(n_workers, "n_workers", 1)
    if how == "own":
        if task.train.n_clients != n_workers:
            raise InvalidProblemError(
                f"{task.name!r} is split for {task.train.n_clients} "
                f"{plural(task.train.n_clients, 'worker')}; there are {n_workers}"
            )
        return task
    if how == "shared":
        data = (task.train.inputs, task.train.targets)
        return replace(task, train=Samples.from_clients([data] * n_workers))
    owner = _owner(task.train, how, _speeds(speed, n_workers), seed, options)
    samples = Samples.by_owner(task.train.inputs, task.train.targets, owner, n_workers)
    return replace(task, train=samples)


def _owner(train: Samples, how: str, speeds: Any, seed: int, options: dict[str, Any]) -> IntArray:
    n = len(train.inputs)
    if how == "equal":
        return partition.equal_shards(n, speeds.size, seed=seed)
    if how == "proportional":
        return partition.proportional_shards(n, speeds, seed=seed)
    require_choice(how, "partition", SHARDS)
    if train.targets.is_floating_point() or train.targets.dim() != 1:
        raise InvalidProblemError(
            f"partition {how!r} deals class by class and the targets are no classes; choose "
            "'equal' or 'proportional'"
        )
    features = train.inputs.flatten(1).double().numpy()
    made = partition.make_partition(
        features, train.targets.numpy(), speeds, method=how, seed=seed, bounds=False, **options
    )
    return np.asarray(made.owner)


def _speeds(speed: npt.ArrayLike | None, n_workers: int) -> FloatArray:
    column = np.asarray(1.0 if speed is None else speed, dtype=np.float64)
    if column.shape not in ((), (n_workers,)):
        raise InvalidProblemError(
            f"speed has {column.size} {plural(column.size, 'number')} for {n_workers} "
            f"{plural(n_workers, 'worker')}; give one each"
        )
    return np.broadcast_to(column, (n_workers,)).copy()

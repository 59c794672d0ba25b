"""From the sections of a setup to a federation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.simulate.training import Federation, Task
from roundlot.theory import InvalidProblemError
from roundlot.train.sections import FederationSection
from roundlot.train.task_source import TaskSource


def build_federation(
    sources: Sequence[TaskSource],
    section: FederationSection,
    seed: int,
    folder: Path,
    data: Path | None = None,
) -> Federation:
    """The tasks of all sources on the same clients, with devices and processors of one seed.

    Raises:
        InvalidProblemError: tasks for different numbers of clients, lists of the wrong length.
    """
    tasks = _renamed([task for source in sources for task in source.make(seed, folder, data)])
    n_clients, n_models = tasks[0].train.n_clients, len(tasks)
    able = None
    if section.able == "90-10":
        from roundlot.simulate.tasks.trainable import trainable_90_10

        able = trainable_90_10(n_clients, n_models, seed)
    plain = Federation(tasks=tasks, able=able)
    return replace(
        plain,
        processors=_processors(section.processors, plain, seed),
        online=None if section.online == 1.0 else _column(section.online, n_clients, "online"),
        **_devices(section, n_clients, seed),
    )


def _renamed(tasks: list[Task]) -> tuple[Task, ...]:
    """Numbers after names that several sources gave."""
    names = [task.name for task in tasks]
    return tuple(
        task
        if names.count(task.name) == 1
        else replace(task, name=f"{task.name} ({names[: at + 1].count(task.name)})")
        for at, task in enumerate(tasks)
    )


def _processors(value: Any, federation: Federation, seed: int) -> Any:
    if value == "25-50-25":
        from roundlot.simulate.tasks.trainable import processors_25_50_25

        return processors_25_50_25(federation.available, seed)
    return _column(value, federation.n_clients, "processors").astype(np.int64)


def _devices(section: FederationSection, n_clients: int, seed: int) -> dict[str, Any]:
    columns: dict[str, Any] = {"speed": section.speed, "link": section.link}
    if section.devices == "phones":
        from roundlot.simulate.tasks.phones import devices

        phones = devices(n_clients, seed)
        columns = {
            name: getattr(phones, name) if value is None else value
            for name, value in columns.items()
        }
    return {
        name: None if value is None else _column(value, n_clients, name)
        for name, value in columns.items()
    }


def _column(value: Any, n_clients: int, name: str) -> Any:
    column = np.asarray(value, dtype=float)
    if column.shape not in ((), (n_clients,)):
        raise InvalidProblemError(
            f"federation.{name} has {column.size} numbers for {n_clients} clients; give one each"
        )
    return np.broadcast_to(column, n_clients)

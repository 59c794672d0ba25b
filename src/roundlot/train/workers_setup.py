"""A setup of training with workers: a ``[workers]`` section in place of ``[federation]``."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundlot.setup import part, section
from roundlot.setup.document import found_document
from roundlot.theory import InvalidProblemError
from roundlot.train.sections import (
    StepsSection,
    TheorySection,
    WorkerRunSection,
    WorkersSection,
)
from roundlot.train.setup import MethodsSetup, TrainSetup, load_train_setup
from roundlot.train.sources import TaskSource, read_methods, read_tasks
from roundlot.train.workers_methods import WorkerMethodSource, over_sections
from roundlot.train.workers_settings import refuse_unused_by_all

if TYPE_CHECKING:
    from roundlot.simulate.training import Task


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkersSetup(MethodsSetup[WorkerRunSection, WorkerMethodSource]):
    """Training of workers that mix their parameters; a method may set steps and links for itself.

    The data have as many clients as there are workers.
    """

    workers: WorkersSection = section(WorkersSection)
    steps: StepsSection = section(StepsSection)
    source: TaskSource = part(lambda values, place: _source(values), name="tasks")
    run: WorkerRunSection = section(WorkerRunSection)
    theory: TheorySection | None = section(TheorySection, optional=True)
    methods: tuple[WorkerMethodSource, ...] = part(lambda values, place: read_methods(values))

    @classmethod
    def checked(cls, values: Any, place: str) -> dict[str, Any]:
        """As of any setup; sections reach into the methods, and the workers' count into the data.

        Raises:
            InvalidProblemError: a section, key or setting that does not fit.
        """
        crew, tasks = WorkersSection.read(values.get("workers", {})), values.get("tasks")
        if isinstance(tasks, Mapping) and "module" not in tasks:
            values = {**values, "tasks": {"clients": crew.count, **tasks}}
        checked = super().checked(values, place)
        tables = values.get("workers", {}), values.get("steps", {})
        return checked | {"methods": over_sections(checked["methods"], *tables)}

    @property
    def task_sources(self) -> tuple[TaskSource, ...]:
        """One."""
        return (self.source,)

    def task(self, seed: int) -> Task:
        """The model and its data, for one seed.

        Raises:
            InvalidProblemError: a source of several models.
        """
        made = self.source.make(seed, self.folder)
        if len(made) != 1:
            raise InvalidProblemError(
                f"[tasks] gives {len(made)} models; workers train one: set models = 1"
            )
        return made[0]

    def require_used(self, keys: Collection[str] | None = None) -> None:
        """Refuse shared settings that no method of the setup uses.

        Args:
            keys: such as "workers.budget"; all that are given if left out.

        Raises:
            InvalidProblemError: names the setting, why no method uses it, and what would.
        """
        given = {
            name: f"{table}.{name}"
            for table in ("workers", "steps")
            for name in self.document.get(table, {})
        }
        given |= {"theory": "theory"} if self.theory is not None else {}
        chosen = {n: place for n, place in given.items() if keys is None or place in keys}
        usages = {one.name: one for one in self.methods}
        refuse_unused_by_all(usages, {one.name: one.own for one in self.methods}, chosen)

    def with_methods(self, names: Sequence[str]) -> WorkersSetup:
        """The setup with these of its methods only, or others of ``WORKER_METHODS`` by default.

        Raises:
            InvalidProblemError: an unknown name.
        """
        listed = {_name(one): one for one in self.document.get("methods", [])}
        chosen = [listed.get(name, name) for name in names]
        baseline = self.run.baseline if self.run.baseline in names else None
        return self.replaced({"run.baseline": baseline, "methods": chosen})


def has_workers(source: str | os.PathLike[str]) -> bool:
    """Whether a shipped setup or a TOML file is one of workers.

    Raises:
        InvalidProblemError: a file that is no TOML.
    """
    document, _ = found_document(source) or ({}, None)
    return "workers" in document


def load_workers_setup(source: str | os.PathLike[str]) -> WorkersSetup:
    """The setup of a shipped name, or in the TOML file at a path.

    Raises:
        InvalidProblemError: no such setup, no ``[workers]``, an unknown section or key, a value
            that does not fit or that no method uses; one line that names it.
    """
    setup = WorkersSetup.found(source) if has_workers(source) else None
    if setup is None:
        raise InvalidProblemError(
            f"{str(source)!r} is no setup with workers: give a file with a section [workers]"
        )
    for one in (setup, setup.at_full_size()) if setup.full else (setup,):
        one.require_used()
    return setup


def load_training(source: str | os.PathLike[str]) -> TrainSetup | WorkersSetup:
    """The setup of either kind; see `load_train_setup` and `load_workers_setup`."""
    return load_workers_setup(source) if has_workers(source) else load_train_setup(source)


def _source(tasks: Any) -> TaskSource:
    """One kind of task."""
    sources = read_tasks(tasks)
    if len(sources) != 1:
        raise InvalidProblemError(f"there are {len(sources)} [[tasks]]; workers train one")
    return sources[0]


def _name(method: Any) -> str:
    return method if isinstance(method, str) else str(method.get("name", method.get("method")))

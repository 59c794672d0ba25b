"""A setup of training with workers: a ``[workers]`` section in place of ``[federation]``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.fleet.files import closest
from roundlot.fleet.values import read_section
from roundlot.theory import InvalidProblemError
from roundlot.train.any_setup import AnySetup, full_document, head
from roundlot.train.document import found_document
from roundlot.train.task_source import TaskSource, read_tasks
from roundlot.train.workers_methods import WorkerMethodSource, read_worker_methods
from roundlot.train.workers_sections import (
    StepsSection,
    TheorySection,
    WorkerRunSection,
    WorkersSection,
)

if TYPE_CHECKING:
    from roundlot.simulate.training import Task

_KEYS = ("name", "about", "seed", "tasks", "workers", "steps", "run", "theory", "methods", "full")


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkersSetup(AnySetup[WorkerRunSection, WorkerMethodSource]):
    """Everything that training with workers needs, checked; see `AnySetup`."""

    source: TaskSource
    workers: WorkersSection
    theory: TheorySection | None

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

    def with_methods(self, names: Sequence[str]) -> WorkersSetup:
        """The setup with these of its methods only, or others of ``WORKER_METHODS`` by default.

        Raises:
            InvalidProblemError: an unknown name.
        """
        listed = {_name(one): one for one in self.document.get("methods", [])}
        chosen = [listed.get(name, name) for name in names]
        baseline = self.run.baseline if self.run.baseline in names else None
        return self.replaced({"run.baseline": baseline, "methods": chosen})

    def _of(self, document: Mapping[str, Any]) -> WorkersSetup:
        return build_workers(document, self.folder, self.name)


def workers_document(source: str | os.PathLike[str]) -> tuple[dict[str, Any], Path, str] | None:
    """The document, folder and name of a setup with workers; None for any other.

    Raises:
        InvalidProblemError: a file that is no TOML.
    """
    found = found_document(source)
    if found is None or "workers" not in found[0]:
        return None
    document, place = found
    return (
        (document, Path(), str(source)) if place is None else (document, place.parent, place.stem)
    )


def load_workers_setup(source: str | os.PathLike[str]) -> WorkersSetup:
    """The setup of a shipped name, or in the TOML file at a path.

    Raises:
        InvalidProblemError: no such setup, no ``[workers]``, an unknown section or key, a value
            that does not fit; one line that names it.
    """
    found = workers_document(source)
    if found is None:
        raise InvalidProblemError(
            f"{str(source)!r} is no setup with workers: give a file with a section [workers]"
        )
    return build_workers(*found)


def build_workers(document: Mapping[str, Any], folder: Path, fallback: str) -> WorkersSetup:
    """A setup from its TOML as parsed.

    Raises:
        InvalidProblemError: names the section or key that does not fit.
    """
    unknown = [given for given in document if given not in _KEYS]
    if unknown:
        raise InvalidProblemError(
            f"a setup with workers has no {unknown[0]!r}; {closest(unknown[0], _KEYS)}"
        )
    full = full_document(document)
    if full is not None:
        build_workers(full, folder, fallback)
    crew, steps = document.get("workers", {}), document.get("steps", {})
    section = read_section(WorkersSection, crew, "workers")
    read_section(StepsSection, steps, "steps")
    run = read_section(WorkerRunSection, document.get("run", {}), "run")
    methods = read_worker_methods(document.get("methods"), crew, steps)
    theory = (
        read_section(TheorySection, document["theory"], "theory") if "theory" in document else None
    )
    return WorkersSetup(
        **head(document, folder, fallback),
        source=_source(document.get("tasks"), section.count),
        workers=section,
        run=run,
        theory=theory,
        methods=methods,
    )


def _source(tasks: Any, count: int) -> TaskSource:
    """One kind of task, for as many clients as there are workers."""
    if isinstance(tasks, Mapping) and "module" not in tasks:
        tasks = {"clients": count, **tasks}
    sources = read_tasks(tasks)
    if len(sources) != 1:
        raise InvalidProblemError(f"there are {len(sources)} [[tasks]]; workers train one")
    return sources[0]


def _name(method: Any) -> str:
    return method if isinstance(method, str) else str(method.get("name", method.get("method")))

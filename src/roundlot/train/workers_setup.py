"""A setup of training with workers: a ``[workers]`` section in place of ``[federation]``."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.fleet.files import closest, existing_file, read_text
from roundlot.fleet.values import read_section, text, whole
from roundlot.theory import InvalidProblemError
from roundlot.train.setup import _parse, merged
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
class WorkersSetup:
    """Everything that training with workers needs, checked.

    ``document`` is the TOML as parsed and changed, ``folder`` what its paths are relative to.
    """

    name: str
    about: str
    seed: int
    source: TaskSource
    workers: WorkersSection
    run: WorkerRunSection
    theory: TheorySection | None
    methods: tuple[WorkerMethodSource, ...]
    folder: Path
    document: Mapping[str, Any]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(range(self.seed, self.seed + self.run.seeds))

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

    def replaced(self, changes: Mapping[str, Any]) -> WorkersSetup:
        """The setup with some keys changed, such as ``{"run.rounds": 20}``; None drops a key."""
        document = copy.deepcopy(dict(self.document))
        for place, value in changes.items():
            section, _, name = place.rpartition(".")
            table = document.setdefault(section, {}) if section else document
            table.pop(name, None)
            if value is not None:
                table[name] = value
        return build_workers(document, self.folder, self.name)

    def with_methods(self, names: Sequence[str]) -> WorkersSetup:
        """The setup with these of its methods only, or others of ``WORKER_METHODS`` by default.

        Raises:
            InvalidProblemError: an unknown name.
        """
        listed = {_name(one): one for one in self.document.get("methods", [])}
        chosen = [listed.get(name, name) for name in names]
        baseline = self.run.baseline if self.run.baseline in names else None
        return self.replaced({"run.baseline": baseline, "methods": chosen})

    def at_full_size(self) -> WorkersSetup:
        """The setup with its section ``[full]`` put over the others.

        Raises:
            InvalidProblemError: it has none.
        """
        full = self.document.get("full")
        if not full:
            raise InvalidProblemError(f"setup {self.name!r} has no [full]; leave --full out")
        return build_workers(merged(self.document, full), self.folder, self.name)


def workers_document(source: str | os.PathLike[str]) -> tuple[dict[str, Any], Path, str] | None:
    """The document, folder and name of a setup with workers; None for any other.

    Raises:
        InvalidProblemError: a file that is no TOML.
    """
    named = str(source)
    shipped = files("roundlot.data") / "train" / f"{named}.toml"
    if named.replace("-", "").replace("_", "").isalnum() and shipped.is_file():
        document, folder, stem = _parse(shipped.read_text("utf-8"), named), Path(), named
    elif named.endswith(".toml") or Path(source).exists():
        place = existing_file(source, "setup")
        document, folder = _parse(read_text(place, "setup"), str(place)), place.parent
        stem = place.stem
    else:
        return None
    return (document, folder, stem) if "workers" in document else None


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
    full = document.get("full", {})
    if full:
        build_workers(merged(document, full), folder, fallback)
    crew, steps = document.get("workers", {}), document.get("steps", {})
    section = read_section(WorkersSection, crew, "workers")
    read_section(StepsSection, steps, "steps")
    run = read_section(WorkerRunSection, document.get("run", {}), "run")
    methods = read_worker_methods(document.get("methods"), crew, steps)
    names = [method.name for method in methods]
    if run.baseline is not None and run.baseline not in names:
        raise InvalidProblemError(
            f"run.baseline is {run.baseline!r}, which is not among the methods; "
            + closest(run.baseline, names)
        )
    return WorkersSetup(
        name=text(document.get("name", fallback), "name"),
        about=str(document.get("about", "")),
        seed=whole(low=0, high=2**40)(document.get("seed", 0), "seed"),
        source=_source(document.get("tasks"), section.count),
        workers=section,
        run=run,
        theory=read_section(TheorySection, document["theory"], "theory")
        if "theory" in document
        else None,
        methods=methods,
        folder=folder,
        document=document,
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

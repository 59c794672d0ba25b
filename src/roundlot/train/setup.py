"""A setup of training: one TOML file that says what is trained, on what, by which methods."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.fleet.documents import require_known
from roundlot.fleet.files import closest
from roundlot.fleet.values import read_section
from roundlot.theory import InvalidProblemError
from roundlot.train.any_setup import AnySetup, full_document, head
from roundlot.train.document import found_document, shipped_setups
from roundlot.train.method_source import MethodSource, read_methods
from roundlot.train.sections import FederationSection, LocalSection, RunSection
from roundlot.train.task_source import TaskSource, read_tasks

if TYPE_CHECKING:
    from roundlot.simulate.training import Federation, LocalPlan

_KEYS = ("name", "about", "seed", "tasks", "federation", "local", "run", "methods", "full")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainSetup(AnySetup[RunSection, MethodSource]):
    """Everything that training needs, checked; data are read when a federation is asked for.

    ``data``, if given, is what paths of data sets are relative to; see `AnySetup` for the others.
    """

    tasks: tuple[TaskSource, ...]
    federation: FederationSection
    local: LocalSection
    data: Path | None = None

    def new_federation(self, seed: int) -> Federation:
        """Clients and tasks of one seed.

        Raises:
            InvalidProblemError: tasks or devices that do not fit each other.
        """
        from roundlot.train.build import build_federation

        return build_federation(self.tasks, self.federation, seed, self.folder, self.data)

    def plans(self, n_models: int) -> tuple[LocalPlan, ...]:
        """What clients do in a round, for every model.

        Raises:
            InvalidProblemError: a list of another length.
        """
        from roundlot.simulate.training import LocalPlan

        columns = {item.name: getattr(self.local, item.name) for item in fields(self.local)}
        for name, value in columns.items():
            if isinstance(value, tuple) and len(value) != n_models:
                raise InvalidProblemError(
                    f"local.{name} has {len(value)} numbers for {n_models} models; give one each"
                )
        plans = []
        for s in range(n_models):
            row = {k: v[s] if isinstance(v, tuple) else v for k, v in columns.items()}
            plans.append(LocalPlan(**(row | {"batch_size": row["batch_size"] or None})))
        return tuple(plans)

    def with_data(self, folder: str | os.PathLike[str]) -> TrainSetup:
        """The setup whose tasks look for the files of their data sets in this folder.

        Raises:
            InvalidProblemError: there is no such folder.
        """
        place = Path(folder)
        if not place.is_dir():
            raise InvalidProblemError(f"there is no folder {place}; give the one with the data")
        return replace(self, data=place)

    def _of(self, document: Mapping[str, Any]) -> TrainSetup:
        return replace(build(document, self.folder, self.name), data=self.data)


def load_train_setup(source: str | os.PathLike[str]) -> TrainSetup:
    """The setup of a name in ``shipped_setups``, or in the TOML file at a path.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it.
    """
    found, named = found_document(source), str(source)
    if found is None:
        raise InvalidProblemError(
            f"no setup is called {named!r}, nor is it a file; {closest(named, shipped_setups())}"
        )
    document, place = found
    if place is None:
        return build(document, Path(), named)
    try:
        return build(document, place.parent, place.stem)
    except InvalidProblemError as error:
        raise InvalidProblemError(f"setup {place}: {error}") from error


def build(document: Mapping[str, Any], folder: Path, fallback: str) -> TrainSetup:
    """A setup from its TOML as parsed.

    Raises:
        InvalidProblemError: names the section or key that does not fit.
    """
    require_known(document, _KEYS)
    full = full_document(document)
    if full is not None:
        build(full, folder, fallback)
    run = read_section(RunSection, document.get("run", {}), "run")
    methods = read_methods(document.get("methods"))
    for method in methods:
        method.make()
    return TrainSetup(
        **head(document, folder, fallback),
        tasks=read_tasks(document.get("tasks")),
        federation=read_section(FederationSection, document.get("federation", {}), "federation"),
        local=read_section(LocalSection, document.get("local", {}), "local"),
        run=run,
        methods=methods,
    )

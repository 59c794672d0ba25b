"""A setup of training: one TOML file that says what is trained, on what, by which methods."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

import numpy as np

from roundlot.loggers import LogSection
from roundlot.setup import Setup, Whole, key, part, section
from roundlot.setup.document import found_document, merged, shipped_setups
from roundlot.setup.reading import closest
from roundlot.simulate import tasks as shipped
from roundlot.simulate import training
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural
from roundlot.train.client_tables import read_able, read_online
from roundlot.train.sections import (
    FederationSection,
    LocalSection,
    PrivacySection,
    RunSection,
    ServerSection,
    StopSection,
)
from roundlot.train.sources import MethodSource, TaskSource, chosen, read_methods, read_tasks

if TYPE_CHECKING:
    from roundlot.simulate.training import EarlyStop, Federation, LocalPlan, Privacy, Task


class _Run(Protocol):
    """A section ``[run]``."""

    @property
    def seeds(self) -> int: ...

    @property
    def baseline(self) -> str | None: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def _none(folder: Path) -> tuple[Path, ...]:
    return ()


_RATES = ("period", "factor", "warmup")  # of the schedule, which is one for all models
AnyRun = TypeVar("AnyRun", bound=_Run)
AnyMethod = TypeVar("AnyMethod", bound=_Named)


def _sections(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidProblemError(
            f"[{place}] must hold sections; give [{place}.run] rounds = 150, say"
        )
    return value


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodsSetup(Setup, ABC, Generic[AnyRun, AnyMethod]):
    """Several methods, each trained with several seeds; of clients or of workers.

    ``full`` are the sections that make it as large as the setup it is from.

    Raises:
        InvalidProblemError: a baseline that is not among the methods.
    """

    seed: int = key(0, Whole(low=0, high=2**40))
    run: AnyRun
    methods: tuple[AnyMethod, ...]
    log: LogSection = section(LogSection)
    full: Mapping[str, Any] = part(_sections, {})

    def __post_init__(self) -> None:
        names, baseline = [method.name for method in self.methods], self.run.baseline
        if baseline is not None and baseline not in names:
            raise InvalidProblemError(
                f"run.baseline is {baseline!r}, which is not among the methods; "
                + closest(baseline, names)
            )
        if self.full:
            self.at_full_size()

    def files(self) -> tuple[Path, ...]:
        """Files of the user's own whose code runs: those of tasks, then those of methods."""
        sources = (*self.task_sources, *self.methods)
        found = [
            place for source in sources for place in getattr(source, "files", _none)(self.folder)
        ]
        return tuple(dict.fromkeys(found))

    @property
    @abstractmethod
    def task_sources(self) -> tuple[TaskSource, ...]:
        """Where the tasks come from."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(range(self.seed, self.seed + self.run.seeds))

    def at_full_size(self) -> Self:
        """The setup with its section ``[full]`` put over the others.

        Raises:
            InvalidProblemError: it has none.
        """
        if not self.full:
            raise InvalidProblemError(f"setup {self.name!r} has no [full]; leave --full out")
        return self._of(merged(self.document, self.full))

    @classmethod
    def found(cls, source: str | os.PathLike[str]) -> Self | None:
        """The setup of a shipped name, or in the TOML file at a path; None for any other text.

        Raises:
            InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a
                value that does not fit; one line that names it.
        """
        document, place = found_document(source) or (None, None)
        if document is None:
            return None
        return cls.of(document, name=str(source)) if place is None else cls.load(place)

    @abstractmethod
    def with_methods(self, names: Sequence[str]) -> Self:
        """The setup with these methods only; its baseline goes if it is not among them.

        Raises:
            InvalidProblemError: an unknown name.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainSetup(MethodsSetup[RunSection, MethodSource]):
    """Training of clients in a federation; data are read when a federation is asked for.

    ``data``, if given, is what paths of data sets are relative to.
    """

    tasks: tuple[TaskSource, ...] = part(lambda values, place: read_tasks(values))
    federation: FederationSection = section(FederationSection)
    local: LocalSection = section(LocalSection)
    server: ServerSection = section(ServerSection)
    privacy: PrivacySection | None = section(PrivacySection, optional=True)
    stop_early: StopSection | None = section(StopSection, optional=True)
    run: RunSection = section(RunSection)
    methods: tuple[MethodSource, ...] = part(lambda values, place: read_methods(values))
    data: Path | None = None

    def __post_init__(self) -> None:
        for method in self.methods:
            method.make(self.folder)
        self.server.made()
        super().__post_init__()

    @property
    def task_sources(self) -> tuple[TaskSource, ...]:
        """One or several, trained side by side."""
        return self.tasks

    def new_federation(self, seed: int) -> Federation:
        """Clients and tasks of one seed.

        Raises:
            InvalidProblemError: tasks or devices that do not fit each other.
        """
        return build_federation(self.tasks, self.federation, seed, self.folder, self.data)

    @property
    def private(self) -> Privacy | None:
        """How updates are clipped and steps get noise, if they are."""
        return None if self.privacy is None else self.privacy.made()

    def plans(self, n_models: int) -> tuple[LocalPlan, ...]:
        """What clients do in a round, for every model.

        Raises:
            InvalidProblemError: a list of another length.
        """
        plans = []
        for row in _per_model(self.local, n_models):
            row |= {"batch_size": row["batch_size"] or None, "schedule": self.local.rates()}
            plans.append(training.LocalPlan(**{k: v for k, v in row.items() if k not in _RATES}))
        return tuple(plans)

    def stops(self, n_models: int) -> tuple[EarlyStop, ...] | None:
        """When each model stops; None where all are trained to the end.

        Raises:
            InvalidProblemError: a list of another length.
        """
        if self.stop_early is None:
            return None
        return tuple(training.EarlyStop(**row) for row in _per_model(self.stop_early, n_models))

    def with_data(self, folder: str | os.PathLike[str]) -> TrainSetup:
        """The setup whose tasks look for the files of their data sets in this folder.

        Raises:
            InvalidProblemError: there is no such folder.
        """
        place = Path(folder)
        if not place.is_dir():
            raise InvalidProblemError(f"there is no folder {place}; give the one with the data")
        return replace(self, data=place)

    def with_methods(self, names: Sequence[str]) -> TrainSetup:
        """The setup with these methods only; see `MethodsSetup`."""
        tables = [source.to_table() for source in chosen(self.methods, names)]
        baseline = self.run.baseline if self.run.baseline in names else None
        return self.replaced({"run.baseline": baseline, "methods": tables})

    def _of(self, document: Mapping[str, Any]) -> TrainSetup:
        return replace(super()._of(document), data=self.data)


def _per_model(section: LocalSection | StopSection, n_models: int) -> list[dict[str, Any]]:
    """The keys of a section, for every model.

    Raises:
        InvalidProblemError: a list of another length.
    """
    columns = {item.name: getattr(section, item.name) for item in fields(section)}
    for name, value in columns.items():
        if isinstance(value, tuple) and len(value) != n_models:
            kind = "text" if isinstance(value[0], str) else "number"
            raise InvalidProblemError(
                f"{section.table}.{name} has {len(value)} {plural(len(value), kind)} for "
                f"{n_models} {plural(n_models, 'model')}; give one each"
            )
    return [
        {name: value[s] if isinstance(value, tuple) else value for name, value in columns.items()}
        for s in range(n_models)
    ]


def load_train_setup(source: str | os.PathLike[str]) -> TrainSetup:
    """The setup of a name in ``shipped_setups``, or in the TOML file at a path.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it.
    """
    setup, named = TrainSetup.found(source), str(source)
    if setup is None:
        raise InvalidProblemError(
            f"no setup is called {named!r}, nor is it a file; {closest(named, shipped_setups())}"
        )
    return setup


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
        able = shipped.trainable_90_10(n_clients, n_models, seed)
    elif section.able != "all":
        able = read_able(folder / section.able, n_clients, [task.name for task in tasks])
    plain = training.Federation(tasks=tasks, able=able)
    return replace(
        plain,
        processors=_processors(section.processors, plain, seed),
        online=_online(section, n_clients, folder),
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


def _online(section: FederationSection, n_clients: int, folder: Path) -> Any:
    if isinstance(section.online, str):
        return read_online(folder / section.online, n_clients)
    return None if section.online == 1.0 else _column(section.online, n_clients, "online")


def _processors(value: Any, federation: Federation, seed: int) -> Any:
    if value == "25-50-25":
        return shipped.processors_25_50_25(federation.available, seed)
    return _column(value, federation.n_clients, "processors").astype(np.int64)


def _devices(section: FederationSection, n_clients: int, seed: int) -> dict[str, Any]:
    columns: dict[str, Any] = {"speed": section.speed, "link": section.link}
    if section.devices == "phones":
        phones = shipped.devices(n_clients, seed)
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
            f"federation.{name} has {column.size} {plural(column.size, 'number')} for {n_clients} "
            f"{plural(n_clients, 'client')}; give one each"
        )
    return np.broadcast_to(column, n_clients)

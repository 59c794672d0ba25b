"""A setup of training: one TOML file that says what is trained, on what, by which methods."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.fleet.files import closest, existing_file, read_text, reason
from roundlot.fleet.values import read_section, text, whole
from roundlot.theory import InvalidProblemError
from roundlot.train.method_source import MethodSource, read_methods
from roundlot.train.sections import FederationSection, LocalSection, RunSection
from roundlot.train.task_source import TaskSource, read_tasks

if TYPE_CHECKING:
    from roundlot.simulate.training import Federation, LocalPlan

_KEYS = ("name", "about", "seed", "tasks", "federation", "local", "run", "methods", "full")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainSetup:
    """Everything that training needs, checked; data are read when a federation is asked for.

    ``document`` is the TOML as parsed and changed, ``folder`` what its paths are relative to, and
    ``data``, if given, what those of data sets are.
    """

    name: str
    about: str
    seed: int
    tasks: tuple[TaskSource, ...]
    federation: FederationSection
    local: LocalSection
    run: RunSection
    methods: tuple[MethodSource, ...]
    folder: Path
    document: Mapping[str, Any]
    data: Path | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(range(self.seed, self.seed + self.run.seeds))

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

    def replaced(self, changes: Mapping[str, Any]) -> TrainSetup:
        """The setup with some keys changed, such as ``{"run.rounds": 20}``; None drops a key."""
        document = copy.deepcopy(dict(self.document))
        for place, value in changes.items():
            section, _, name = place.rpartition(".")
            table = document.setdefault(section, {}) if section else document
            if name in ("budget", "budget_fraction"):
                table.pop("budget", None)
                table.pop("budget_fraction", None)
            table.pop(name, None)
            if value is not None:
                table[name] = value
        return replace(build(document, self.folder, self.name), data=self.data)

    def with_data(self, folder: str | os.PathLike[str]) -> TrainSetup:
        """The setup whose tasks look for the files of their data sets in this folder.

        Raises:
            InvalidProblemError: there is no such folder.
        """
        place = Path(folder)
        if not place.is_dir():
            raise InvalidProblemError(f"there is no folder {place}; give the one with the data")
        return replace(self, data=place)

    def at_full_size(self) -> TrainSetup:
        """The setup with its section ``[full]`` put over the others.

        Raises:
            InvalidProblemError: it has none.
        """
        full = self.document.get("full")
        if not full:
            raise InvalidProblemError(f"setup {self.name!r} has no [full]; leave --full out")
        whole_size = build(merged(self.document, full), self.folder, self.name)
        return replace(whole_size, data=self.data)


def shipped_setups() -> dict[str, str]:
    """Names of the setups that come with roundlot, and what each says it is about."""
    folder = files("roundlot.data") / "train"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    texts = {name.removesuffix(".toml"): (folder / name).read_text("utf-8") for name in names}
    return {name: str(tomllib.loads(body).get("about", "")) for name, body in texts.items()}


def load_train_setup(source: str | os.PathLike[str]) -> TrainSetup:
    """The setup of a name in ``shipped_setups``, or in the TOML file at a path.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it.
    """
    named = str(source)
    shipped = files("roundlot.data") / "train" / f"{named}.toml"
    if named.replace("-", "").replace("_", "").isalnum() and shipped.is_file():
        return build(_parse(shipped.read_text("utf-8"), named), Path(), named)
    if not named.endswith(".toml") and not Path(source).exists():
        raise InvalidProblemError(
            f"no setup is called {named!r}, nor is it a file; {closest(named, shipped_setups())}"
        )
    place = existing_file(source, "setup")
    document = _parse(read_text(place, "setup"), str(place))
    try:
        return build(document, place.parent, place.stem)
    except InvalidProblemError as error:
        raise InvalidProblemError(f"setup {place}: {error}") from error


def build(document: Mapping[str, Any], folder: Path, fallback: str) -> TrainSetup:
    """A setup from its TOML as parsed.

    Raises:
        InvalidProblemError: names the section or key that does not fit.
    """
    unknown = [given for given in document if given not in _KEYS]
    if unknown:
        kind = "section" if isinstance(document[unknown[0]], dict) else "key"
        raise InvalidProblemError(
            f"there is no {kind} {unknown[0]!r}; {closest(unknown[0], _KEYS)}"
        )
    full = document.get("full", {})
    if not isinstance(full, Mapping):
        raise InvalidProblemError("[full] must hold sections; give [full.run] rounds = 150, say")
    if full:
        without = {key: value for key, value in document.items() if key != "full"}
        build(merged(without, full), folder, fallback)
    run = read_section(RunSection, document.get("run", {}), "run")
    methods = read_methods(document.get("methods"))
    for method in methods:
        method.make()
    if run.baseline is not None and run.baseline not in [method.name for method in methods]:
        raise InvalidProblemError(
            f"run.baseline is {run.baseline!r}, which is not among the methods; "
            + closest(run.baseline, [method.name for method in methods])
        )
    return TrainSetup(
        name=text(document.get("name", fallback), "name"),
        about=str(document.get("about", "")),
        seed=whole(low=0, high=2**40)(document.get("seed", 0), "seed"),
        tasks=read_tasks(document.get("tasks")),
        federation=read_section(FederationSection, document.get("federation", {}), "federation"),
        local=read_section(LocalSection, document.get("local", {}), "local"),
        run=run,
        methods=methods,
        folder=folder,
        document=document,
    )


def merged(document: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` with the sections of ``over`` laid over its own, key by key."""
    out = {key: value for key, value in document.items() if key != "full"}
    for name, value in over.items():
        old = out.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        out[name] = {**old, **value} if both else value  # type: ignore[dict-item]
    run = out.get("run", {})
    if isinstance(run, Mapping) and {"budget", "budget_fraction"} <= set(run):
        given = "budget" if "budget" in over.get("run", {}) else "budget_fraction"
        other = "budget_fraction" if given == "budget" else "budget"
        out["run"] = {key: value for key, value in run.items() if key != other}
    return out


def _parse(content: str, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content)
    except RecursionError as error:
        raise InvalidProblemError(f"setup {place} nests too deep for TOML") from error
    except ValueError as error:
        raise InvalidProblemError(f"setup {place} is not TOML: {reason(error)}") from error

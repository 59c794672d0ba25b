"""Setups of a sweep with their changes, as they travel: plain data, and tables by content."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roundlot.fleet import SHIPPED, FleetSetup, default_setup, load_setup, scores_setup
from roundlot.folders.code_marks import code_mark
from roundlot.setup.document import shipped_setups
from roundlot.setup.reading import closest, existing_file
from roundlot.sweep.setup import SweepSection
from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import content_of
from roundlot.train.marks import content_mark, method_mark, named_files, rounds_mark
from roundlot.train.setup import TrainSetup
from roundlot.train.sources import chosen
from roundlot.train.workers_setup import WorkersSetup, load_training

FLEET, FEDERATION, WORKERS = "fleet", "federation", "workers"
_TABLES = (".csv", ".tsv", ".parquet", ".npy")
_PATHS = {
    "fleet": ("clients", "samples", "labels"),
    "scores": ("path", "losses"),
    "problem": ("groups",),
}
#: Sections of a fleet's setup that fleet, updates and scores do not depend on.
_LATER = ("name", "problem", "simulate", "verify", "bound")
AnySetup = TrainSetup | WorkersSetup
#: What compares methods on a fleet and draws rounds, and the packages that it is followed into.
_COMPARED = (
    "roundlot.sweep.measures",
    "roundlot.solvers.dispatch",
    "roundlot.solvers.rules",
    "roundlot.simulate.monte_carlo.simulation",
)
_COMPARED_WITHIN = (
    "roundlot.solvers.rules",
    "roundlot.solvers.water",
    "roundlot.simulate.designs",
    "roundlot.simulate.monte_carlo",
    "roundlot.run.case",
    "roundlot.run.simulation",
)
#: What a result does not depend on, or a cell says itself.
_BESIDE = ("name", "about", "seed", "methods", "full")
_LEFT_OUT = ("full", "log")  # the sweep has keys of its own for them
_BESIDE_RUN = ("seeds", "baseline", "confidence", "checkpoint_every")


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What a cell starts from.

    Attributes:
        kind: "fleet", "federation" or "workers".
        label: the setup's name in the rows.
        varied: the values of what the sweep varies, by key.
        document: the setup with its changes, without what a cell adds (seed, method).
        methods: names of methods, with their tables for a setup of training.
        identity: a digest of everything that a result depends on, files included.
        base: a digest of what cells share that differ in their limits only.
        folder, data: what paths in a setup of training are relative to.
        paths: files that workers have to see under these names.
    """

    kind: str
    label: str
    varied: Mapping[str, Any]
    document: Mapping[str, Any]
    methods: Mapping[str, Any]
    identity: str
    base: str
    folder: str = ""
    data: str | None = None
    paths: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Shelf:
    """Contents of files under names that are made of them, so that no worker needs the files."""

    contents: dict[str, bytes] = field(default_factory=dict)
    names: dict[Path, str] = field(default_factory=dict)

    def put(self, path: Path) -> str:
        """The name under which the content of the file travels.

        Raises:
            OSError: it cannot be read.
        """
        if path not in self.names:
            content = content_of(path)
            name = f"{hashlib.sha256(content).hexdigest()[:16]}/{path.name}"
            self.contents[name] = content
            self.names[path] = name
        return self.names[path]


def digest(value: Any) -> str:
    """A short digest of plain data, the same wherever and whenever it is computed."""
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]


def read_fleet_setup(name: str, folder: Path) -> FleetSetup:
    """The setup that a sweep names; its tables are read, so that a bad one is refused at once.

    Raises:
        InvalidProblemError: no such setup, or one that is malformed.
    """
    if name == SHIPPED:
        return default_setup()
    path = folder / name
    if path.suffix == ".toml":
        setup = load_setup(path)
    elif path.suffix.lower() in _TABLES:
        setup = scores_setup(path)
    else:
        raise InvalidProblemError(
            f"sweep.setups has {name!r}; give {SHIPPED!r}, a setup (.toml) or a table of scores "
            "(.csv, .parquet, .npy)"
        )
    if setup.source.source != SHIPPED or setup.score_table is not None:
        _ = setup.fleet
    return setup


def fleet_source(
    base: FleetSetup,
    label: str,
    changes: Mapping[str, Any],
    varied: Mapping[str, Any],
    methods: tuple[str, ...],
    shelf: Shelf,
) -> Source:
    """The setup with changes; its tables are on the shelf.

    Raises:
        InvalidProblemError: a change that does not fit, a table that is not there.
    """
    setup = base.replaced(changes)
    document = copy.deepcopy(dict(setup.document))
    document["name"] = setup.name
    for table, name in _tables_of(document):
        path = existing_file(setup.folder / str(table[name]), "table")
        table[name] = shelf.put(path)
    rest = {name: value for name, value in document.items() if name not in ("name", "seed")}
    shared = {name: value for name, value in rest.items() if name not in _LATER}
    return Source(
        kind=FLEET,
        label=label,
        varied=varied,
        document=document,
        methods=dict.fromkeys(methods),
        identity=digest(rest),
        base=digest(shared),
    )


def _tables_of(document: Mapping[str, Any]) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    """Every place of a document that names a table: the section and its key."""
    for section, names in _PATHS.items():
        table = document.get(section, {})
        yield from ((table, name) for name in names if name in table)
    costs = document.get("problem", {}).get("costs", {})
    yield from ((costs, name) for name in costs)


def read_training_setup(name: str, folder: Path, section: SweepSection) -> AnySetup:
    """The setup that a sweep names, at the size and with the data that it asks for.

    Raises:
        InvalidProblemError: no such setup, or one that is malformed.
    """
    shipped = shipped_setups()
    if name not in shipped and not name.endswith(".toml"):
        raise InvalidProblemError(
            f"sweep.setups has {name!r}, neither a file (.toml) nor shipped; "
            + closest(name, shipped)
        )
    place = name if name in shipped else str(folder / name)
    setup = load_training(place)
    setup = setup.at_full_size() if section.full else setup
    if section.data is None:
        return setup
    if isinstance(setup, WorkersSetup):
        raise InvalidProblemError(f"sweep.data is not for {name!r}, which has [workers]")
    return setup.with_data(folder / section.data)


def training_source(
    base: AnySetup,
    label: str,
    changes: Mapping[str, Any],
    varied: Mapping[str, Any],
    section: SweepSection,
) -> Source:
    """The setup with changes.

    Raises:
        InvalidProblemError: a change that does not fit, an unknown method.
    """
    _require_sections(base.document, changes, label)
    device = section.device or base.document.get("run", {}).get("device", "cpu")
    setup: AnySetup = base.replaced({**changes, "run.device": device})
    if isinstance(setup, WorkersSetup):
        setup.require_used(list(changes))
    document = {
        name: value for name, value in setup.document.items() if name not in ("full", "log")
    }
    rest = {name: value for name, value in document.items() if name not in _BESIDE}
    run = document.get("run", {})
    rest["run"] = {name: value for name, value in run.items() if name not in _BESIDE_RUN}
    files = dict(_files(rest, setup))
    known = _method_tables(setup, section.methods)
    files |= {name: path for table in known.values() for name, path in _files(table, setup)}
    identity = digest([rest, {name: content_mark(path) for name, path in files.items()}])
    return Source(
        kind=WORKERS if isinstance(setup, WorkersSetup) else FEDERATION,
        label=label,
        varied=varied,
        document=document,
        methods=known,
        identity=identity,
        base=identity,
        folder=str(setup.folder.resolve()),
        data=str(setup.data.resolve()) if isinstance(setup, TrainSetup) and setup.data else None,
        paths=tuple(str(path.resolve()) for path in files.values()),
    )


def _method_tables(setup: AnySetup, names: tuple[str, ...] | str | None) -> dict[str, Any]:
    """Tables of the methods that are wanted; without a wish, those of the setup."""
    if isinstance(setup, WorkersSetup):
        crew = setup if names is None or names == "all" else setup.with_methods(names)
        return {
            source.name: _table(entry)
            for source, entry in zip(crew.methods, crew.document["methods"], strict=True)
        }
    wanted = [one.name for one in setup.methods] if names in (None, "all") else names
    return {one.name: _table(one.to_table()) for one in chosen(setup.methods, wanted)}


def code_marks(source: Source) -> dict[str, str]:
    """The mark of the code that computes a source's cells, by method.

    Files of the user's own are in the source's identity.
    """
    if source.kind == FLEET:
        mark = code_mark(_COMPARED, _COMPARED_WITHIN)
        return dict.fromkeys(source.methods, mark)
    played = rounds_mark(workers=source.kind == WORKERS)
    return {
        name: f"{method_mark(str(table.get('method', '')))} {played}"
        for name, table in source.methods.items()
    }


def _table(entry: Any) -> dict[str, Any]:
    table = {"method": entry} if isinstance(entry, str) else dict(entry)
    return {name: value for name, value in table.items() if name != "name"}


def _files(document: Any, setup: AnySetup) -> Iterator[tuple[str, Path]]:
    """Every text of a document that names a file or folder that is there."""
    data = setup.data if isinstance(setup, TrainSetup) else None
    return named_files(document, setup.folder, data)


def _require_sections(document: Mapping[str, Any], changes: Mapping[str, Any], label: str) -> None:
    for place in changes:
        section, _, name = place.rpartition(".")
        if not section and isinstance(document.get(name, {}), dict | list):
            raise InvalidProblemError(
                f"{place} is no key of setup {label!r}; name a section and its key"
            )
        if isinstance(document.get(section), list):
            raise InvalidProblemError(
                f"setup {label!r} has several [[{section}]], so that {place} names none of them; "
                "write a setup for each value"
            )

"""Setups of fleets in a sweep: the shipped one, a TOML file, a plain table of scores."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from roundlot.fleet import FleetSetup, default_setup, load_setup, scores_setup
from roundlot.setup.reading import existing_file
from roundlot.sweep.source import FLEET, Shelf, Source, digest
from roundlot.theory import InvalidProblemError

SHIPPED = "speech-commands"
_TABLES = (".csv", ".parquet", ".npy")
_PATHS = {
    "fleet": ("clients", "samples", "labels"),
    "scores": ("path", "losses"),
    "problem": ("groups",),
}
#: Sections that fleet, updates and scores do not depend on.
_LATER = ("name", "problem", "simulate", "verify", "bound")


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
    for table, name in _paths(document):
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


def _paths(document: Mapping[str, Any]) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    """Every place of a document that names a table: the section and its key."""
    for section, names in _PATHS.items():
        table = document.get(section, {})
        yield from ((table, name) for name in names if name in table)
    costs = document.get("problem", {}).get("costs", {})
    yield from ((costs, name) for name in costs)

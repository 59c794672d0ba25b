"""Setups of training in a sweep: those that ``roundlot train`` takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from roundlot.setup.document import shipped_setups
from roundlot.setup.reading import closest
from roundlot.sweep.setup import SweepSection
from roundlot.sweep.source import FEDERATION, WORKERS, Source, digest, path_digest
from roundlot.theory import InvalidProblemError
from roundlot.train.setup import TrainSetup
from roundlot.train.sources import chosen
from roundlot.train.workers_setup import WorkersSetup, load_training

AnySetup = TrainSetup | WorkersSetup
#: What a result does not depend on, or a cell says itself.
_BESIDE = ("name", "about", "seed", "methods", "full")
_BESIDE_RUN = ("seeds", "baseline", "confidence", "checkpoint_every")


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
    document = {name: value for name, value in setup.document.items() if name != "full"}
    rest = {name: value for name, value in document.items() if name not in _BESIDE}
    run = document.get("run", {})
    rest["run"] = {name: value for name, value in run.items() if name not in _BESIDE_RUN}
    files = dict(_files(rest, setup))
    known = _methods(setup, section.methods)
    files |= {name: path for table in known.values() for name, path in _files(table, setup)}
    identity = digest([rest, {name: path_digest(path) for name, path in files.items()}])
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


def _methods(setup: AnySetup, names: tuple[str, ...] | str | None) -> dict[str, Any]:
    """Tables of the methods that are wanted; without a wish, those of the setup."""
    if isinstance(setup, WorkersSetup):
        crew = setup if names is None or names == "all" else setup.with_methods(names)
        return {
            source.name: _table(entry)
            for source, entry in zip(crew.methods, crew.document["methods"], strict=True)
        }
    wanted = [one.name for one in setup.methods] if names in (None, "all") else names
    return {
        one.name: {"method": one.method, **one.settings} for one in chosen(setup.methods, wanted)
    }


def _table(entry: Any) -> dict[str, Any]:
    table = {"method": entry} if isinstance(entry, str) else dict(entry)
    return {name: value for name, value in table.items() if name != "name"}


def _files(document: Any, setup: AnySetup) -> Iterator[tuple[str, Path]]:
    """Every text of a document that names a file or folder that is there."""
    data = setup.data if isinstance(setup, TrainSetup) else None
    for text in _texts(document):
        for folder in (data, setup.folder):
            path = None if folder is None else folder / text.partition(".py:")[0]
            if path is not None and ".py:" in text:
                path = path.with_name(path.name + ".py")
            if path is not None and _is_there(path):
                yield text, path
                break


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip() and len(value) < 1000 and "\n" not in value:
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


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

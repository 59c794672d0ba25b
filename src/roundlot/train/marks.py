"""By what code and from which files runs are trained, so that kept ones can be told from today's.

A run is one of today's if its method's code and settings, the rounds and engines that play it, and
the files that the setup names say what they said then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from roundlot.folders.code_marks import code_mark, file_mark
from roundlot.simulate.methods import METHODS
from roundlot.simulate.runs.checkpoints import described_fields
from roundlot.simulate.workers import WORKER_METHODS
from roundlot.theory.plain_files import opened
from roundlot.train.setup import MethodsSetup, TrainSetup
from roundlot.train.sources import MethodSource

_TRAINING = "roundlot.simulate.training"
_WORKERS = "roundlot.simulate.workers"
#: Rounds of clients, and whatever trains, draws and steps in them.
_ROUNDS = tuple(f"{_TRAINING}.{name}" for name in ("run", "round", "lot", "server_optimizer"))
_PLAYED_BY = (
    *_ROUNDS,
    *(f"{_TRAINING}.{name}" for name in ("federation", "privacy", "early_stop")),
    "roundlot.simulate.engines",
    "roundlot.simulate.designs",
)
_STEPS = ("roundlot.simulate.methods", "roundlot.solvers.rules")


def rounds_mark(*, workers: bool = False) -> str:
    """The mark of what plays the rounds, of clients or of workers."""
    if workers:
        return code_mark([f"{_WORKERS}.runner"], [_WORKERS, "roundlot.simulate.engines"])
    return code_mark([*_ROUNDS, "roundlot.simulate.engines.choice"], _PLAYED_BY)


def method_mark(method: str) -> str:
    """The mark of a shipped method's code; empty for a name that is none."""
    if method in METHODS:
        return code_mark([f"roundlot.simulate.methods.{METHODS[method][0]}"], _STEPS)
    if method in WORKER_METHODS:
        return code_mark([f"{_WORKERS}.{WORKER_METHODS[method][0]}"], [_WORKERS])
    return ""


def steps_of(setup: MethodsSetup[Any, Any]) -> dict[str, dict[str, str]]:
    """Of every method by its name: its formula, its settings, the marks of code."""
    federated = isinstance(setup, TrainSetup)
    played = {"code of rounds": rounds_mark(workers=not federated)}
    return {one.name: _step(one, setup.folder) | played for one in setup.methods}


def files_of(setup: MethodsSetup[Any, Any]) -> dict[str, str]:
    """The marks of all files that a setup names, by what it calls them.

    Folders and names without an ending are left out: "digits" names a task first. So are methods of
    the user's own, which are among the steps.
    """
    own = {source.module for source in setup.methods if isinstance(source, MethodSource)}
    run = {name: value for name, value in setup.document.items() if name not in ("full", "log")}
    data = setup.data if isinstance(setup, TrainSetup) else None
    return {
        text: _mark(path)
        for text, path in named_files(run, setup.folder, data)
        if path.suffix and path.is_file() and text not in own
    }


def named_files(document: Any, folder: Path, data: Path | None) -> Iterator[tuple[str, Path]]:
    """Every text of a document that names a file or folder that is there, in the folder of data or
    in that of the setup; code is "file.py:name"."""
    for text in _texts(document):
        for place in (data, folder):
            path = None if place is None else place / text.partition(".py:")[0]
            if path is not None and ".py:" in text:
                path = path.with_name(path.name + ".py")
            if path is not None and _is_there(path):
                yield text, path
                break


def content_mark(path: Path) -> str:
    """A digest of a file's content, or of the names and sizes of what is in a folder."""
    if path.is_dir():
        inside = sorted(item for item in path.rglob("*") if item.is_file())
        listed = [(str(item.relative_to(path)), item.stat().st_size) for item in inside]
        return hashlib.sha256(repr(listed).encode()).hexdigest()[:24]
    with opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:24]


def _mark(path: Path) -> str:
    return file_mark(path) if path.suffix == ".py" else content_mark(path)


def _step(source: Any, folder: Path) -> dict[str, str]:
    """What a method does, as far as it says so."""
    if not isinstance(source, MethodSource):
        return {"code of its step": method_mark(source.method)}
    made = source.make(folder)
    said = {
        "formula": str(getattr(made, "formula", "")),
        **described_fields("setting", made),
    }
    if source.module is None:
        return said | {"code of its step": method_mark(source.method)}
    return said | {f"code of {path.name}": file_mark(path) for path in source.files(folder)}


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

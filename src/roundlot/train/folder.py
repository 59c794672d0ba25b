"""The folder that training writes: one owner at a time, and completed runs are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from roundlot.folders.atomic import take_lock, write_text
from roundlot.folders.checks import check_addable, reworded
from roundlot.theory import InvalidProblemError
from roundlot.train.sources import file_name

SETUP, RESULT, PAGE = "setup.json", "result.json", "index.html"
_LOCK = ".lock"
_FORMAT = "roundlot.train/1"
#: What a resumed training may change: more seeds and other methods beside those there are.
_FREE = ("run.seeds", "run.baseline", "run.confidence", "run.checkpoint_every", "about")


@contextmanager
def opened(folder: Path, document: Mapping[str, Any], *, resume: bool) -> Iterator[Path]:
    """The folder, new or of an earlier training of the same setup, for this process alone.

    Raises:
        FileExistsError: an earlier training without ``resume``; something else is in the way;
            another process trains into the folder now.
        InvalidProblemError: an earlier training of another setup; names what differs.
        OSError: the place cannot be written.
    """
    check_free(folder, resume=resume)
    new = not folder.exists()
    with reworded(folder):
        (folder / "runs").mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a", encoding="utf-8")
    with lock:
        take_lock(
            lock,
            f"another process trains into {folder} now; wait for it or choose another folder",
        )
        _sweep(folder)
        with _emptied_if_nothing_is_kept(folder, new=new):
            head = {"format": _FORMAT, "setup": dict(document)}
            if _is_started(folder):
                earlier = earlier_setup(folder)
                _require_same(earlier, document, folder)
                head["setup"] = _with_methods_of(earlier, document)
            write_text(folder / SETUP, json.dumps(head, indent=1, default=str))
            yield folder


def check_free(folder: Path, *, resume: bool) -> None:
    """Refuse now what ``opened`` would refuse.

    Raises:
        FileExistsError: the folder holds something that may not be added to, or is a file.
        OSError: the place cannot be written.
    """
    check_addable(folder)
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if all(item.name in (_LOCK, SETUP, "runs") for item in folder.iterdir()) and not _is_started(
        folder
    ):
        return
    if not _is_ours(folder):
        raise FileExistsError(
            f"{folder} is not empty and holds no {SETUP} of a training; choose another folder"
        )
    if not resume:
        raise FileExistsError(
            f"{folder} holds an earlier training; choose another folder, or go on with --resume"
        )


def run_path(folder: Path, method: str, seed: int) -> Path:
    """Where the history of one run is kept."""
    return folder / "runs" / f"{file_name(method)}-seed{seed}.npz"


def checkpoint_path(folder: Path, method: str, seed: int) -> Path:
    """Where a run that goes on is kept."""
    return run_path(folder, method, seed).with_suffix(".checkpoint.npz")


def flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted name."""
    out: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{prefix}{name}.")
        else:
            out[prefix + name] = value
    return out


def earlier_setup(folder: Path) -> Mapping[str, Any]:
    """The setup that a folder was trained with, as parsed and changed.

    Raises:
        FileExistsError: the folder is of something else.
    """
    try:
        head = json.loads((folder / SETUP).read_text("utf-8"))
        if head["format"] == _FORMAT:
            return dict(head["setup"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise FileExistsError(f"{folder} holds runs without a {SETUP}; choose another folder")


def _is_started(folder: Path) -> bool:
    """Whether any run is kept; a training that failed before its first leaves nothing to keep."""
    return any((folder / "runs").glob("[!.]*"))


def _sweep(folder: Path) -> None:
    """Remove the half files of a process that was killed; nobody else writes here now."""
    for half in (*folder.glob(".*.part*"), *folder.glob("*/.*.part*")):
        with suppress(OSError):
            half.unlink()


@contextmanager
def _emptied_if_nothing_is_kept(folder: Path, *, new: bool) -> Iterator[None]:
    """A training that fails before its first run leaves the place as it found it."""
    try:
        yield
    except BaseException:
        if not _is_started(folder):
            with suppress(OSError):
                for name in (SETUP, _LOCK):
                    (folder / name).unlink(missing_ok=True)
                (folder / "runs").rmdir()
                if new:
                    folder.rmdir()
        raise


def _is_ours(folder: Path) -> bool:
    try:
        return str(json.loads((folder / SETUP).read_text("utf-8"))["format"]) == _FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _require_same(there: Mapping[str, Any], here: Mapping[str, Any], folder: Path) -> None:
    old, new = flat(json.loads(json.dumps(there))), flat(json.loads(json.dumps(here, default=str)))
    _require_methods(old.pop("methods", []), new.pop("methods", []), folder)
    for name in {**old, **new}:
        if name in _FREE or name.startswith("full."):
            continue
        if old.get(name) != new.get(name):
            raise InvalidProblemError(
                f"{folder} is of another setup: {name} was {old.get(name, 'not set')}, is "
                f"{new.get(name, 'not set')}; choose another folder"
            )


def _with_methods_of(earlier: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The setup, with earlier methods that it leaves out: their runs are still in the folder."""
    names = {_name(one) for one in document["methods"]}
    left_out = [one for one in earlier.get("methods", []) if _name(one) not in names]
    return {**document, "methods": [*document["methods"], *left_out]}


def _require_methods(old: Any, new: Any, folder: Path) -> None:
    before = {_name(one): one for one in old}
    for one in new:
        name = _name(one)
        if name in before and _settings(before[name]) != _settings(one):
            raise InvalidProblemError(
                f"{folder} is of another setup: method {name!r} was {_settings(before[name])}, is "
                f"{_settings(one)}; give it another name or choose another folder"
            )


def _name(method: Any) -> str:
    return method if isinstance(method, str) else str(method.get("name", method["method"]))


def _settings(method: Any) -> dict[str, Any]:
    table = {"method": method} if isinstance(method, str) else dict(method)
    return {key: value for key, value in table.items() if key != "name"}

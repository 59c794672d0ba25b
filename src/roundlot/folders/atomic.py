"""Write a whole folder so that an interrupt leaves either the old or the new, whole."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from roundlot import signals
from roundlot.files import followed, reworded, sibling
from roundlot.folders.checks import MARKER, check_free
from roundlot.theory.errors import InvalidProblemError

__all__ = [
    "MARKER",
    "check_free",
    "inside",
    "replaced_folder",
    "take_lock",
]


@contextmanager
def replaced_folder(
    folder: str | Path, *, overwrite: bool = False, marker: str = MARKER
) -> Iterator[Path]:
    """A temporary sibling folder to fill; it takes the name ``folder`` when the block ends well.

    A folder that is there already is replaced, with all that it holds, only when ``overwrite`` is
    true and it is the result of an earlier run (it holds a ``marker`` of roundlot). An empty
    folder counts as free. If another process fills the place meanwhile, the new folder is kept
    beside it. The exchange is one system call where the system has one.

    Raises:
        FileExistsError: something is in the way that may not be replaced.
        OSError: the place cannot be written; the message names it.
    """
    target = followed(folder)
    check_free(folder, overwrite=overwrite, marker=marker)
    _make_parent(target)
    part = sibling(target, "part")
    try:
        with reworded(target):
            part.mkdir()
            with _named(part, target):
                yield part
            _put(part, target, overwrite=overwrite)
    finally:
        with signals.held_back():
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _named(part: Path, target: Path) -> Iterator[None]:
    """What cannot be written goes by the name that was asked for."""
    try:
        yield
    except OSError as error:
        if str(part) not in str(error) or error.errno is not None:
            raise
        raise type(error)(str(error).replace(str(part), str(target))) from error


def inside(folder: str | Path, name: str) -> Path:
    """The path of ``name`` in ``folder``, refused when it would lie anywhere else.

    Raises:
        InvalidProblemError: an absolute name, one with ``..``, an empty one.
    """
    root = Path(folder).resolve()
    if not name or "\0" in name or root not in (path := (root / name).resolve()).parents:
        raise InvalidProblemError(f"{name!r:.80} does not name a file inside {folder}; rename it")
    return path


def take_lock(lock: IO[str], refusal: str, *, place: Path) -> None:
    """Own an open file until it is closed, or the process ends, however it ends.

    Raises:
        FileExistsError: another process owns it; says ``refusal``.
        OSError: this file system has no locks.
    """
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FileExistsError(refusal) from error
    except OSError as error:
        raise OSError(
            f"cannot lock {place}: {error.strerror}; choose a folder on another file system"
        ) from error


def _make_parent(target: Path) -> None:
    with reworded(target):
        target.parent.mkdir(parents=True, exist_ok=True)


def _put(part: Path, target: Path, *, overwrite: bool) -> None:
    if not overwrite:
        _put_first(part, target)
    elif not target.exists():
        part.rename(target)
    elif not any(target.iterdir()):
        target.rmdir()
        part.rename(target)
    elif not _exchange(part, target):
        _swap(part, target)


def _put_first(part: Path, target: Path) -> None:
    """Take a free name; whoever finds it taken meanwhile keeps what was written beside it."""
    with suppress(OSError):
        target.rmdir()  # an empty folder counts as free; any other stays
    try:
        part.rename(target)
    except OSError as error:
        if not target.exists():
            raise
        kept = target.with_name(f"{target.name}-{secrets.token_hex(3)}")
        part.rename(kept)
        raise FileExistsError(
            f"{target} was written by another run meanwhile; this result is kept in {kept}"
        ) from error


def _swap(part: Path, target: Path) -> None:
    """Two renames; the first is undone if anything stops the second."""
    old = sibling(target, "old")
    try:
        target.rename(old)
        part.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Give each path the other's name in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    here, both = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(rename(here, os.fsencode(first), here, os.fsencode(second), both) == 0)

"""Where a result may go: refused before the work if it could not be written after it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from errno import ENOTDIR
from pathlib import Path

from roundlot.files import destination, followed, reworded
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.plain_files import opened

MARKER = "run.json"
_SIGNATURE = b'"roundlot.run/'
_BLOCK = 4096  # bytes that a disk which is not full takes


def check_free(folder: str | Path, *, overwrite: bool = False, marker: str = MARKER) -> None:
    """Refuse now, before a long job, what `replaced_folder` would refuse after it.

    Args:
        folder: the place of the result.
        overwrite: whether an earlier result may be replaced.
        marker: the file that tells a result of roundlot from anything else.

    Raises:
        FileExistsError: a file is there, or a folder that may not be replaced.
        OSError: the place cannot be written.
    """
    target = followed(folder)
    with reworded(target):
        if not target.exists():
            check_writable(target)
            return
        if not target.is_dir():
            raise FileExistsError(f"{folder} is a file; give the name of a folder")
        check_writable(target.parent, asked=target)
        if not any(target.iterdir()):
            return
        ours = _is_result(target, marker)
    if not ours:
        raise FileExistsError(
            f"{folder} is not empty and holds no {marker} of roundlot, so it is never replaced; "
            "choose another folder"
        )
    if not overwrite:
        raise FileExistsError(
            f"{folder} holds an earlier result; choose another folder or replace it with "
            "--overwrite (overwrite=True in Python)"
        )


def check_file(path: str | Path, kinds: Sequence[str] = (), *, new_folder: bool = True) -> None:
    """Refuse now a file that could not be written later.

    Args:
        path: the place of the file.
        kinds: how its name may end, such as ``.csv``; anything without.
        new_folder: whether its folder need not be there yet.

    Raises:
        InvalidProblemError: another ending, no such folder.
        FileExistsError: a folder is there.
        OSError: the place cannot be written.
    """
    target = Path(path)
    if kinds and target.suffix.lower() not in kinds:
        *others, last = kinds
        ends = f"{', '.join(others)} or {last}" if others else last
        raise InvalidProblemError(f"{path} has no known kind; end it in {ends}")
    folder = destination(path).parent
    with reworded(target):
        if not new_folder and not folder.exists():
            raise InvalidProblemError(f"folder {target.parent} does not exist; create it first")
        check_writable(folder, asked=target)


def check_addable(folder: str | Path) -> None:
    """Refuse now a folder to which no file could be added later; it need not be there yet.

    Raises:
        FileExistsError: a file is there.
        OSError: the place cannot be written.
    """
    target = followed(folder)
    with reworded(target):
        if target.exists() and not target.is_dir():
            raise FileExistsError(f"{folder} is a file; give the name of a folder")
        check_writable(target)


def check_writable(folder: Path, *, asked: Path | None = None) -> None:
    """Refuse a folder that takes no file; of one that is not there, the nearest one above it.

    The refusal names what was ``asked`` for, if that is something in the folder.

    Raises:
        OSError: it is a file, or nothing can be created in it.
    """
    with reworded(asked or folder):
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not there.is_dir():
            raise NotADirectoryError(ENOTDIR, f"{there} is a file")
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"\0" * _BLOCK)
            probe.flush()


def _is_result(folder: Path, marker: str) -> bool:
    place = folder / marker
    if not place.is_file():
        return False
    with opened(place) as stream:
        return _SIGNATURE in stream.read(256)

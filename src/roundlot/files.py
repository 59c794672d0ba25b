"""The one way in which a file is written: whole or not at all, under the name that was asked for.

Its permissions are those that the account gives to new files (umask), whatever was there before.
A link is followed: the file that it leads to is replaced and the link stays. Another name of that
file (a hard link) keeps the earlier content.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path

from roundlot import signals
from roundlot.theory.errors import InvalidProblemError

__all__ = [
    "followed",
    "printable_path",
    "replaced_file",
    "reworded",
    "sibling",
    "write_bytes",
    "write_text",
]

_SHOWN = 24  # characters; each takes up to four bytes, and a name may have 255 of them
_FULL = (ENOSPC, EDQUOT)
_NUMBER = re.compile(r"\(os error (\d+)\)")  # where Polars names the system's number
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # bytes that are no UTF-8 come last


@contextmanager
def replaced_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[Path]:
    """A temporary sibling to write; it takes the name ``path`` when the block ends well.

    Whatever ends the block early, an interrupt too, removes the sibling and leaves ``path`` as it
    was. The sibling keeps the suffix of ``path``, so that writers that look at them work.

    Raises:
        InvalidProblemError: a name that no terminal shows as it is.
        FileExistsError: ``path`` exists, now or at the end, and ``overwrite`` is false; or it is
            anything but a plain file.
        OSError: the folder cannot be written; the message names it.
    """
    target = destination(path, overwrite=overwrite)
    with reworded(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    part = sibling(target, "part")
    try:
        with reworded(target):
            yield part
            _flush(part)
            if overwrite:
                part.replace(target)
            else:
                _take_free_name(part, target)
    except BaseException:
        with signals.held_back(), suppress(OSError):
            part.unlink()
        raise


def destination(path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
    """Where ``path`` leads, refused if no file can be put there.

    Raises:
        InvalidProblemError: a name that no terminal shows as it is.
        FileExistsError: something is there, and is not to be replaced or is no plain file.
        OSError: a link that leads back to itself.
    """
    target = followed(printable_path(path, "file"))
    with reworded(target):
        there, plain, folder = target.exists(), target.is_file(), target.is_dir()
    if folder:
        raise FileExistsError(f"{path} is a folder; give the name of a file")
    if there and not plain:
        raise FileExistsError(
            f"{path} is a pipe, a device or a socket, which is never replaced; give the name of a "
            "file"
        )
    if there and not overwrite:
        raise FileExistsError(f"{path} exists; choose another name or ask to overwrite it")
    return target


def followed(path: str | os.PathLike[str]) -> Path:
    """The place that a path leads to, by all links on the way; it need not be there.

    Raises:
        OSError: links that lead back to themselves, or that the system does not follow.
    """
    place = Path(path)
    try:
        with reworded(place):
            target = place.resolve()
            circle = target.is_symlink()  # from Python 3.13 on
    except RuntimeError:  # before
        circle = True
    if circle:
        raise OSError(f"cannot write {place}: its links lead in a circle; remove them")
    return target


def printable_path(path: str | os.PathLike[str], what: str) -> Path:
    """``path``, refused if it holds what no terminal shows, such as a line end.

    Raises:
        InvalidProblemError: it does; ``what`` names its purpose.
    """
    place = Path(path)
    if _UNSEEN.search(str(place)):
        raise InvalidProblemError(f"{what} {str(place)!r} is not a path that prints; rename it")
    return place


def write_bytes(path: str | os.PathLike[str], content: bytes, *, overwrite: bool = True) -> None:
    """Write ``content`` to ``path`` in one step; see :func:`replaced_file`."""
    with replaced_file(path, overwrite=overwrite) as part:
        part.write_bytes(content)


def write_text(path: str | os.PathLike[str], text: str, *, overwrite: bool = True) -> None:
    """Write ``text`` as UTF-8, with ``\\n`` at the end of lines; see :func:`replaced_file`."""
    write_bytes(path, text.encode("utf-8"), overwrite=overwrite)


def sibling(target: Path, purpose: str) -> Path:
    """A name beside ``target`` that nobody has, of the same ending, that no system finds long."""
    stem, ending = target.stem[:_SHOWN], target.suffix[:_SHOWN]
    return target.with_name(f".{stem}.{purpose}-{secrets.token_hex(6)}{ending}")


@contextmanager
def reworded(target: Path) -> Iterator[None]:
    """The system's refusals in one line that names the place and the remedy."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            system: OSError = error
        elif told := _NUMBER.search(str(error)):
            system = OSError(int(told[1]), os.strerror(int(told[1])))
        else:
            raise
        kind = type(error) if isinstance(error, OSError) else OSError  # Polars has its own
        raise kind(f"cannot write {target}: {refusal(system)}") from error


def refusal(error: OSError) -> str:
    """What the system said, and the remedy."""
    said = error.strerror or ""
    if not said or "errno" in said:  # Arrow puts the system's words into its own
        said = os.strerror(error.errno or 0)
    if error.errno in _FULL:
        return f"{said}; make room or choose another place"
    return f"{said}; choose a place that can be written"


def _take_free_name(part: Path, target: Path) -> None:
    """Whoever creates the name owns it: in one step where files may have two names."""
    try:
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):
            target.open("xb").close()
            part.replace(target)
    except FileExistsError as error:
        raise FileExistsError(
            f"{target} exists; choose another name or ask to overwrite it"
        ) from error
    part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())

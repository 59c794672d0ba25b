"""Files as they are read: plain ones alone, no more bytes of them than a limit, never a wait.

Reading a pipe, a device or a socket may wait, or go on, for ever; opening some of them does
something. So what a path leads to is asked first, the file is opened without waiting, and what was
opened is asked again: another may have taken the name meanwhile.
"""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any

MIB, GIB = 1 << 20, 1 << 30  # bytes
MOST = GIB  # bytes of a file that is read as a whole

_KINDS = (
    (stat.S_ISDIR, "a folder; give a file"),
    (stat.S_ISFIFO, "a pipe; write it to a file and give that"),
    (stat.S_ISSOCK, "a socket; write what it sends to a file and give that"),
    (stat.S_ISCHR, "a device; give a file"),
    (stat.S_ISBLK, "a device; give a file"),
)
# Not to wait for who writes into a pipe; not to take a terminal over; not for children.
_FLAGS = sum(getattr(os, f"O_{name}", 0) for name in ("NONBLOCK", "NOCTTY", "CLOEXEC", "BINARY"))


class NotPlainError(OSError):
    """What is there is no plain file, or a larger one than is read; says which, and the remedy.

    Attributes:
        path: of the file.
        said: what it is: "a pipe; write it to a file and give that".
    """

    def __init__(self, path: str | os.PathLike[str], said: str) -> None:
        super().__init__(f"{Path(path)} is {said}")
        self.path, self.said = path, said

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.said)


def not_plain(mode: int) -> str:
    """Of ``st_mode``: "a pipe; write it to a file and give that", or nothing for a plain file."""
    if stat.S_ISREG(mode):
        return ""
    return next((said for is_one, said in _KINDS if is_one(mode)), "no plain file; give one")


def opened(path: str | os.PathLike[str], *, most: int | None = None) -> BufferedReader:
    """The plain file at ``path``, open for reading its bytes.

    Args:
        path: of the file, or of a link to one.
        most: bytes that it may have.

    Raises:
        NotPlainError: a folder, a pipe, a socket or a device; more bytes.
        OSError: there is none, or the system refuses.
    """
    _require_plain(path, Path(path).stat(), most)
    handle = os.open(path, os.O_RDONLY | _FLAGS)
    try:
        _require_plain(path, os.fstat(handle), most)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def content_of(path: str | os.PathLike[str], *, most: int = MOST) -> bytes:
    """The bytes of the plain file at ``path``, ``most`` of them at most.

    Raises:
        NotPlainError: as :func:`opened`; it grows beyond that while it is read.
        OSError: there is none, or the system refuses.
    """
    with opened(path, most=most) as file:
        content = file.read(most + 1)
    if len(content) > most:  # files of the system say that they are empty
        raise _too_large(path, most)
    return content


def text_in(path: str | os.PathLike[str], *, most: int = MOST) -> str:
    """The text in UTF-8 of the plain file at ``path``.

    Raises:
        NotPlainError, OSError: as :func:`content_of`.
        UnicodeDecodeError: it is not UTF-8.
    """
    return content_of(path, most=most).decode("utf-8")


def size(bytes_: int) -> str:
    """A number of bytes in words: "1 GiB", "16 MiB", "100 bytes"."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB")):
        if bytes_ >= unit:
            return f"{bytes_ / unit:.4g} {name}"
    return f"{bytes_} bytes"


def _require_plain(path: str | os.PathLike[str], found: os.stat_result, most: int | None) -> None:
    said = not_plain(found.st_mode)
    if said:
        raise NotPlainError(path, said)
    if most is not None and found.st_size > most:
        raise _too_large(path, most)


def _too_large(path: str | os.PathLike[str], most: int) -> NotPlainError:
    return NotPlainError(path, f"larger than {size(most)}, the limit for such a file")

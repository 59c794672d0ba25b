"""What somebody names: files that must be there, names that must be known, each with a remedy."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from roundlot.files import printable_path
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import closest as closest
from roundlot.theory.names import near, short
from roundlot.theory.plain_files import MIB, NotPlainError, content_of, not_plain

_MOST = 12  # files of a folder that a message lists
MOST_SETUP = 2 * MIB  # bytes of what somebody writes; the worst megabyte takes seconds to parse


def existing_file(path: str | os.PathLike[str], what: str) -> Path:
    """``path``, which must be a non-empty file; ``what`` names its purpose in errors."""
    place = plain_path(path, what)
    try:
        if not place.exists():
            raise InvalidProblemError(f"{what} {place} does not exist; {_nearest(place)}")
        found = place.stat()
        if wrong := not_plain(found.st_mode):
            raise InvalidProblemError(f"{what} {place} is {wrong}")
        if found.st_size == 0:
            raise InvalidProblemError(f"{what} {place} is empty; fill it in or give another")
    except OSError as error:
        raise InvalidProblemError(f"{what} {place} cannot be read: {reason(error)}") from error
    return place


def one_spelling(name: str) -> str:
    """``name`` without spaces around it, its accents in one character with their letter (NFC)."""
    return unicodedata.normalize("NFC", name.strip())


def plain_path(path: str | os.PathLike[str], what: str) -> Path:
    """``path``, refused if it holds what no terminal shows, such as a line end."""
    return printable_path(path, what)


def read_text(path: Path, what: str, *, most: int = MOST_SETUP) -> str:
    """The text of a UTF-8 file, or of one in UTF-16 whose first bytes say so.

    Raises:
        InvalidProblemError: no plain file, one of more than ``most`` bytes, another encoding.
    """
    try:
        content = content_of(path, most=most)
        utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # as Notepad saves "Unicode"
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidProblemError(
            f"{what} {path} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error
    except NotPlainError as error:
        raise InvalidProblemError(f"{what} {error}") from error
    except OSError as error:
        raise InvalidProblemError(f"{what} {path} cannot be read: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """The first line of what an error says."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _nearest(place: Path) -> str:
    if place.is_symlink():
        return f"it is a link to {str(place.readlink())!r:.200}, which leads nowhere; mend the link"
    if not place.parent.is_dir():
        return f"nor does the folder {place.parent}"
    others = sorted(item.name for item in place.parent.iterdir())[:1000]
    meant = near(place.name, others)
    if meant:
        return f"did you mean {meant!r}?"
    alike = [name for name in others if place.suffix and Path(name).suffix == place.suffix]
    if alike:
        listed = ", ".join(map(short, alike[:_MOST])) + (", ..." if len(alike) > _MOST else "")
        return f"of {place.suffix} files its folder has {listed}"
    return f"its folder is {place.parent.absolute()}; give a file that is there"

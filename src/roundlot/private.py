"""A folder of temporary files that no other account of the machine can enter."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def private_folder() -> Path:
    """A folder for this account alone, the same one every time.

    It is in the system's folder for temporary files, where anybody may have taken its name before:
    a folder of somebody else, one that others may enter or a link is left alone, and a new folder
    is made.

    Raises:
        OSError: no folder can be made there.
    """
    if not hasattr(os, "getuid"):  # the system gives every account a folder of its own
        return Path(tempfile.mkdtemp(prefix="roundlot-"))
    place = Path(tempfile.gettempdir()) / f"roundlot-{os.getuid()}"
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    return place if _is_private(place) else Path(tempfile.mkdtemp(prefix="roundlot-"))


def _is_private(place: Path) -> bool:
    try:
        found = place.lstat()
    except FileNotFoundError:  # somebody else's, who took it away meanwhile
        return False
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and stat.S_IMODE(found.st_mode) & 0o077 == 0

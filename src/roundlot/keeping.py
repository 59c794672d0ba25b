"""Where libraries keep what they made for the next run, if they could keep it nowhere.

Numba refuses to compile, and Matplotlib writes two lines, where neither the installation nor the
home can be written. The program then gives them a folder of its own, which goes when it ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_HERE = Path(__file__).parent


def give_libraries_a_place() -> None:
    """Name a temporary folder in the environment, for this process and those that it starts."""
    home_is_closed = not _can_be_written(_home(".cache"))
    missing = []
    if home_is_closed and not _can_be_written(_HERE / "solvers" / "kernels" / "__pycache__"):
        missing.append("NUMBA_CACHE_DIR")
    if home_is_closed or not _can_be_written(_home(".config")):
        missing.append("MPLCONFIGDIR")
    missing = [name for name in missing if not os.environ.get(name)]
    if missing:
        with suppress(OSError):  # no place at all: the libraries say so themselves
            folder = tempfile.mkdtemp(prefix="roundlot-")
            atexit.register(_remove, folder, os.getpid())
            os.environ.update(dict.fromkeys(missing, folder))


def _home(kind: str) -> Path:
    variable = {".cache": "XDG_CACHE_HOME", ".config": "XDG_CONFIG_HOME"}[kind]
    chosen = os.environ.get(variable)
    return Path(chosen) if chosen else Path(os.path.expanduser("~")) / kind  # noqa: PTH111


def _can_be_written(folder: Path) -> bool:
    """Whether the folder, or one that it could be made in, takes a file."""
    with suppress(OSError):
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        return os.access(nearest, os.W_OK | os.X_OK)
    return False


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)

"""Named arrays in one file: NumPy's npz, never pickle, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError

Arrays = dict[str, npt.NDArray[Any]]
_NOT_AN_ARCHIVE = (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


def write_archive(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the arrays to a temporary sibling of ``path``, which then takes its name.

    Raises:
        OSError: the place cannot be written.
    """
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_archive(path: str | os.PathLike[str], what: str) -> Arrays:
    """The arrays that were written; ``what`` the file should hold, for errors.

    Raises:
        InvalidProblemError: a file that is not such an archive.
        OSError: a file that cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _NOT_AN_ARCHIVE as error:
        raise InvalidProblemError(
            f"{path} does not hold {what} ({error}); remove it and start again"
        ) from error


def text_array(value: Any) -> npt.NDArray[np.uint8]:
    """Plain data as the bytes of its JSON, in an array."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def array_text(array: npt.NDArray[Any]) -> Any:
    """What ``text_array`` was given."""
    return json.loads(bytes(array.astype(np.uint8)).decode())

"""NumPy's npy and npz files, in and out, never pickle: arrays, or one line on why not."""

from __future__ import annotations

import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.files import replaced_file

Arrays = dict[str, npt.NDArray[Any]]
Loaded = TypeVar("Loaded")

#: What bytes that were never written by NumPy make its readers, and zip's, raise.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_array(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The array in an npy file.

    Raises:
        ValueError: whatever else the file holds, a pickle too, which is never read.
        OSError: the file cannot be opened.
    """
    return _loaded(path, _require_array)


def load_arrays(path: str | os.PathLike[str]) -> Arrays:
    """The arrays in an npz file, by name.

    Raises:
        ValueError: whatever else the file holds, a pickle too, which is never read.
        OSError: the file cannot be opened.
    """
    return _loaded(path, _require_archive)


def save_arrays(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the arrays whole or not at all; see `roundlot.files`.

    Raises:
        InvalidProblemError: a name that no terminal shows as it is.
        FileExistsError: ``path`` is anything but a plain file.
        OSError: the place cannot be written; ``path`` is as it was.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name!r} holds Python objects, which only a pickle could keep")
    with replaced_file(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _loaded(path: str | os.PathLike[str], require: Callable[[Any], Loaded]) -> Loaded:
    with Path(path).open("rb") as file:
        try:
            return require(np.load(file, allow_pickle=False))
        except MALFORMED as error:
            text = " ".join(str(error).split())[:200]
            raise ValueError(text or type(error).__name__) from error


def _require_array(found: Any) -> npt.NDArray[Any]:
    if not isinstance(found, np.ndarray):
        raise ValueError("it is an archive of arrays, npz, and not one array")
    return found


def _require_archive(found: Any) -> Arrays:
    if isinstance(found, np.ndarray):
        raise ValueError("it is one array and not an archive of them")
    arrays: Arrays = {}
    with found as archive:
        for name in archive.files:
            arrays[name] = archive[name]
            if not isinstance(arrays[name], np.ndarray):  # NumPy gives the bytes of other members
                raise ValueError(f"its member {name[:40]!r} is not an array")
    return arrays

"""NumPy's npy and npz files, in and out, never pickle: arrays, or one line on why not."""

from __future__ import annotations

import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.files import replaced_file
from roundlot.theory.plain_files import GIB, opened, size

Arrays = dict[str, npt.NDArray[Any]]
Loaded = TypeVar("Loaded")

MOST_ARRAYS = 100_000  # in an archive; one that trains has some hundred
#: Bytes that an archive may unpack to, or so many times what it takes packed: zeros pack a thousand
#: times, numbers that somebody computed seldom ten times.
UNPACKED, _TIMES = GIB, 20
_NPY, _ZIPS = b"\x93NUMPY", (b"PK\x03\x04", b"PK\x05\x06")  # the latter of an empty one
_HEADERS: dict[tuple[int, int], Callable[[Any], Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

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
    return _loaded(path, _array)


def load_arrays(path: str | os.PathLike[str]) -> Arrays:
    """The arrays in an npz file, by name.

    Raises:
        ValueError: whatever else the file holds, a pickle too, which is never read.
        OSError: the file cannot be opened.
    """
    return _loaded(path, _archive)


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


def _loaded(path: str | os.PathLike[str], read: Callable[[BinaryIO], Loaded]) -> Loaded:
    with opened(path) as file:
        try:
            return read(file)
        except MALFORMED as error:
            text = " ".join(str(error).split())[:200]
            raise ValueError(text or type(error).__name__) from error


def _array(file: BinaryIO) -> npt.NDArray[Any]:
    start = file.read(len(_NPY))
    if start.startswith(_ZIPS):
        raise ValueError("it is an archive of arrays, npz, and not one array")
    if start != _NPY:
        raise ValueError("it is not one array as NumPy writes it")
    file.seek(0)
    return _sized(file, os.fstat(file.fileno()).st_size)


def _archive(file: BinaryIO) -> Arrays:
    start = file.read(len(_NPY))
    if start == _NPY:
        raise ValueError("it is one array and not an archive of them")
    if not start.startswith(_ZIPS):
        raise ValueError("it is not an archive of arrays as NumPy writes it")
    packed = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MOST_ARRAYS:
            raise ValueError(f"it has {len(members)} arrays, {MOST_ARRAYS} at most")
        unpacked, most = sum(member.file_size for member in members), max(UNPACKED, _TIMES * packed)
        if unpacked > most:
            raise ValueError(
                f"it unpacks to {size(unpacked)} from {size(packed)}, {size(most)} at most; save "
                "its arrays without compressing them"
            )
        arrays: Arrays = {}
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"it has two arrays {name[:40]!r}")
            with archive.open(member) as stream:
                arrays[name] = _member(stream, name, member.file_size)
    return arrays


def _member(stream: Any, name: str, size_: int) -> npt.NDArray[Any]:
    start = stream.read(len(_NPY))
    stream.seek(0)
    if start != _NPY:
        raise ValueError(f"its member {name[:40]!r} is not an array")
    return _sized(stream, size_)


def _sized(stream: Any, there: int) -> npt.NDArray[Any]:
    """The array in a stream of ``there`` bytes, as many as its header says."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"its format is {version[0]}.{version[1]}; save plain arrays")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, a pickle, which is never read")
    promised, left = math.prod(shape) * dtype.itemsize, there - stream.tell()
    if promised > left or min(shape, default=0) < 0 or not dtype.itemsize:
        raise ValueError(
            f"its header says {shape!s:.40} of {dtype!s:.20}, {size(promised)}, and {left} bytes "
            "follow; it was cut short or damaged"
        )
    stream.seek(0)
    array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array

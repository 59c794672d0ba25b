"""Arrays of a certificate: numbers, nested lists, or npy files beside the document."""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import struct
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from roundlot.theory.json_text import AlteredError, UnreadableError
from roundlot.theory.plain_files import NotPlainError, opened

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

MOST = 1 << 27  # entries that one number may stand for: 1 GiB of floats
HEADER = 1 << 16  # bytes; a header of NumPy's takes some hundred
TYPES: dict[str, np.dtype[Any]] = {
    "number": np.dtype("<f8"),
    "whole number": np.dtype("<i8"),
    "true or false": np.dtype("|b1"),
}
_NO_NAME = re.compile("[/\\\\\0:\ud800-\udfff]")  # of a file beside the document, on any system
_MALFORMED = (
    *(ValueError, SyntaxError, TypeError, EOFError, struct.error, tokenize.TokenError),
    *(MemoryError, RecursionError),  # of a header that is nested too deep
)


def read_array(value: Any, name: str, folder: Path, shape: Shape | None, kind: str) -> Array:
    """An array of a kind in ``TYPES``; any table where ``shape`` is None.

    Raises:
        UnreadableError: another shape, another kind of entry, a file that is missing or malformed.
        AlteredError: a file that is not the one that was written.
    """
    if isinstance(value, dict):
        return _from_file(value, name, folder, shape, kind)
    if isinstance(value, list):
        return _from_list(value, name, shape, kind)
    if shape is None:
        raise UnreadableError(f"{name} is missing")
    if math.prod(shape) > MOST:
        raise UnreadableError(f"{name} is one number for an array {shape}; give the array")
    return np.full(shape, entry(value, name, kind), dtype=TYPES[kind])


def entry(value: Any, name: str, kind: str = "number") -> Any:
    """One entry: a float, an int or a bool, and nothing that could be taken for it.

    Raises:
        UnreadableError: something else.
    """
    wanted = {"number": (int, float), "whole number": (int,), "true or false": (bool,)}[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "true or false"):
        raise UnreadableError(f"{name} holds {value!r:.40}, which is not a {kind}")
    try:
        return float(value) if kind == "number" else np.int64(value) if kind[0] == "w" else value
    except OverflowError:
        raise UnreadableError(f"{name} holds a number of {len(str(value))} digits") from None


def _from_list(value: list[Any], name: str, shape: Shape | None, kind: str) -> Array:
    found = _shape(value)
    shape = _table(found, name) if shape is None else shape
    if found != shape:
        raise UnreadableError(f"{name} has shape {found!s:.40}; it must be {shape}")
    flat = [entry(item, name, kind) for item in _leaves(value, shape, name)]
    return np.array(flat, dtype=TYPES[kind]).reshape(shape)


def _table(shape: Shape, name: str) -> Shape:
    """A shape that is given nowhere else: that of the scores."""
    if len(shape) != 2 or 0 in shape:
        raise UnreadableError(f"{name} have shape {shape!s:.40}; they must be a table")
    return shape


def _shape(value: Any) -> Shape:
    shape: Shape = ()
    while isinstance(value, list):
        shape += (len(value),)
        value = value[0] if value else None
    return shape


def _leaves(value: Any, shape: Shape, name: str) -> Iterator[Any]:
    if not shape:
        if isinstance(value, list):
            raise UnreadableError(f"{name} is nested too deep")
        yield value
        return
    if not isinstance(value, list) or len(value) != shape[0]:
        raise UnreadableError(f"the rows of {name} differ in length")
    for item in value:
        yield from _leaves(item, shape[1:], name)


def _from_file(
    value: dict[str, Any], name: str, folder: Path, shape: Shape | None, kind: str
) -> Array:
    if value.keys() != {"file", "sha256", "shape"} or not isinstance(value["sha256"], str):
        raise UnreadableError(f"{name} must have the keys file, sha256 and shape, and no other")
    said = value["shape"]
    if not isinstance(said, list) or not all(type(n) is int and n >= 0 for n in said):
        raise UnreadableError(f"the shape of {name} is {said!r:.40}")
    shape = _table(tuple(said), name) if shape is None else shape
    if tuple(said) != shape:
        raise UnreadableError(f"{name} has shape {tuple(said)!s:.40}; it must be {shape}")
    path = _beside(value["file"], name, folder)
    content = _content(path, name, math.prod(said) * TYPES[kind].itemsize)
    array = _parsed(path, content, name, tuple(said), kind)
    if hashlib.sha256(content).hexdigest() != value["sha256"]:
        raise AlteredError(f"{name}: {path.name!r} has another sha256 than the document says")
    return array


def _beside(file: Any, name: str, folder: Path) -> Path:
    if not isinstance(file, str) or file in ("", ".", "..") or _NO_NAME.search(file):
        raise UnreadableError(f"{name}: {file!r:.60} does not name a file beside the document")
    return folder / file


def _content(path: Path, name: str, size: int) -> bytes:
    """The bytes of a file that is no larger than its array needs."""
    try:
        with opened(path) as file:
            there = os.fstat(file.fileno()).st_size
            if not size <= there <= size + HEADER:
                raise UnreadableError(
                    f"{name}: {path.name!r} has {there} bytes; its shape needs {size}"
                )
            return file.read(size + HEADER)
    except FileNotFoundError:
        raise UnreadableError(
            f"{name}: {path.name!r} is missing; put it back beside the document"
        ) from None
    except NotPlainError as error:
        raise UnreadableError(f"{name}: {path.name!r} is {error.said}") from None
    except OSError as error:
        said = (error.strerror or "").lower()
        raise UnreadableError(f"{name}: {path.name!r} cannot be read: {said}") from None


def _parsed(path: Path, content: bytes, name: str, shape: Shape, kind: str) -> Array:
    """The array, in the one layout that is written; pickles are not among them."""
    stream: BinaryIO = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version}")
        read = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
        found, columns_first, dtype = read(stream)
    except _MALFORMED as error:
        raise UnreadableError(f"{name}: {path.name!r} is not an npy file: {error}") from None
    if dtype != TYPES[kind] or found != shape or (columns_first and len(shape) > 1):
        raise UnreadableError(
            f"{name}: {path.name!r} holds {dtype} of shape {found!s:.40}; it must be "
            f"{TYPES[kind]} of shape {shape}, rows first"
        )
    rest = content[stream.tell() :]
    if len(rest) != math.prod(shape) * TYPES[kind].itemsize:
        raise UnreadableError(f"{name}: {path.name!r} is cut off")
    return np.frombuffer(rest, dtype=TYPES[kind]).reshape(shape)

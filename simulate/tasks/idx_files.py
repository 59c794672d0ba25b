"""Arrays of bytes in the idx format of MNIST, gzipped or not."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError

Bytes = npt.NDArray[np.uint8]
_GZIP, _UNSIGNED_BYTE = b"\x1f\x8b", 8


def read_idx(path: Path, dimensions: int) -> Bytes:
    """An array of unsigned bytes with so many dimensions from an idx file.

    Two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a
    big-endian 32-bit number, then the data; from http://yann.lecun.com/exdb/mnist.

    Raises:
        InvalidProblemError: another format, another number of dimensions, a file cut short or
            with bytes left over; names the file.
    """
    content = _content(path)
    magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if content[:4] != magic:
        raise InvalidProblemError(
            f"{path} starts with {content[:4].hex() or 'nothing'}, not {magic.hex()}; it is no idx "
            f"file of bytes in {dimensions} dimensions: is it another file, or still packed?"
        )
    start = 4 + 4 * dimensions
    header = content[4:start].ljust(4 * dimensions, b"\0")
    shape = tuple(int(n) for n in np.frombuffer(header, dtype=">u4"))
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise InvalidProblemError(
            f"{path} has {len(content)} bytes where its header asks for {expected}; it was cut "
            "short or damaged: fetch it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != _GZIP:
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error):
        raise InvalidProblemError(
            f"{path} is a gzip file that was cut short or damaged; fetch it again"
        ) from None


def find_file(folder: Path, name: str, where: str) -> Path:
    """``folder/name`` or its gzipped form, whichever there is.

    Raises:
        InvalidProblemError: neither is there; says where to get it.
    """
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise InvalidProblemError(f"there is no {name} (or {name}.gz) in {folder}; get it from {where}")

"""The types of arrays that everything here speaks of, and arrays that nobody writes to."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]
WordArray = npt.NDArray[np.uint64]
AnyArray = npt.NDArray[Any]

Scalar = TypeVar("Scalar", bound=np.generic)


def read_only(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """The same array, closed for writing."""
    array.flags.writeable = False
    return array


def read_only_view(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """A C-contiguous view of it, or a copy where it is not contiguous, closed for writing.

    Loops are compiled once for each kind of array: this makes one kind of all.
    """
    return read_only(np.ascontiguousarray(array).view())


def same(one: object, other: object) -> bool:
    """Whether two fields of records hold the same values."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)

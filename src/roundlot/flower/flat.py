"""A model's arrays as one vector, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.errors import BadReplyError
from roundlot.theory.arrays import FloatArray

Arrays = Mapping[str, npt.NDArray[Any]]


def flatten(arrays: Arrays) -> FloatArray:
    """All numbers, array after array, in float64."""
    parts = [np.asarray(array, dtype=np.float64).reshape(-1) for array in arrays.values()]
    return np.concatenate(parts) if parts else np.zeros(0)


def unflatten(vector: FloatArray, like: Arrays) -> dict[str, npt.NDArray[Any]]:
    """The vector in the shapes and types of ``like``.

    Whole numbers, such as counters of batches, are rounded; flags stay as they are in ``like``.
    """
    out: dict[str, npt.NDArray[Any]] = {}
    start = 0
    for name, array in like.items():
        part = vector[start : start + array.size].reshape(array.shape)
        start += array.size
        if array.dtype == np.bool_:
            out[name] = np.array(array)
        elif np.issubdtype(array.dtype, np.integer):
            out[name] = np.rint(part).astype(array.dtype)
        else:
            out[name] = part.astype(array.dtype)
    return out


def checked(arrays: Arrays, like: Arrays, who: str) -> FloatArray:
    """The vector of a reply whose arrays have the names and shapes of ``like``, all finite.

    Args:
        arrays: of the reply.
        like: what was sent.
        who: node, round and model, for messages.

    Raises:
        BadReplyError: an array is missing, too many, of another shape, or not finite.
    """
    missing, extra = set(like) - set(arrays), set(arrays) - set(like)
    if missing or extra:
        what = f"misses {min(missing)!r}" if missing else f"has {min(extra)!r}, which was not sent"
        raise BadReplyError(f"{who} {what}; return the arrays that were sent, after training")
    ordered = {}
    for name, sent in like.items():
        array = np.asarray(arrays[name])
        if array.shape != sent.shape:
            raise BadReplyError(
                f"{who} has array {name!r} of shape {array.shape}; {sent.shape} was sent, return "
                "that"
            )
        if array.dtype.kind not in "fiub":
            raise BadReplyError(
                f"{who} has array {name!r} of type {array.dtype}; return real numbers"
            )
        if not np.all(np.isfinite(array)):
            raise BadReplyError(
                f"{who} has array {name!r} with NaN or infinity; lower its learning rate or check "
                "its data"
            )
        ordered[name] = array
    return flatten(ordered)

"""Whether what was read from a file can be what was written: texts, and axes of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Kinds = Mapping[str, type | tuple[type, ...]]


def require_kinds(record: Mapping[str, Any], kinds: Kinds) -> None:
    """Refuse a record one of whose entries is not of its kind.

    Raises:
        TypeError, KeyError: names the entry.
    """
    for name, kind in kinds.items():
        if not isinstance(record[name], kind):
            raise TypeError(f"{name} is {record[name]!r:.40}")


def require_axes(
    arrays: Mapping[str, npt.NDArray[Any]], axes: Mapping[str, str], sizes: Mapping[str, int]
) -> dict[str, int]:
    """Refuse arrays whose axes do not agree; the size of every axis.

    Args:
        arrays: of numbers.
        axes: a letter an axis, such as "TS" for ``(T, S)``.
        sizes: what is known of the axes; the first array that has another one sets its size.

    Raises:
        ValueError: names the first array that does not fit.
    """
    known = dict(sizes)
    for name, letters in axes.items():
        array = arrays[name]
        shape = array.shape if len(array.shape) == len(letters) else ()
        wanted = tuple(known.setdefault(*pair) for pair in zip(letters, shape, strict=bool(shape)))
        if array.dtype.kind not in "iuf" or array.shape != wanted:
            raise ValueError(
                f"{name} is {array.dtype!s:.40} of shape {array.shape}, not ({', '.join(letters)})"
                f" with {', '.join(f'{axis} = {size}' for axis, size in known.items())}"
            )
    return known


def require_evaluations(evaluated: npt.NDArray[Any], rounds: int) -> None:
    """Refuse evaluations after rounds that were not done.

    Raises:
        ValueError: they are not whole, or beyond the rounds.
    """
    if evaluated.dtype.kind not in "iu":
        raise ValueError(f"evaluated is {evaluated.dtype}, not whole")
    if int(evaluated.min()) < 0 or int(evaluated.max()) > rounds:
        raise ValueError(f"it is evaluated after {int(evaluated.max())} of {rounds} rounds")


def require_rows(rows: Sequence[npt.NDArray[Any]], name: str) -> None:
    """Refuse what is not rows of real numbers.

    Raises:
        ValueError: names the first that is not.
    """
    for k, row in enumerate(rows):
        if row.ndim != 1 or not np.issubdtype(row.dtype, np.floating):
            raise ValueError(f"{name} {k} is {row.dtype!s:.40} of shape {row.shape}")

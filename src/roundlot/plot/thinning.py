"""Fewer points that make the same picture, so that a million of them fit a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.intp]
_RANKS = 400
_ALONG = 2000
_FAR = 1e200  # beyond it, or below its inverse, ticks of an axis overflow


def thin(x: npt.ArrayLike, y: npt.ArrayLike, *, cells: int = 300) -> IntArray:
    """Indices of points that keep the picture: the first of each cell of a ``cells²`` grid."""
    keys = [_cell(np.asarray(values, dtype=np.float64), cells) for values in (x, y)]
    _, first = np.unique(keys[0] * (cells + 1) + keys[1], return_index=True)
    return np.sort(first)


def ranks(count: int, most: int = _RANKS) -> IntArray:
    """At most ``most`` indices, evenly spaced on a logarithmic axis, both ends included."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, most).round().astype(np.intp)) - 1


def along(count: int, most: int = _ALONG) -> IntArray:
    """At most ``most`` indices, evenly spaced, both ends included."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.intp)


def drawable(*columns: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which numbers have a place on logarithmic axes: in ``[1e-200, 1e200]`` in every column."""
    with np.errstate(invalid="ignore"):
        fits = [(values >= 1.0 / _FAR) & (values <= _FAR) for values in columns]
    return np.asarray(np.logical_and.reduce(fits))


def _cell(values: npt.NDArray[np.float64], cells: int) -> npt.NDArray[np.int64]:
    if not values.size:
        return np.zeros(0, dtype=np.int64)
    low, span = values.min(), np.ptp(values)
    scale = cells / span if span > 0 else 0.0
    return np.asarray((values - low) * scale, dtype=np.int64)

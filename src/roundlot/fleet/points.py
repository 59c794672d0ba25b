"""Labelled points from a table or an array, and workers' speeds from a list or a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.fleet.tables import read_npy, read_table
from roundlot.setup.reading import existing_file
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray


class LabelledPoints(NamedTuple):
    """``features`` ``(n, dim)`` and ``labels`` ``(n,)`` text or whole numbers."""

    features: FloatArray
    labels: npt.NDArray[np.str_] | npt.NDArray[np.int64]


def read_points(path: str | os.PathLike[str], *, label: str = "label") -> LabelledPoints:
    """The points at ``path``, a row each.

    CSV and Parquet hold numbers, and the class in the column ``label``. A ``.npy`` array of numbers
    ``(n, dim + 1)`` holds the class in its last column.

    Raises:
        InvalidProblemError: a file, column, row or value that does not fit, by name.
    """
    place = existing_file(path, "table of points")
    if place.suffix.lower() == ".npy":
        return _from_npy(place)
    table = read_table(place, "table of points")
    names = table.texts(label)
    columns = [column for column in table.columns if column != label]
    if not columns:
        raise InvalidProblemError(f"table of points {place} has only {label!r}; add features")
    return LabelledPoints(table.numbers(columns), np.array(names))


def read_speeds(path: str | os.PathLike[str], *, column: str = "speed") -> FloatArray:
    """``(J,)``: one worker's points per second a row, from a column of a CSV or Parquet table.

    Raises:
        InvalidProblemError: a missing column, or a cell that is not a number.
    """
    return read_table(path, "table of speeds").numbers([column])[:, 0]


def _from_npy(place: Path) -> LabelledPoints:
    array = read_npy(place, "table of points")
    if array.ndim != 2 or array.shape[1] < 2 or not len(array):
        raise InvalidProblemError(
            f"table of points {place} has shape {array.shape}; give points x (features, class)"
        )
    labels = array[:, -1]
    wrong = np.flatnonzero(~(np.isfinite(labels) & (labels == np.floor(labels))))
    if wrong.size:
        raise InvalidProblemError(
            f"table of points {place}: class of row {wrong[0] + 1} is {labels[wrong[0]]:g}; give "
            "whole numbers in the last column"
        )
    return LabelledPoints(array[:, :-1].astype(np.float64), labels.astype(np.int64))

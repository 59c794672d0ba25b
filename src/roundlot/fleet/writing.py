"""Tables out: CSV, Parquet or NumPy, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.fleet.files import write_atomically
from roundlot.theory import InvalidProblemError

KINDS = (".csv", ".parquet", ".npy")


def write_table(
    path: str | os.PathLike[str], columns: Mapping[str, Any], *, overwrite: bool = True
) -> Path:
    """``columns`` of equal length as ``.csv``, ``.parquet`` or ``.npy`` (numbers only).

    NaN becomes an empty cell in CSV and Parquet. The file appears whole or not at all.

    Raises:
        InvalidProblemError: another kind of file, columns of different lengths, an existing file
            that must not be overwritten, a folder that does not exist.
    """
    target = Path(path)
    arrays = {str(name): np.asarray(values) for name, values in columns.items()}
    _check(arrays)
    writers = {".csv": _csv, ".parquet": _parquet, ".npy": _npy}
    suffix = target.suffix.lower()
    if suffix not in writers:
        raise InvalidProblemError(f"{target} has no known kind; end it in .csv, .parquet or .npy")
    return write_atomically(
        target, lambda place: writers[suffix](place, arrays), overwrite=overwrite
    )


def _check(arrays: dict[str, Any]) -> None:
    lengths = {name: values.shape for name, values in arrays.items()}
    if not lengths:
        raise InvalidProblemError("there is no column to write; give at least one")
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise InvalidProblemError(f"columns must be 1-D and of one length, got shapes {lengths}")


def _frame(arrays: dict[str, Any]) -> Any:
    import polars as pl

    plain = {
        name: values.tolist() if values.dtype.kind in "OU" else values
        for name, values in arrays.items()
    }
    return pl.DataFrame(plain, nan_to_null=True)


def _csv(place: Path, arrays: dict[str, Any]) -> None:
    _frame(arrays).write_csv(place)


def _parquet(place: Path, arrays: dict[str, Any]) -> None:
    _frame(arrays).write_parquet(place)


def _npy(place: Path, arrays: dict[str, Any]) -> None:
    for name, values in arrays.items():
        if values.dtype.kind not in "biuf":
            raise InvalidProblemError(f"column {name!r} is not numbers; leave it out of a .npy")
    with place.open("wb") as file:
        np.save(file, np.column_stack(list(arrays.values())), allow_pickle=False)

"""Data files that ship with the package, found by path."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from roundlot.theory.arrays import FloatArray

_PACKAGE = "roundlot.data"


def shipped_text(name: str) -> str:
    """The text of a shipped file, such as ``"as_you_like_it.txt"``; its README says where from."""
    return files(_PACKAGE).joinpath(name).read_text("utf-8")


@cache
def shipped_table(name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of a shipped table of comma-separated values."""
    rows = [tuple(row) for row in csv.reader(shipped_text(name).splitlines())]
    return rows[0], tuple(rows[1:])


def shipped_column(name: str, column: str) -> FloatArray:
    """``(rows,)`` float64: one column of a shipped table."""
    header, rows = shipped_table(name)
    index = header.index(column)
    return np.array([float(row[index]) for row in rows])

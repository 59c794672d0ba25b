"""Every row of a CSV file holds one cell per column, or the file is refused.

A cell that is missing says nothing; only an empty one, between its commas, says "not available".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from roundlot.fleet.files import reason
from roundlot.theory import InvalidProblemError


def header_and_rows(place: Path, what: str) -> tuple[list[str], int]:
    """The header of a UTF-8 CSV file, and the rows below it; empty lines at its end do not count.

    Raises:
        InvalidProblemError: a column without a name, a name that is used twice, a row with too few
            or too many cells, an empty line between rows, bytes that are not UTF-8.
    """
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            _require_names(header, place, what)
            return header, _counted(rows, len(header), place, what)
    except UnicodeDecodeError as error:
        raise InvalidProblemError(f"{what} {place} is not UTF-8 text; save it as UTF-8") from error
    except (csv.Error, OSError) as error:
        raise InvalidProblemError(
            f"{what} {place} is not a readable csv file: {reason(error)}"
        ) from error


def _require_names(header: list[str], place: Path, what: str) -> None:
    if not header:
        raise InvalidProblemError(f"{what} {place}: its first line is empty; delete the line")
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise InvalidProblemError(f"{what} {place}: {name} part its cells; save it with commas")
    bare = [name.strip() for name in header]
    for column, name in enumerate(bare):
        if not name:
            raise InvalidProblemError(
                f"{what} {place}: column {column + 1} of its header has no name; name it, or take "
                "out the comma too many"
            )
        if bare.index(name) < column:
            raise InvalidProblemError(
                f"{what} {place}: column {name!r} appears more than once; rename or drop one"
            )


def _counted(rows: Iterator[list[str]], width: int, place: Path, what: str) -> int:
    count = 0
    for cells in rows:
        if len(cells) != width:
            return _ended(chain([cells], rows), count, width, f"{what} {place}")
        count += 1
    return count


def _ended(rest: Iterator[list[str]], count: int, width: int, file: str) -> int:
    """``count`` if nothing but empty lines is left; else the complaint about the next row."""
    cells = next(rest)
    if not cells and not any(rest):
        return count
    found, row = len(cells), count + 1
    if not cells:
        raise InvalidProblemError(
            f"{file}: row {row} is an empty line, {width} cells expected; delete the line"
        )
    remedy = (
        "leave an empty cell, with its comma, for what is not available"
        if found < width
        else "take out a comma too many, or put quotes round a cell that holds one"
    )
    one = "cell" if found == 1 else "cells"
    raise InvalidProblemError(f"{file}: row {row} has {found} {one}, {width} expected; {remedy}")

"""Numbers as people write them, with marks for thousands or a decimal comma, as plain numerals.

Only what can be read in one way is read: a column decides by its own cells which mark is decimal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

POINT, COMMA = ".", ","
_NAMES = {POINT: "point", COMMA: "comma"}
#: What parts thousands beside the other mark: spaces of any width, apostrophes, underscores.
_GROUPS = " \u00a0\u2009\u202f'\u2019_"


def _pattern(decimal: str, other: str) -> re.Pattern[str]:
    """A number whose decimal mark is ``decimal`` and whose thousands, if parted, are in threes."""
    mark, groups = re.escape(decimal), re.escape(_GROUPS + other)
    exponent = r"(?:[eE][+-]?\d+)?"
    return re.compile(
        rf"(?P<sign>[+-]?)(?:(?P<parted>[1-9]\d{{0,2}}(?:(?P<group>[{groups}])\d{{3}})"
        rf"(?:(?P=group)\d{{3}})*(?:{mark}\d+)?)|(?P<whole>\d*{mark}\d+{exponent}|\d+{exponent}))",
        re.ASCII,
    )


_READ = {POINT: _pattern(POINT, COMMA), COMMA: _pattern(COMMA, POINT)}


def readings(cell: str) -> dict[str, str]:
    """What ``cell`` says, as a plain numeral, for either decimal mark by which it is a number."""
    found: dict[str, str] = {}
    for decimal, pattern in _READ.items():
        match = pattern.fullmatch(cell)
        if match:
            text = match["whole"] or match["parted"].replace(match["group"], "")
            found[decimal] = match["sign"] + text.replace(COMMA, POINT)
    return found


def plain_numerals(column: pl.Series, place: str, *, comma_parts: bool) -> pl.Series:
    """The texts of a column, with its numbers as plain numerals; what is no number stays.

    Args:
        column: cells without spaces around them, null where there is none.
        place: names the column in errors: "score table x.csv: column 'a'".
        comma_parts: commas part the cells of the file, so that a point in a number is a decimal
            point; elsewhere either may be.

    Raises:
        InvalidProblemError: a number that may be read in two ways, or two decimal marks.
    """
    marks = rf"[,{_GROUPS}]" if comma_parts else rf"[.,{_GROUPS}]"
    if not column.str.contains(marks).any():
        return column
    cells = column.drop_nulls().unique(maintain_order=True).to_list()
    read = {cell: found for cell in cells if (found := readings(cell))}
    decimal = _decimal(read, column, place, comma_parts=comma_parts)
    plain = {cell: found[decimal] for cell, found in read.items() if decimal in found}
    return column.replace(list(plain), list(plain.values())) if plain else column


def _decimal(
    read: Mapping[str, Mapping[str, str]], column: pl.Series, place: str, *, comma_parts: bool
) -> str:
    """The decimal mark of a column."""
    point = _first(read, POINT, comma_parts=comma_parts)
    comma = _first(read, COMMA, comma_parts=False)
    if point is not None and comma is not None:
        raise InvalidProblemError(
            f"{place} has {comma!r} in row {_row(column, comma)}, which needs a decimal comma, and "
            f"{point!r} in row {_row(column, point)}, which needs a decimal point; write all "
            "numbers alike"
        )
    if comma is not None:
        return COMMA
    if point is not None:
        return POINT
    unsure = next((cell for cell, found in read.items() if len(set(found.values())) > 1), None)
    if unsure is not None:
        ways = read[unsure]
        whole, part = sorted(ways.values(), key=len)
        raise InvalidProblemError(
            f"{place}, row {_row(column, unsure)} is {unsure!r}, which may be {whole} or {part}; "
            f"write {whole} for thousands, or {part}0 for the decimal mark"
        )
    return POINT


def _first(read: Mapping[str, Mapping[str, str]], decimal: str, *, comma_parts: bool) -> str | None:
    """The first cell that is a number by this mark alone, or a plain one where points are sure."""
    cells: Iterable[tuple[str, Mapping[str, str]]] = read.items()
    return next(
        (
            cell
            for cell, found in cells
            if list(found) == [decimal]
            or (comma_parts and POINT in cell and found.get(POINT) == cell)
        ),
        None,
    )


def _row(column: pl.Series, cell: str) -> int:
    found = (column == cell).arg_max()
    return 1 + (found or 0)

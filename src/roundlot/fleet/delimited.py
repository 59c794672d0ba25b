"""Text tables: CSV in any dialect as cells of text, or one line that says what to change.

The one place where bytes of a text table become cells; what a cell means is decided later.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path

from roundlot.fleet.encodings import decoded
from roundlot.setup.reading import one_spelling, reason
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import MOST_NAME, require_seen
from roundlot.theory.plain_files import GIB, MIB, NotPlainError, content_of, size
from roundlot.theory.spreadsheets import unmarked

#: Endings of text tables.
TEXT_KINDS = (".csv", ".tsv")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_BYTES = GIB  # text takes several times that in memory
MOST_COLUMNS = 20_000  # of a table of any kind
MOST_CELLS = 1 << 26  # of text; each takes 80 bytes until it is a number
MOST_LINE = 16 * MIB  # bytes; 20,000 columns of 800
_MOST_BLANK = 100_000  # empty lines before something, until it is sure that a table has none
_BLOCK = 4096  # rows that are turned into columns at a time
_DECLARED = re.compile(r"sep=(.)(\r\n|\r|\n)")  # Excel's own line above the header
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_COMMENTS = re.compile(r"(?:#[^\r\n]*+(?:\r\n|\r|\n|\Z))*+")


@dataclass(frozen=True, kw_only=True, eq=False)
class Delimited:
    """A text table as written.

    Attributes:
        header: names of the columns, without spaces around them, in one Unicode spelling.
        columns: cells of every column as they are, spaces included.
        separator: what parts the cells.
    """

    header: tuple[str, ...]
    columns: tuple[list[str], ...]
    separator: str

    @property
    def height(self) -> int:
        """How many rows there are below the header."""
        return len(self.columns[0])


def read_delimited(place: Path, what: str) -> Delimited:
    """The text table at ``place``; ``what`` names it in errors.

    Commas, semicolons, tabs or bars part the cells, as its first line shows; quotes are doubled in
    quotes. Comments (#) above the header, Excel's ``sep=;``, columns without name and content at
    the right end and empty rows at the end are left out.

    Raises:
        InvalidProblemError: too large, an encoding or separator that cannot be told, a column
            without a name, a name used twice, a row with too few or too many cells, an empty line
            between rows, a quote out of place.
    """
    file = f"{what} {place}"
    try:
        content = content_of(place, most=MOST_BYTES)
        _require_lines(content, file)
        return delimited(decoded(content, file), file)
    except NotPlainError as error:
        larger = f"{error.said}; save it as Parquet" if "larger" in error.said else error.said
        raise InvalidProblemError(f"{file} is {larger}") from error
    except (csv.Error, OSError) as error:
        if "field limit" in str(error):
            raise InvalidProblemError(
                f"{file} has a cell of more than {csv.field_size_limit()} characters; shorten it"
            ) from error
        raise InvalidProblemError(
            f"{file} is not a readable text table: {reason(error)}"
        ) from error


def delimited(text: str, file: str) -> Delimited:
    """As :func:`read_delimited`, of a text."""
    if text[:1000].lstrip()[:1] in ("{", "["):
        raise InvalidProblemError(
            f"{file} is JSON, not a table; a LEAF data set ends in .json, other tables save as CSV"
        )
    if "\n" not in text:
        text = text.replace("\r", "\n")
    comment, text = _without_comments(text)
    declared = _DECLARED.match(text)
    if declared:
        text = text[declared.end() :]
    separator = declared[1] if declared else _separator(text, file)
    _require_quotes(text, separator, file)
    rows = csv.reader(_lines(text.rstrip("\r\n")), delimiter=separator, strict=True)
    header = [unmarked(one_spelling(name)) for name in next(rows, [])]
    _require_header(comment, header, separator, file)
    named = _named(header, file)
    columns: tuple[list[str], ...] = tuple([] for _ in range(named))
    full = _full_rows(rows, len(header), named, file)
    while block := list(islice(full, _BLOCK)):
        for column, cells in zip(columns, zip(*block, strict=True), strict=False):
            column.extend(cells)
        if len(columns[0]) * named > MOST_CELLS:
            raise InvalidProblemError(
                f"{file} has more than {MOST_CELLS} cells, the limit for text; save it as Parquet"
            )
    return Delimited(header=tuple(header[:named]), columns=columns, separator=separator)


def _without_comments(text: str) -> tuple[str, str]:
    """The last line of those above the header that begin with #, and the text below them."""
    found = _COMMENTS.match(text)
    assert found is not None  # it matches the empty text too
    above = found[0].rstrip("\r\n")
    last = max(above.rfind("\n"), above.rfind("\r"))
    return above[last + 1 :], text[found.end() :]


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends, one after another: no second copy of the text."""
    return (line for found in _LINE.finditer(text) if (line := found[0]))


def _require_lines(content: bytes, file: str) -> None:
    """Refuse a line that no table has, before it is taken apart."""
    for start in range(0, len(content) - MOST_LINE + 1, MOST_LINE):
        end = start + MOST_LINE
        if content.find(b"\n", start, end) < 0 and content.find(b"\r", start, end) < 0:
            raise InvalidProblemError(
                f"{file} has a line of more than {size(MOST_LINE)}; a row is a client, so is it a "
                "text table?"
            )


def _separator(text: str, file: str) -> str:
    """What parts the cells of the first line; of several the one by which all rows are as long."""
    able = [mark for mark in SEPARATORS if _widths(text, mark, 1)[0] > 1]
    if len(able) > 1:
        even = [
            mark
            for mark in able
            if len(set(_widths(text, mark, None))) == 1 and '"' not in _without_quoted(text, mark)
        ]
        if len(even) != 1:
            raise InvalidProblemError(
                f"{file}: its first line has {' and '.join(SEPARATORS[mark] for mark in able)}; "
                "put quotes round names that hold one, so that one kind parts the cells"
            )
        return even[0]
    return able[0] if able else ","


def _widths(text: str, separator: str, rows: int | None) -> list[int]:
    """How many cells the first ``rows`` rows have if ``separator`` parts them; 0 where none fit."""
    found: list[int] = []
    try:
        for cells in csv.reader(_lines(text), delimiter=separator, strict=True):
            if cells:
                found.append(len(cells))
            if len(found) == rows:
                break
    except csv.Error:
        return [0, *found]
    return found or [0]


def _without_quoted(text: str, separator: str) -> str:
    """The text without the cells that stand in quotes as a whole."""
    if '"' not in text:
        return text
    mark = re.escape(separator)
    return re.sub(rf'(?<![^{mark}\r\n])"[^"]*+(?:""[^"]*+)*+"(?=[{mark}\r\n]|\Z)', "", text)


def _require_quotes(text: str, separator: str, file: str) -> None:
    """Refuse quotes that do not go round a whole cell: programs differ in what they mean."""
    rest = _without_quoted(text, separator)
    at = rest.find('"')
    if at >= 0:
        raise InvalidProblemError(
            f"{file}: a quote is not closed or stands inside a cell, near "
            f"{rest[max(0, at - 20) : at + 20]!r}; put quotes round the whole cell and double "
            "those inside"
        )


def require_width(columns: int, file: str) -> None:
    """Refuse a table of more columns than models, labels or features there may be.

    Raises:
        InvalidProblemError: with the limit.
    """
    if columns > MOST_COLUMNS:
        raise InvalidProblemError(
            f"{file} has {columns} columns, {MOST_COLUMNS} at most; a row is a client, so turn it "
            "round"
        )


def _require_header(comment: str, header: Sequence[str], separator: str, file: str) -> None:
    if not header:
        raise InvalidProblemError(f"{file}: its first line is empty; delete the line")
    require_width(len(header), file)
    cells = comment.lstrip("#").split(separator)
    if comment and (len(cells) == len(header) > 1 or any(map(_is_number, header))):
        raise InvalidProblemError(
            f"{file}: {comment[:60]!r} may be a comment or the names of the columns; take out the "
            "# or the line"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _named(header: Sequence[str], file: str) -> int:
    """How many columns there are, without those at the right end that have no name."""
    named = len(header)
    while named > 1 and not header[named - 1]:
        named -= 1
    seen: set[str] = set()
    for column, name in enumerate(header[:named]):
        require_seen(name, f"{file}: the name of column {column + 1}", most=MOST_NAME)
        if not name and column:  # pandas leaves the name of its index, the first column, empty
            raise _no_name(column, file)
        if name in seen:
            raise InvalidProblemError(
                f"{file}: column {name!r} appears more than once; rename or drop one"
            )
        seen.add(name)
    return named


def _no_name(column: int, file: str) -> InvalidProblemError:
    return InvalidProblemError(
        f"{file}: column {column + 1} of its header has no name; name it, or take out the comma "
        "too many"
    )


def _full_rows(rows: Iterator[list[str]], width: int, named: int, file: str) -> Iterator[list[str]]:
    """The rows, each of ``width`` cells; empty ones are held back until another follows."""
    held = blank = 0  # rows of empty cells; the first row without any, which may only be at the end
    for row, cells in enumerate(rows, start=1):
        if any(cells):
            if blank:
                _checked([], blank, width, named, file)
            yield from repeat([""] * width, held)
            held = 0
            yield _checked(cells, row, width, named, file)
        elif cells:  # empty cells and the marks between them
            _checked(cells, row, width, named, file)
            held += 1
        elif not blank:
            blank = row
        elif row - blank > _MOST_BLANK:  # those at the end of the text are gone already
            _checked([], blank, width, named, file)
    if width == 1:  # in a single column an empty cell in quotes is a row
        yield from repeat([""], held)


def _checked(cells: list[str], row: int, width: int, named: int, file: str) -> list[str]:
    if len(cells) == width:
        if any(cells[named:]):
            raise _no_name(next(at for at in range(named, width) if cells[at]), file)
        return cells
    found = len(cells)
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

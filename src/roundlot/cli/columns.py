"""Tables for people, as wide as their terminal: long words of a cell go below each other.

Nothing is cut off: columns that do not fit even so stand in a further table below, beside the first
column again, or are named there.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from roundlot.user_text import broken, cells, folded, padded, printable

_GAP = 2  # blanks between columns
_UNBOUND = 1_000_000  # a line of a file is read by programs, which want it whole
_LEAST = 24  # a terminal that claims to be narrower, or 0, is taken for this wide
_USUAL = 80  # columns of a terminal that does not say
_LONGEST_NUMBER = 40  # characters; what is longer and begins with a digit is a name
_NARROW = 8  # columns of words are not made narrower than this: a letter a line is not read

Record = Mapping[str, Any]


def width(otherwise: int = _UNBOUND, *, of: TextIO | None = None) -> int:
    """Columns of the terminal, or as COLUMNS says; ``otherwise`` in a pipe or a file.

    Args:
        otherwise: what is not a terminal.
        of: the stream that is written to; standard output if None.
    """
    stream: TextIO | None = sys.stdout if of is None else of
    if stream is None:  # closed by who started us
        return otherwise
    said, is_terminal = os.environ.get("COLUMNS", ""), stream.isatty()
    if said.isdigit() and int(said) and (is_terminal or of is None):
        return max(int(said), _LEAST)
    if not is_terminal:
        return otherwise
    with suppress(OSError, ValueError):
        return max(os.get_terminal_size(stream.fileno()).columns or _USUAL, _LEAST)
    return _USUAL


def table(
    records: Sequence[Record],
    columns: Mapping[str, str],
    *,
    spare: Sequence[str] = (),
    within: int | None = None,
) -> str:
    """Aligned text, a record a line; columns of words below each other where they must be.

    Args:
        records: the cells by their keys; None and NaN are shown as a dash.
        columns: which keys, in this order, with their headings.
        spare: keys that are left out, the first of them first, where all do not fit; a last line
            names them. Where the rest does not fit either, it is two tables or more.
        within: the most characters of a line; those of the terminal if None.
    """
    room, left_out = width() if within is None else within, list[str]()
    grid = _grid(records, columns)
    while grid.widths(room) is None and len(left_out) < len(spare):
        left_out.append(spare[len(left_out)])
        kept = {key: text for key, text in columns.items() if key not in left_out}
        grid = _grid(records, kept)
    lines = [line for part in grid.parts(room) for line in part.lines(room)]
    if left_out:
        names = ", ".join(columns[key] for key in left_out)
        lines += folded(f"(no room for: {names}; --json has all)", room).splitlines()
    return "\n".join(lines)


def paragraph(text: str, *, within: int | None = None) -> str:
    """Lines that fit the terminal: of those that do not, the rest stands set in below."""
    room = width() if within is None else within
    return "\n".join(folded(line, room) for line in text.split("\n"))


def _grid(records: Sequence[Record], columns: Mapping[str, str]) -> _Grid:
    rows = [[_cell(record.get(key)) for record in records] for key in columns]
    return _Grid(
        columns=tuple(
            _Column(heading=heading, cells=tuple(cells))
            for heading, cells in zip(columns.values(), rows, strict=True)
        )
    )


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return printable(str(value)).translate(_ONE_LINE)


_ONE_LINE = dict.fromkeys(map(ord, "\t\n"), "\ufffd")  # of a cell


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A heading and the cells below it."""

    heading: str
    cells: tuple[str, ...]

    @property
    def numbers(self) -> bool:
        """Whether it holds numbers, which stand to the right."""
        known = [cell for cell in self.cells if cell.strip("-–")]
        return bool(known) and all(_is_number(cell) for cell in known)

    def most(self) -> int:
        """The width at which no cell has two lines."""
        return max(map(cells, (self.heading, *self.cells)))

    def least(self) -> int:
        """The width of the longest word; numbers stay whole."""
        words = [*self.heading.split(" ")]
        for cell in self.cells:
            words += [cell] if _is_number(cell) else cell.split(" ")
        return max(map(cells, words))

    def tightest(self) -> int:
        """The width to which words may be broken into pieces."""
        numbers = [cells(cell) for cell in self.cells if _is_number(cell)]
        return min(max(_NARROW, *numbers, 0), self.least())

    def block(self, text: str, wide: int) -> list[str]:
        """A cell as lines of the same width."""
        parts = [text] if _is_number(text) else broken(text, wide, pieces=True)
        return [padded(part, wide, right=self.numbers) for part in parts]


@dataclass(frozen=True, kw_only=True)
class _Grid:
    columns: tuple[_Column, ...]

    def widths(self, room: int, *, pieces: bool = False) -> list[int] | None:
        """Widths that fit, taken from the widest first; None if there are none.

        Words are broken only with ``pieces``.
        """
        wide = [column.most() for column in self.columns]
        least = [column.tightest() if pieces else column.least() for column in self.columns]
        over = sum(wide) + _GAP * (len(wide) - 1) - room
        while over > 0:
            spare = [place for place in range(len(wide)) if wide[place] > least[place]]
            if not spare:
                return None
            wide[max(spare, key=lambda place: wide[place])] -= 1
            over -= 1
        return wide

    def parts(self, room: int) -> list[_Grid]:
        """Itself, or what fits of it and then the rest, beside the columns that say whose it is."""
        keys = self.columns[: self._keys(room)]
        for pieces in (False, True):
            for many in range(len(self.columns), len(keys), -1):
                part = _Grid(columns=self.columns[:many])
                if part.widths(room, pieces=pieces) is not None:
                    return [part, *self._rest(keys, many, room)]
        return [
            _Grid(columns=self.columns[: len(keys) + 1]),
            *self._rest(keys, len(keys) + 1, room),
        ]

    def _rest(self, keys: tuple[_Column, ...], many: int, room: int) -> list[_Grid]:
        rest = self.columns[many:]
        return _Grid(columns=(*keys, *rest)).parts(room) if rest else []

    def _keys(self, room: int) -> int:
        """How many columns at the left tell rows apart: one or two."""
        first = self.columns[:2]
        words = len(self.columns) > 2 and not any(column.numbers for column in first)
        return 2 if words and sum(column.least() for column in first) < room // 2 else 1

    def lines(self, room: int) -> list[str]:
        """Headings and rows; wider than ``room`` where a number alone is."""
        wide = self.widths(room) or self.widths(room, pieces=True)
        wide = wide or [column.tightest() for column in self.columns]
        rows = [[column.heading for column in self.columns]]
        rows += [list(row) for row in zip(*(c.cells for c in self.columns), strict=True)]
        found: list[str] = []
        for row in rows:
            blocks = [
                column.block(text, size)
                for column, text, size in zip(self.columns, row, wide, strict=True)
            ]
            for place in range(max(map(len, blocks))):
                parts = [
                    block[place] if place < len(block) else " " * size
                    for block, size in zip(blocks, wide, strict=True)
                ]
                found.append((" " * _GAP).join(parts).rstrip())
        return found


def _is_number(text: str) -> bool:
    """Whether a cell is one quantity: "1,287", "≥ 2×10⁻⁵", "0.83 ± 0.01" or "162 times"."""
    if len(text) > _LONGEST_NUMBER:
        return False
    if " ± " in text:
        return all(map(_is_number, text.split(" ± ")))
    bare = text.lstrip("≥≤<>=+-−~ ")
    if not bare.strip("–"):
        return True  # a dash
    return (bare[0].isdigit() or bare[0] == "∞") and " " not in bare[:-6]

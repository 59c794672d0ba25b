"""Tables for people, as wide as their terminal: long words of a cell go below each other.

Nothing is cut off: what does not fit even so is named below the table, or wider than the terminal.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_GAP = 2  # blanks between columns
_UNBOUND = 1_000_000  # a line of a file is read by programs, which want it whole
_LEAST = 24  # a terminal that claims to be narrower, or 0, is taken for this wide

Record = Mapping[str, Any]


def width(otherwise: int = _UNBOUND) -> int:
    """Columns of the terminal, or as COLUMNS says; ``otherwise`` in a pipe or a file."""
    known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return max(shutil.get_terminal_size().columns, _LEAST) if known else otherwise


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
            names them.
        within: the most characters of a line; those of the terminal if None.
    """
    room, left_out = width() if within is None else within, list[str]()
    grid = _grid(records, columns)
    while (widths := grid.widths(room)) is None and len(left_out) < len(spare):
        left_out.append(spare[len(left_out)])
        kept = {key: text for key, text in columns.items() if key not in left_out}
        grid = _grid(records, kept)
    lines = grid.lines(grid.least() if widths is None else widths)
    if left_out:
        names = ", ".join(columns[key] for key in left_out)
        lines += textwrap.wrap(f"(no room for: {names}; --json has all)", max(room, _LEAST))
    return "\n".join(lines)


def paragraph(text: str, *, within: int | None = None) -> str:
    """A sentence in lines that fit the terminal, the later ones set in."""
    room = width() if within is None else within
    return "\n".join(textwrap.wrap(text, room, subsequent_indent="  ", break_long_words=False))


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
    return str(value)


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
        return max(map(len, (self.heading, *self.cells)))

    def least(self) -> int:
        """The width of the longest word; numbers stay whole."""
        words = [*self.heading.split(" ")]
        for cell in self.cells:
            words += [cell] if _is_number(cell) else cell.split(" ")
        return max(map(len, words))

    def block(self, text: str, wide: int) -> list[str]:
        """A cell as lines of the same width."""
        parts = [text] if _is_number(text) else textwrap.wrap(text, wide) or [""]
        return [part.rjust(wide) if self.numbers else part.ljust(wide) for part in parts]


@dataclass(frozen=True, kw_only=True)
class _Grid:
    columns: tuple[_Column, ...]

    def least(self) -> list[int]:
        return [column.least() for column in self.columns]

    def widths(self, room: int) -> list[int] | None:
        """Widths that fit, taken from the widest first; None if there are none."""
        wide, least = [column.most() for column in self.columns], self.least()
        over = sum(wide) + _GAP * (len(wide) - 1) - room
        while over > 0:
            spare = [place for place in range(len(wide)) if wide[place] > least[place]]
            if not spare:
                return None
            wide[max(spare, key=lambda place: wide[place])] -= 1
            over -= 1
        return wide

    def lines(self, wide: Sequence[int]) -> list[str]:
        rows = [[column.heading for column in self.columns]]
        rows += [list(cells) for cells in zip(*(c.cells for c in self.columns), strict=True)]
        found: list[str] = []
        for row in rows:
            cells = zip(self.columns, row, wide, strict=True)
            blocks = [column.block(text, size) for column, text, size in cells]
            for place in range(max(map(len, blocks))):
                parts = [
                    block[place] if place < len(block) else " " * size
                    for block, size in zip(blocks, wide, strict=True)
                ]
                found.append((" " * _GAP).join(parts).rstrip())
        return found


def _is_number(text: str) -> bool:
    """Whether a cell is one quantity: "1,287", "≥ 2×10⁻⁵", "0.83 ± 0.01" or "162 times"."""
    if " ± " in text:
        return all(map(_is_number, text.split(" ± ")))
    bare = text.lstrip("≥≤<>=+-−~ ")
    if not bare.strip("–"):
        return True  # a dash
    return (bare[0].isdigit() or bare[0] == "∞") and " " not in bare[:-6]

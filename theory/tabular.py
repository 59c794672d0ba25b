"""What results offer beside their arrays: a frame, plain data, and a table in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape
from importlib import import_module
from typing import Any, ClassVar, get_args

from roundlot.theory.choices import FrameLibrary
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.json_text import encode
from roundlot.theory.names import require_choice

_DEFAULT = "polars"
# Of a table in a notebook; a larger one is cut.
_ROWS, _COLUMNS, _WIDTH = 10, 12, 60


class Plain:
    """A record that can be had as plain data; ``roundlot ... --json`` prints the same."""

    def _record(self) -> Any:
        """What ``to_dict`` writes out."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: numbers, text, lists and dictionaries.

        What JSON has no number for is ``{"number": "NaN"}``, "Infinity" or "-Infinity".
        """
        return dict(encode(self._record()))


class Tabular(Plain, ABC):
    """A record that is also a table.

    A subclass says its columns and, where its fields are not plain data, its record.
    """

    _index: ClassVar[str | None] = None
    """The column that is the index of a pandas frame."""

    @abstractmethod
    def _columns(self) -> Mapping[str, Any]:
        """Columns of equal length by name."""

    def _library(self) -> str | None:
        """The library that the input was given in."""
        return None

    def to_frame(self, library: FrameLibrary | None = None) -> Any:
        """The table as a frame of pandas or polars.

        Args:
            library: "pandas" or "polars"; by default that of the frame that the scores were given
                in, else "polars".

        Raises:
            InvalidProblemError: another library, or one that is not installed.
        """
        name = self._library() or _DEFAULT if library is None else library
        require_choice(name, "library", get_args(FrameLibrary))
        try:
            frames = import_module(name)
        except ImportError as error:
            raise InvalidProblemError(
                f"{name} is not installed; install it, or ask for library={_DEFAULT!r}"
            ) from error
        columns = {
            column: list(values) if isinstance(values, tuple) else values
            for column, values in self._columns().items()
        }
        frame = frames.DataFrame(columns)
        return frame if name == "polars" or self._index is None else frame.set_index(self._index)

    def _repr_html_(self) -> str:
        """A small table in a notebook; colours are the notebook's."""
        columns = self._columns()
        shown = dict(list(columns.items())[:_COLUMNS])
        size = max((len(values) for values in columns.values()), default=0)
        lines = [
            "".join(f"<td>{_cell(values[row])}</td>" for values in shown.values())
            for row in range(min(size, _ROWS))
        ]
        head = "".join(f"<th>{_text(name)}</th>" for name in shown)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        left = [
            f"{count - most:,} more {what}"
            for count, most, what in ((size, _ROWS, "rows"), (len(columns), _COLUMNS, "columns"))
            if count > most
        ]
        more = f"<p>{' and '.join(left)}: see <code>to_frame()</code></p>" if left else ""
        return (
            f"<div><p>{escape(repr(self))}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{more}</div>"
        )


def _cell(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    if plain is None:
        return "–"
    if isinstance(plain, float):
        return f"{plain:.6g}"
    return _text(plain)


def _text(value: Any) -> str:
    text = str(value)
    return escape(text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…")


def records(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of rows that have the same keys."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}

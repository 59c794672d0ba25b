"""Texts in cells of CSV that no spreadsheet computes: formulas are marked, and unmarked again.

A spreadsheet takes a cell for a formula that begins with ``=``, ``+``, ``-`` or ``@``, quoted or
not, and a formula may send what stands beside it to anybody. An apostrophe before it makes it a
text (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

Frame = TypeVar("Frame")
_MARK = "'"
# Signs of the wide forms of East Asia are taken for the plain ones.
_FORMULA = re.compile("[\\s']*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[ ']*[\t\r\n]")
_PLAIN = re.compile(r"-|[+-][\d.,]*\d(?:[eE][+-]?\d+)?", re.ASCII)  # a number, or a dash alone


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may compute a text, or a text with marks before it."""
    return _FORMULA.match(text) is not None and _PLAIN.fullmatch(text) is None


def marked(value: Any) -> Any:
    """A cell as it is written: ``=x`` as ``'=x``, ``'=x`` as ``''=x``; -5 and numbers as such."""
    return _MARK + value if isinstance(value, str) and _is_formula(value) else value


def unmarked(text: str) -> str:
    """What :func:`marked` was given; any other text as it is."""
    return text[1:] if text[:1] == _MARK and _is_formula(text[1:]) else text


def marked_frame(frame: Frame) -> Frame:
    """A frame of polars with its texts and the names of its columns marked, to write as CSV."""
    given: Any = frame
    found = given
    for name in given.columns:
        cells = given[name]
        if str(cells.dtype).partition("(")[0] in ("String", "Categorical", "Enum"):
            texts = cells.to_list()
            written = [marked(text) for text in texts]
            if written != texts:
                found = found.with_columns(type(cells)(name, written))
    renamed = {name: mark for name in given.columns if (mark := marked(name)) != name}
    return found.rename(renamed) if renamed else found  # type: ignore[no-any-return]


def marked_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A row as CSV has it."""
    return {marked(name): marked(value) for name, value in record.items()}

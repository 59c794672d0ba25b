"""Words where people read them: names that change no text around them, ratios as differences."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from hashlib import sha256

from roundlot.theory.names import UNSEEN

_LONGEST = 60  # characters of a method's name in a file's

_MANY = 10.0  # from here on "162 times" reads better than "+16 100 %"
_TENTHS = 9.95  # below it a tenth of a percent is shown; 9.95 would read "10.0"


def printable(text: str) -> str:
    """``text`` with U+FFFD for control characters and for overrides of the writing direction."""
    return UNSEEN.sub("\ufffd", text)


def cells(text: str) -> int:
    """Columns that a line takes on a terminal: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` with blanks up to a width in columns of a terminal; those before it if ``right``."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def broken(text: str, width: int, *, pieces: bool = False) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at blanks alone.

    A word that is wider has a line of its own; or, with ``pieces``, several.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cells(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        elif word or not lines:
            lines += _pieces(word, width) if pieces else [word]
    return lines


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces that fit; a mark stays with what it is set on."""
    found = [""]
    for char in word:
        if found[-1] and cells(found[-1] + char) > width:
            found.append("")
        found[-1] += char
    return found


def folded(line: str, width: int) -> str:
    """A line of any length in lines of ``width`` columns, the later ones set in.

    They stand below what follows the first gap of two blanks, if there is one not far to the right,
    as in a list of names and facts; else two blanks further in than the line itself.
    """
    if cells(line) <= width:
        return line
    label = re.match(r"\s*\S.*?\s{2,}(?=\S)", line) or re.match(r"\s*", line)
    assert label is not None  # the second expression fits every line
    head = label[0]
    if not head.strip() or cells(head) > width // 2:
        head = line[: len(line) - len(line.lstrip(" "))]
    inset = " " * (cells(head) if head.strip() else cells(head) + 2)
    first, *rest = broken(line[len(head) :], width - len(inset))
    return "\n".join([head + first, *(inset + part for part in rest)])


def joined_names(names: Sequence[str]) -> str:
    """``["optimum", "AOCS 1", "AOCS 2"]`` as "optimum, AOCS 1 to 2": one stem, once."""
    parts: list[tuple[str, int | None, int | None]] = []
    for name in names:
        stem, _, tail = name.rpartition(" ")
        place = int(tail) if stem and tail.isdecimal() and len(tail) < 4 else None
        if place is not None and parts and parts[-1][0] == stem and parts[-1][2] == place - 1:
            parts[-1] = (stem, parts[-1][1], place)
        else:
            parts.append((name if place is None else stem, place, place))
    return ", ".join(_numbered(*part) for part in parts)


def _numbered(stem: str, first: int | None, last: int | None) -> str:
    if first is None:
        return stem
    return f"{stem} {first}" if first == last else f"{stem} {first} to {last}"


def excess(ratio: float) -> str:
    """How much more than 1 a ratio is: 1.009 as "+0.9 %", 1.51 as "+51 %", 162.4 as "162 times"."""
    if math.isinf(ratio):
        return "∞"
    if ratio >= _MANY:
        return f"{ratio:,.0f} times"
    percent = 100.0 * (ratio - 1.0)
    text = f"{abs(percent):.{1 if abs(percent) < _TENTHS else 0}f}"
    sign = "" if float(text) == 0.0 else "+" if percent > 0.0 else "−"
    return f"{sign}{text}\u202f%"


def share_of(part: float, whole: float) -> str:
    """A part in percent: "0%" and "100%" of none and of all alone, else "<1%" and ">99%"."""
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "<1%"
    return ">99%" if percent == 100 and part < whole else f"{percent}%"


def file_name(name: str) -> str:
    """A method's name as part of a file's: letters, digits, dots and dashes, in lower case.

    A name of another script, or a long one, gets a mark of its own: what is left of it need not
    tell it from others.
    """
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "method"
    if name.isascii() and len(plain) <= _LONGEST:
        return plain
    return f"{plain[:_LONGEST]}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"

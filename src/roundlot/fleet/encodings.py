"""Bytes of a text file as text: by its mark, as UTF-8, or as Windows-1252 where that is certain."""

from __future__ import annotations

import codecs

from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn

#: Marks at the start of a file, the longer ones first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: First bytes of files that are no text, and what they are.
_KINDS = (
    (b"PAR1", "a Parquet file; end its name in .parquet"),
    (b"\x93NUMPY", "a NumPy array; end its name in .npy"),
    (b"PK\x03\x04", "a zip archive, such as an Excel workbook or an .npz; save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the table as CSV"),
    (b"\x1f\x8b", "compressed with gzip; unpack it"),
    (b"ARROW1", "an Arrow file; save the table as Parquet"),
    (b"SQLite format 3", "a database; save the table as CSV"),
    (b"%PDF", "a PDF; save the table as CSV"),
)

#: Bytes that Western and Central Europe, Windows-1252 and Windows-1250, read differently; and those
#: below 0xA0, which are signs there and the letters with accents of DOS, old Macs and Shift JIS.
_UNSURE = frozenset(
    code
    for code in range(0x80, 0x100)
    if code < 0xA0 or bytes([code]).decode("cp1252") != bytes([code]).decode("cp1250")
)
_ENDS_OF_CELLS = b',;|\t\r\n"'


def kind_of_bytes(content: bytes) -> str:
    """What a file is that begins with ``content``, with the remedy, or nothing if it may be text.

    UTF-16 that says so is text.
    """
    found = next((kind for start, kind in _KINDS if content.startswith(start)), "")
    if found or any(content.startswith(mark) for mark, _ in _MARKS):
        return found
    return "UTF-16 without a mark, or no text; save it as UTF-8" if b"\0" in content else ""


def decoded(content: bytes, file: str) -> str:
    """The text in ``content``; ``file`` names it in errors: "score table x.csv".

    UTF-8, whatever has a byte order mark, and Windows-1252 as long as every letter in it is the
    same in Windows-1250, with a warning: other encodings differ in more, and names would be wrong.

    Raises:
        InvalidProblemError: another kind of file, or an encoding that cannot be told.
    """
    kind = kind_of_bytes(content)
    if kind:
        raise InvalidProblemError(f"{file} is {kind}")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding).lstrip("\ufeff")  # two programs may each have put a mark
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise InvalidProblemError(
                f"{file} is not {encoding.upper()} text, though its first bytes say so; save it as "
                "UTF-8"
            ) from error
        return _western(content, file, error)


def _western(content: bytes, file: str, error: UnicodeDecodeError) -> str:
    unsure = _UNSURE & set(content)
    if unsure:
        at = min(map(content.index, unsure))
        raise InvalidProblemError(
            f"{file} is not UTF-8 text, and its encoding cannot be told: "
            f"{_two_readings(content, at)}; save it as UTF-8 (Excel: CSV UTF-8)"
        ) from error
    letter = content[error.start : error.start + 1].decode("cp1252")
    warn(
        f"{file} is not UTF-8 and was read as Windows-1252, with letters such as {letter!r}; save "
        "it as UTF-8 to be sure of its names"
    )
    return content.decode("cp1252")


def _two_readings(content: bytes, at: int) -> str:
    """A cell as two encodings have it: that of Windows-1252, and another."""
    start = max(content.rfind(bytes([end]), 0, at) for end in _ENDS_OF_CELLS) + 1
    ends = [content.find(bytes([end]), at) for end in _ENDS_OF_CELLS]
    cell = content[start : min((end for end in ends if end >= 0), default=len(content))][:60]
    other = "cp850" if content[at] < 0xA0 else "cp1250"
    one, two = (cell.decode(name, "replace").strip() for name in ("cp1252", other))
    return f"a cell may be {one!r} or {two!r}"

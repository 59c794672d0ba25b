"""What the pages of a Parquet file unpack to, before any of them is unpacked.

A page is unpacked as a whole, into as many bytes as its own head says, which may be far more than
the few that are in the file; and a batch repeats a long name as often as it has rows. The heads are
read one by one; what they lead over is not (https://github.com/apache/parquet-format,
``PageHeader``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from roundlot.fleet.delimited import MOST_COLUMNS, require_width
from roundlot.fleet.parquet_footer import ThriftRecord, parquet_size
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import MOST_NAME
from roundlot.theory.plain_files import MIB, opened, size

MOST_PAGE = 256 * MIB  # writers make pages of a megabyte
MOST_BYTES = 4 * MOST_NAME  # of a value; a character takes up to four
_SLACK = 4096  # bytes of a page that are no values
_HEAD = 1 << 16  # bytes; one with the least and greatest of long names has hundreds
_TYPE, _UNPACKED, _PACKED, _VALUES = 1, 2, 3, 1  # fields of a head; of a record in it
_I32, _RECORD = 5, 12  # kinds of fields
_DICTIONARY = 2  # a type of page
_TEXT = "BYTE_ARRAY"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page's head says.

    Attributes:
        unpacked: bytes.
        values: how many there are.
        is_dictionary: whether they are values that the next pages refer to.
        after: the byte of the file after it.
    """

    unpacked: int
    values: int
    is_dictionary: bool
    after: int


def require_columns(path: Path) -> None:
    """Refuse a file with more columns than a table has, before its end is read as a whole.

    Raises:
        InvalidProblemError: naming the file and the limit.
        ValueError: no Parquet, or damaged.
    """
    require_width(parquet_size(path, most_columns=MOST_COLUMNS).columns, str(path))


def require_pages(path: Path, table: Any) -> None:
    """Refuse a file with a page, or a value of text, that no batch could hold.

    Args:
        path: of the file.
        table: the same, a ``pyarrow.parquet.ParquetFile``.

    Raises:
        InvalidProblemError: naming the file, the column and the limit.
        ValueError: damaged.
    """
    footer = table.metadata
    with opened(path) as file:
        for group in range(footer.num_row_groups):
            for at in range(footer.num_columns):
                column = footer.row_group(group).column(at)
                is_text = column.physical_type == _TEXT
                for page in _pages(file, column):
                    _require_page(page, column.path_in_schema, path, is_text=is_text)
                    if page.is_dictionary and is_text:
                        _require_dictionary(path, group, column.path_in_schema)


def _require_page(page: Page, column: str, path: Path, *, is_text: bool) -> None:
    if page.unpacked > MOST_PAGE:
        raise InvalidProblemError(
            f"{path}: a page of column {column!r:.80} unpacks to {size(page.unpacked)}, and "
            f"{size(MOST_PAGE)} are read at most; write the file with smaller pages"
        )
    if is_text and not page.is_dictionary and page.unpacked > page.values * MOST_BYTES + _SLACK:
        raise _too_long(path, column)


def _require_dictionary(path: Path, group: int, column: str) -> None:
    """Refuse a long value that many rows may refer to; Arrow is asked for the values alone."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, read_dictionary=[column]) as table:
        batch = next(table.iter_batches(1, row_groups=[group], columns=[column]), None)
        values = None if batch is None else getattr(batch.column(0), "dictionary", None)
        if values is not None and (pc.max(pc.binary_length(values)).as_py() or 0) > MOST_BYTES:
            raise _too_long(path, column)


def _too_long(path: Path, column: str) -> InvalidProblemError:
    return InvalidProblemError(
        f"{path}: column {column!r:.80} has a text of more than {MOST_BYTES} bytes, the limit for "
        "a name; shorten it"
    )


def _pages(file: BufferedReader, column: Any) -> Iterator[Page]:
    """The pages of a column in a group of rows."""
    starts = [column.data_page_offset]
    if column.has_dictionary_page:
        starts.append(column.dictionary_page_offset)
    at = min((start for start in starts if start), default=-1)  # 0: a group without rows has none
    end = min(at + column.total_compressed_size, os.fstat(file.fileno()).st_size)
    while 0 <= at < end:
        file.seek(at)
        try:
            page = _page(ThriftRecord(file.read(min(_HEAD, end - at))), at)
        except IndexError as error:
            raise ValueError(f"the head of a page at byte {at} is damaged") from error
        yield page
        at = page.after


def _page(record: ThriftRecord, at: int) -> Page:
    numbers, values = {_TYPE: 0, _UNPACKED: 0, _PACKED: 0}, 0
    for field, kind in record.fields():
        if field in numbers and kind == _I32:
            numbers[field] = record.number()
        elif kind == _RECORD:
            values = max(values, _values(record))
        else:
            record.skip(kind)
    if min(numbers.values()) < 0:
        raise IndexError("a size below 0")
    return Page(
        unpacked=numbers[_UNPACKED],
        values=values,
        is_dictionary=numbers[_TYPE] == _DICTIONARY,
        after=at + record.at + numbers[_PACKED],
    )


def _values(record: ThriftRecord) -> int:
    found = 0
    for field, kind in record.fields():
        if field == _VALUES and kind == _I32:
            found = record.number()
        else:
            record.skip(kind)
    return found

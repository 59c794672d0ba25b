"""What a Parquet file says of its size at its end, before anything of it is unpacked.

A kilobyte may unpack to gigabytes: one value that a billion rows repeat. The end of a file holds a
record in Thrift's compact protocol; of it are read how many columns and rows there are and how many
bytes they unpack to (https://github.com/apache/parquet-format, ``FileMetaData``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roundlot.fleet.delimited import MOST_COLUMNS, require_width
from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import GIB, MIB, opened, size

_MAGIC = b"PAR1"
_TAIL = 8  # bytes: a length and the magic
MOST_FOOTER = 32 * MIB
MOST_ROWS = 1 << 25  # of a table that is read as a whole; a name takes some hundred bytes
MOST_CELLS = 1 << 28
MOST_UNPACKED = 4 * GIB
_COLUMNS, _ROWS, _GROUPS, _BYTES = 2, 3, 4, 2  # fields: of the file; of a group of rows
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST = 32  # records in records; Parquet's have 6


@dataclass(frozen=True, kw_only=True)
class ParquetSize:
    """How large a file is when it is read.

    Attributes:
        columns: elements of its schema, but for the root.
        rows: in all.
        unpacked: bytes of all columns, still encoded.
    """

    columns: int
    rows: int
    unpacked: int


def require_size(place: Path, file: str) -> None:
    """Refuse a file that is larger than a table is, before it is unpacked.

    Raises:
        InvalidProblemError: too many columns, rows, cells or bytes, with the limit.
        ValueError, OSError: as :func:`parquet_size`.
    """
    found = parquet_size(place, most_columns=MOST_COLUMNS)
    require_width(found.columns, file)
    if found.rows > MOST_ROWS or found.rows * found.columns > MOST_CELLS:
        raise InvalidProblemError(
            f"{file} has {found.rows} rows of {found.columns} columns; at most {MOST_ROWS} rows "
            f"and {MOST_CELLS} cells are read as a whole: `roundlot solve --stream` reads more"
        )
    if found.unpacked > MOST_UNPACKED:
        raise InvalidProblemError(
            f"{file} unpacks to {size(found.unpacked)}, {size(MOST_UNPACKED)} at most; "
            "`roundlot solve --stream` reads more"
        )


def parquet_size(place: Path, *, most_columns: int) -> ParquetSize:
    """What the end of the file says; of one with more columns than ``most_columns`` only those.

    Raises:
        ValueError: no Parquet, or cut short.
        OSError: it cannot be read.
    """
    with opened(place) as file:
        length = os.fstat(file.fileno()).st_size
        file.seek(max(0, length - _TAIL))
        tail = file.read(_TAIL)
        footer = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or footer > length - _TAIL:
            raise ValueError("it does not end as Parquet files do")
        if footer > MOST_FOOTER:
            raise ValueError(f"its footer has {footer} bytes, {MOST_FOOTER} at most")
        file.seek(length - _TAIL - footer)
        record = ThriftRecord(file.read(footer))
    try:
        return _size(record, most_columns)
    except (IndexError, RecursionError) as error:
        raise ValueError("its footer is damaged") from error


def _size(record: ThriftRecord, most_columns: int) -> ParquetSize:
    columns = rows = unpacked = 0
    for field, kind in record.fields():
        if field == _COLUMNS and kind == _LIST:
            count, item = record.list_head()
            columns = count - 1
            if columns > most_columns:
                return ParquetSize(columns=columns, rows=0, unpacked=0)
            record.skip_all(count, item)
        elif field == _ROWS and kind == _I64:
            rows = record.number()
        elif field == _GROUPS and kind == _LIST:
            count, _ = record.list_head()
            unpacked = sum(_group(record) for _ in range(count))
        else:
            record.skip(kind)
    return ParquetSize(columns=columns, rows=rows, unpacked=unpacked)


def _group(record: ThriftRecord) -> int:
    """Bytes of a group of rows."""
    found = 0
    for field, kind in record.fields():
        if field == _BYTES and kind == _I64:
            found = record.number()
        else:
            record.skip(kind)
    return found


class ThriftRecord:
    """Bytes of Thrift's compact protocol, and how far they are read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0
        self.depth = 0

    def byte(self) -> int:
        found = self.content[self.at]
        self.at += 1
        return found

    def unsigned(self) -> int:
        found = shift = 0
        while True:
            part = self.byte()
            found |= (part & 0x7F) << shift
            if part < 0x80:
                return found
            shift += 7
            if shift > 63:
                raise IndexError("a number of more than 64 bits")

    def number(self) -> int:
        found = self.unsigned()
        return (found >> 1) ^ -(found & 1)

    def list_head(self) -> tuple[int, int]:
        """How many there are, and of what kind; each takes a byte at least."""
        head = self.byte()
        count = head >> 4
        if count == 0xF:
            count = self.unsigned()
        if count > len(self.content) - self.at:
            raise IndexError("a list that is longer than the record")
        return count, head & 0xF

    def fields(self) -> Iterator[tuple[int, int]]:
        """Numbers and kinds of a record's fields; each must be read or skipped."""
        field = 0
        while (head := self.byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self.number()
            yield field, head & 0xF

    def skip_all(self, count: int, kind: int) -> None:
        for _ in range(count):
            self.skip(_BYTE if kind in (_TRUE, _FALSE) else kind)

    def skip(self, kind: int) -> None:
        """Pass over a value."""
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self.at += 1
        elif kind in (_I16, _I32, _I64):
            self.unsigned()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self.unsigned()  # which moves on itself
            self.at += length
        elif kind in (_LIST, _SET, _MAP, _STRUCT):
            self._skip_within(kind)
        else:
            raise IndexError("an unknown kind of value")

    def _skip_within(self, kind: int) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise IndexError("records in records")
        if kind == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner)
        elif kind == _MAP:
            self._skip_map()
        else:
            self.skip_all(*self.list_head())
        self.depth -= 1

    def _skip_map(self) -> None:
        count = self.unsigned()
        kinds = self.byte() if count else 0
        if count > len(self.content) - self.at:
            raise IndexError("a map that is longer than the record")
        for _ in range(count):
            self.skip(kinds >> 4)
            self.skip(kinds & 0xF)

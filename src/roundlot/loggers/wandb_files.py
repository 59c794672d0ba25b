"""What Weights & Biases has on disk of a run that is not sent: its own files.

A file holds records in LevelDB's format of logs: blocks of 32 KiB, in them pieces of records, each
behind a checksum, a length and a kind. What a killed process was writing last ends the file.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundlot.theory.plain_files import content_of

_BLOCK, _HEAD, _FILE_HEAD = 32768, 7, 7  # bytes
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4  # kinds of pieces


@dataclass(frozen=True, kw_only=True)
class Written:
    """How far a run got on disk: its last round, -1 for none, and whether it ended well."""

    last: int
    is_finished: bool


def written(files: Iterable[Path]) -> Written:
    """Of the files of one run, in any order."""
    last, is_finished = -1, False
    for file in files:
        for record in _records(content_of(file)):
            if record.WhichOneof("record_type") == "history":
                last = max(last, _step(record.history))
            elif record.WhichOneof("record_type") == "exit":
                is_finished |= record.exit.exit_code == 0
    return Written(last=last, is_finished=is_finished)


def _step(history: Any) -> int:
    for item in history.item:
        if item.key == "_step" or list(item.nested_key) == ["_step"]:
            return int(json.loads(item.value_json))
    return int(history.step.num)


def _records(content: bytes) -> Iterator[Any]:
    """All records up to the first that is not whole."""
    from google.protobuf.message import DecodeError
    from wandb.proto.wandb_internal_pb2 import Record

    for whole in _texts(content):
        try:
            yield Record.FromString(whole)
        except DecodeError:
            return


def _texts(content: bytes) -> Iterator[bytes]:
    place, parts = _FILE_HEAD, b""
    while place + _HEAD <= len(content):
        room = _BLOCK - place % _BLOCK
        if room < _HEAD:  # the end of a block that holds no head
            place += room
            continue
        _, size, kind = struct.unpack_from("<IHB", content, place)
        piece = content[place + _HEAD : place + _HEAD + size]
        if len(piece) < size or kind not in (_WHOLE, _FIRST, _MIDDLE, _LAST):
            return
        place += _HEAD + size
        parts = piece if kind in (_WHOLE, _FIRST) else parts + piece
        if kind in (_WHOLE, _LAST):
            yield parts

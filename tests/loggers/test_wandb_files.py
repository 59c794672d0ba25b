"""Records in LevelDB's format of logs, written here by its specification, are found again."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from roundlot.loggers.wandb_files import _texts

BLOCK = 32768


def log(records: list[bytes]) -> bytes:
    """Seven bytes of head; pieces full, first, middle, last (1 to 4), none across blocks."""
    out = b":W&B" + bytes(3)
    for record in records:
        rest, is_first = record, True
        while True:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += bytes(room)
                continue
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if is_first else 4) if not rest else (2 if is_first else 3)
            out += struct.pack("<IHB", 0, len(piece), kind) + piece
            is_first = False
            if not rest:
                break
    return out


SIZES = st.one_of(st.integers(1, 300), st.integers(32700, 32768), st.integers(60000, 70000))
RECORDS = st.lists(st.builds(lambda size, byte: bytes([byte]) * size, SIZES, st.integers(0, 255)))


@given(RECORDS)
def test_every_record_is_found_wherever_blocks_end(records: list[bytes]) -> None:
    assert list(_texts(log(records))) == records


@given(RECORDS, st.integers(1, 70000))
def test_what_was_being_written_ends_the_file(records: list[bytes], cut: int) -> None:
    whole = log(records)
    found = list(_texts(whole[: max(len(whole) - cut, 0)]))
    assert found == records[: len(found)]
    assert len(found) < len(records) or not records

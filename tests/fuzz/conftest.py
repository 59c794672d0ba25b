"""Damage for files: bytes changed, cut, doubled or replaced by what parsers trip over."""

import io
import random
import zipfile

import pytest

TOKENS = [b"nan", b"inf", b"-1", b"1e999", b"0", b"''", b"[]", b"[[", b"{}", b"=", b"\n", b"\r"]
TOKENS += [b",", b'"', b"\x00", b"\xff", b"../", b"9" * 5000, b"1979-05-27", b"\xe2\x80\xae"]


def damaged(content: bytes, seed: int) -> bytes:
    """``content`` with one to eight changes."""
    chance = random.Random(seed)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.randrange(1, 20))
        piece = chance.choice(
            [
                bytes([chance.randrange(256)]) * (end - start),
                b"",
                chance.choice(TOKENS),
                content[start:end] + chance.choice(TOKENS),
                content[start:end] * 2,
            ]
        )
        rest = b"" if chance.random() < 0.15 else content[end:]
        content = content[:start] + piece + rest
    return content


def damaged_inside(content: bytes, seed: int) -> bytes:
    """An archive whose checksums are right and one of whose members is damaged or missing."""
    chance = random.Random(seed)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(out, "w") as part:
        chosen = chance.choice(whole.namelist())
        for name in whole.namelist():
            if name != chosen:
                part.writestr(name, whole.read(name))
            elif chance.random() < 0.9:
                part.writestr(name, damaged(whole.read(name), seed))
    return out.getvalue()


@pytest.fixture(scope="session")
def damage():
    """``damage(content, seed)``: half of the damage to archives is inside their members."""

    def apply(content: bytes, seed: int) -> bytes:
        if content.startswith(b"PK") and seed % 4:
            return damaged_inside(content, seed)
        return damaged(content, seed)

    return apply

"""Damage for files: bytes changed, cut, doubled or replaced by what parsers trip over.

And a folder with what the commands read, and what a result holds.
"""

import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

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


DEVICES = """
[fleet]
source = "tables"
clients = "clients.csv"
samples = "samples.csv"
[problem]
budget = 2.0
[scores]
source = "norms"
path = "samples.csv"
"""
TRAIN = """
methods = ["random"]
[tasks]
kind = "quadratics"
{more}
[run]
rounds = 3
seeds = 1
checkpoint_every = 1
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the commands read."""
    import polars as pl

    monkeypatch.chdir(tmp_path)
    texts = {
        "s.csv": "client,a,b\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n",
        "p.csv": "a,label\n" + "".join(f"{(7 * k) % 11},{'xy'[k % 2]}\n" for k in range(16)),
        "clients.csv": "client,processors,speed,link\nann,1,10,4\nbob,1,5,4\ncy,1,1,2\ndee,1,8,4\n",
        "samples.csv": "client,digits\nann,10\nbob,10\ncy,10\ndee,10\n",
        "d.toml": DEVICES,
        "t.toml": TRAIN.format(more="models = 2\nclients = 4"),
        "w.toml": TRAIN.replace("random", "d-psgd").format(
            more="[workers]\ncount = 4\ngraph='ring'"
        ),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    many = {"client": map(str, range(40_000)), "a": range(1, 40_001), "b": range(40_000, 0, -1)}
    pl.DataFrame({name: list(values) for name, values in many.items()}).write_parquet("s.parquet")
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def state() -> Callable[[Path], dict[str, str]]:
    """The files of a result, hidden ones aside, with what they hold."""

    def look(place: Path) -> dict[str, str]:
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        return {
            str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.is_file() and not path.name.startswith(".")
        }

    return look

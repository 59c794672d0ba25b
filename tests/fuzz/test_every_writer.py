"""Every command that writes: what is on the disk is whole at every moment, and on a full disk too.

A process that is killed leaves what is on the disk at that moment. So the state is looked at
before each file is opened, renamed, made or removed: it must be the old result or the new one.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roundlot.cli import main

resource = pytest.importorskip("resource", reason="limits on files are those of Unix")

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
rounds = 2
seeds = 1
checkpoint_every = 1
"""
STRAGGLE = ("straggle", "d.toml", "--workers", "4", "--batch", "16", "--unit", "4")
# The command, where it writes, and what has it replace what is there.
WRITERS = {
    "solve csv": (("solve", "s.csv", "--budget", "2", "--out", "out.csv"), "out.csv", ()),
    "solve npy": (("solve", "s.csv", "--budget", "2", "--out", "out.npy"), "out.npy", ()),
    "solve stream": (
        ("solve", "s.parquet", "--budget", "2", "--stream", "--out", "out.parquet"),
        "out.parquet",
        (),
    ),
    "graph": (("graph", "ring", "--out", "out"), "out", ("--overwrite",)),
    "partition": (("partition", "p.csv", "--speeds", "1,1", "--out", "out.csv"), "out.csv", ()),
    "run": (
        ("run", "s.csv", "--budget", "2", "--rounds", "50", "--out", "out"),
        "out",
        ("--overwrite",),
    ),
    "straggle": (
        (*STRAGGLE, "--rounds", "200", "--time-limit", "1", "--out", "out"),
        "out",
        ("--overwrite",),
    ),
}
# These fill a folder file by file; each file is whole.
ADDERS = {
    "train": ("train", "t.toml", "--out", "out"),
    "train workers": ("train", "w.toml", "--methods", "d-psgd", "--out", "out"),
    "partition figures": ("partition", "p.csv", "--speeds", "1,1", "--figures", "out"),
    "fleet new": ("fleet", "new", "out/setup.toml"),
    "bound plot": ("bound", "one_step", "--plot", "out/figure.svg"),
}
SLOW = ("run", "straggle", "train", "train workers", "partition figures")
EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link")
_watching: list[Callable[[str], None]] = []


def _heard(event: str, _: tuple[object, ...]) -> None:
    if _watching and event in EVENTS:
        watch, _watching[:] = _watching[0], []  # what the watcher itself opens is not watched
        try:
            watch(event)
        finally:
            _watching.append(watch)


sys.addaudithook(_heard)


@contextmanager
def watched(look: Callable[[str], None]) -> Iterator[None]:
    """``look`` is called before every change of the disk."""
    _watching.append(look)
    try:
        yield
    finally:
        _watching.clear()


def marked(names: dict[str, object]) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in names]


def state(place: Path) -> dict[str, str]:
    """The files of a result, hidden ones aside, with what they hold."""
    files = [place] if place.is_file() else sorted(place.rglob("*"))
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and not path.name.startswith(".")
    }


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


@pytest.mark.parametrize("name", marked(WRITERS))
def test_old_or_new_at_every_moment(here: Path, name: str, capsys) -> None:
    command, target, again = WRITERS[name]
    place = here / target
    seen: list[dict[str, str]] = []

    def look(_: str) -> None:
        seen.append(state(place) if place.exists() else {})

    with watched(look):
        assert main(list(command)) == 0, capsys.readouterr().err
    first = state(place)
    assert len(seen) > 2
    assert first
    assert all(one in ({}, first) for one in seen)
    seen.clear()
    with watched(look):
        assert main([*command, *again]) == 0, capsys.readouterr().err
    second = state(place)
    assert second.keys() == first.keys()
    assert all(one in (first, second) for one in seen)
    assert not [path for path in here.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", marked(ADDERS))
def test_every_file_is_whole_at_every_moment(here: Path, name: str, capsys) -> None:
    place, seen = here / "out", []

    def look(_: str) -> None:
        seen.append(state(place))
        for path in place.rglob("*.checkpoint.npz"):
            if not path.name.startswith("."):
                assert zipfile.ZipFile(path).testzip() is None

    with watched(look):
        assert main(list(ADDERS[name])) == 0, capsys.readouterr().err
    final = state(place)
    assert final
    for one in seen:
        for file, content in one.items():
            assert "checkpoint" in file or final[file] == content
    assert not [path for path in place.rglob(".*") if path.name != ".lock"]


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file can be larger than ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FULL = {name: (command, again) for name, (command, _, again) in WRITERS.items()}
FULL |= {name: (command, ()) for name, command in ADDERS.items()}


@pytest.mark.parametrize("name", marked(FULL))
def test_full_disk(here: Path, name: str, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full before the work, or only when the result is written: one line, the old one stays."""
    command, again = FULL[name]
    if name in WRITERS:
        assert main(list(command)) == 0, capsys.readouterr().err
    before = state(here)
    for probed in (4096, 0):
        monkeypatch.setattr("roundlot.places._BLOCK", probed)
        capsys.readouterr()
        with room(10):
            code = main([*command, *again])
        err = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
        assert code == 2, err
        assert len(err) == 1
        assert "internal" not in err[0]
        assert "cannot write" in err[0]
        assert state(here) == before
        assert not [path for path in here.rglob(".*") if "__pycache__" not in path.parts]

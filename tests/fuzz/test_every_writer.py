"""Every command that writes: what is on the disk is whole at every moment, and on a full disk too.

A process that is killed leaves what is on the disk at that moment. So the state is looked at
before each file is opened, renamed, made or removed: it must be the old result or the new one.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roundlot.cli import main

resource = pytest.importorskip("resource", reason="limits on files are those of Unix")

STRAGGLE = ("straggle", "d.toml", "--workers", "4", "--batch", "16", "--unit", "4")
# The command, where it writes, and what has it replace what is there.
WRITERS = {
    "solve csv": (("solve", "s.csv", "--budget", "2", "--out", "out.csv"), "out.csv", ()),
    "solve npy": (("solve", "s.csv", "--budget", "2", "--out", "out.npy"), "out.npy", ()),
    "solve certificate": (
        ("solve", "s.csv", "--budget", "2", "--certificate", "out.json"),
        "out.json",
        (),
    ),
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


@pytest.mark.parametrize("name", marked(WRITERS))
def test_old_or_new_at_every_moment(here: Path, name: str, state, capsys) -> None:
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
def test_every_file_is_whole_at_every_moment(here: Path, name: str, state, capsys) -> None:
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
def test_full_disk(here: Path, name: str, state, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full before the work, or only when the result is written: one line, the old one stays."""
    command, again = FULL[name]
    if name in WRITERS:
        assert main(list(command)) == 0, capsys.readouterr().err
    before = state(here)
    for probed in (4096, 0):
        monkeypatch.setattr("roundlot.folders.checks._BLOCK", probed)
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

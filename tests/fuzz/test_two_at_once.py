"""Two runs into one place at the same time: one is refused, or both end whole; nothing is lost.

The second begins and ends while the first is about to write, in one process: that is the worst
moment, and it is always the same one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roundlot.cli import main

STRAGGLE = ("--workers", "4", "--batch", "16", "--unit", "4", "--rounds", "200")
FOLDERS = {
    "graph": ("graph", "ring", "--nodes", "{}0", "--out", "out"),
    "straggle": (
        *("straggle", "d.toml", *STRAGGLE, "--time-limit", "1"),
        *("--seed", "{}", "--out", "out"),
    ),
    "run": ("run", "s.csv", "--budget", "2", "--rounds", "50", "--seed", "{}", "--out", "out"),
}
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("straggle", "run")]
_waiting: list[Callable[[str, str], None]] = []


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if _waiting and event in ("open", "os.mkdir"):
        _waiting[0](event, str(arguments[0]))


sys.addaudithook(_heard)


@contextmanager
def meanwhile(word: str, event: str, other: Callable[[], None]) -> Iterator[list[str]]:
    """``other`` is done once, before the first such event of a file with ``word`` in its path."""
    done: list[str] = []

    def look(what: str, path: str) -> None:
        if what == event and word in path and not done:
            done.append(path)
            other()

    _waiting.append(look)
    try:
        yield done
    finally:
        _waiting.clear()


def asked(command: tuple[str, ...], seed: int) -> list[str]:
    return [word.format(seed) for word in command]


def seed_of(folder: Path) -> int:
    """Which of the two wrote the folder; graphs differ in the number of their nodes."""
    record = json.loads(next(folder.glob("*.json")).read_text("utf-8"))
    if "seed" in record:
        return int(record["seed"])
    settings = record.get("settings")
    return int(settings["seed"]) if settings else int(record["nodes"]) // 10


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["graph", *SLOW])
def test_folders_are_replaced_whole(here: Path, state, capsys, name: str, overwrite: bool) -> None:
    more = ["--overwrite"] if overwrite else []
    alone: dict[int, set[str]] = {}

    def second() -> None:
        assert main(asked(FOLDERS[name], 2) + more) == 0, capsys.readouterr().err
        alone[2] = set(state(here / "out"))

    with meanwhile(".out.part-", "os.mkdir", second) as done:
        code = main(asked(FOLDERS[name], 1) + more)
    err = capsys.readouterr().err
    assert done
    assert set(state(here / "out")) == alone[2]
    assert not [path for path in here.iterdir() if path.name.startswith(".")]
    kept = list(here.glob("out-*"))
    if overwrite:
        assert (code, kept) == (0, []), err
        assert seed_of(here / "out") == 1
        return
    assert code == 2
    lines = [line for line in err.splitlines() if "note: " not in line]
    assert len(lines) == 1, err
    assert "written by another run meanwhile; this result is kept in" in lines[0]
    assert seed_of(here / "out") == 2
    (other,) = kept
    assert str(other) in lines[0]
    assert set(state(other)) == alone[2]
    assert seed_of(other) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("setup", "word"), [("t.toml", "seed0"), ("w.toml", "seed0")])
def test_a_folder_of_training_has_one_owner(
    here: Path, state, capsys, setup: str, word: str
) -> None:
    refused: list[str] = []

    def second() -> None:
        capsys.readouterr()
        for more in ([], ["--resume"]):
            assert main(["train", setup, "--out", "out", *more]) == 2
            refused.extend(capsys.readouterr().err.splitlines())

    with meanwhile(word, "open", second) as done:
        assert main(["train", setup, "--out", "out"]) == 0, capsys.readouterr().err
    assert done
    assert len(refused) == 2
    assert "another process trains into out now" in refused[1]
    assert main(["train", setup, "--out", "alone"]) == 0, capsys.readouterr().err
    assert set(state(here / "out")) == set(state(here / "alone"))


@pytest.mark.slow
def test_figures_of_two_partitions_are_each_whole(here: Path, state, capsys) -> None:
    command = ["partition", "p.csv", "--speeds", "{}", "--figures", "out"]
    before = {}
    for rates in ("1,1", "3,1"):
        assert main([word.format(rates) for word in command]) == 0, capsys.readouterr().err
        before[rates] = state(here / "out")

    def second() -> None:
        assert main([word.format("3,1") for word in command]) == 0

    with meanwhile(".part-", "open", second) as done:
        assert main([word.format("1,1") for word in command]) == 0, capsys.readouterr().err
    assert done
    for name, content in state(here / "out").items():
        assert content in (before["1,1"][name], before["3,1"][name])
    assert not list((here / "out").rglob(".*"))

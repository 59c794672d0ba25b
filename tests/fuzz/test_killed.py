"""A process that the system kills while it writes: the old file stays, the next run is sound."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from roundlot.cli import main

pytest.importorskip("resource", reason="limits on files are those of Unix")

# Kills itself before it opens, flushes or renames the temporary file of a result for the n-th time,
# or has the system kill it in the middle of a file, when that has grown to n bytes.
VICTIM = """
import os, resource, signal, sys
from roundlot.cli import main
how, number, word = sys.argv[1], int(sys.argv[2]), sys.argv[3]
seen = 0
def heard(event, arguments):
    global seen
    if event in ("open", "os.rename") and word in os.fsdecode(arguments[0] or b""):
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
if how == "moment":
    sys.addaudithook(lambda event, arguments: event in ("open", "os.rename")
                     and isinstance(arguments[0], (str, bytes, os.PathLike))
                     and heard(event, arguments))
else:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
main(sys.argv[4:])
"""
STRAGGLE = ("--workers", "4", "--batch", "16", "--unit", "4", "--rounds", "200")
# What is written, the command, what makes the second result another one.
COMMANDS = {
    "solve csv": ("out.csv", ("solve", "s.csv", "--budget", "2", "--out", "out.csv"), "1"),
    "solve parquet": (
        "out.parquet",
        ("solve", "s.csv", "--budget", "2", "--out", "out.parquet"),
        "1",
    ),
    "stream": (
        "out.parquet",
        ("solve", "s.parquet", "--stream", "--budget", "2", "--out", "out.parquet"),
        "1",
    ),
    "graph": ("out", ("graph", "ring", "--budget", "0.5", "--out", "out"), "0.4"),
    "run": ("out", ("run", "s.csv", "--rounds", "50", "--budget", "2", "--out", "out"), "1"),
    "straggle": (
        "out",
        ("straggle", "d.toml", *STRAGGLE, "--time-limit", "1", "--seed", "1", "--out", "out"),
        "2",
    ),
}
MOMENTS = [("moment", 1), ("moment", 3), ("bytes", 20), ("bytes", 400)]
# A single file is written by other means than Python's until it is renamed.
KILLS = [
    (name, how, number)
    for name, (target, *_) in COMMANDS.items()
    for how, number in MOMENTS
    if target == "out" or (how, number) != ("moment", 3)
]


def killed(how: str, number: int, word: str, *command: str) -> int:
    """How a process that runs a command ends."""
    return subprocess.run(
        [sys.executable, "-c", VICTIM, how, str(number), word, *command],
        capture_output=True,
        check=False,
    ).returncode


def changed(command: tuple[str, ...], value: str) -> tuple[str, ...]:
    """The command with another budget, or seed."""
    place = command.index("--budget" if "--budget" in command else "--seed") + 1
    again = ("--overwrite",) if command[0] not in ("solve",) else ()
    return (*command[:place], value, *command[place + 1 :], *again)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "how", "number"), KILLS)
def test_old_result_stays(here: Path, state, capsys, name: str, how: str, number: int) -> None:
    target, command, other = COMMANDS[name]
    place = here / target
    assert main(list(command)) == 0, capsys.readouterr().err
    old = state(place)
    again = changed(command, other)
    assert killed(how, number, ".part-", *again) in (-signal.SIGKILL, -signal.SIGXFSZ)
    assert state(place) == old
    left = [path.name for path in here.iterdir() if ".part-" in path.name]
    assert all(one.startswith(".") for one in left)
    assert main(list(again)) == 0, capsys.readouterr().err
    new = state(place)
    assert new.keys() == old.keys()
    assert new != old


def test_nothing_is_there_after_the_first_write(here: Path, capsys) -> None:
    command = COMMANDS["solve csv"][1]
    assert killed("moment", 1, ".part-", *command) == -signal.SIGKILL
    assert not (here / "out.csv").exists()
    assert main(list(command)) == 0, capsys.readouterr().err


# Before the first temporary file, at the renaming of a checkpoint, of a history; in the middle of
# the file of a checkpoint, and of a picture.
TRAINING = [
    ("moment", 2, ".checkpoint.npz."),
    ("moment", 4, ".checkpoint.npz."),
    ("moment", 2, "seed0.npz."),
    ("bytes", 900, ""),
    ("bytes", 9000, ""),
]


@pytest.mark.slow
@pytest.mark.parametrize("setup", ["t.toml", "w.toml"])
@pytest.mark.parametrize(("how", "number", "word"), TRAINING)
def test_training_goes_on(
    here: Path, state, capsys, setup: str, how: str, number: int, word: str
) -> None:
    command, place = ("train", setup, "--out", "out"), here / "out"
    ended = killed(how, number, word, *command)
    assert ended in (-signal.SIGKILL, -signal.SIGXFSZ)
    for path in place.rglob("[!.]*.npz"):
        assert zipfile.ZipFile(path).testzip() is None
    started = any((place / "runs").glob("[!.]*"))
    assert main([*command, *(["--resume"] if started else [])]) == 0, capsys.readouterr().err
    assert not [path for path in place.rglob(".*") if path.name != ".lock"]
    capsys.readouterr()
    assert main([*command[:3], "whole"]) == 0, capsys.readouterr().err
    runs = [path for path in state(place) if path.endswith(".npz")]
    assert runs
    for path in runs:
        ours, whole = (zipfile.ZipFile(folder / path) for folder in (place, here / "whole"))
        assert ours.namelist() == whole.namelist()
        found = [name for name in ours.namelist() if name.startswith("parameters")]
        assert found
        assert all(ours.read(name) == whole.read(name) for name in found)

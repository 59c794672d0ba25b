"""Output that nobody reads, or that finds no room: one line or none; errors where they belong."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from roundlot.cli import main

ROUNDLOT = [sys.executable, "-m", "roundlot"]
NO_PIPE = 128 + 13
SCORES = "client,a,b\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n"
BUDGET = ("s.csv", "--budget", "2")
#: Every command that prints, as it prints a little at once.
PRINTING = {
    "solve": ("solve", *BUDGET),
    "solve json": ("solve", *BUDGET, "--json"),
    "compare": ("compare", *BUDGET),
    "simulate": ("simulate", *BUDGET, "--rounds", "50"),
    "verify": ("verify", *BUDGET, "--rounds", "50"),
    "bound": ("bound", "one_step"),
    "graph": ("graph", "ring", "--nodes", "4"),
    "partition": ("partition", "p.csv", "--speeds", "1,1"),
    "fleet": ("fleet", "show", "s.csv"),
    "check": ("check", "c.json"),
    "audit": ("audit", "drawer:draw", "--clients", "2", "--rounds", "50"),
    "run": ("run", *BUDGET, "--rounds", "50", "--out", "run"),
    "sweep": ("sweep", "sweep.toml", "--workers", "0", "--out", "swept"),
    "train": ("train", "t.toml", "--out", "trained"),
    "doctor": ("doctor",),
}
SLOW = ("run", "train", "doctor", "sweep", "verify", "audit", "partition")


class Broken(io.TextIOWrapper):
    """A stream whose reader has gone, or whose disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(io.BytesIO(), "utf-8")
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


def marked(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.csv").write_text(SCORES, "utf-8")
    drawer = "def draw(rng):\n    return [int(rng.integers(2))]\n"
    (tmp_path / "drawer.py").write_text(drawer, "utf-8")
    points = "".join(f"{(7 * k) % 11},{'xy'[k % 2]}\n" for k in range(16))
    (tmp_path / "p.csv").write_text("a,label\n" + points, "utf-8")
    (tmp_path / "sweep.toml").write_text(
        '[sweep]\nsetups = ["s.csv"]\nmethods = ["optimum"]\nseeds = 1\nrounds = 50\n', "utf-8"
    )
    (tmp_path / "t.toml").write_text(
        'methods = ["random"]\n[tasks]\nkind = "quadratics"\nmodels = 1\nclients = 4\n'
        "[run]\nrounds = 2\nseeds = 1\n",
        "utf-8",
    )
    assert main(["solve", *BUDGET, "--certificate", "c.json"]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.filterwarnings("ignore:not simulated")
@pytest.mark.parametrize("name", [marked(name) for name in PRINTING])
def test_a_reader_that_has_gone(here: Path, name: str, monkeypatch, capsys, bare_report) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError(32, "Broken pipe")))
    code = main(["--quiet", *PRINTING[name]])
    assert (code, capsys.readouterr().err) == (NO_PIPE, "")


@pytest.mark.filterwarnings("ignore:not simulated")
@pytest.mark.parametrize("name", [marked(name) for name in PRINTING])
def test_no_room_for_the_output(here: Path, name: str, monkeypatch, capsys, bare_report) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(OSError(28, "No space left on device")))
    code = main(["--quiet", *PRINTING[name]])
    said = "roundlot: cannot write standard output: No space left on device; make room or choose"
    err = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
    assert (code, err) == (2, [f"{said} another place"])


@pytest.mark.parametrize("words", ["--version", "--help", "solve --help"])
def test_a_real_pipe_that_is_closed(tmp_path: Path, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*ROUNDLOT, *words.split()], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (NO_PIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
@pytest.mark.parametrize("words", ["--version", "--help"])
def test_a_real_device_that_is_full(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*ROUNDLOT, *words.split()], stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "standard output: No space left on device" in done.stderr
        done = subprocess.run(
            [*ROUNDLOT, "nonsense"], stdout=subprocess.PIPE, stderr=full, check=False
        )
        assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("closed", ["1", "2", "1 2"])
def test_streams_that_are_closed(closed: str) -> None:
    streams = " ".join(f"{number}>&-" for number in closed.split())
    command = f"{sys.executable} -m roundlot nonsense {streams}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("name", [name for name in PRINTING if name not in SLOW])
def test_errors_go_to_standard_error(here: Path, name: str, capsys) -> None:
    words = [*PRINTING[name], "--no-such-option"]
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1

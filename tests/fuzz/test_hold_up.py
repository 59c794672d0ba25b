"""Odd names, a full disk, a kill in the middle of writing, very many clients."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot import files
from roundlot.cli import main
from roundlot.fleet.scores import read_scores, write_scores
from roundlot.folders import atomic
from roundlot.simulate import array_files
from roundlot.user_text import file_name

NAMES = [
    "../../escape",
    "/etc/passwd",
    "C:\\windows",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "=1+1",
    "👩‍🌾 farm",
    "कर्षक",
    "农民",
    "$x^2$ & %_#~",
    "a" * 300,
]


def outside(folder: Path) -> set[str]:
    """What lies beside the output folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_odd_names_stay_in_the_folder_and_are_escaped(tmp_path: Path, capsys) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    rng = np.random.default_rng(0)
    models = [NAMES[0], NAMES[3], NAMES[4], "👩‍🌾 $x"]
    values = rng.uniform(0.5, 2.0, (len(NAMES), len(models)))
    write_scores(inner / "scores.csv", values, models=models, clients=NAMES)
    before = outside(tmp_path)
    words = [inner / "scores.csv", "--budget", 4, "--rounds", 200, "--out", inner / "result"]
    assert main(["run", *map(str, words)]) == 0, capsys.readouterr().err
    new = outside(tmp_path) - before
    assert new
    assert all(name.startswith("inner/result") for name in new)
    page = (inner / "result" / "index.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("name", [*NAMES, "", "..", ".", "\0", "a/../../b"])
def test_file_names_made_of_names_stay_inside(tmp_path: Path, name: str) -> None:
    made = file_name(name)
    assert atomic.inside(tmp_path, made).parent == tmp_path
    assert made[0] not in ".-"


@pytest.mark.parametrize("name", ["../x", "/x", "", "..", "a/../../b", "\0"])
def test_paths_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(atomic.InvalidProblemError):
        atomic.inside(tmp_path, name)


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "..", ""])
def test_cells_that_are_no_names_do_no_harm(tmp_path: Path, name: str, capsys) -> None:
    (tmp_path / "s.csv").write_bytes(f'client,a\n"{name}",1\ny,2\n'.encode())
    code = main(["solve", str(tmp_path / "s.csv"), "--budget", "1"])
    assert code in (0, 2)
    assert "internal" not in capsys.readouterr().err
    assert outside(tmp_path) == {"s.csv"}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when a file is flushed to it."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_full_disk_leaves_the_old_file(tmp_path: Path, full: None) -> None:
    path = tmp_path / "old.txt"
    path.write_text("old", "utf-8")
    with pytest.raises(OSError, match="No space left"):
        files.write_text(path, "new")
    with pytest.raises(OSError, match="No space left"):
        array_files.save_arrays(path, {"a": np.ones(9)})
    assert outside(tmp_path) == {"old.txt"}
    assert path.read_text("utf-8") == "old"


def test_full_disk_is_one_line_on_the_command_line(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "s.csv").write_text("client,a\nx,1\ny,2\n", "utf-8")
    old = tmp_path / "p.csv"
    old.write_text("old", "utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pl.DataFrame, "write_csv", refuse)
    assert main(["solve", str(tmp_path / "s.csv"), "--budget", "1", "--out", str(old)]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "no space left" in err.lower()
    assert old.read_text("utf-8") == "old"
    assert outside(tmp_path) == {"s.csv", "p.csv"}


WRITER = """
import sys, itertools
import numpy as np
from roundlot.files import write_bytes
from roundlot.simulate.array_files import save_arrays
folder = sys.argv[1]
print("ready", flush=True)
for turn in itertools.count():
    digit = str(turn % 10).encode()
    write_bytes(folder + "/bytes", digit * 1_000_000)
    save_arrays(folder + "/arrays.npz", {"a": np.full(50_000, turn), "b": np.full(50_000, turn)})
"""


def test_killed_while_writing_every_file_is_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for delay in rng.uniform(0.05, 0.5, 6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        if (tmp_path / "bytes").exists():
            content = (tmp_path / "bytes").read_bytes()
            assert content == content[:1] * 1_000_000
        if (tmp_path / "arrays.npz").exists():
            arrays = array_files.load_arrays(tmp_path / "arrays.npz")
            assert len(np.unique(np.concatenate([arrays["a"], arrays["b"]]))) == 1
    assert (tmp_path / "bytes").exists()


def test_second_of_two_writers_replaces_nothing_and_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / "result"

    def write_both() -> None:
        with atomic.replaced_folder(target) as late:
            (late / "text").write_text("late", "utf-8")
            with atomic.replaced_folder(target) as first:
                (first / "text").write_text("first", "utf-8")

    with pytest.raises(FileExistsError, match="meanwhile; this result is kept in") as caught:
        write_both()
    assert (target / "text").read_text("utf-8") == "first"
    (kept,) = (path for path in tmp_path.iterdir() if path != target)
    assert (kept / "text").read_text("utf-8") == "late"
    assert str(kept) in str(caught.value)


@pytest.mark.slow
def test_two_runs_into_one_folder_leave_one_whole_result(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,a\nx,1\ny,2\nz,3\n", "utf-8")
    words = ["run", "s.csv", "--budget", "1", "--rounds", "100", "--out", "result"]
    command = [sys.executable, "-m", "roundlot", *words]
    both = [
        subprocess.Popen(
            [*command, "--seed", str(seed)],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in (1, 2)
    ]
    said = [one.communicate()[1] for one in both]
    codes = [one.returncode for one in both]
    assert sorted(codes) == [0, 2], said
    lines = said[codes.index(2)].splitlines()
    assert len([line for line in lines if "warning" not in line]) == 1
    record = json.loads((tmp_path / "result" / "run.json").read_text("utf-8"))
    assert record["schema"]
    assert len(list(tmp_path.glob("result*"))) <= 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_hundred_thousand_clients_with_names_in_every_script(tmp_path: Path, capsys) -> None:
    blocks = (0x41, 0x391, 0x410, 0x531, 0x5D0, 0x621, 0x905, 0xE01, 0x10A0, 0x1200)
    blocks += (0x13A0, 0x1780, 0x1820, 0x3041, 0x4E00, 0xAC00, 0x10330, 0x1F600)
    names = [f"{chr(blocks[k % len(blocks)] + k % 20)}, {k}" for k in range(100_000)]
    scores = np.random.default_rng(0).lognormal(size=(100_000, 3))
    write_scores(tmp_path / "s.csv", scores, models=["α", "б", "ג"], clients=names)
    out = tmp_path / "p.csv"
    assert main(["solve", str(tmp_path / "s.csv"), "--budget", "5000", "--out", str(out)]) == 0
    found = read_scores(out)
    assert list(found.clients) == names
    assert found.values.sum() <= 5000 * (1 + 1e-12)
    assert found.values.sum() == pytest.approx(5000, rel=1e-9)

"""A disk that is full for real: a file system of one megabyte, where the test may mount one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.cli import main

DISK = 1 << 20
ROOM = (0, 4096, 8192)  # for nothing, for a short file, for the start of a long one


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no mount")
    options = ("-t", "tmpfs", "-o", f"size={DISK}", "none", str(place))
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    scores = np.random.default_rng(5).uniform(1.0, 2.0, 5000)
    lines = [f"c{k},{score!r}" for k, score in enumerate(scores.tolist())]
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(["client,a", *lines]), "utf-8")
    return path


WRITERS = {
    "csv": ("solve", "{table}", "--budget", "2", "--out", "{disk}/out.csv"),
    "parquet": ("solve", "{table}", "--budget", "2", "--out", "{disk}/out.parquet"),
    "npy": ("solve", "{table}", "--budget", "2", "--out", "{disk}/out.npy"),
    "certificate": ("solve", "{table}", "--budget", "2", "--certificate", "{disk}/out.json"),
    "stream": ("solve", "{many}", "--stream", "--budget", "2", "--out", "{disk}/out.parquet"),
    "svg": ("bound", "one_step", "--plot", "{disk}/out.svg"),
    "pdf": ("bound", "one_step", "--plot", "{disk}/out.pdf"),
    "png": ("bound", "one_step", "--plot", "{disk}/out.png"),
    "proof": ("bound", "one_step", "--proof", "{disk}/out.json"),
    "page": ("explore", "{table}", "--budget", "2", "--overwrite", "--out", "{disk}/out.html"),
    "folder": ("graph", "ring", "--overwrite", "--out", "{disk}/out"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("left", ROOM)
def test_one_line_names_the_file_and_the_earlier_one_stays(
    disk: Path, table: Path, capsys: pytest.CaptureFixture[str], name: str, left: int
) -> None:
    place = disk / WRITERS[name][-1].split("/")[1]
    if place.suffix:
        place.write_text("earlier", "utf-8")
    (disk / "rest").write_bytes(bytes(DISK - left - (4096 if place.suffix else 0)))
    there = sorted(disk.rglob("*"))
    many = table.with_suffix(".parquet")
    pl.read_csv(table).write_parquet(many)
    code = main([word.format(disk=disk, table=table, many=many) for word in WRITERS[name]])
    out, err = capsys.readouterr()
    assert code == 2, err
    (line,) = err.splitlines()
    assert line.startswith(f"roundlot: cannot write {disk / place.stem}")
    assert "Detail" not in line
    assert line.endswith("No space left on device; make room or choose another place")
    assert "cannot write" not in out
    assert sorted(disk.rglob("*")) == there
    assert not place.suffix or place.read_text("utf-8") == "earlier"

"""A clock that is moved, forwards or back, changes no result, and nothing waits for it."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from roundlot.sweep import load_sweep_setup, run_sweep

SETUP = '[sweep]\nsetups = ["s.csv"]\nmethods = ["optimum", "uniform"]\nseeds = 2\nrounds = 50\n'


def swept(folder: Path, out: str, **options) -> pl.DataFrame:
    frame = run_sweep(load_sweep_setup(folder / "sweep.toml"), folder / out, workers=0, **options)
    return frame.frame.drop("elapsed", "method_seconds", strict=False)


@pytest.mark.parametrize("step", [-86_400.0, 86_400.0])
def test_a_moved_clock_changes_no_row(tmp_path: Path, monkeypatch, step: float) -> None:
    (tmp_path / "s.csv").write_text("client,a\nann,1.0\nbob,2.0\n", "utf-8")
    (tmp_path / "sweep.toml").write_text(SETUP, "utf-8")
    expected = swept(tmp_path, "still")
    moved = itertools.count(time.time(), step)  # a day at every look
    monkeypatch.setattr(time, "time", lambda: next(moved))
    first = swept(tmp_path, "moved")
    for path in (tmp_path / "moved").iterdir():
        os.utime(path, (0, 0))  # written in 1970
    again = swept(tmp_path, "moved", resume=True)
    assert_frame_equal(first, expected, check_exact=True)
    assert_frame_equal(again, expected, check_exact=True)

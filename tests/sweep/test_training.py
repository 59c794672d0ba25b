"""Sweeps of training: the numbers of ``roundlot train``, a cell each."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from roundlot.sweep import SweepResult, load_sweep_setup, run_sweep
from roundlot.train import load_train_setup, load_workers_setup, run_training, run_workers

SETUP = """
methods = ["random", { method = "stale-vre", name = "stale" }]
[tasks]
kind = "digits"
models = 2
clients = 8
samples = 160
network = "64-8-10"
[federation]
online = 0.9
[local]
epochs = 1
[run]
rounds = 3
seeds = 2
budget = 3
baseline = "random"
engine = "plain"
device = "cpu"
"""
SWEEP = """
[sweep]
kind = "training"
setups = ["mine.toml"]
seeds = [0, 1]
[set]
run.measure = true
[vary]
run.budget = [2, 4.0]
local.epochs = [1, 2]
"""
WORKERS = """
[tasks]
kind = "digits"
network = "64-10"
samples = 160
[workers]
count = 4
graph = "ring"
[run]
rounds = 4
[[methods]]
method = "all-reduce"
[[methods]]
method = "d-psgd"
name = "ring"
"""


@pytest.fixture
def training(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(SETUP, "utf-8")
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP, "utf-8")
    return path


def swept(path: Path, out: str = "out", workers: int = 0) -> SweepResult:
    return run_sweep(load_sweep_setup(path), path.parent / out, workers=workers)


def test_cells_are_the_runs_of_train(training: Path) -> None:
    frame = swept(training).frame
    assert (frame.height, set(frame["status"])) == (16, {"ok"})
    assert frame["run.budget"].dtype == pl.Float64
    changes = {"run.budget": 4.0, "local.epochs": 2, "run.measure": True}
    result = run_training(load_train_setup(training.parent / "mine.toml").replaced(changes))
    for name, runs in result.bench.histories.items():
        for history in runs:
            row = frame.row(
                by_predicate=(pl.col("run.budget") == 4.0)
                & (pl.col("local.epochs") == 2)
                & (pl.col("method") == name)
                & (pl.col("seed") == history.seed),
                named=True,
            )
            assert row["accuracy"] == history.mean_accuracy[-1]
            assert row["worst_accuracy"] == history.worst_accuracy[-1]
            assert row["seconds"] == history.seconds.sum()
            assert row["uploads"] == history.uploads.sum()
            assert row["predicted_variance"] == pytest.approx(
                history.predicted_variance.sum(axis=1).mean(), nan_ok=True
            ) or (row["predicted_variance"] is None)


def test_setups_with_workers(tmp_path: Path) -> None:
    (tmp_path / "crew.toml").write_text(WORKERS, "utf-8")
    path = tmp_path / "sweep.toml"
    path.write_text('[sweep]\nkind = "training"\nsetups = "crew.toml"\n', "utf-8")
    frame = swept(path).frame
    assert (frame["method"].to_list(), set(frame["status"])) == (["all-reduce", "ring"], {"ok"})
    setup = load_workers_setup(tmp_path / "crew.toml").replaced({"run.device": "cpu"})
    bench = run_workers(setup.replaced({"run.seeds": 1})).bench
    for row in frame.to_dicts():
        assert row["objective"] == bench.interval(row["method"], "objective").mean
        assert row["bytes"] == bench.interval(row["method"], "bytes").mean


def test_what_goes_wrong_is_a_row(training: Path) -> None:
    content = training.read_text("utf-8").replace("epochs = [1, 2]", "learning_rate = [0.1, 1e30]")
    training.write_text(content, "utf-8")
    frame = swept(training).frame
    failed = frame.filter(pl.col("status") == "failed")
    assert set(failed["local.learning_rate"]) == {1e30}
    assert failed.height == 8
    assert all("\n" not in error and "loss" in error for error in failed["error"])


@pytest.mark.slow
def test_workers_give_the_same_rows(training: Path, untimed) -> None:
    two, here = swept(training, "two", 2), swept(training)
    assert_frame_equal(untimed(two.frame), untimed(here.frame), check_exact=True)

"""``roundlot train`` with models that stop early: told, kept, and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from roundlot.folders import Contents
from roundlot.report.page import render_training
from roundlot.simulate.training import History
from roundlot.train import load_train_setup, run_training

Call = Callable[..., tuple[int, str, str]]

SETUP = """
name = "small"
methods = ["full", "random"]
[tasks]
kind = "digits"
models = 2
clients = 8
samples = 160
network = "64-8-10"
[local]
epochs = 1
[stop_early]
patience = [2, 3]
min_delta = 1e6
[run]
rounds = 3
seeds = 2
budget = 3
evaluate_every = 2
engine = "plain"
"""


@pytest.fixture
def setup_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SETUP, "utf-8")
    return path


def test_more_rounds_end_where_models_stop(
    call: Call, setup_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup, folder = load_train_setup(setup_file), tmp_path / "out"
    whole = run_training(setup.replaced({"run.rounds": 50}))
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    first = run_training(setup, folder)
    assert first.stopped() == []
    assert first.stop_note() == ""
    assert first.rounds == 3
    run_training(setup.replaced({"run.rounds": 50}), folder, resume=True)
    for name, runs in whole.bench.histories.items():
        for run in runs:
            kept = History.load(folder / "runs" / f"{name}-seed{run.seed}.npz")
            assert kept.rounds == 6
            assert np.array_equal(kept.loss, run.loss)
            assert np.array_equal(kept.parameters[0], run.parameters[0])
    before = {path: path.read_bytes() for path in (folder / "runs").iterdir()}
    code, out, err = call("train", setup_file, "--out", folder, "--resume", "--rounds", 99)
    assert code == 0, err
    assert "note: 8 of 8 models in all runs stopped early" in out
    assert "after at most 6 rounds" in out
    assert before == {path: path.read_bytes() for path in (folder / "runs").iterdir()}
    stopped = whole.tables()["stopped"]
    assert [row["round"] for row in stopped if row["seed"] == 1] == [4, 6, 4, 6]
    page = render_training(whole, ())
    assert "Methods after at most 6 rounds" in page
    assert "costs nothing" in page


@pytest.mark.parametrize(
    ("change", "given", "named"),
    [
        ("", ["--patience", "0"], "stop_early.patience is 0"),
        ("", ["--min-delta", "-1"], "stop_early.min_delta is -1"),
        ("", ["--stop-metric", "bleu"], "has no metric 'bleu' to stop by"),
        ("patience = [2, 3, 4]", [], "stop_early.patience has 3 numbers for 2 models"),
        ("waits = 2", [], "[stop_early] has no key 'waits'"),
        ("[privacy]\nnoise = 1.0", ["--methods", "random"], "leave stop_early out, or the noise"),
    ],
)
def test_wrong_rules_are_one_line(
    call: Call, setup_file: Path, tmp_path: Path, change: str, given: list[str], named: str
) -> None:
    if change.startswith("patience"):
        setup_file.write_text(SETUP.replace("patience = [2, 3]", change), "utf-8")
    elif change:
        setup_file.write_text(SETUP.replace("min_delta = 1e6", f"min_delta = 1e6\n{change}"))
    code, _, err = call("train", setup_file, *given, "--out", tmp_path / "out")
    assert code == 2
    assert named in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_workers_do_not_stop_early(call: Call, tmp_path: Path) -> None:
    code, _, err = call("train", "workers", "--patience", 2, "--out", tmp_path / "out")
    assert code == 2
    assert "stop_early" in err

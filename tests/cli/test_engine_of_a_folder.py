"""All runs of a folder have the engines that were chosen for its first."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundlot.folders import Contents
from roundlot.simulate.training import engine_choices
from roundlot.train import load_train_setup, run_training

SETUP = """
name = "small"
methods = ["uniform", "random"]
[tasks]
kind = "digits"
models = 2
clients = 8
samples = 160
network = "64-8-10"
[local]
epochs = 1
[run]
rounds = 2
seeds = 2
budget = 3
"""


def test_a_folder_keeps_the_engines_of_its_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = iter(["plain", "vmapped", *["batched"] * 20])  # another one each time it is asked
    monkeypatch.setattr(
        engine_choices,
        "choose",
        lambda *_, **__: engine_choices.Choice(kind=next(kinds), why="timed so"),
    )
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    path = tmp_path / "small.toml"
    path.write_text(SETUP, "utf-8")
    setup, folder = load_train_setup(path), tmp_path / "out"
    first = run_training(setup, folder)
    longer = run_training(setup.replaced({"run.seeds": 3}), folder, resume=True)
    engines = {
        run.engines
        for result in (first, longer)
        for runs in result.bench.histories.values()
        for run in runs
    }
    assert engines == {("plain", "vmapped")}
    why = {
        text
        for runs in first.bench.histories.values()
        for run in runs
        for text in run.engine_choice
    }
    assert why == {"timed so", "as the other runs of the folder"}  # nobody asked for one
    assert next(kinds) == "batched"  # asked once for each of the two models

"""``roundlot train``: a setup in, a folder out that can be gone on with; mistakes in one line."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from roundlot.cli import main
from roundlot.folders import Contents
from roundlot.simulate.training import History, train
from roundlot.theory import InvalidProblemError
from roundlot.train import TrainSetup, load_train_setup, run_training, shipped_setups
from roundlot.train.folder import opened

Call = Callable[..., tuple[int, str, str]]

SETUP = """
name = "small"
methods = ["full", "random", { method = "stale-vre", name = "stale" }]
[tasks]
kind = "digits"
models = 2
clients = 8
samples = 160
network = "64-8-10"
noise = [0.0, 0.2]
[federation]
processors = [1, 2, 1, 1, 2, 1, 1, 1]
online = 0.9
[local]
epochs = 1
learning_rate = [0.1, 0.2]
[run]
rounds = 4
seeds = 2
budget = 3
evaluate_every = 2
measure = true
baseline = "random"
engine = "plain"
[full.run]
rounds = 5
"""


@pytest.fixture
def setup_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SETUP, "utf-8")
    return path


def test_training_writes_everything(call: Call, setup_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, err = call("train", setup_file, "--out", out)
    assert (code, err) == (0, "")
    assert "over random" in said
    assert said.splitlines()[-1] == f"report: {out / 'index.html'}"
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert [row["method"] for row in record["methods"]] == ["full", "random", "stale"]
    assert record["methods"][0]["relative_to_full"] == 1.0
    assert set(record["verdicts"]) == {"random", "stale"}
    histories = sorted(path.name for path in (out / "runs").iterdir())
    assert histories == sorted(
        f"{m}-seed{k}.npz" for m in ("full", "random", "stale") for k in (0, 1)
    )
    history = History.load(out / "runs" / "stale-seed1.npz")
    assert (history.method, history.seed, history.rounds) == ("StaleVRE", 1, 4)
    assert np.isfinite(history.squared_error).all()
    for name, rows in {"summary": 3, "evaluations": 3 * 2 * 3 * 2, "rounds": 3 * 2 * 4 * 2}.items():
        table = pl.read_parquet(out / "tables" / f"{name}.parquet")
        assert len(table) == rows
        assert len(pl.read_csv(out / "tables" / f"{name}.csv")) == rows
    figures = {"rounds", "uploads", "seconds", "worst", "variance", "beta", "gains"}
    assert figures <= {path.stem for path in (out / "figures").glob("*.pdf")}
    page = (out / "index.html").read_text("utf-8")
    assert page.count("<svg") == len(list((out / "figures").glob("*.svg")))
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_folder_is_gone_on_with_to_the_same_numbers(
    call: Call, setup_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    out = tmp_path / "out"
    assert call("train", setup_file, "--out", out, "--seeds", 1, "--methods", "random")[0] == 0
    first = (out / "runs" / "random-seed0.npz").stat().st_mtime_ns
    code, _, err = call("train", setup_file, "--out", out)
    assert code == 2
    assert "--resume" in err
    assert call("train", setup_file, "--out", out, "--resume")[0] == 0
    assert (out / "runs" / "random-seed0.npz").stat().st_mtime_ns == first
    fresh = tmp_path / "fresh"
    assert call("train", setup_file, "--out", fresh)[0] == 0
    for path in (fresh / "runs").iterdir():
        ours, theirs = History.load(path), History.load(out / "runs" / path.name)
        assert all(map(np.array_equal, ours.parameters, theirs.parameters))
    code, _, err = call("train", setup_file, "--out", out, "--resume", "--rounds", 3)
    assert code == 2
    assert "run.rounds was 4, is 3; choose another folder or at least as many rounds" in err
    changed = SETUP.replace('name = "stale" }', 'name = "stale", floor = 0.01 }')
    setup_file.write_text(changed.replace("floor", _setting()), "utf-8")
    code, _, err = call("train", setup_file, "--out", out, "--resume")
    assert code == 2
    assert "method 'stale' was" in err


def test_processes_train_and_resume_as_one(
    call: Call, setup_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    few, two = ("train", setup_file, "--methods", "random,stale"), ("--processes", 2)
    assert call(*few, "--out", tmp_path / "one")[0] == 0
    shared = tmp_path / "shared"
    assert call(*few, "--out", shared, "--seeds", 1)[0] == 0
    code, said, err = call(*few, "--out", shared, "--resume", *two)
    assert (code, err) == (0, "")
    assert said.count("report:") == 1
    for path in (tmp_path / "one" / "runs").iterdir():
        ours, theirs = History.load(path), History.load(shared / "runs" / path.name)
        assert all(map(np.array_equal, ours.parameters, theirs.parameters))
        assert np.array_equal(ours.squared_error, theirs.squared_error)
    code, _, err = call(*few, "--out", tmp_path / "none", "--processes", 0)
    assert code == 2
    assert "--processes" in err
    assert "0" in err
    code, _, err = call("train", "workers", "--out", tmp_path / "none", *two)
    assert code == 2
    assert err.startswith("roundlot: --processes is for setups with clients")


def _setting() -> str:
    from dataclasses import fields

    from roundlot.train.sources import method_class

    names = [f.name for f in fields(method_class("stale-vre"))]
    return next(name for name in names if name not in ("name", "source", "label"))


def test_an_interrupted_run_goes_on_from_its_checkpoint(setup_file: Path, tmp_path: Path) -> None:
    setup = load_train_setup(setup_file).replaced(
        {"run.seeds": 1, "run.checkpoint_every": 1, "methods": ["stale-vre"], "run.baseline": None}
    )

    def stop(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_training(setup, tmp_path / "cut", progress=stop)
    assert (tmp_path / "cut" / "runs" / "stale-vre-seed0.checkpoint.npz").exists()
    seen: list[int] = []
    resumed = run_training(
        setup, tmp_path / "cut", resume=True, progress=lambda stage, done, total: seen.append(done)
    )
    assert min(seen) == 3
    assert not (tmp_path / "cut" / "runs" / "stale-vre-seed0.checkpoint.npz").exists()
    whole = run_training(setup)
    ours, theirs = (result.bench.histories["stale-vre"][0] for result in (resumed, whole))
    assert all(map(np.array_equal, ours.parameters, theirs.parameters))
    assert np.array_equal(ours.squared_error, theirs.squared_error)


def test_complete_runs_go_on_to_more_rounds(setup_file: Path, tmp_path: Path) -> None:
    setup = load_train_setup(setup_file).replaced(
        {
            "methods": ["random", "stale-vre"],
            "run.evaluate_every": 3,
            "server": {"optimizer": "adam"},
        }
    )
    longer, folder = setup.replaced({"run.rounds": 7}), tmp_path / "out"
    run_training(setup, folder)
    seen: list[int] = []
    more = run_training(
        longer, folder, resume=True, progress=lambda stage, done, total: seen.append(done)
    )
    assert min(seen) == 4
    whole = run_training(longer)
    for name in ("random", "stale-vre"):
        for ours, theirs in zip(*(r.bench.histories[name] for r in (more, whole)), strict=True):
            arrays, expected = ours.to_arrays(), theirs.to_arrays()
            assert set(arrays) == set(expected)
            for key in set(arrays) - {"elapsed"}:
                np.testing.assert_array_equal(arrays[key], expected[key], err_msg=key)
    assert sorted(path.name for path in (folder / "states").iterdir()) == sorted(
        path.name for path in (folder / "runs").iterdir()
    )
    for path in (folder / "states").iterdir():
        path.unlink()
    with pytest.raises(InvalidProblemError, match="from which it could go on, is not there"):
        run_training(setup.replaced({"run.rounds": 8}), folder, resume=True)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda head: head.pop("steps"), "by an earlier version, which may have stepped otherwise"),
        (lambda head: head["steps"]["mifa"].update(formula="Δ"), "whose formula was Δ, is "),
        (
            lambda head: head["steps"]["mifa"].update({"setting (gain)": "2"}),
            r"whose setting \(gain\) was 2, is not there",
        ),
    ],
)
def test_kept_runs_of_another_step_are_not_taken_for_todays(
    setup_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Any], Any],
    named: str,
) -> None:
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    setup = load_train_setup(setup_file).replaced({"methods": ["mifa"], "run.baseline": "mifa"})
    few, folder = setup.replaced({"run.rounds": 1, "run.seeds": 1}), tmp_path / "out"
    run_training(few, folder)
    kept = folder / "setup.json"
    head = json.loads(kept.read_text("utf-8"))
    spoil(head)
    kept.write_text(json.dumps(head), "utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(InvalidProblemError, match=f"runs of 'mifa' {named}.*remove .*mifa-seed"):
        run_training(few, folder, resume=True)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in (folder / "runs").iterdir():
        path.unlink()
    assert run_training(few, folder, resume=True).bench.histories["mifa"][0].rounds == 1


def test_an_interrupt_says_what_to_do(
    call: Call, setup_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_at(stop: int) -> Callable[..., History]:
        started = itertools.count()

        def run(*given: Any, **settings: Any) -> History:
            if next(started) == stop:
                raise KeyboardInterrupt
            return train(*given, **settings)

        return run

    monkeypatch.setattr("roundlot.train.job.train", interrupted_at(1))
    code, said, errors = call("train", setup_file, "--out", tmp_path / "out")
    assert (code, said) == (130, "")
    assert "--resume" in errors
    monkeypatch.setattr("roundlot.train.job.train", interrupted_at(0))
    code, said, errors = call("train", setup_file, "--out", tmp_path / "none")
    assert (code, said) == (130, "")
    assert errors == "roundlot: interrupted; no file is left half written\n"
    assert not (tmp_path / "none").exists()


def hold(folder: str) -> None:
    with opened(Path(folder), {"name": "x"}, resume=True):
        (Path(folder) / "held").touch()
        signal.pause()


def test_two_trainings_into_one_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    other = multiprocessing.get_context("spawn").Process(target=hold, args=(str(folder),))
    other.start()
    try:
        while not (folder / "held").exists():
            assert other.is_alive()
            time.sleep(0.05)
        (folder / "held").unlink()
        with (
            pytest.raises(FileExistsError, match="another process trains"),
            opened(folder, {"name": "x"}, resume=True),
        ):
            pass
    finally:
        other.kill()
        other.join()
    with opened(folder, {"name": "x"}, resume=True):
        pass


def test_the_users_own_module(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(
        """
import torch
from roundlot.simulate.training import Samples, Task

def make(n_clients, seed, slope=2.0):
    x = torch.linspace(-1, 1, 6 * n_clients)[:, None]
    owner = torch.arange(len(x)) % n_clients
    train = Samples.by_owner(x, slope * x, owner.numpy(), n_clients)
    return Task(name="line", module=torch.nn.Linear(1, 1), train=train, loss="squared error")
""",
        "utf-8",
    )
    (tmp_path / "mine.toml").write_text(
        """
methods = ["full", "random"]
[tasks]
module = "mine.py:make"
clients = 5
slope = 3.0
[run]
rounds = 3
seeds = 1
budget = 2
engine = "plain"
""",
        "utf-8",
    )
    code, said, _ = call("train", tmp_path / "mine.toml", "--out", tmp_path / "out", "--json")
    assert code == 0
    assert json.loads(said)["models"] == ["line"]
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    for old, new, named in (
        ("mine.py:make", "mine.py:made", "no function 'made'"),
        ("mine.py:make", "other.py:make", "does not exist"),
        ("mine.py:make", "mine", "file.py:function"),
        ("slope = 3.0", "slop = 3.0", "did you mean 'slope'"),
    ):
        text = (tmp_path / "mine.toml").read_text("utf-8").replace(old, new)
        (tmp_path / "bad.toml").write_text(text, "utf-8")
        code, _, err = call("train", tmp_path / "bad.toml", "--out", tmp_path / "bad")
        assert code == 2
        assert named in err


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('kind = "digits"', 'kind = "digit"', "did you mean 'digits'"),
        ("clients = 8", "client = 8", "no key 'client' for 'digits'; did you mean 'clients'"),
        ("clients = 8", "clients = 0", "tasks.clients is 0"),
        ("[local]", "[locale]", "did you mean 'local'"),
        ("epochs = 1", "epoch = 1", "did you mean 'epochs'"),
        ("epochs = 1", "epochs = 0", "local.epochs is 0"),
        ("[0.1, 0.2]", "[0.1, 0.2, 0.3]", "local.learning_rate has 3 numbers for 2 models"),
        ("[0.1, 0.2]", "[0.1]", "local.learning_rate has 1 number for 2 models"),
        ("[0.1, 0.2]", "[]", "local.learning_rate is an empty list"),
        ("rounds = 4", "rounds = 0", "run.rounds is 0"),
        ("budget = 3", "budget = 30", "there are 10 processors"),
        ("budget = 3", "budget = 3\nbudget_fraction = 0.1", "choose one"),
        ("measure = true", 'measure = "yes"', "run.measure is 'yes'; give true or false"),
        ('"random", {', '"randon", {', "did you mean 'random'"),
        ('name = "stale"', 'name = "random"', "two methods are called 'random'"),
        ('name = "stale"', 'name = "Random "', "would share the file 'random'"),
        ('name = "stale"', "bete = 1", "has no setting 'bete'"),
        ('baseline = "random"', 'baseline = "gvr"', "not among the methods"),
        ("online = 0.9", "online = 1.5", "federation.online is 1.5"),
        ("online = 0.9", "online = [0.5, 0.5]", "2 numbers for 8 clients"),
        ("online = 0.9", 'able = "50-50"', "federation.able is '50-50'"),
        ('engine = "plain"', 'engine = "plane"', "did you mean 'plain'"),
        ("[full.run]", "[full.runs]", "did you mean 'run'"),
        ("[full.run]\nrounds = 5", "[full.run]\nrounds = -5", "run.rounds is -5"),
        ('name = "small"', 'name = "small', "is not TOML"),
    ],
)
def test_mistakes_in_a_setup_are_named(
    call: Call, setup_file: Path, tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in SETUP
    setup_file.write_text(SETUP.replace(old, new), "utf-8")
    code, said, err = call("train", setup_file, "--out", tmp_path / "out")
    assert (code, said) == (2, "")
    assert named in err
    assert len(err.splitlines()) == 1
    assert not list((tmp_path / "out").glob("runs/*")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("raise KeyError('one\\ntwo')", "mine.py fails: KeyError: 'one"),
        ("raise SystemExit(0)", "mine.py fails: SystemExit: 0"),
        ("def make(seed):\n    raise KeyError('no such file')", "mine.py:make fails: KeyError"),
        ("def make(seed):\n    raise SystemExit(3)", "mine.py:make fails: SystemExit: 3"),
    ],
)
def test_a_users_module_that_fails_is_one_line(
    call: Call, tmp_path: Path, code: str, named: str
) -> None:
    (tmp_path / "mine.py").write_text(code, "utf-8")
    setup = 'methods = ["random"]\n[tasks]\nmodule = "mine.py:make"\n'
    (tmp_path / "mine.toml").write_text(setup, "utf-8")
    status, said, err = call("train", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert (status, said) == (2, "")
    assert named in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nothing"], "no setup is called 'nothing'"),
        (["digit"], "did you mean 'digits'"),
        (["digits", "--methods", "gvrr"], "did you mean 'gvr'"),
        (["digits", "--methods", ","], "give names such as"),
        (["digits", "--design", "fair"], "run.design is 'fair'"),
        (["digits", "--rounds", "0"], "--rounds"),
        (["digits", "--device", "tpu", "--rounds", "1"], "device is 'tpu'"),
    ],
)
def test_mistakes_on_the_command_line_are_named(
    call: Call, tmp_path: Path, arguments: list[str], named: str
) -> None:
    code, _, err = call("train", *arguments, "--out", tmp_path / "out")
    assert code == 2
    assert named in err


def test_a_folder_of_something_else_is_left_alone(
    call: Call, setup_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("all of it", "utf-8")
    for arguments in ([], ["--resume"]):
        code, _, err = call("train", setup_file, "--out", tmp_path / "mine", *arguments)
        assert code == 2
        assert "choose another folder" in err
    code, _, err = call("train", setup_file, "--out", setup_file)
    assert code == 2
    assert "is a file" in err


def test_losses_that_are_not_finite_are_one_line(
    call: Call, setup_file: Path, tmp_path: Path
) -> None:
    setup_file.write_text(SETUP.replace("[0.1, 0.2]", "1e30"), "utf-8")
    code, _, err = call("train", setup_file, "--out", tmp_path / "out")
    assert code == 2
    assert "round 0: " in err
    assert "client" in err


def test_the_list_and_the_full_size(call: Call, setup_file: Path) -> None:
    code, said, _ = call("train", "--list")
    assert code == 0
    assert all(name in said for name in ("digits", "stale-vre"))
    assert (
        json.loads(call("train", "--list", "--json")[1])["setups"].keys() == shipped_setups().keys()
    )
    assert load_train_setup(setup_file).at_full_size().run.rounds == 5
    with pytest.raises(InvalidProblemError, match=r"has no .full."):
        TrainSetup.of({"tasks": {"kind": "digits"}, "methods": ["full"]}).at_full_size()


@pytest.mark.parametrize("name", [n for n in sorted(shipped_setups()) if "workers" not in n])
def test_shipped_setups_read(name: str) -> None:
    setup = load_train_setup(name)
    assert setup.about
    assert len(setup.methods) > 1
    setup.at_full_size()


def test_help_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from roundlot.cli import main; main(['train', '--help']); "
        "assert not {'torch', 'cvxpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert main(["train", "--list"]) == 0


def test_full_size_names_the_missing_data(call: Call, tmp_path: Path) -> None:
    code, _, err = call("train", "poster", "--full", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert f"there is no folder {tmp_path / 'fashion-mnist'}" in err
    code, _, err = call("train", "poster", "--full", "--data", tmp_path / "nowhere")
    assert code == 2
    assert "give the one with the data" in err

"""What a callback is told of a run, whatever happens to the run or to the callback."""

import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from roundlot.cli import main
from roundlot.loggers import LogSection, TensorBoardLogger, WandbLogger, background, make_logger
from roundlot.loggers.background import BackgroundLogger, RunLog
from roundlot.loggers.mlflow import _named
from roundlot.simulate.runs.history import RunHistory
from roundlot.simulate.training import History, RunPoint, RunStart
from roundlot.theory import InvalidProblemError, RoundlotWarning
from roundlot.train import TrainSetup, WorkersSetup, run_training, run_workers

from .conftest import ODD, Kept, Listener


def known(row: Any, first: int) -> dict[int, float]:
    """Numbers of a history by the rounds that were over, without those that are not known."""
    return {first + t: float(x) for t, x in enumerate(row) if x == x}


def require_same(kept: Kept, history: RunHistory, models: Sequence[str]) -> None:
    """Every number of the history, and no other."""
    told: dict[str, dict[int, float]] = {}
    for name, axes in history.axes.items():
        if axes[0] == "T" or name in ("accuracy", "loss", "objective"):
            told |= columns(name, getattr(history, name), models)
    for name, table in history.figures.items():
        told |= columns(name, table, models)
    for name in ("accuracy", "loss", "objective"):
        for full in [full for full in told if full.split("/")[0] == name]:
            rounds = history.evaluated.tolist()
            told[full] = {rounds[e - 1]: value for e, value in told[full].items()}
    for name in told:
        assert kept.column(name) == told[name], name
    beyond = {name for point in kept.points for name in point.values} - told.keys()
    assert {name.removesuffix("_so_far").removeprefix("worst_") for name in beyond} <= {
        "seconds",
        "uploads",
        "bytes",
        "loss",
        "accuracy",
    }


def columns(name: str, table: Any, models: Sequence[str]) -> dict[str, dict[int, float]]:
    if table.ndim == 1:
        return {name: known(table, 1)}
    return {f"{name}/{model}": known(table[:, s], 1) for s, model in enumerate(models)}


def test_every_number_of_every_round_is_told_once(setup: TrainSetup, listener: Listener) -> None:
    result = run_training(setup, callbacks=[listener])
    assert [kept.run.method for kept in listener.runs] == ["random", ODD]
    for kept in listener.runs:
        history = result.bench.histories[kept.run.method][0]
        assert [point.round for point in kept.points] == [0, 1, 2, 3, 4, 5]
        require_same(kept, history, history.models)
        assert kept.column("seconds_so_far")[5] == pytest.approx(history.seconds.sum())
        assert kept.column("uploads_so_far")[5] == history.uploads.sum()
        assert kept.summary is not None
        assert kept.summary["accuracy"] == history.accuracy[-1].mean()
        assert kept.summary["worst_loss"] == history.loss[-1].max()
        assert kept.summary["uploads"] == history.uploads.sum()
        assert kept.run.group == "tried"
        assert kept.run.settings["run.budget"] == 3
    assert listener.runs[1].run.settings["method.kind"] == "stale-vre"
    assert len({kept.run.key for kept in listener.runs}) == 2


def test_workers_tell_their_rounds_too(listener: Listener) -> None:
    setup = WorkersSetup.of(
        {
            "tasks": {"kind": "digits", "network": "64-10", "samples": 80},
            "workers": {"count": 4, "graph": "ring"},
            "run": {"rounds": 3, "seeds": 1, "evaluate_every": 2, "measure": True},
            "methods": ["d-psgd"],
        }
    )
    result = run_workers(setup, callbacks=[listener])
    (kept,), history = listener.runs, result.bench.histories["d-psgd"][0]
    require_same(kept, history, ())
    worst = dict(zip([0, 2, 3], history.worker_loss.max(axis=1).tolist(), strict=True))
    assert kept.column("worst_loss") == worst
    assert kept.column("bytes_so_far")[3] == history.bytes.sum()


def interrupted_at(setup: TrainSetup, folder: Path, round_: int, callbacks: Sequence[Any]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == round_:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_training(setup, folder, progress=stop, callbacks=callbacks)


@pytest.mark.parametrize("round_", [1, 3])
def test_a_run_that_goes_on_is_the_same_run_and_is_told_whole(
    setup: TrainSetup, listener: Listener, tmp_path: Path, round_: int
) -> None:
    interrupted_at(setup, tmp_path / "out", round_, [listener])
    assert isinstance(listener.runs[0].error, KeyboardInterrupt)
    assert listener.runs[0].summary is None
    assert [point.round for point in listener.runs[0].points] == list(range(round_ + 1))
    run_training(setup, tmp_path / "out", resume=True, callbacks=[listener])
    first, again, other = listener.runs
    if round_ > 1:  # nothing is kept before the first checkpoint, and the folder goes
        assert first.run.key == again.run.key != other.run.key
    assert [point.round for point in again.points] == [0, 1, 2, 3, 4, 5]
    assert again.points[: round_ + 1] == first.points
    whole = Listener()
    run_training(setup, callbacks=[whole])
    assert again.points == whole.runs[0].points


def test_complete_runs_are_told_from_their_histories(setup: TrainSetup, tmp_path: Path) -> None:
    first, later = Listener(), Listener()
    run_training(setup, tmp_path / "out", callbacks=[first])
    run_training(setup, tmp_path / "out", resume=True, callbacks=[later])
    for one, two in zip(first.runs, later.runs, strict=True):
        assert one.run == two.run
        assert one.points == two.points
        assert one.summary == two.summary


class Failing(Listener):
    """Fails in one of its calls."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where, self.calls = where, 0

    def record(self, point: RunPoint) -> None:
        self._call("record")

    def start(self, run: RunStart) -> None:
        self._call("start")

    def end(self, summary: Any) -> None:
        self._call("end")

    def _call(self, name: str) -> None:
        self.calls += 1
        if name == self.where:
            raise OSError("no space\nleft")


@pytest.mark.parametrize(("where", "calls"), [("start", 1), ("record", 2), ("end", 8)])
def test_a_callback_that_fails_is_warned_of_once_and_left_out(
    setup: TrainSetup, listener: Listener, where: str, calls: int
) -> None:
    failing = Failing(where)
    result = run_training(setup, callbacks=[failing, listener])
    assert result.warnings == (
        "Failing stopped and logs nothing more: no space left; the training goes on",
    )
    assert failing.calls == calls
    assert [len(kept.points) for kept in listener.runs] == [6, 6]
    plain = run_training(setup)
    for name, runs in plain.bench.histories.items():
        ours: History = result.bench.histories[name][0]
        assert all(map(np.array_equal, ours.parameters, runs[0].parameters))


def test_what_stops_a_run_is_told(setup: TrainSetup, listener: Listener) -> None:
    wild = setup.replaced({"local.learning_rate": 1e30})
    with pytest.raises(Exception, match="finite"):
        run_training(wild, callbacks=[listener])
    assert "finite" in str(listener.runs[-1].error)
    assert listener.runs[-1].summary is None


class Slow(BackgroundLogger):
    """Its log is not written before somebody lets it."""

    def __init__(self, wait: Callable[[], Any]) -> None:
        self.wait, self.written = wait, list[int]()

    def open(self, run: RunStart) -> RunLog:
        self.wait()
        return SlowLog(self.written)


class SlowLog(RunLog):
    def __init__(self, written: list[int]) -> None:
        self.written = written

    def write(self, points: Sequence[RunPoint]) -> None:
        self.written += [point.round for point in points]

    def finish(self, summary: Mapping[str, float]) -> None:
        self.written.append(-1)

    def stop(self, error: BaseException) -> None:
        self.written.append(-2)


def test_training_does_not_wait_for_a_slow_log_but_its_end_does() -> None:
    gate = threading.Event()
    slow = Slow(gate.wait)
    began = time.perf_counter()
    slow.start(RunStart(key="k", name="n"))
    for done in range(2000):
        slow.record(RunPoint(round=done, values={}))
    assert time.perf_counter() - began < 1.0
    assert not slow.written
    threading.Timer(0.05, gate.set).start()
    slow.end({})
    assert slow.written == [*range(2000), -1]


def test_a_log_that_hangs_does_not_hold_the_end_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PATIENCE", 0.05)
    gate = threading.Event()
    slow = Slow(gate.wait)
    slow.start(RunStart(key="k", name="n"))
    with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
        slow.end({})
    gate.set()


def test_an_error_of_the_thread_reaches_the_caller(setup: TrainSetup) -> None:
    def fail() -> None:
        raise ConnectionError("no route to host")

    result = run_training(setup, callbacks=[Slow(fail)])
    assert result.warnings == (
        "Slow stopped and logs nothing more: no route to host; the training goes on",
    )


def test_a_package_that_is_not_there_is_named_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wandb").mkdir()  # which wandb makes in offline mode, and Python could import
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    for name in ("wandb", "tensorboard"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    monkeypatch.setattr("sys.path_importer_cache", {})
    with pytest.raises(
        InvalidProblemError,
        match=r"^Weights & Biases is not installed: .*install .*wandb",
    ):
        WandbLogger()
    with pytest.raises(InvalidProblemError, match=r"pip install .*tensorboard"):
        TensorBoardLogger()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tensorbord", "log.to has 'tensorbord'; did you mean 'tensorboard'"),
        ("wandb,,mlflow", "log.to is ''"),
        (["mlflow", "mlflow"], "log.to has a logger twice"),
        (3, "log.to is 3; give a list of names"),
        ([], "log.to is []"),
    ],
)
def test_a_setup_names_loggers_that_there_are(given: Any, said: str) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        LogSection.read({"to": given})
    assert str(caught.value).startswith(said.partition(";")[0])


def test_a_colon_needs_a_place() -> None:
    assert LogSection.read({"to": "tensorboard:a:b, mlflow"}).to == ("tensorboard:a:b", "mlflow")
    with pytest.raises(InvalidProblemError, match=r"'mlflow:' ends with a colon"):
        make_logger("mlflow:")


def test_the_command_refuses_an_unknown_logger_before_it_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["train", "digits", "--log", "tensorflow", "--out", str(out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "tensorflow" in line
    assert not out.exists()


def test_names_that_mlflow_does_not_take_are_made_different_ones() -> None:
    names: dict[str, str] = {}
    given = ["loss/a§", "loss/a_", "loss/A_", "loss/", "loss/..", "loss/x/y", "a(b)", "ok-1. x"]
    made = [_named(name, names) for name in given]
    assert made[0] == "loss/a_"
    assert made[7] == "ok-1. x"
    assert len({name.casefold() for name in made}) == len(given)
    assert [_named(name, names) for name in given] == made
    assert_array_equal([len(_named("x" * 300, names)) <= 250], [True])


def test_a_warning_is_ours(listener: Listener, setup: TrainSetup) -> None:
    from roundlot.simulate.runs.callbacks import Guarded

    guard = Guarded(callback=Failing("start"))
    with pytest.warns(RoundlotWarning, match="no space left"):
        guard.call("start", RunStart(key="k", name="n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        guard.call("end", {})

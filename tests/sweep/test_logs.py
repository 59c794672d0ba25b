"""What callbacks are told of a sweep: a run a cell, once, whatever stops the sweep."""

from pathlib import Path
from typing import Any

import pytest

from roundlot.loggers import RunPoint, RunStart, TensorBoardLogger
from roundlot.simulate.training import History
from roundlot.sweep import SweepResult, lay_out, load_sweep_setup, run_sweep
from roundlot.sweep.measures import COLUMNS
from roundlot.theory import InvalidProblemError
from roundlot.train import TrainSetup, run_training

TRAINING = """
methods = ["random", "lvr"]
[tasks]
kind = "digits"
models = 2
clients = 6
samples = 90
network = "64-10"
seed = 0
[local]
epochs = 1
[run]
rounds = 3
budget = 3
evaluate_every = 2
engine = "plain"
device = "cpu"
measure = true
[log]
to = "mlflow:sqlite:////nobody/asked/for/it.db"
"""
SWEEP = """
name = "rates"
[sweep]
kind = "training"
setups = ["mine.toml"]
methods = ["random", "lvr"]
[vary]
local.learning_rate = [0.1, 0.2]
"""
VARIANCES = """
[sweep]
setups = ["scores.csv"]
methods = ["optimum", "uniform"]
rounds = 20
[set]
problem.budget = 1.0
[vary]
problem.floor = [0.0, 0.9]
"""


class Runs:
    """Everything that is told, by the run's key."""

    def __init__(self) -> None:
        self.starts: dict[str, RunStart] = {}
        self.points: dict[str, list[RunPoint]] = {}
        self.ends: dict[str, dict[str, float]] = {}
        self.errors: dict[str, str] = {}
        self.key = ""

    def start(self, run: RunStart) -> None:
        self.key = run.key
        self.starts[run.key], self.points[run.key] = run, []

    def record(self, point: RunPoint) -> None:
        self.points[self.key].append(point)

    def end(self, summary: Any) -> None:
        self.ends[self.key] = dict(summary)

    def failed(self, error: BaseException) -> None:
        self.errors[self.key] = str(error)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(TRAINING, "utf-8")
    (tmp_path / "scores.csv").write_text("client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\n")
    place = tmp_path / "sweep.toml"
    place.write_text(SWEEP, "utf-8")
    return place


def swept(path: Path, runs: Any, **options: Any) -> SweepResult:
    setup = load_sweep_setup(path)
    return run_sweep(setup, path.parent / "out", workers=0, callbacks=[runs], **options)


def require_rows(runs: Runs, result: SweepResult) -> None:
    """Every row that did not fail is a run with its figures, and nothing else is."""
    kind = "training" if "accuracy" in result.frame.columns else "variance"
    numeric = [name for name, of in COLUMNS[kind].items() if of is not str]
    rows = {row["key"]: row for row in result.frame.to_dicts() if row["status"] == "ok"}
    told = {key.rpartition("/")[2]: figures for key, figures in runs.ends.items()}
    assert told.keys() == rows.keys()
    for key, row in rows.items():
        known = {name: row[name] for name in numeric if row[name] is not None}
        assert {name: told[key][name] for name in told[key] if name != "elapsed"} == known


def test_a_cell_of_training_is_a_run_with_its_rounds(path: Path) -> None:
    runs = Runs()
    result = swept(path, runs)
    assert result.failed == 0
    require_rows(runs, result)
    names = {run.name for run in runs.starts.values()}
    assert "mine, 0.1, lvr, seed0" in names
    assert {run.group for run in runs.starts.values()} == {"rates"}
    alone = TrainSetup.load(path.parent / "mine.toml").replaced(
        {"log": None, "methods": ["lvr"], "run.seeds": 1, "local.learning_rate": 0.2}
    )
    history: History = run_training(alone).bench.histories["lvr"][0]
    (key,) = (k for k, run in runs.starts.items() if run.name == "mine, 0.2, lvr, seed0")
    points = runs.points[key]
    assert [point.round for point in points] == [0, 1, 2, 3]
    for s, model in enumerate(history.models):
        errors = [point.values[f"squared_error/{model}"] for point in points[1:]]
        assert errors == history.squared_error[:, s].tolist()
        assert points[3].values[f"accuracy/{model}"] == history.accuracy[-1, s]
    assert runs.starts[key].settings["local.learning_rate"] == 0.2


def test_a_sweep_that_goes_on_tells_every_row_of_the_same_runs(path: Path) -> None:
    first, later = Runs(), Runs()

    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(path, first, progress=stop)
    assert len(first.ends) == 2
    result = swept(path, later, resume=True)
    require_rows(later, result)
    assert first.starts.keys() <= later.starts.keys()
    for key in first.ends:
        assert first.ends[key] == later.ends[key]


def test_variances_and_cells_that_fail(path: Path) -> None:
    path.write_text(VARIANCES)
    runs = Runs()
    result = swept(path, runs)
    assert result.failed == 2  # floors that add up to more than the budget
    require_rows(runs, result)
    failed = result.frame.filter(result.frame["status"] == "failed")["error"].to_list()
    assert list(runs.errors.values()) == failed
    assert not any(runs.points.values())


def test_the_log_of_a_setup_does_not_change_cells_and_cannot_be_varied(path: Path) -> None:
    keys = [cell.key for cell in lay_out(load_sweep_setup(path)).cells]
    plain = TRAINING.partition("[log]")[0]
    (path.parent / "mine.toml").write_text(plain, "utf-8")
    assert [cell.key for cell in lay_out(load_sweep_setup(path)).cells] == keys
    path.write_text(SWEEP + '\n[set]\nlog.to = "wandb"\n', "utf-8")
    with pytest.raises(InvalidProblemError, match=r"log\.to, which the sweep's own \[log\]"):
        load_sweep_setup(path)


def test_tensorboard_has_every_number_of_a_sweep_once(path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard: pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = TensorBoardLogger(path.parent / "runs")

    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(path, board, progress=stop)
    for _ in range(2):
        result = swept(path, board, resume=True)
    places = list((path.parent / "runs" / "rates").iterdir())
    assert len(places) == 4
    finals = []
    for place in places:
        reader = EventAccumulator(str(place))
        reader.Reload()
        assert [event.step for event in reader.Scalars("draws")] == [1, 2, 3]
        (last,) = reader.Scalars("final/loss")
        assert last.step == 3
        finals.append(last.value)
    assert sorted(finals) == pytest.approx(sorted(result.frame["loss"].to_list()), rel=1e-6)


def test_the_command_logs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard: pip install tensorboard")
    from roundlot.cli import main

    monkeypatch.chdir(path.parent)
    path.write_text(VARIANCES.partition("[vary]")[0])
    given = ["sweep", "sweep.toml", "--workers", "0", "--log", "tensorboard:here"]
    assert main(given) == 0
    assert len(list((path.parent / "here").rglob("*tfevents*"))) == 2

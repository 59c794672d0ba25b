"""Runs in an SQLite store, read back by MLflow's own client."""

import time
from pathlib import Path
from typing import Any

import pytest

from roundlot.loggers import MLflowLogger, RunPoint, RunStart
from roundlot.train import TrainSetup, run_training

from .conftest import Kept, Listener
from .test_callbacks import interrupted_at

pytest.importorskip("mlflow", reason="needs MLflow: pip install mlflow")
pytest.importorskip("alembic", reason="needs MLflow's SQL store: pip install mlflow")
pytestmark = [
    pytest.mark.slow,  # the store's tables take seconds
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def runs(store: str, experiment: str) -> list[Any]:
    from mlflow import MlflowClient

    client = MlflowClient(store)
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id]))


def metrics(store: str, run: Any) -> dict[str, list[tuple[int, float]]]:
    """Every point of every metric."""
    from mlflow import MlflowClient

    client = MlflowClient(store)
    return {
        name: sorted(
            (one.step, one.value) for one in client.get_metric_history(run.info.run_id, name)
        )
        for name in run.data.metrics
    }


def told(kept: Kept) -> dict[str, list[tuple[int, float]]]:
    names = dict.fromkeys(name for point in kept.points for name in point.values)
    rows = {name: list(kept.column(name).items()) for name in names}
    assert kept.summary is not None
    last = kept.points[-1].round
    return rows | {f"final/{name}": [(last, value)] for name, value in kept.summary.items()}


def test_every_number_is_there_once(setup: TrainSetup, listener: Listener, store: str) -> None:
    result = run_training(setup, callbacks=[MLflowLogger(store, experiment="once"), listener])
    assert not result.warnings
    by_name = {run.info.run_name: run for run in runs(store, "once")}
    assert by_name.keys() == {kept.run.name for kept in listener.runs}
    for kept in listener.runs:
        run = by_name[kept.run.name]
        assert metrics(store, run) == told(kept)
        assert run.info.status == "FINISHED"
        assert run.data.params["run.budget"] == "3"
        assert run.data.params["method"] == kept.run.method
        assert run.data.params["seed"] == "0"


def test_a_run_that_goes_on_has_no_point_twice(
    setup: TrainSetup, listener: Listener, tmp_path: Path, store: str
) -> None:
    one, log = setup.with_methods(["random"]), MLflowLogger(store, experiment="goes on")
    interrupted_at(one, tmp_path / "out", 3, [log])
    (run,) = runs(store, "goes on")
    assert run.info.status == "KILLED"
    assert max(step for step, _ in metrics(store, run)["draws"]) == 3
    for _ in range(2):
        run_training(one, tmp_path / "out", resume=True, callbacks=[log, listener])
        (run,) = runs(store, "goes on")
        assert metrics(store, run) == told(listener.runs[-1])
        assert run.info.status == "FINISHED"


def test_what_is_not_finite_and_odd_names(store: str) -> None:
    log = MLflowLogger(store)
    settings = {"a (b)": "x" * 9000, "ü": None, "c": [1, 2]}
    log.start(RunStart(key="k'; --", name="§/../x", group="odd § name", settings=settings))
    values = {"loss/ü": 1.5, "loss/ö": 2.5, "loss/../x": 3.5, "big": float("inf")}
    log.record(RunPoint(round=1, values=values))
    log.failed(ValueError("a loss that is not finite"))
    (run,) = runs(store, "odd § name")
    assert run.info.run_name == "§/../x"
    assert run.info.status == "FAILED"
    assert run.data.tags["roundlot.error"] == "ValueError: a loss that is not finite"
    found = metrics(store, run)
    assert found["loss/_"] == [(1, 1.5)]
    assert found["loss/_ 2"] == [(1, 2.5)]
    assert found["loss/.._x"] == [(1, 3.5)]
    assert found["big"][0][1] > 1e308  # the greatest float64: SQL has no infinity
    assert run.data.params["c"] == "[1, 2]"


def test_a_store_that_cannot_be_costs_the_log_alone(
    setup: TrainSetup, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.perf_counter()
    (tmp_path / "file").write_text("in the way")
    log = MLflowLogger(f"sqlite:///{tmp_path}/file/mlflow.db")
    result = run_training(setup.with_methods(["random"]), callbacks=[log])
    (warning,) = result.warnings
    assert warning.startswith("MLflowLogger stopped and logs nothing more: ")
    assert "file is a file" in warning
    assert time.perf_counter() - began < 60.0  # MLflow tries for 102 s
    assert "retried" not in capfd.readouterr().err
    assert result.rounds == 5

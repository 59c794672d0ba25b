"""Event files, read back by TensorBoard's own reader."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from roundlot.loggers import RunPoint, RunStart, TensorBoardLogger
from roundlot.train import TrainSetup, run_training

from .conftest import Listener
from .test_callbacks import interrupted_at

pytest.importorskip("tensorboard", reason="needs tensorboard: pip install tensorboard")


def scalars(place: Path) -> dict[str, list[tuple[int, float]]]:
    """Every point of every scalar, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(str(place), size_guidance={"scalars": 0})
    reader.Reload()
    return {
        tag: [(event.step, event.value) for event in reader.Scalars(tag)]
        for tag in reader.Tags()["scalars"]
    }


def told(listener: Listener) -> dict[str, list[tuple[int, float]]]:
    """The same from a callback that heard the run, in float32."""
    kept = listener.runs[0]
    names = dict.fromkeys(name for point in kept.points for name in point.values)
    rows = {name: list(kept.column(name).items()) for name in names}
    assert kept.summary is not None
    last = kept.points[-1].round
    rows |= {f"final/{name}": [(last, value)] for name, value in kept.summary.items()}
    return {name: [(step, float(np.float32(x))) for step, x in row] for name, row in rows.items()}


@pytest.fixture
def one(setup: TrainSetup) -> TrainSetup:
    return setup.with_methods(["random"])


def test_every_number_is_there_once(one: TrainSetup, listener: Listener, tmp_path: Path) -> None:
    result = run_training(one, callbacks=[TensorBoardLogger(tmp_path), listener])
    assert not result.warnings
    found = scalars(tmp_path / "tried" / "random-seed0")
    assert found == told(listener)
    history = result.bench.histories["random"][0]
    losses = history.loss[:, 1].astype(np.float32).tolist()
    rounds = [0, 2, 4, 5]
    assert found[f"loss/{history.models[1]}"] == list(zip(rounds, losses, strict=True))
    assert [step for step, _ in found["draws"]] == [1, 2, 3, 4, 5]


def test_a_run_that_goes_on_has_no_point_twice(
    one: TrainSetup, listener: Listener, tmp_path: Path
) -> None:
    board, out = TensorBoardLogger(tmp_path / "runs"), tmp_path / "out"
    interrupted_at(one, out, 3, [board])  # after the checkpoint of round 2
    place = tmp_path / "runs" / "tried" / "random-seed0"
    assert max(step for step, _ in scalars(place)["draws"]) == 3
    for _ in range(2):  # the second time there is nothing left to log
        run_training(one, out, resume=True, callbacks=[board, listener])
        assert scalars(place) == told(listener)
    assert [path.name for path in place.parent.iterdir()] == ["random-seed0"]


def test_another_training_of_the_same_setup_is_another_run(one: TrainSetup, tmp_path: Path) -> None:
    for _ in range(2):
        run_training(one, callbacks=[TensorBoardLogger(tmp_path)])
    names = sorted(path.name for path in (tmp_path / "tried").iterdir())
    assert names == ["random-seed0", "random-seed0-2"]
    one, two = (scalars(tmp_path / "tried" / name) for name in names)
    assert one == two


def tell(board: TensorBoardLogger, run: RunStart) -> None:
    """Six points and the end."""
    board.start(run)
    for done in range(6):
        board.record(RunPoint(round=done, values={"loss": float(done)}))
    board.end({})


@pytest.mark.parametrize("fails_at", [0, 3])
def test_a_full_disk_is_told_by_the_logger_and_nobody_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    fails_at: int,
) -> None:
    """Of what was written before every point is there, and the rest when the run goes on."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    run, board, write = RunStart(key="k", name="n", group="g"), TensorBoardLogger(tmp_path), []

    def full(writer: RecordWriter, data: bytes) -> None:
        write.append(data)
        if len(write) > 4 + fails_at:  # version, hyperparameters, the setup and the points
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(writer, data)

    whole = RecordWriter.write
    with monkeypatch.context() as patched:
        patched.setattr(RecordWriter, "write", full)
        with pytest.raises(OSError, match="No space left"):  # by the next call after it happened
            tell(board, run)
    assert capfd.readouterr() == ("", "")
    tell(board, run)
    assert scalars(tmp_path / "g" / "n")["loss"] == [(step, float(step)) for step in range(6)]


KILLED = """
import os, signal, sys, time
from roundlot.loggers import RunPoint, RunStart, TensorBoardLogger
board = TensorBoardLogger(sys.argv[1])
board.start(RunStart(key="k", name="n", group="g"))
for done in range(100):
    board.record(RunPoint(round=done, values={"loss": float(done)}))
time.sleep(float(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow  # events are flushed every two seconds
def test_what_a_killed_process_left_is_gone_on_with(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "4"], check=False)
    assert done.returncode == -signal.SIGKILL
    place = tmp_path / "g" / "n"
    (events,) = place.glob("*tfevents*")
    os.truncate(events, events.stat().st_size - 7)  # in the middle of its last record
    board = TensorBoardLogger(tmp_path)
    board.start(RunStart(key="k", name="n", group="g"))
    for step in range(102):
        board.record(RunPoint(round=step, values={"loss": float(step)}))
    board.end({})
    assert scalars(place)["loss"] == [(step, float(step)) for step in range(102)]


def test_what_is_not_finite_and_odd_names(tmp_path: Path) -> None:
    board = TensorBoardLogger(tmp_path)
    values = {"loss/ü/../<b>\n": float("inf"), "large": 1e300, "tiny": 1e-300, "": 1.0}
    board.start(RunStart(key="k", name="../../§", group="../out", settings={"a": None, "b": [1]}))
    board.record(RunPoint(round=1, values=values))
    board.end({"accuracy": 0.5})
    (place,) = (path.parent for path in tmp_path.rglob("*tfevents*"))
    assert place.resolve().is_relative_to(tmp_path.resolve())
    found = scalars(place)
    assert found["loss/ü/../<b>\n"] == [(1, float("inf"))]
    assert found["large"] == [(1, float("inf"))]  # beyond float32
    assert found["tiny"] == [(1, 0.0)]
    assert json.loads((place / "roundlot.json").read_text())["key"] == "k"


def test_hyperparameters_and_the_setup_are_there(one: TrainSetup, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata

    run_training(one, callbacks=[TensorBoardLogger(tmp_path)])
    reader = EventAccumulator(str(tmp_path / "tried" / "random-seed0"))
    reader.Reload()
    assert "setup" in reader.Tags()["tensors"]
    (text,) = reader.Tensors("setup")
    assert b'"run.budget": 3' in text.tensor_proto.string_val[0]
    content = reader.summary_metadata[metadata.SESSION_START_INFO_TAG].plugin_data.content
    start = metadata.parse_session_start_info_plugin_data(content)
    assert start.hparams["method"].string_value == "random"
    assert start.hparams["run.budget"].number_value == 3
    content = reader.summary_metadata[metadata.SESSION_END_INFO_TAG].plugin_data.content
    assert metadata.parse_session_end_info_plugin_data(content).status == 1  # success


def test_a_folder_that_cannot_be_written_costs_the_log_alone(
    one: TrainSetup, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run_training(one, callbacks=[TensorBoardLogger(tmp_path / "file")])
    (warning,) = result.warnings
    assert warning.startswith("TensorBoardLogger stopped and logs nothing more: ")
    assert "file" in warning
    assert result.rounds == 5

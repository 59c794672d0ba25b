"""Runs that Weights & Biases keeps offline, read back from its own files."""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roundlot.loggers import RunPoint, RunStart, WandbLogger
from roundlot.train import TrainSetup, run_training

from .conftest import Kept, Listener
from .test_callbacks import interrupted_at

pytest.importorskip("wandb.proto", reason="needs wandb: pip install wandb")
pytestmark = pytest.mark.slow  # a run takes a second to open


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.chdir(tmp_path)


def records(path: Path) -> Iterator[Any]:
    """The records of a file: LevelDB's log format, blocks of 32 KiB after 7 bytes of head."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, place, parts = path.read_bytes(), 7, b""
    while place + 7 <= len(content):
        left = 32768 - place % 32768
        if left < 7:
            place += left
            continue
        _, size, kind = struct.unpack("<IHB", content[place : place + 7])
        parts += content[place + 7 : place + 7 + size]
        place += 7 + size
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(parts)
            parts = b""


def wait_until_closed(path: Path) -> None:
    """The process of Weights & Biases writes the last records when ours has gone on already."""
    for _ in range(300):
        if any(record.WhichOneof("record_type") == "exit" for record in records(path)):
            return
        time.sleep(0.1)


def kept_offline(folder: Path) -> dict[str, dict[str, Any]]:
    """By run: its name, config, all rows of its history by name, its summary, its exit codes."""
    runs: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        wait_until_closed(path)
        name = path.stem.removeprefix("run-")
        run = runs.setdefault(name, {"rows": {}, "summary": {}, "exits": [], "config": {}})
        for record in records(path):
            kind = record.WhichOneof("record_type")
            if kind == "run":
                run |= {"name": record.run.display_name, "project": record.run.project}
                run["config"] |= {
                    item.key: json.loads(item.value_json) for item in record.run.config.update
                }
            elif kind == "history":
                row = {
                    (i.key or i.nested_key[0]): json.loads(i.value_json)
                    for i in record.history.item
                }
                for key in [key for key in row if not key.startswith("_")]:
                    run["rows"].setdefault(key, []).append((row["_step"], row[key]))
            elif kind == "summary":
                for item in record.summary.update:
                    key = item.key or "/".join(item.nested_key)
                    run["summary"][key] = json.loads(item.value_json)
            elif kind == "exit":
                run["exits"].append(record.exit.exit_code)
    return runs


def told(kept: Kept) -> dict[str, list[tuple[int, float]]]:
    names = dict.fromkeys(name for point in kept.points for name in point.values)
    return {name: list(kept.column(name).items()) for name in names}


def test_every_number_is_there_once(setup: TrainSetup, listener: Listener, tmp_path: Path) -> None:
    result = run_training(setup, callbacks=[WandbLogger("mine", folder=tmp_path), listener])
    assert not result.warnings
    found = {run["name"]: run for run in kept_offline(tmp_path).values()}
    assert found.keys() == {kept.run.name for kept in listener.runs}
    for kept in listener.runs:
        run = found[kept.run.name]
        assert run["rows"] == told(kept)
        assert run["project"] == "mine"
        assert run["config"]["run.budget"] == 3
        assert run["config"]["method"] == kept.run.method
        assert kept.summary is not None
        for name, value in kept.summary.items():
            assert run["summary"][f"final/{name}"] == value
        assert run["exits"] == [0]


def test_a_run_that_goes_on_has_no_row_twice(
    setup: TrainSetup, listener: Listener, tmp_path: Path
) -> None:
    one, log = setup.with_methods(["random"]), WandbLogger(folder=tmp_path)
    interrupted_at(one, tmp_path / "out", 3, [log])
    (run,) = kept_offline(tmp_path).values()
    assert run["exits"] == [1]
    for _ in range(2):
        run_training(one, tmp_path / "out", resume=True, callbacks=[log, listener])
        (run,) = kept_offline(tmp_path).values()
        assert run["rows"] == told(listener.runs[-1])
        assert run["exits"] == [1, 0]


@pytest.mark.parametrize("off", [-1, 1])
def test_a_killed_process_leaves_no_row_twice_and_no_hole(
    setup: TrainSetup, listener: Listener, tmp_path: Path, off: int
) -> None:
    """The mark beside the files is one row behind, or one ahead, of what is on disk."""
    one, log = setup.with_methods(["random"]), WandbLogger(folder=tmp_path)
    interrupted_at(one, tmp_path / "out", 3, [log])
    (mark,) = tmp_path.glob("wandb/roundlot-*.json")
    kept = json.loads(mark.read_text("utf-8"))
    assert kept["closed"]
    off_by_one = {"round": kept["round"] + off, "closed": False}
    mark.write_text(json.dumps(kept | off_by_one), "utf-8")
    run_training(one, tmp_path / "out", resume=True, callbacks=[log, listener])
    (run,) = kept_offline(tmp_path).values()
    assert run["rows"] == told(listener.runs[-1])


def test_what_is_not_finite_and_odd_names(tmp_path: Path) -> None:
    log = WandbLogger(folder=tmp_path)
    log.start(RunStart(key="k/§", name="§/../x", group="a/b: #1%", settings={"ü": [1, None]}))
    log.record(RunPoint(round=1, values={"loss/ü/..": 1.5, "a.b": 2.5, "big": float("inf")}))
    log.failed(ValueError("a loss that is not finite"))
    (run,) = kept_offline(tmp_path).values()
    assert run["name"] == "§/../x"
    assert run["project"] == "a-b- -1-"
    assert run["rows"]["loss/ü/.."] == [(1, 1.5)]
    assert run["rows"]["big"] == [(1, float("inf"))] or run["rows"]["big"] == [(1, "Infinity")]
    assert run["rows"]["a.b"] == [(1, 2.5)]
    assert run["summary"]["error"] == "ValueError: a loss that is not finite"

"""Real processes: the product of matrices; whoever is killed, fails or is slow is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from roundlot.simulate.workers import (
    MixingSchedule,
    launch,
    product_of_rounds,
    squared_norm,
    write_schedule,
)
from roundlot.solvers.graphs import optimise_links, shape, shape_matchings
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import LostProcessError

sys.path.insert(0, str(Path(__file__).parent))
import real_steps

START = np.random.default_rng(2).normal(size=(3, 50))
THREE = optimise_links(shape("ring", 3), 0.5)


def test_three_processes_are_the_product_of_matrices() -> None:
    schedule = MixingSchedule.of(THREE, method="adjacent-leader", seed=1)
    given = {"rounds": 6, "step": real_steps.pulled, "learning_rate": 0.1}
    run = launch(schedule, START, **given)
    expected = product_of_rounds(schedule, START, **given)
    assert np.abs(run.parameters - expected).max() < 1e-12
    assert np.array_equal(run.sent, run.predicted_bytes)
    if run.kernel_bytes is not None:
        assert run.sent.sum() <= run.kernel_bytes.sum() <= run.sent.sum() + 200 * 6 * 3 * 9
    assert (np.diff(run.ended, axis=0) > 0.0).all()


@pytest.mark.parametrize(
    ("start", "options", "told"),
    [
        (START[:2], {}, "a row of parameters for each of 3 workers"),
        (START > 0, {}, "start has type bool"),
        (START * np.nan, {}, "start of worker 0 has an entry that is not finite"),
        (START, {"rounds": 0}, "rounds is 0"),
        (START, {"timeout": -1.0}, "timeout is -1"),
        (START, {"learning_rate": float("nan")}, "learning_rate is nan"),
        (START, {"step": lambda *_: None}, "step cannot be sent to other processes"),
        (START, {"step": 3}, "step is 3; give a function"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(start, options, told: str) -> None:
    begin = time.monotonic()
    with pytest.raises(InvalidProblemError, match=told):
        launch(MixingSchedule.of(THREE), start, **{"rounds": 2, **options})
    assert time.monotonic() - begin < 5.0


def test_leaders_need_losses_and_machines_have_an_end(monkeypatch) -> None:
    with pytest.raises(InvalidProblemError, match="follow losses"):
        launch(MixingSchedule.of(THREE, method="adjacent-leader"), START, rounds=1)
    monkeypatch.setattr("roundlot.simulate.workers.real.launch.available_cores", lambda: 1)
    many = optimise_links(shape("ring", 100), 1.0, method="uniform", mixing="nonnegative")
    with pytest.raises(InvalidProblemError, match="100 workers, a process each"):
        launch(MixingSchedule.of(many), np.zeros((100, 1)), rounds=1)


def children(parent: int) -> list[int]:
    """Processes of workers that a process has started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            above = (place / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
        except OSError:  # it has ended
            continue
        if int(above) == parent and b"workers.real.process" in words:
            found.append(int(place.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("d-psgd", {}),
        ("matcha", {}),
        ("adjacent-leader", {"update": "paper"}),
        ("adjacent-leader", {"update": "code"}),
    ],
)
def test_eight_processes_and_forty_rounds(method: str, options: dict, kind: type) -> None:
    budget = 1.0 if method == "d-psgd" else 0.5
    design = optimise_links(shape_matchings("paper8", shape("paper8")), budget)
    schedule = MixingSchedule.of(design, method=method, seed=3, **options)
    start = np.random.default_rng(0).normal(size=(8, 1000)).astype(kind)
    given = {"rounds": 40, "step": real_steps.pulled, "learning_rate": 0.1}
    run = launch(schedule, start, **given)
    expected = product_of_rounds(schedule, start, **given)
    assert run.parameters.dtype == kind
    assert expected.dtype == kind
    # sums in another order are off by an ulp of float64; rounded to float32 few are seen
    assert np.abs(run.parameters - expected).max() < (1e-11 if kind is np.float64 else 1e-6)
    assert np.array_equal(run.sent, run.predicted_bytes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "timeout", "told"),
    [
        (real_steps.killed, 60.0, r"process 1 of 3 was killed by SIGKILL in round 5;"),
        (
            real_steps.failing,
            60.0,
            r"process 2 of 3 failed \(ValueError: no such luck\) in round 3;",
        ),
        (real_steps.late, 3.0, r"process 2 of 3 computes for more than 3 s in round 2;"),
        (real_steps.stopped, 4.0, r"process 0 of 3 has given no sign of life for \d s in round 2;"),
        (real_steps.not_finite, 60.0, r"process 1 of 3 failed .*not finite\) in round 3;"),
    ],
)
def test_whoever_is_lost_is_named_and_nothing_is_lost(
    step, timeout: float, told: str, tmp_path: Path
) -> None:
    schedule = MixingSchedule.of(optimise_links(shape("path", 3), 1.0), method="d-psgd")
    place = tmp_path / "run.npz"
    kept = {"checkpoint": place, "checkpoint_every": 1}
    with pytest.raises(LostProcessError, match=told) as error:
        launch(schedule, START, rounds=8, step=step, timeout=timeout, **kept)
    assert "\n" not in str(error.value)
    assert f"of all workers are kept in {place}" in str(error.value)
    assert not children(os.getpid())
    with pytest.raises(InvalidProblemError, match="another setup: step was"):
        launch(schedule, START, rounds=8, step=real_steps.pulled, **kept)


@pytest.mark.slow
def test_a_run_goes_on_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = MixingSchedule.of(THREE, seed=2)
    monkeypatch.setenv("KILLED_ONCE", str(tmp_path / "once"))
    kept = {"checkpoint": tmp_path / "run.npz", "checkpoint_every": 2}
    whole = launch(schedule, START, rounds=9, step=real_steps.pulled)
    with pytest.raises(LostProcessError, match="process 1 of 3 was killed by SIGKILL"):
        launch(schedule, START, rounds=9, step=real_steps.killed_once, **kept)
    rest = launch(schedule, START, rounds=9, step=real_steps.killed_once, **kept)
    assert rest.first == 4
    assert np.array_equal(rest.parameters, whole.parameters)


@pytest.mark.slow
def test_a_run_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    schedule = MixingSchedule.of(THREE, seed=2)
    kept = {"checkpoint": tmp_path / "run.npz", "checkpoint_every": 4}
    whole = launch(schedule, START, rounds=12, step=real_steps.pulled)
    launch(schedule, START, rounds=5, step=real_steps.pulled, **kept)
    rest = launch(schedule, START, rounds=12, step=real_steps.pulled, **kept)
    assert np.array_equal(rest.parameters, whole.parameters)
    assert (rest.rounds, rest.first) == (12, 5)
    assert np.array_equal(rest.sent, whole.sent)
    done = launch(schedule, START, rounds=12, step=real_steps.pulled, **kept)
    assert np.array_equal(done.parameters, whole.parameters)
    with pytest.raises(InvalidProblemError, match="holds 12 rounds and 7 are asked for"):
        launch(schedule, START, rounds=7, step=real_steps.pulled, **kept)


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    write_schedule(tmp_path / "s.json", MixingSchedule.of(THREE))
    words = [sys.executable, "-m", "roundlot", "gossip", tmp_path / "s.json", "--rounds", "1000000"]
    parent = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120.0
    started: list[int] = []
    while len(started) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
        started = children(parent.pid)
    parent.kill()
    parent.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(started) == 3


def test_the_command_refuses_what_is_no_schedule(call, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("{}", "utf-8")
    code, _, error = call("gossip", tmp_path / "s.json")
    assert (code, error.count("\n")) == (2, 1)
    assert "is no schedule" in error
    assert squared_norm(0, 0, np.array([3.0, 4.0]))[1] == 12.5

"""Workers: the same rows whoever computes them, also when workers, scheduler or tables go."""

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from roundlot.sweep import (
    SweepResult,
    clusters,
    lay_out,
    load_sweep_setup,
    read,
    run_sweep,
    workshop,
)
from roundlot.sweep.clusters import remote_client
from roundlot.sweep.dispatch import on_cluster
from roundlot.theory import InvalidProblemError

pytest.importorskip("distributed")
pytest.importorskip("cryptography")

DEADLY = """
import os, pathlib, signal
from roundlot.simulate.tasks import digits

def make(n_clients, seed, folder):
    died = pathlib.Path(folder) / f"died-{seed}"
    times = len(died.read_text()) if died.exists() else 0
    if seed == 1 or (seed == 2 and times == 0):
        died.write_text("x" * (times + 1))
        os.kill(os.getpid(), signal.SIGKILL)
    return digits(n_clients=n_clients, n_models=1, samples=60, seed=seed)
"""
TRAINING = """
methods = ["random", "gvr"]
[tasks]
module = "deadly.py:make"
clients = 6
folder = "."
[local]
epochs = 1
[run]
rounds = 2
budget = 2
engine = "plain"
"""


def swept(path: Path, out: str, **options) -> SweepResult:
    return run_sweep(load_sweep_setup(path), path.parent / out, **options)


@pytest.mark.parametrize("kills", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_a_killed_worker_loses_and_doubles_nothing(sweep_file: Path, untimed, kills: int) -> None:
    """Workers are killed while they compute; others take their cells over."""
    content = sweep_file.read_text("utf-8").replace("seeds = 2", f"seeds = {1 + kills}")
    sweep_file.write_text(content.replace("rounds = 50", "rounds = 50_000"), "utf-8")
    killed: list[int] = []

    def kill(stage: str, done: int, total: int) -> None:
        if done % 10 == 3 and len(killed) < kills:
            pid = multiprocessing.active_children()[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    result = swept(sweep_file, "out", workers=2, progress=kill)
    cells = 10 * (1 + kills)
    assert len(killed) == kills
    assert (result.computed, result.failed, result.frame.height) == (cells, 0, cells)
    assert result.frame["key"].is_unique().all()
    assert_frame_equal(
        untimed(result.frame), untimed(swept(sweep_file, "here", workers=0).frame), check_exact=True
    )


def test_threads_give_the_same_rows(sweep_file: Path, untimed) -> None:
    result = swept(sweep_file, "out", workers=2, threads=True)
    here = swept(sweep_file, "here", workers=0)
    assert_frame_equal(untimed(result.frame), untimed(here.frame), check_exact=True)


def test_without_dask_there_is_a_remedy(sweep_file: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidProblemError, match=r"\[dask\].*--workers 0"):
        swept(sweep_file, "out", workers=2)
    assert swept(sweep_file, "out", workers=0).failed == 0


@pytest.mark.parametrize(
    "error", [RuntimeError("Nanny failed to start."), TimeoutError("timed out"), OSError("gone")]
)
def test_workers_that_do_not_start_are_one_line(sweep_file: Path, call, monkeypatch, error) -> None:
    """As where one is killed while it starts."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("distributed.LocalCluster", fail)
    out = sweep_file.parent / "out"
    code, said, err = call("sweep", sweep_file, "--workers", 2, "--out", out)
    assert (code, said, err.count("\n")) == (2, "", 1)
    assert "the workers did not start" in err
    assert "--workers 0" in err
    code, _, err = call("sweep", sweep_file, "--workers", 0, "--out", out, "--resume")
    assert (code, err) == (0, "")


def test_workers_and_schedulers_exclude_each_other(sweep_file: Path) -> None:
    with pytest.raises(InvalidProblemError, match="leave workers"):
        swept(sweep_file, "out", workers=2, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InvalidProblemError, match="such as tls://"):
        swept(sweep_file, "out", scheduler="10.0.0.1")
    with pytest.raises(InvalidProblemError, match="workers is -1"):
        swept(sweep_file, "out", workers=-1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cell_that_kills_its_worker_is_a_failed_row(tmp_path: Path, untimed) -> None:
    """One cell always does, another did once: the first fails, all others have their rows."""
    (tmp_path / "deadly.py").write_text(DEADLY, "utf-8")
    (tmp_path / "deadly.toml").write_text(TRAINING, "utf-8")
    path = tmp_path / "sweep.toml"
    path.write_text(
        '[sweep]\nkind = "training"\nsetups = ["deadly.toml"]\nmethods = ["random"]\nseeds = 8\n',
        "utf-8",
    )
    frame = swept(path, "out", workers=2).frame
    assert frame["key"].n_unique() == frame.height == 8
    failed = frame.filter(pl.col("status") == "failed")
    assert failed["seed"].to_list() == [1]
    assert "KilledWorker" in failed["error"][0]
    assert (frame.filter(pl.col("status") == "ok")["accuracy"] > 0).all()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_main_process_goes_on(sweep_file: Path, untimed) -> None:
    """Its workers die with it, and their cells are computed by the next."""
    content = sweep_file.read_text("utf-8").replace("seeds = 2", "seeds = 10")
    sweep_file.write_text(content.replace("rounds = 50", "rounds = 100_000"), "utf-8")
    out = sweep_file.parent / "out"
    running = subprocess.Popen(
        [sys.executable, "-m", "roundlot", "sweep", sweep_file, "--out", out, "--workers", "2"],
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: has_rows(out))
    running.kill()
    running.wait()
    before = read(out)
    assert 0 < before.height < 100
    result = swept(sweep_file, "out", workers=2, resume=True)
    assert result.computed == 100 - before.height
    assert result.frame["key"].n_unique() == result.frame.height == 100
    assert_frame_equal(
        untimed(result.frame), untimed(swept(sweep_file, "here", workers=0).frame), check_exact=True
    )


@pytest.mark.slow
def test_an_interrupt_is_one_line_and_keeps_the_rows(sweep_file: Path) -> None:
    content = sweep_file.read_text("utf-8").replace("seeds = 2", "seeds = 20")
    sweep_file.write_text(content.replace("rounds = 50", "rounds = 100_000"), "utf-8")
    out = sweep_file.parent / "out"
    running = subprocess.Popen(
        [sys.executable, "-m", "roundlot", "sweep", sweep_file, "--out", out, "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: has_rows(out))
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: workers, too
    said, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said == ""
    kept = f"what is done is kept in {out}; the same command with --resume goes on"
    *progress, last = errors.splitlines()  # of what takes long
    assert last == f"roundlot: interrupted; {kept}"
    assert all(line.startswith("roundlot: cells: ") for line in progress)
    assert 0 < read(out).height < 200


@pytest.mark.filterwarnings("ignore:any account that reaches")
@pytest.mark.slow
def test_a_scheduler_elsewhere(sweep_file: Path, untimed, call, tmp_path: Path) -> None:
    """Workers in a folder of their own, without the tables; one is killed, one comes later."""
    content = sweep_file.read_text("utf-8").replace("rounds = 50", "rounds = 100_000")
    sweep_file.write_text(content, "utf-8")
    with scheduler(tmp_path) as (address, start_worker, _):
        first = start_worker()
        start_worker()

        def kill(stage: str, done: int, total: int) -> None:
            if done == 2:
                start_worker()
            if done == 5:
                first.kill()

        result = swept(sweep_file, "out", scheduler=address, progress=kill)
        assert (result.computed, result.failed) == (20, 0)
        with pytest.raises(InvalidProblemError, match=r"does not see .*none\.npz"):
            remote_client(address, [str(tmp_path / "none.npz")]).__enter__()
    assert_frame_equal(
        untimed(result.frame), untimed(swept(sweep_file, "here", workers=0).frame), check_exact=True
    )


WITHOUT = """
from importlib import metadata
find = metadata.version
def version(name):
    if name == "roundlot":
        raise metadata.PackageNotFoundError(name)
    return find(name)
metadata.version = version
"""


@pytest.mark.filterwarnings("ignore:any account that reaches")
@pytest.mark.slow
def test_a_worker_of_another_version_or_without_it_is_refused(
    sweep_file: Path, tmp_path, monkeypatch
) -> None:
    with scheduler(tmp_path) as (address, start_worker, _):
        start_worker()
        with monkeypatch.context() as patch:
            patch.setattr("roundlot.sweep.clusters.ours", "9.9")
            with pytest.raises(InvalidProblemError, match=r"has roundlot .*, this is 9\.9"):
                swept(sweep_file, "out", scheduler=address)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(WITHOUT, "utf-8")
    with scheduler(hidden) as (address, start_worker, _):
        start_worker(PYTHONPATH=str(hidden))
        with pytest.raises(InvalidProblemError, match=r"has no roundlot; install .* there too"):
            swept(sweep_file, "out", scheduler=address)


class Fading:
    """A client whose scheduler goes while one thing is asked of it, before that is noticed."""

    status = "running"

    def __init__(self, asked: str, error: Exception) -> None:
        self.asked, self.error = asked, error

    def __getattr__(self, name: str) -> Any:
        def answer(*_: object, **__: object) -> Any:
            if name in (self.asked, "cancel", "unregister_worker_plugin"):
                raise self.error
            return {"worker": 1}

        return answer

    def submit(self, *_: object, key: str, **__: object) -> Any:
        return SimpleNamespace(
            key=key, status="finished", add_done_callback=lambda put: put(SimpleNamespace(key=key))
        )


@pytest.mark.parametrize("asked", ["register_plugin", "nthreads", "gather"])
@pytest.mark.parametrize("error", [OSError("Stream is closed"), CancelledError("gone")], ids=repr)
def test_a_scheduler_lost_while_it_answers(sweep_file: Path, asked: str, error) -> None:
    grid = lay_out(load_sweep_setup(sweep_file))
    client = Fading(asked, error)
    with pytest.raises(ConnectionError, match=r"^the scheduler is lost$"):
        list(on_cluster(client, workshop.Workshop.of(grid), grid.cells))


def test_a_worker_s_threads_share_one_workshop(sweep_file: Path, untimed, monkeypatch) -> None:
    """Its scratch folder is made once, though all of them find none."""
    made, make = [], workshop.tempfile.TemporaryDirectory

    def slowly(**options: Any) -> Any:
        time.sleep(0.05)
        made.append(make(**options))
        return made[-1]

    monkeypatch.setattr(workshop.tempfile, "TemporaryDirectory", slowly)
    grid = lay_out(load_sweep_setup(sweep_file))
    shared = workshop.Workshop.of(grid)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.compute, grid.cells))
    shared.close()
    assert len(made) == 1
    assert {one["status"] for one in found} == {"ok"}
    expected = swept(sweep_file, "here", workers=0).frame
    assert [one["variance"] for one in found] == expected["variance"].to_list()
    assert [one.get("realised") for one in found] == expected["realised"].to_list()


@pytest.mark.filterwarnings("ignore:any account that reaches")
@pytest.mark.slow
def test_a_lost_scheduler_is_one_line_and_keeps_the_rows(sweep_file: Path, call, tmp_path) -> None:
    content = sweep_file.read_text("utf-8").replace("seeds = 2", "seeds = 20")
    sweep_file.write_text(content.replace("rounds = 50", "rounds = 100_000"), "utf-8")
    with scheduler(tmp_path) as (address, start_worker, server):
        start_worker()

        def kill(stage: str, done: int, total: int) -> None:
            if done == 7:
                server.kill()

        with pytest.raises(ConnectionError, match=r"scheduler is lost; \d+ of 200 rows are kept"):
            swept(sweep_file, "out", scheduler=address, progress=kill)
    kept = read(sweep_file.parent / "out").height
    assert 7 <= kept < 200
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, _, err = call(
            "sweep", sweep_file, "--out", sweep_file.parent / "other", "--scheduler", address
        )
    *warning, refusal = err.splitlines()
    assert (code, len(warning)) == (2, 1)
    assert f"any account that reaches the scheduler at {address}" in warning[0]
    assert f"no scheduler answers at {address}" in refusal


@contextlib.contextmanager
def scheduler(folder: Path) -> Iterator:
    """A scheduler process on loopback: its address, a way to start workers, and itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, started = f"tcp://127.0.0.1:{port}", []
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()

    def start(*words: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=elsewhere, env=os.environ | environment, **quiet)
        started.append(process)
        return process

    def worker(**environment: str) -> subprocess.Popen:
        words = (address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        return start("dask_worker", *words, **environment)

    try:
        server = start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"
        )
        yield address, worker, server
    finally:
        for process in started:
            process.kill()
            process.wait()


def wait_for(condition) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def has_rows(out: Path) -> bool:
    """Also of a folder that is just being made."""
    with contextlib.suppress(FileExistsError):
        return out.exists() and read(out).height > 0
    return False


@pytest.mark.parametrize("stopped", [False, True])
def test_what_a_signal_cuts_off_says_nothing_of_itself(monkeypatch, stopped: bool) -> None:
    """Futures that nobody asked for are told of by asyncio when they are forgotten, maybe late."""
    logger = logging.getLogger("asyncio")
    before = logger.level
    monkeypatch.setattr("roundlot.signals.received", lambda: stopped)
    try:
        with clusters._quiet():
            assert not logger.isEnabledFor(logging.CRITICAL)
        assert logger.isEnabledFor(logging.CRITICAL) is not stopped
    finally:
        monkeypatch.setattr("roundlot.signals.received", lambda: False)
        for name in ("distributed.nanny", "distributed.scheduler", "distributed.client"):
            logging.getLogger(name).setLevel(logging.NOTSET)
        for name in ("distributed", "distributed.core", "tornado"):
            logging.getLogger(name).setLevel(logging.NOTSET)
        logger.setLevel(before)

"""How the processes of a training find one another by torch.distributed, and part.

Processes are started as programs: what ``multiprocessing`` spawns runs the user's script again, and
fails in one without ``if __name__ == "__main__"``. They meet by files of a private folder: torch's
``TCPStore`` listens on every interface of the machine, and no store says that a process has died
before it came, or that the first one has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from roundlot.simulate.processes.messages import Wire
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import LostProcessError

_HELPER = "roundlot.simulate.processes.helper"
_START_SECONDS = 300.0  # to import everything, on a machine that is busy
_END_SECONDS = 10.0
_PATIENCE = timedelta(days=3650)  # a helper waits as long as the first process lives
_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(kw_only=True)
class Torchrun:
    """A process among those that ``torchrun`` started."""

    rank: int
    size: int
    local_rank: int
    local_size: int
    wire: Wire = field(init=False)

    def join(self, timeout: float) -> None:
        """Meet the others."""
        self.wire = met("env://", self.rank, self.size, timeout)

    def leave(self, *, at_once: bool) -> None:
        """Part; if it is at once, the others find the lines closed."""
        dist.destroy_process_group()


@dataclass(kw_only=True)
class Started:
    """The first process, with those it started on its machine."""

    size: int
    wire: Wire
    helpers: list[subprocess.Popen[bytes]]
    folder: tempfile.TemporaryDirectory[str]
    rank: int = 0
    local_rank: int = 0

    @property
    def local_size(self) -> int:
        """All of them are here."""
        return self.size

    def leave(self, *, at_once: bool) -> None:
        """Wait for the others to end, and no longer than it takes."""
        if not at_once:
            deadline = time.monotonic() + _END_SECONDS
            for helper in self.helpers:
                with suppress(subprocess.TimeoutExpired):
                    helper.wait(max(0.0, deadline - time.monotonic()))
        _stop(self.helpers)
        dist.destroy_process_group()
        self.folder.cleanup()


def torchrun() -> Torchrun | None:
    """This process's place among those of ``torchrun``, or None without it."""
    if not all(os.environ.get(name) for name in _TORCHRUN):
        return None
    rank, size, local_rank, local_size = (int(os.environ[name]) for name in _TORCHRUN[:4])
    return Torchrun(rank=rank, size=size, local_rank=local_rank, local_size=local_size)


def start_helpers(count: int, timeout: float) -> Started:
    """Start ``count − 1`` processes on this machine and meet them.

    Raises:
        LostProcessError: one that does not start; says why.
        InvalidProblemError: torch.distributed is not there, or in use.
    """
    _require_free()
    folder = tempfile.TemporaryDirectory(prefix="roundlot-")
    place = Path(folder.name)
    helpers = [_started(place, rank, count) for rank in range(1, count)]

    def fate(rank: int) -> str:
        return _fate(helpers[rank - 1], place / f"errors-{rank}")

    try:
        _await(helpers, place, fate)
        with _loopback():
            wire = met(f"file://{place}/store", 0, count, timeout)
    except BaseException:
        _stop(helpers)
        folder.cleanup()
        raise
    wire.fate = fate
    return Started(size=count, wire=wire, helpers=helpers, folder=folder)


def met(url: str, rank: int, size: int, timeout: float) -> Wire:
    """The wire to all processes of one rendezvous."""
    _require_free()
    nccl = torch.cuda.is_available() and dist.is_nccl_available()
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if nccl else "gloo",
        init_method=url,
        rank=rank,
        world_size=size,
        timeout=_PATIENCE if rank else timedelta(seconds=timeout),
    )
    return Wire(rank=rank, size=size, timeout=timeout, nccl=nccl)


def help_first(folder: str, rank: int, size: int) -> Wire:
    """Say that a started process is there, and meet the others."""
    first, deadline = os.getppid(), time.monotonic() + 2 * _START_SECONDS
    (Path(folder) / f"ready-{rank}").touch()
    while not (Path(folder) / "go").exists():
        if os.getppid() != first or time.monotonic() > deadline:
            raise SystemExit("the first process has gone")
        time.sleep(0.01)
    with _loopback():
        return met(f"file://{folder}/store", rank, size, _PATIENCE.total_seconds())


def _require_free() -> None:
    if not dist.is_available():
        raise InvalidProblemError("torch was built without torch.distributed; use one process")
    if dist.is_initialized():
        raise InvalidProblemError(
            "torch.distributed is in use in this process; close the other Processes first"
        )


def _started(place: Path, rank: int, size: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with (place / f"errors-{rank}").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", _HELPER, str(place), str(rank), str(size)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )


def _await(helpers: list[subprocess.Popen[bytes]], place: Path, fate: Callable[[int], str]) -> None:
    """Until all have said that they are there, so that meeting takes no time."""
    deadline = time.monotonic() + _START_SECONDS
    for rank, helper in enumerate(helpers, 1):
        while not (place / f"ready-{rank}").exists():
            if helper.poll() is not None or time.monotonic() > deadline:
                late = f"did not start within {_START_SECONDS:g} s"
                how = fate(rank) if helper.poll() is not None else late
                raise LostProcessError(rank=rank, size=len(helpers) + 1, how=how)
            time.sleep(0.01)
    (place / "go").touch()


def _fate(helper: subprocess.Popen[bytes], errors: Path) -> str:
    """How a process ended; its line breaks a moment before it is seen to have ended."""
    with suppress(subprocess.TimeoutExpired):
        code = helper.wait(2.0)
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        last = errors.read_text("utf-8", "replace").strip().splitlines()[-1:]
        return f"ended with code {code}" + "".join(f" ({line})" for line in last)
    return "has gone"


def _stop(helpers: list[subprocess.Popen[bytes]]) -> None:
    for helper in helpers:
        if helper.poll() is None:
            helper.kill()
        helper.wait()


@contextmanager
def _loopback() -> Iterator[None]:
    """Processes of one machine talk through its loopback, unless the environment says otherwise."""
    name = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if name is None or "GLOO_SOCKET_IFNAME" in os.environ:
        yield
        return
    os.environ["GLOO_SOCKET_IFNAME"] = name
    try:
        yield
    finally:
        del os.environ["GLOO_SOCKET_IFNAME"]

"""How the processes of a training find one another, and part.

Processes are started as programs: what ``multiprocessing`` spawns runs the user's script again, and
fails in one without ``if __name__ == "__main__"``. Each gets one end of a pair of sockets when it
starts. Those of ``torchrun`` meet by torch.distributed, whose ports are open to all who reach them,
and sign what they send; so do GPUs, by files of a private folder: torch's ``TCPStore`` listens on
every interface of the machine.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from roundlot.simulate.processes.keys import SharedKey
from roundlot.simulate.processes.messages import Wire
from roundlot.simulate.processes.signing import NONCE, Seal, run_key
from roundlot.simulate.processes.socket_wire import SocketWire
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
    key: SharedKey = field(init=False)

    def join(self, timeout: float) -> None:
        """Meet the others.

        Raises:
            InvalidProblemError: they are on several machines and have no key; torch.distributed is
                not there, or in use.
            LostProcessError: the others do not come, or somebody else wrote where they meet.
        """
        self.key = SharedKey.of(size=self.size, local_size=self.local_size)
        if not self.rank:
            self.key.lay()
        with loopback() if self.local_size == self.size else nullcontext():
            self.wire = signed_wire("env://", self.rank, self.size, timeout, self.key)

    def leave(self, *, at_once: bool) -> None:
        """Part; if it is at once, the others find the lines closed."""
        dist.destroy_process_group()
        if not self.rank:
            self.key.remove()


@dataclass(kw_only=True)
class Started:
    """The first process, with those it started on its machine."""

    size: int
    wire: SocketWire
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
        stop_all(self.helpers)
        self.wire.close()
        if self.wire.nccl:
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
    folder = tempfile.TemporaryDirectory(prefix="roundlot-")
    place = Path(folder.name)
    helpers: list[subprocess.Popen[bytes]] = []
    sockets: dict[int, socket.socket] = {}

    def fate(rank: int) -> str:
        return fate_of(helpers[rank - 1], place / f"errors-{rank}")

    try:
        for rank in range(1, count):
            sockets[rank], theirs = socket.socketpair()
            with theirs:
                helpers.append(started(_HELPER, place, rank, count, theirs))
        _await(helpers, place, fate)
        nccl = _meet_gpus(place, 0, count, timeout)
    except BaseException:
        stop_all(helpers)
        for one in sockets.values():
            one.close()
        folder.cleanup()
        raise
    wire = SocketWire(rank=0, size=count, timeout=timeout, nccl=nccl, sockets=sockets, fate=fate)
    return Started(size=count, wire=wire, helpers=helpers, folder=folder)


def signed_wire(url: str, rank: int, size: int, timeout: float, key: SharedKey) -> Wire:
    """The wire to all processes of one rendezvous that others may have come to."""
    nccl = _has_nccl()
    meet(url, rank, size, timeout, nccl=nccl)
    wire = Wire(rank=rank, size=size, timeout=timeout, nccl=nccl)
    secret, own = key.read(), secrets.token_bytes(NONCE)
    others = [0] if rank else range(1, size)
    wire.seal = Seal(
        rank=rank, keys={other: run_key(secret, _nonces(wire, other, own)) for other in others}
    )
    return wire


def _nonces(wire: Wire, other: int, own: bytes) -> bytes:
    """Those of the first process and another, for this run; they are no secret."""
    row = torch.frombuffer(bytearray(own), dtype=torch.uint8)
    if wire.rank:
        theirs = wire.receive_tensor(other, (NONCE,), torch.uint8, "cpu").numpy().tobytes()
        wire.send_tensor(other, row)
        return theirs + own
    wire.send_tensor(other, row)
    return own + wire.receive_tensor(other, (NONCE,), torch.uint8, "cpu").numpy().tobytes()


def _has_nccl() -> bool:
    return dist.is_available() and torch.cuda.is_available() and dist.is_nccl_available()


def _meet_gpus(place: Path, rank: int, size: int, timeout: float) -> bool:
    """Whether GPUs talk with each other, and if so, the beginning of that."""
    if not _has_nccl():
        return False
    with loopback():
        meet(f"file://{place}/store", rank, size, timeout, nccl=True)
    return True


def meet(url: str, rank: int, size: int, timeout: float, *, nccl: bool) -> None:
    """Join the others by torch.distributed at a place that all know.

    Raises:
        InvalidProblemError: torch.distributed is not there, or in use.
        LostProcessError: the others do not come, or somebody else wrote where they meet.
    """
    _require_free()
    try:
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if nccl else "gloo",
            init_method=url,
            rank=rank,
            world_size=size,
            timeout=_PATIENCE if rank else timedelta(seconds=timeout),
        )
    except (RuntimeError, ValueError, OSError) as error:  # as where somebody else wrote there
        said = " ".join(str(error).partition("\n")[0].split())
        how = f"did not meet the others ({type(error).__name__}: {said})"
        raise LostProcessError(rank=rank, size=size, how=how) from error


def help_first(folder: str, rank: int, size: int, line: int) -> Wire:
    """Say that a started process is there, and meet the first one; ``line`` is its own handle."""
    first, deadline = os.getppid(), time.monotonic() + 2 * _START_SECONDS
    (Path(folder) / f"ready-{rank}").touch()
    while not (Path(folder) / "go").exists():
        if os.getppid() != first or time.monotonic() > deadline:
            raise SystemExit("the first process has gone")
        time.sleep(0.01)
    patience = _PATIENCE.total_seconds()
    nccl = _meet_gpus(Path(folder), rank, size, patience)
    first_line = {0: socket.socket(fileno=line)}
    return SocketWire(rank=rank, size=size, timeout=patience, nccl=nccl, sockets=first_line)


def _require_free() -> None:
    if not dist.is_available():
        raise InvalidProblemError("torch was built without torch.distributed; use one process")
    if dist.is_initialized():
        raise InvalidProblemError(
            "torch.distributed is in use in this process; close the other Processes first"
        )


def started(
    module: str, place: Path, rank: int, size: int, line: socket.socket
) -> subprocess.Popen[bytes]:
    """A new process that runs a module of ours and inherits its end of a line, and nothing else."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    numbers = (rank, size, line.fileno(), os.getpid())
    with (place / f"errors-{rank}").open("wb") as errors:
        return subprocess.Popen(  # this Python with a module and numbers of ours # nosec B603
            [sys.executable, "-m", module, str(place), *map(str, numbers)],
            env=environment,
            pass_fds=[line.fileno()],
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


def fate_of(helper: subprocess.Popen[bytes], errors: Path) -> str:
    """How a process ended; its line breaks a moment before it is seen to have ended."""
    with suppress(subprocess.TimeoutExpired):
        code = helper.wait(2.0)
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        last = errors.read_text("utf-8", "replace").strip().splitlines()[-1:]
        return f"ended with code {code}" + "".join(f" ({line})" for line in last)
    return "has gone"


def stop_all(helpers: list[subprocess.Popen[bytes]]) -> None:
    """Kill those that are still there, and wait for their end."""
    for helper in helpers:
        if helper.poll() is None:
            helper.kill()
        helper.wait()


@contextmanager
def loopback() -> Iterator[None]:
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

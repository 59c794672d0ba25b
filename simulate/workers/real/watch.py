"""Watching over workers' processes: where each is, who was killed, who is too slow."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from roundlot.simulate.processes.messages import packed, unpacked
from roundlot.simulate.processes.rendezvous import fate_of, started, stop_all
from roundlot.simulate.workers.real.lines import (
    BEAT,
    COMPUTING,
    Beat,
    Part,
    Place,
    Ready,
    Trouble,
    WorkerOrder,
)
from roundlot.theory.errors import LostProcessError

PROGRAM = "roundlot.simulate.workers.real.process"
START_SECONDS = 300.0  # to import everything, on a machine that is busy
_SILENT = 12 * BEAT  # a process that lives says so more often, even on a busy machine
_SETTLE = 2.0  # seconds to see who died first, after somebody lost a partner


@dataclass(kw_only=True)
class Watched:
    """One worker's process, as far as it is known.

    Attributes:
        place: the round and the stage it is in; None before it has met the others.
        since: when it got there.
        heard: the last sign of life.
        parts: what it handed in.
        ready: what it told when all had met.
        kernel: bytes by the kernel's count, None where it does not count.
        ended: it has handed in everything.
    """

    place: Place | None = None
    since: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    parts: list[Part] = field(default_factory=list)
    ready: Ready | None = None
    trouble: Trouble | None = None
    kernel: int | None = None
    ended: bool = False

    @property
    def progress(self) -> tuple[int, int]:
        """How far it is."""
        return (-1, 0) if self.place is None else (self.place.round, self.place.stage)

    @property
    def done(self) -> int:
        """Rounds whose part is here; −1 without one."""
        return self.parts[-1].round if self.parts else -1

    def take(self, report: Any) -> None:
        """Note one report."""
        self.heard = now = time.monotonic()
        if isinstance(report, Beat):
            return
        self.since = now
        if isinstance(report, Place):
            self.place = report
        elif isinstance(report, Part):
            self.parts.append(report)
        elif isinstance(report, Ready):
            self.ready = report
        elif isinstance(report, Trouble):
            self.trouble = report
        else:
            self.kernel, self.ended = report, True


@dataclass(kw_only=True)
class Watch:
    """All processes of a run.

    Attributes:
        names: of the workers.
        timeout: seconds that one stage of a round may take a worker.
        keep: keeps what all have handed in, and tells of it in words, or nothing.
    """

    names: tuple[str, ...]
    timeout: float
    folder: Path
    processes: list[subprocess.Popen[bytes]]
    lines: list[Connection]
    keep: Callable[[], str] = lambda: ""
    workers: list[Watched] = field(init=False)

    def __post_init__(self) -> None:
        self.workers = [Watched() for _ in self.names]

    def give(self, orders: list[WorkerOrder]) -> None:
        """Send every worker its order."""
        for rank, (line, order) in enumerate(zip(self.lines, orders, strict=True)):
            try:
                line.send_bytes(packed(order))
            except OSError:
                raise self._lost(rank) from None

    def listen(self) -> Iterator[int]:
        """Take reports until all have handed in everything; yields ranks that handed in a part.

        Raises:
            LostProcessError: a worker was killed, failed or takes too long; names it and its round.
        """
        rank_of = {line: rank for rank, line in enumerate(self.lines)}
        while not all(one.ended for one in self.workers):
            for line in wait(self.lines, timeout=BEAT):
                rank = rank_of[line]  # type: ignore[index]
                before = self.workers[rank].done
                self._take(rank)
                if self.workers[rank].done != before:
                    yield rank
            self._refuse_late()

    def release(self) -> None:
        """Let all end."""
        for line in self.lines:
            with suppress(OSError):
                line.send_bytes(b"end")
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SETTLE)

    def _take(self, rank: int) -> None:
        try:
            self.workers[rank].take(unpacked(self.lines[rank].recv_bytes()))
        except (EOFError, OSError):
            raise self._first_lost(rank) from None
        if self.workers[rank].trouble is not None:
            raise self._first_lost(rank)

    def _first_lost(self, rank: int) -> LostProcessError:
        """The one to blame: who lost a partner is not, if another was killed or failed itself."""
        deadline = time.monotonic() + _SETTLE
        while time.monotonic() < deadline:
            for other, process in enumerate(self.processes):
                trouble = self.workers[other].trouble
                if (process.poll() or 0) < 0 or (trouble is not None and trouble.own):
                    return self._lost(other)
            self._drain()
            time.sleep(0.05)
        return self._lost(rank)

    def _drain(self) -> None:
        for rank, line in enumerate(self.lines):
            with suppress(EOFError, OSError):
                while line.poll():
                    self.workers[rank].take(unpacked(line.recv_bytes()))

    def _lost(self, rank: int) -> LostProcessError:
        trouble = self.workers[rank].trouble
        if trouble is not None and self.processes[rank].poll() in (None, 0):
            how = trouble.what
        else:
            how = fate_of(self.processes[rank], self.folder / f"errors-{rank}")
        return self._error(rank, how)

    def _error(self, rank: int, how: str) -> LostProcessError:
        self._drain()  # what it said before it died
        told = self.keep()
        place = self.workers[rank].place
        where = "before the first round" if place is None else f"in round {place.round}"
        name = "" if self.names[rank] == str(rank) else f" (worker {self.names[rank]})"
        kept = f"; {told}" if told else ""
        return LostProcessError(rank=rank, size=len(self.names), how=f"{how} {where}{name}{kept}")

    def _refuse_late(self) -> None:
        """Who is furthest behind, if it has been there for too long; others wait for it."""
        now = time.monotonic()
        behind = [rank for rank, one in enumerate(self.workers) if not one.ended]
        if not behind:
            return
        rank = min(behind, key=lambda r: (self.workers[r].progress, self.workers[r].heard))
        one = self.workers[rank]
        limit = self.timeout if one.ready is not None else max(self.timeout, START_SECONDS)
        if now - one.since <= limit:
            return
        if now - one.heard > _SILENT:
            raise self._error(rank, f"has given no sign of life for {now - one.heard:.0f} s")
        what = "computes" if one.progress[1] == COMPUTING else "exchanges"
        raise self._error(rank, f"{what} for more than {limit:g} s")


@contextmanager
def watched(names: tuple[str, ...], timeout: float) -> Iterator[Watch]:
    """Start a process for every worker; whatever happens, none is left behind."""
    with tempfile.TemporaryDirectory(prefix="roundlot-") as folder:
        place = Path(folder)
        processes: list[subprocess.Popen[bytes]] = []
        lines: list[Connection] = []
        try:
            for rank in range(len(names)):
                own, theirs = socket.socketpair()
                lines.append(Connection(own.detach()))
                with theirs:
                    processes.append(started(PROGRAM, place, rank, len(names), theirs))
            yield Watch(
                names=names, timeout=timeout, folder=place, processes=processes, lines=lines
            )
        finally:
            stop_all(processes)
            for line in lines:
                line.close()

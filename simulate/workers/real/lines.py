"""What a worker's process and the one that started it tell each other, by an inherited socket.

Nobody else can reach the line, so orders and reports are pickled; parameters that workers mix go
from worker to worker, by gloo, as plain numbers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from roundlot.simulate.processes.messages import packed
from roundlot.theory.arrays import AnyArray, FloatArray

#: One worker's local work: ``(rank, round, parameters)`` to ``(parameters, loss)``.
Step = Callable[[int, int, AnyArray], tuple[AnyArray, float]]

BEAT = 0.25  # seconds between two signs of life
COMPUTING = 0  # the first stage of a round; the k-th exchange is stage k


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerOrder:
    """What a worker is told at the start.

    Attributes:
        schedule: the JSON document of the schedule, read again by every worker.
        start: ``(d,)``, this worker's parameters.
        first, last: rounds ``first, ..., last − 1``.
        keep_every: rounds between two parts that are handed in.
        step: pickled `Step`, or empty: nobody computes.
        sources: files of the modules that ``step`` comes from.
        learning_rate: ``η``, for leaders that pull by it.
    """

    schedule: dict[str, Any]
    start: AnyArray
    first: int
    last: int
    keep_every: int
    step: bytes
    sources: dict[str, str]
    learning_rate: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """What a worker hands in: its parameters after a round, and its log since the last part.

    Attributes:
        round: rounds done.
        parameters: ``(d,)``.
        log: ``(rounds, 6)``: seconds of computing, end of the round on the machine's clock, bytes
            sent, loss, and the two leaders (NaN without).
    """

    round: int
    parameters: AnyArray
    log: FloatArray


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a worker is: in a round, at a stage."""

    round: int
    stage: int


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """The worker has met the others.

    Attributes:
        began: on the machine's clock, after all had met.
        small, whole: median seconds of an exchange of 8 bytes and of all parameters; NaN for a
            worker without a partner in the test.
    """

    began: float
    small: float
    whole: float


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What stopped a worker.

    Attributes:
        what: in one line.
        own: whether it is its own; else that of whom it exchanged with.
    """

    what: str
    own: bool


@dataclass(kw_only=True)
class Reporter:
    """A worker's end of the line; a thread says that it lives, and ends it with its parent."""

    line: Connection
    parent: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin to give signs of life."""
        threading.Thread(target=self._live, daemon=True).start()

    def say(self, report: object) -> None:
        """Send one report."""
        with self._lock:
            self.line.send_bytes(packed(report))

    def _live(self) -> None:
        while os.getppid() == self.parent:
            try:
                self.say(Beat())
            except OSError:
                break
            time.sleep(BEAT)
        os._exit(1)  # the process that started this one has gone

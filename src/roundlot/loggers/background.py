"""What the loggers share: their package is asked for at once, and written to in a thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from roundlot.extras import install_command
from roundlot.simulate.runs.callbacks import RunPoint, RunStart
from roundlot.theory import InvalidProblemError

PATIENCE = 120.0  # seconds that the end of a run waits for its log
#: Modules of the packages that are logged to; what they warn of is not about a training.
OF_PACKAGES = r"(alembic|google|mlflow|pydantic|sqlalchemy|tensorboard|wandb)\b"
FINAL = "final/"  # before the names of a run's figures at its end


class RunLog(ABC):
    """The log of one run, new or gone on with; what it holds already is not written again."""

    @abstractmethod
    def write(self, points: Sequence[RunPoint]) -> None:
        """Take points, in the order of their rounds."""

    @abstractmethod
    def finish(self, summary: Mapping[str, float]) -> None:
        """Take the figures at the end, and close."""

    @abstractmethod
    def stop(self, error: BaseException) -> None:
        """Say that the run stopped early, and close."""


@dataclass(kw_only=True, eq=False)
class _Work:
    """A thread that writes the log of one run; what it trips over is kept for the caller."""

    queue: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    thread: Thread | None = None
    error: Exception | None = None


class BackgroundLogger(ABC):
    """A callback whose log is written by a thread, so that training does not wait for it.

    ``start`` and ``record`` return at once; ``end`` and ``failed`` when all is written. An error of
    the thread is raised by the next call.
    """

    _work: _Work | None = None

    @abstractmethod
    def open(self, run: RunStart) -> RunLog:
        """The log of a run; called in the thread."""

    def start(self, run: RunStart) -> None:
        """Begin to write the log of a run."""
        work = self._work = _Work()
        work.thread = Thread(target=self._write, args=(work, run), daemon=True)
        work.thread.start()

    def record(self, point: RunPoint) -> None:
        """Hand over a point."""
        self._put(point)

    def end(self, summary: Mapping[str, float]) -> None:
        """Hand over the figures at the end, and wait until all is written.

        Raises:
            TimeoutError: it takes too long.
        """
        self._close(dict(summary))

    def failed(self, error: BaseException) -> None:
        """Hand over what stopped the run, and wait until all is written.

        Raises:
            TimeoutError: it takes too long.
        """
        self._close(error)

    def _put(self, item: Any) -> None:
        work = self._work
        if work is None:
            raise RuntimeError("no run has started")
        if work.error is not None:
            raise work.error
        work.queue.put(item)

    def _close(self, last: Any) -> None:
        self._put(last)
        work, self._work = self._work, None
        assert work is not None
        assert work.thread is not None
        work.thread.join(PATIENCE)
        if work.error is not None:
            raise work.error
        if work.thread.is_alive():
            raise TimeoutError(f"the log was not written within {PATIENCE:g} s; check its place")

    def _write(self, work: _Work, run: RunStart) -> None:
        try:
            log = self.open(run)
            for points, last in _batches(work.queue):
                if points:
                    log.write(points)
                if isinstance(last, BaseException):
                    log.stop(last)
                elif last is not None:
                    log.finish(last)
        except Exception as error:
            work.error = error


def _batches(queue: SimpleQueue[Any]) -> Iterator[tuple[list[RunPoint], Any]]:
    """All points that wait, with what ends the run after the last of them."""
    last = None
    while last is None:
        waiting = [queue.get()]
        try:
            while True:
                waiting.append(queue.get_nowait())
        except Empty:
            pass
        if not isinstance(waiting[-1], RunPoint):
            last = waiting.pop()
        yield waiting, last


def require_package(name: str, title: str) -> None:
    """Refuse a logger whose package is not installed; a folder of that name is none.

    Raises:
        InvalidProblemError: says what to install.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise InvalidProblemError(f"{title} is not installed: {install_command(name)}")

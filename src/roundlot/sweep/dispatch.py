"""Cells to the workers of a cluster, a bounded number at a time, each until it has one outcome."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

from roundlot import sweep
from roundlot.sweep.grid import Cell
from roundlot.sweep.workshop import Measures, Workshop, failure

AHEAD = 4  # pieces of work on a worker's thread, the one that it does included
TOGETHER_SECONDS = 0.1  # of cells that travel together
MOST_TOGETHER = 64
LOOK = 5.0  # seconds between two looks at who is there
IDLE = 0.5  # seconds of waiting for an outcome
PATIENCE = 300.0  # seconds without any worker; one that died takes a minute on a busy machine

Outcome = tuple[Cell, Measures]


def in_process(workshop: Workshop, cells: Sequence[Cell]) -> Iterator[Outcome]:
    """Cells with their outcomes, one after the other, in this process."""
    try:
        for cell in cells:
            yield cell, workshop.compute(cell)
    finally:
        workshop.close()


def on_cluster(client: Any, workshop: Workshop, cells: Sequence[Cell]) -> Iterator[Outcome | None]:
    """Cells with their outcomes as they come; None now and then while nothing comes.

    A cell whose worker dies is given to another. One that seems to kill its workers waits until
    all others are done, for it may only have stood in the queue of one that does; it is then
    computed alone, and fails if that kills its workers again.

    Raises:
        ConnectionError: the scheduler is lost, or all workers are for a minute.
    """
    plugin = sweep.WorkerWorkshop(workshop, f"roundlot-sweep-{secrets.token_hex(6)}")
    with _reaching():
        client.register_plugin(plugin, name=plugin.name)
    try:
        yield from _Flight(client, plugin.name, cells).outcomes()
    finally:
        if client.status == "running":
            with suppress(OSError, CancelledError):  # it may be lost meanwhile
                client.unregister_worker_plugin(plugin.name)


@contextmanager
def _reaching() -> Iterator[None]:
    """While something is asked of the scheduler: it may go in the middle of it."""
    try:
        yield
    except (OSError, CancelledError) as error:
        raise _lost() from error


def _lost() -> ConnectionError:
    return ConnectionError("the scheduler is lost")


class _Flight:
    """What has been submitted and has no outcome yet."""

    def __init__(self, client: Any, name: str, cells: Sequence[Cell]) -> None:
        self.client, self.name = client, name
        self.waiting, self.suspects = deque(cells), deque[Cell]()
        self.flying: dict[str, tuple[Sequence[Cell], Any]] = {}
        self.together = 1
        self.done: SimpleQueue[Any] = SimpleQueue()
        self.alone = False
        self.looked = self.seen = time.monotonic()
        self.threads = self._look()

    def outcomes(self) -> Iterator[Outcome | None]:
        """Every cell once."""
        try:
            while self.waiting or self.flying or self.suspects:
                self._submit()
                landed = self._landed()
                if not landed:
                    self._require_alive()
                    yield None
                yield from self._resolved(landed)
        finally:
            if self.flying and self.client.status == "running":
                with suppress(OSError, CancelledError):
                    self.client.cancel([future for _, future in self.flying.values()])

    def _submit(self) -> None:
        if not self.waiting and not self.flying and self.suspects:
            self.alone = True
            self._send([self.suspects.popleft()])
        while self.waiting and len(self.flying) < self._room():
            most = max(1, len(self.waiting) // self._room())  # the last ones are spread
            number = min(self.together, most)
            self._send([self.waiting.popleft() for _ in range(number)])

    def _send(self, cells: Sequence[Cell]) -> None:
        key = f"roundlot-{cells[0].key}-{secrets.token_hex(4)}"
        future = self.client.submit(sweep.compute_here, self.name, cells, key=key, pure=False)
        self.flying[key] = cells, future
        future.add_done_callback(self.done.put)

    def _room(self) -> int:
        if time.monotonic() - self.looked > LOOK:
            self._look()
        return max(2, AHEAD * self.threads)

    def _look(self) -> int:
        """Threads of the workers that are there now."""
        with _reaching():
            self.threads = sum(self.client.nthreads().values())
        self.looked = time.monotonic()
        if self.threads:
            self.seen = self.looked
        return self.threads

    def _landed(self) -> list[str]:
        """Keys of cells that ended, in whatever way; none if nothing does for a moment."""
        landed: list[str] = []
        try:
            landed.append(self.done.get(timeout=IDLE).key)
            while True:
                landed.append(self.done.get_nowait().key)
        except Empty:
            return landed

    def _resolved(self, landed: Sequence[str]) -> Iterator[Outcome]:
        futures = {key: self.flying[key][1] for key in landed}
        if any(future.status == "cancelled" for future in futures.values()):
            raise _lost()
        with _reaching():
            found = self.client.gather(futures, errors="skip") if futures else {}
        for key, future in futures.items():
            cells, _ = self.flying.pop(key)
            if found[key] is not None:  # which is what stands for one that erred
                self._pace(found[key])
                yield from zip(cells, found[key], strict=True)
            else:
                yield from self._erred(cells, future)

    def _pace(self, found: Sequence[Measures]) -> None:
        """Quick cells travel together, so that sending them takes less than computing them."""
        each = sum(one["elapsed"] for one in found) / len(found)
        wanted = int(TOGETHER_SECONDS / max(each, 1e-6))
        self.together = max(1, min(wanted, 2 * self.together, MOST_TOGETHER))

    def _erred(self, cells: Sequence[Cell], future: Any) -> Iterator[Outcome]:
        from distributed import KilledWorker

        if future.status == "cancelled":
            raise _lost()
        with _reaching():
            error = future.exception()
        if isinstance(error, KilledWorker) and not self.alone:
            self.suspects.extend(cells)
            return
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        if isinstance(error, KilledWorker):
            said = "KilledWorker: its worker died every time; give it more RAM"
        yield from ((cell, failure(said)) for cell in cells)

    def _require_alive(self) -> None:
        if self.client.status != "running":
            raise _lost()
        self._look()
        if self.looked - self.seen > PATIENCE:
            raise ConnectionError(f"all workers are gone for {PATIENCE:g} s; start some")

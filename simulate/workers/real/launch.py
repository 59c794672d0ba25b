"""Run a schedule of mixing with real processes, by torch.distributed with gloo on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.devices import available_cores
from roundlot.simulate.processes.messages import packed
from roundlot.simulate.runs.checkpoints import Fingerprint, described, saved_state, write_state
from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.real.lines import Part, Step, WorkerOrder
from roundlot.simulate.workers.real.run import RealRun
from roundlot.simulate.workers.real.watch import Watch, watched
from roundlot.simulate.workers.schedule_file import schedule_document
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray
from roundlot.theory.json_text import dumps
from roundlot.theory.text import plural

#: More processes a core than this fill the memory before they mix anything.
MOST_A_CORE = 16
_KIND = "a real run"


def launch(
    schedule: MixingSchedule,
    start: npt.ArrayLike,
    *,
    rounds: int,
    step: Step | None = None,
    learning_rate: float = 0.0,
    timeout: float = 60.0,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 10,
) -> RealRun:
    """One process for every worker: each computes, exchanges with its partners, and mixes.

    Nobody is told who talks to whom: every process reads the schedule and draws for itself. All
    end together: if one is killed, fails or is too slow, the error names its rank and its round.

    Args:
        schedule: of ``n`` workers.
        start: ``(n, d)`` float32 or float64, the parameters of every worker.
        rounds: how many, from round 0.
        step: a worker's own work, ``step(rank, round, parameters) -> (parameters, loss)``, by NumPy
            arrays ``(d,)``; a function in a file that can be imported, or a record that can be
            called, whose ``prepare()`` is called before the first round. None: they mix only.
        learning_rate: ``η`` by which leaders of the update "paper" pull; 0: they do not.
        timeout: seconds that a worker's step, or one exchange, may take; until all have met, with
            what a step prepares, 300 s or ``timeout``, whichever is more.
        checkpoint: a file that keeps the rounds done; gone on from if it is there.
        checkpoint_every: rounds.

    Raises:
        InvalidProblemError: an argument out of its range, leaders without a step, a step that
            cannot be sent to another process, a checkpoint of another run.
        LostProcessError: a process was killed, failed or is too slow.
    """
    here = _checked_start(start, schedule)
    check_count(rounds, "rounds", 1)
    check_count(checkpoint_every, "checkpoint_every", 1)
    check_positive(timeout, "timeout")
    if not (np.isfinite(learning_rate) and learning_rate >= 0.0):
        raise InvalidProblemError(
            f"learning_rate is {learning_rate!r}; give a number of at least 0"
        )
    if schedule.leaders is not None and step is None:
        raise InvalidProblemError("adjacent leaders follow losses; give a step that computes them")
    _refuse_crowd(schedule.n_workers)
    sent, sources = _sent_step(step)
    book = _Book.opened(schedule, here, checkpoint, step, learning_rate, rounds)
    orders = [
        WorkerOrder(
            schedule=_plain(schedule),
            start=row,
            first=book.done,
            last=rounds,
            keep_every=checkpoint_every if checkpoint is not None else rounds,
            step=sent,
            sources=sources,
            learning_rate=learning_rate,
        )
        for row in book.parameters
    ]
    if book.done == rounds:
        return book.run(None)
    with watched(schedule.nodes, timeout) as watch:
        watch.keep = lambda: book.keep(watch)
        watch.give(orders)
        for _ in watch.listen():
            book.keep(watch)
        watch.release()
        return book.run(watch)


def _plain(schedule: MixingSchedule) -> dict[str, Any]:
    from json import loads

    document: dict[str, Any] = loads(dumps(schedule_document(schedule)))
    return document


class _Book:
    """Parameters and logs of the rounds that all workers have done."""

    def __init__(
        self, schedule: MixingSchedule, start: AnyArray, rate: float, setup: Fingerprint
    ) -> None:
        self.schedule, self.parameters, self.rate, self.setup = schedule, start, rate, setup
        self.log: FloatArray = np.empty((0, len(start), 6))
        self.done = self.first = self._parts = 0
        self.path: Path | None = None

    @classmethod
    def opened(
        cls,
        schedule: MixingSchedule,
        start: AnyArray,
        path: str | os.PathLike[str] | None,
        step: Step | None,
        rate: float,
        rounds: int,
    ) -> _Book:
        """A new one, or that of the file if it is there."""
        setup = {
            "schedule": described(
                np.frombuffer(dumps(schedule_document(schedule)).encode(), np.uint8)
            ),
            "start": described(start),
            "step": "none" if step is None else described(step),
            "learning rate": described(rate),
        }
        book = cls(schedule, start, rate, setup)
        if path is None:
            return book
        book.path = Path(path)
        if book.path.exists():
            with saved_state(book.path, _KIND, setup, "cpu") as saved:
                book.parameters = saved.arrays["parameters"].copy()
                book.log = saved.arrays["log"].copy()
                if book.log.shape[1:] != (len(start), 6) or book.parameters.shape != start.shape:
                    raise ValueError("its arrays have other shapes")
            book.done = book.first = len(book.log)
            if book.done > rounds:
                raise InvalidProblemError(
                    f"{book.path} holds {book.done} rounds and {rounds} are asked for; give at "
                    f"least {book.done}"
                )
        return book

    @property
    def told(self) -> str:
        """Of the rounds that are kept, for a message."""
        if self.path is None or not self.done:
            return ""
        return f"{self.done} {plural(self.done, 'round')} of all workers are kept in {self.path}"

    def keep(self, watch: Watch) -> str:
        """Take all that all have handed in; says what is kept."""
        while self._take(watch):
            pass
        return self.told

    def _take(self, watch: Watch) -> bool:
        """Take the next part if all have handed it in, and keep it."""
        if any(len(one.parts) <= self._parts for one in watch.workers):
            return False
        parts: list[Part] = [one.parts[self._parts] for one in watch.workers]
        self._parts += 1
        self.parameters = np.array([part.parameters for part in parts])
        log = np.array([part.log for part in parts]).transpose(1, 0, 2)
        began = max(one.ready.began for one in watch.workers if one.ready is not None)
        log[:, :, 1] -= began
        if self.first:
            log[:, :, 1] += self.log[self.first - 1, :, 1].max()
        self.log = np.concatenate([self.log, log])
        self.done = parts[0].round
        if self.path is not None:
            arrays = {"parameters": self.parameters, "log": self.log}
            write_state(self.path, _KIND, self.setup, {}, arrays)
        return True

    def run(self, watch: Watch | None) -> RealRun:
        """What happened."""
        workers = [] if watch is None else watch.workers
        ready = [one.ready for one in workers if one.ready is not None]
        kernel = [one.kernel for one in workers]
        counted = [one for one in kernel if one is not None]
        computing, ended, sent, losses, best, central = np.moveaxis(self.log, 2, 0)
        return RealRun(
            schedule=self.schedule,
            parameters=self.parameters,
            computing=computing,
            ended=ended,
            sent=sent.astype(np.int64),
            losses=losses,
            best=_ranks(best),
            central=_ranks(central),
            small=_middle([one.small for one in ready]),
            whole=_middle([one.whole for one in ready]),
            kernel_bytes=np.array(counted) if counted and len(counted) == len(kernel) else None,
            learning_rate=self.rate,
            first=self.first,
        )


def _ranks(values: FloatArray) -> Any:
    return np.where(np.isnan(values), -1.0, values).astype(np.int64)


def _middle(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else float("nan")


def _checked_start(start: npt.ArrayLike, schedule: MixingSchedule) -> AnyArray:
    here = np.array(start)
    if here.dtype.kind in "iu":
        here = here.astype(np.float64)
    if here.dtype not in (np.float32, np.float64) or here.ndim != 2:
        raise InvalidProblemError(
            f"start has type {here.dtype} and shape {here.shape}; give float32 or float64 numbers "
            "(n, d)"
        )
    n = schedule.n_workers
    if len(here) != n or not here.shape[1]:
        raise InvalidProblemError(
            f"start has shape {here.shape}; give a row of parameters for each of {n} workers"
        )
    bad = np.argwhere(~np.isfinite(here))
    if bad.size:
        raise InvalidProblemError(
            f"start of worker {bad[0][0]} has an entry that is not finite, at {bad[0][1]}"
        )
    return here


def _refuse_crowd(n_workers: int) -> None:
    most = MOST_A_CORE * available_cores()
    if n_workers > most:
        raise InvalidProblemError(
            f"the schedule has {n_workers} workers, a process each; this machine's "
            f"{available_cores()} cores take at most {most}"
        )


def _sent_step(step: Step | None) -> tuple[bytes, dict[str, str]]:
    """The step, pickled, and the file of the module that it comes from."""
    if step is None:
        return b"", {}
    if not callable(step):
        raise InvalidProblemError(f"step is {step!r:.60}; give a function")
    kind: Any = (
        step if hasattr(step, "__module__") and hasattr(step, "__qualname__") else type(step)
    )
    module = str(kind.__module__)
    advice = "define it by name in a file that can be imported"
    if module == "__main__":
        raise InvalidProblemError(f"step is of the running script; {advice}")
    try:
        sent = packed(step)
    except Exception as error:  # pickling runs the user's classes
        said = " ".join(str(error).split())
        raise InvalidProblemError(
            f"step cannot be sent to other processes ({said}); {advice}"
        ) from error
    file = getattr(sys.modules.get(module), "__file__", None)
    own = file and not module.startswith("roundlot.")
    return sent, {module: str(file)} if own else {}

"""Several processes that share the clients of a training, each on its own device.

The first process does everything but train all clients: it draws, solves, aggregates, measures,
evaluates and writes. The others wait for their shares. So a history does not depend on how many
there are, and a method may remember and write what it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self, final

import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.devices import available_cores, chosen_device
from roundlot.simulate.engines.choice import kind_of
from roundlot.simulate.engines.engine import Engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.processes.helper import Helper
from roundlot.simulate.processes.messages import (
    Order,
    Wire,
    Word,
    failure,
    packed,
    packed_tasks,
    raise_failure,
    sources,
)
from roundlot.simulate.processes.rendezvous import Started, Torchrun, start_helpers, torchrun
from roundlot.simulate.processes.shared_engine import SharedEngine
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.history import History
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import LostProcessError

#: More processes a core than this are a slip, and fill the memory before they train anything.
MOST_A_CORE = 4
#: Seconds that the first process waits for a share before it gives up.
TIMEOUT = 1800.0


@final
class Processes:
    """Processes that stay there for several runs; close them, or use them in a ``with``.

    Under ``torchrun`` every process makes its own ``Processes()`` and calls the same functions;
    all get the first one's histories, and its errors.

    Attributes:
        rank: number of this process; 0 is the first.
        size: how many there are.
    """

    def __init__(self, count: int | None = None, *, timeout: float = TIMEOUT) -> None:
        """Start ``count − 1`` further processes, or join those that ``torchrun`` started.

        Args:
            count: how many, this one included; None for those of ``torchrun``.
            timeout: seconds that one share of a round's clients may take.

        Raises:
            InvalidProblemError: a count below 1 or far above the cores, none where ``torchrun``
                started none, or one where it did.
            LostProcessError: a process that does not start.
        """
        check_positive(timeout, "timeout")
        there = torchrun()
        self._place: Started | Torchrun | None
        if count is None:
            if there is None:
                raise InvalidProblemError(
                    "torchrun started no processes here; say how many, such as Processes(2)"
                )
            there.join(timeout)
            self._place = there
        else:
            check_count(count, "processes", 1)
            _check_cores(count)
            if there is not None and count > 1:
                raise InvalidProblemError(
                    f"torchrun started {there.size} processes and {count} more are asked for; "
                    "leave the number out"
                )
            self._place = start_helpers(count, timeout) if count > 1 else None
        place = self._place
        self.rank, self.size = (place.rank, place.size) if place else (0, 1)
        self._near = (place.local_rank, place.local_size) if place else (0, 1)
        self._wire = place.wire if place else None
        self._helper = Helper(self.wire, self._near[0]) if self.rank else None
        self._tasks: tuple[Task, ...] = ()
        self._waiting = self._broken = False

    @property
    def wire(self) -> Wire:
        """To the other processes."""
        assert self._wire is not None
        return self._wire

    def device(self, device: str) -> str:
        """The device of this process: "cpu", or "cuda:k", one each.

        Raises:
            InvalidProblemError: a number, or fewer GPUs than processes.
        """
        return own_device(device, *self._near, size=self.size)

    def help(self) -> History:
        """Help the first process with a run, and return its history.

        Raises:
            LostProcessError: the first process has gone, or has no more runs.
            Exception: what stopped the first process's run.
        """
        assert self._helper is not None
        outcome = self._helper.run()
        if outcome is None:
            raise LostProcessError(rank=0, size=self.size, how="has no more runs")
        if outcome["history"] is None:
            raise_failure(outcome["failure"], rank=0, size=self.size)
        return History.from_arrays(outcome["history"])

    def help_until_closed(self) -> None:
        """Help the first process with all its runs."""
        assert self._helper is not None
        while self._helper.run() is not None:
            pass

    @contextmanager
    def leading(self) -> Iterator[list[History]]:
        """For the first process: around a run; the others learn the history put into the list."""
        done: list[History] = []
        try:
            yield done
        except LostProcessError:
            self._broken = True
            raise
        except BaseException as error:
            self._end(None, failure(error))
            raise
        self._end(done[0], b"")

    def share(
        self, engines: Sequence[TaskEngine], plans: Sequence[LocalPlan], chunk: int | None
    ) -> tuple[Engine, ...]:
        """The same engines, but for clients who train in all processes.

        Raises:
            InvalidProblemError: a task that cannot be sent to another process.
            LostProcessError: a process that fails to make its engines.
        """
        for engine in engines:
            engine.share_cores(self._near[1])
        if self.size == 1:
            return tuple(engines)
        self._require_usable()
        tasks = tuple(engine.task for engine in engines)
        facts = {
            "plans": tuple(plans),
            "kinds": [kind_of(engine) for engine in engines],
            "seed": engines[0].seed,
            "precision": engines[0].precision.name,
            "chunk": chunk,
            "device": engines[0].device.partition(":")[0],
            "cores_for": self._near[1],
            "sources": sources(tasks),
        }
        self._begin(tasks, packed(facts))
        return tuple(SharedEngine(engine, self, s) for s, engine in enumerate(engines))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While answers are due: whoever leaves without them cannot ask again."""
        self._waiting = True
        yield
        self._waiting = False

    def answer(self, rank: int, shape: tuple[int, ...], dtype: torch.dtype, device: str) -> Tensor:
        """What a process was asked for.

        Raises:
            TrainingError: it met one.
            LostProcessError: it was killed, hangs or failed.
        """
        told = self._reply(rank)
        if told is not None:
            raise_failure(told, rank=rank, size=self.size)
        return self.wire.receive_tensor(rank, shape, dtype, device)

    def close(self) -> None:
        """Let the other processes end; at once if something was lost."""
        place, self._place = self._place, None
        if place is None:
            return
        broken = self._broken or self._waiting
        if not broken and not self.rank:
            with suppress(LostProcessError):
                for rank in range(1, self.size):
                    self.wire.send(rank, Order(word=Word.LEAVE))
        place.leave(at_once=broken)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reply(self, rank: int) -> bytes | None:
        """None if a process did what it was asked, else why not."""
        if self.wire.receive(rank).word == Word.FAILED:
            return self.wire.receive_object(rank)
        return None

    def _end(self, history: History | None, told: bytes) -> None:
        """Tell the others what came of the run, unless they are in the middle of something."""
        if self.size == 1 or self._waiting or self._broken or self._place is None:
            return
        outcome: dict[str, Any] = {"history": None, "failure": told}
        if isinstance(self._place, Torchrun) and history is not None:
            outcome["history"] = history.to_arrays()
        for rank in range(1, self.size):
            self.wire.send(rank, Order(word=Word.END))
            self.wire.send_object(rank, packed(outcome))

    def _begin(self, tasks: tuple[Task, ...], facts: bytes) -> None:
        """Have the others make engines; they keep the tasks, which may be large, between runs."""
        data = b"" if _same(tasks, self._tasks) else packed_tasks(tasks)
        self._tasks = ()
        with self.asking():
            for rank in range(1, self.size):
                self.wire.send(rank, Order(word=Word.BEGIN))
                self.wire.send_object(rank, facts)
                self.wire.send_object(rank, data)
            replies = [self._reply(rank) for rank in range(1, self.size)]
        for rank, told in enumerate(replies, 1):
            if told is not None:
                raise_failure(told, rank=rank, size=self.size)
        self._tasks = tasks

    def _require_usable(self) -> None:
        if self._broken or self._waiting or self._place is None:
            raise InvalidProblemError(
                "these processes were closed, or one of them was lost; start new ones"
            )


@contextmanager
def joined(processes: int | Processes) -> Iterator[Processes]:
    """The processes, started for the occasion and closed after it if a number is given."""
    if isinstance(processes, Processes):
        yield processes
        return
    with Processes(processes) as started:
        yield started


def own_device(device: str, local_rank: int, local_size: int, *, size: int) -> str:
    """The device of one process: "cpu", or "cuda:k", one GPU each.

    Args:
        device: "auto", "cpu" or "cuda"; one process alone may also have "cuda:1".
        local_rank: number of the process on its machine.
        local_size: processes on its machine.
        size: processes altogether.

    Raises:
        InvalidProblemError: an unknown device, a numbered one for several processes, or fewer GPUs
            than processes.
    """
    chosen = chosen_device(device)
    if size == 1 or chosen == "cpu":
        return chosen
    if ":" in device:
        raise InvalidProblemError(
            f"device is {device!r} for {size} processes, of which each has its own; give 'cuda'"
        )
    from torch import cuda

    if cuda.device_count() < local_size:
        raise InvalidProblemError(
            f"there are {local_size} processes for {cuda.device_count()} CUDA devices; ask for at "
            f"most {cuda.device_count()}, or choose device 'cpu'"
        )
    return f"cuda:{local_rank}"


def _check_cores(count: int) -> None:
    cores = available_cores()
    if count > MOST_A_CORE * cores:
        raise InvalidProblemError(
            f"processes is {count}; this process may use {cores} cores: give at most "
            f"{MOST_A_CORE * cores}"
        )


def _same(some: Sequence[Task], others: Sequence[Task]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))

"""What every process but the first does: it trains its share of the clients, as it is asked."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.precision import precision_of
from roundlot.simulate.engines.task_engine import SAMPLES_AT_A_TIME, TaskEngine
from roundlot.simulate.processes.messages import Order, Wire, Word, failure, load_sources, unpacked
from roundlot.simulate.processes.rendezvous import help_first
from roundlot.simulate.processes.shared_engine import runs
from roundlot.simulate.tasks.task import Task
from roundlot.theory.errors import LostProcessError

_LOOK = 0.5  # seconds between two looks at whether the first process lives


class Helper:
    """Answers the orders of the first process."""

    def __init__(self, wire: Wire, local_rank: int) -> None:
        self._wire, self._local_rank = wire, local_rank
        self._tasks: tuple[Task, ...] = ()
        self._engines: tuple[TaskEngine, ...] = ()
        self._starts: dict[int, Tensor] = {}

    def run(self) -> dict[str, Any] | None:
        """Help with one run: what came of it, or None if there are no more.

        Raises:
            LostProcessError: the first process has gone.
        """
        with single_thread():
            while True:
                order = self._wire.receive(0)
                if order.word == Word.LEAVE:
                    return None
                if order.word == Word.END:
                    self._engines, self._starts = (), {}
                    outcome: dict[str, Any] = unpacked(self._wire.receive_object(0))
                    return outcome
                self._answer(order)

    def _answer(self, order: Order) -> None:
        try:
            result = self._done(order)
        except Exception as error:  # whatever it is, the first process says it
            self._wire.send(0, Order(word=Word.FAILED))
            self._wire.send_object(0, failure(error))
        else:
            self._wire.send(0, Order(word=Word.DONE))
            if result is not None:
                self._wire.send_tensor(0, result)

    def _done(self, order: Order) -> Tensor | None:
        if order.word == Word.BEGIN:
            self._begin()
            return None
        return self._work(order)

    def _begin(self) -> None:
        """Make the engines of a run."""
        facts: dict[str, Any] = unpacked(self._wire.receive_object(0))
        tasks = self._wire.receive_object(0)
        if tasks:
            load_sources(facts["sources"])
            self._tasks = unpacked(tasks)
        device = facts["device"] if facts["device"] == "cpu" else f"cuda:{self._local_rank}"
        self._engines = tuple(
            make_engine(
                task,
                plan,
                model=s,
                seed=facts["seed"],
                device=device,
                chunk=facts["chunk"],
                kind=kind,
                precision=precision_of(facts["precision"]),
            )
            for s, (task, plan, kind) in enumerate(
                zip(self._tasks, facts["plans"], facts["kinds"], strict=True)
            )
        )
        for engine in self._engines:
            engine.share_cores(facts["cores_for"])

    def _work(self, order: Order) -> Tensor:
        """Receive all that was sent before anything can fail, then do it."""
        engine = self._engines[order.model]
        clients = self._wire.receive_clients(0, order.count)
        n_parameters = engine.task.n_parameters
        if order.fresh:
            self._starts[order.model] = self._floats(engine, (n_parameters,))
        start, extra = self._starts[order.model], None
        if order.correction:
            extra = self._floats(engine, (order.count, n_parameters)[2 - order.correction :])
        if order.word == Word.TRAIN:
            return engine.updates(start, clients, order.round, correction=extra)
        rows = engine.rows(engine.known(clients))
        part = runs(rows.size, SAMPLES_AT_A_TIME, self._wire.size)[self._wire.rank]
        return torch.from_numpy(np.asarray(engine.sample_losses(start, rows[part])))

    def _floats(self, engine: TaskEngine, shape: tuple[int, ...]) -> Tensor:
        return self._wire.receive_tensor(0, shape, engine.precision.kept, engine.device)


def main(folder: str, rank: int, size: int, line: int, first: int) -> None:
    """Help. An interrupt is for the first process, which says when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(first,), daemon=True).start()
    helper = Helper(help_first(folder, rank, size, line), local_rank=rank)
    code = 0
    try:
        while helper.run() is not None:
            pass
    except LostProcessError:  # the first process has gone; nobody is left to tell
        code = 1
    os._exit(code)  # nothing to write or to tidy up, which would take seconds


def _end_with(first: int) -> None:
    """End when the first process has gone, whatever is waited for: it may go before they meet."""
    while os.getppid() == first:
        time.sleep(_LOOK)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]))
